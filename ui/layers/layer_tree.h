#pragma once

#include "ui/layers/layer_model.h"

#include <QWidget>

#include <array>

class QLineEdit;
class QToolButton;
class QTreeView;

namespace scalescope {

/// The layers of a network to choose from: a filter, blocks or all, and what each layer is.
class LayerTree : public QWidget {
  Q_OBJECT
 public:
  explicit LayerTree(QWidget* parent = nullptr);

  void set_layers(std::vector<Layer> layers);
  /// R2 by layer name; layers without one show none.
  void set_scores(const std::vector<LayerR2>& scores);
  /// Selects the layer without signalling, as soon as it is shown.
  void set_current(const QString& layer);

 signals:
  void layer_chosen(const QString& layer);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void choose(); ///< what is shown, as the filter and the button say
  void select_current();
  void measure(); ///< widths that the columns want
  void fit_columns();
  void restyle();

  LayerModel* model_;
  QLineEdit* filter_;
  QToolButton* all_;
  QTreeView* view_;
  QString current_;
  std::array<int, LayerModel::column_count> wanted_{};
  int channels_wanted_ = 0;
  bool quiet_ = false; ///< while the selection changes by itself
};

} // namespace scalescope
