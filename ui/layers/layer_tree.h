#pragma once

#include "ui/layers/layer_model.h"

#include <QWidget>

#include <array>

class QComboBox;
class QLineEdit;
class QToolButton;
class QTreeView;

namespace scalescope {

/// The list of a network's layers: a filter, blocks or all layers, and the properties of each. Above it, for a network
/// that returns several tensors, the one that is its output; and for a transformer, what of its tokens is read.
class LayerTree : public QWidget {
  Q_OBJECT
 public:
  explicit LayerTree(QWidget* parent = nullptr);

  void set_layers(std::vector<Layer> layers);
  /// The tensors that the network returns, and which of them is its output. One: nothing is shown.
  void set_outputs(const std::vector<std::string>& names, std::size_t current);
  /// What of its tokens becomes features: the choice is shown for a network with tokens in front of its patches.
  void set_tokens(const NetworkInfo& network);
  /// R2 by layer name; other layers show none.
  void set_scores(const std::vector<LayerR2>& scores);
  /// Selects the layer as soon as it is shown, and sends no signal.
  void set_current(const QString& layer);

 signals:
  void layer_chosen(const QString& layer);
  void output_chosen(const QString& name);       ///< another than the present one
  void tokens_chosen(scalescope::Tokens tokens); ///< others than the present ones

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void choose(); ///< shows the layers according to the filter and the button
  void select_current();
  void measure(); ///< measures the preferred widths of the columns
  void fit_columns();
  void restyle();

  LayerModel* model_;
  QLineEdit* filter_;
  QToolButton* all_;
  QWidget* outputs_; ///< the line with the choice
  QComboBox* output_;
  int output_index_ = -1; ///< the network's
  QWidget* tokens_line_;
  QComboBox* tokens_; ///< the data of an item is Tokens
  Tokens tokens_in_use_ = Tokens::Mean;
  QTreeView* view_;
  QString current_;
  std::array<int, LayerModel::column_count> wanted_{};
  int channels_wanted_ = 0;
  bool quiet_ = false; ///< while the program changes the selection
};

} // namespace scalescope
