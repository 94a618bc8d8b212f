#pragma once

#include "core/network/network.h"
#include "core/results/analysis_record.h"

#include <QAbstractItemModel>
#include <QString>

#include <map>
#include <vector>

namespace scalescope {

/// A network's layers as a tree of modules, or as the flat list of its blocks and its head.
class LayerModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column { Name, Type, Shape, Parameters, R2, column_count };
  /// Roles for the delegate: the mean as a double (invalid: no score), and whether it is the highest.
  enum Role { MeanRole = Qt::UserRole, PeakRole };

  using QAbstractItemModel::QAbstractItemModel;

  void set_layers(std::vector<Layer> layers);
  /// @param filter text that a name or a type must contain, in any case. The parents of matches stay visible.
  void choose(bool blocks_only, const QString& filter);
  void set_scores(const std::vector<LayerR2>& scores);
  [[nodiscard]] bool has_scores() const { return !scores_.empty(); }
  /// For a narrow column: the channels instead of the whole shape.
  void set_channels_only(bool on);

  /// The index of a layer in column Name; invalid if it is not shown.
  [[nodiscard]] QModelIndex find(const QString& layer) const;
  [[nodiscard]] const Layer& layer(const QModelIndex& index) const;
  [[nodiscard]] bool channels_only() const { return channels_only_; }
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
  /// The text of a column for a layer.
  [[nodiscard]] QString text(const Layer& layer, Column column) const;

  [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  void arrange(); ///< fills children_, parents_ and rows_
  [[nodiscard]] QString tooltip(const Layer& layer) const;

  std::vector<Layer> layers_;
  std::map<std::string, LayerR2> scores_;
  std::string peak_;
  bool blocks_only_ = true;
  bool channels_only_ = false;
  QString filter_;
  // By position in layers_; the last entry of children_ holds the top-level layers.
  std::vector<std::vector<int>> children_;
  std::vector<int> parents_; ///< -1: at the top
  std::vector<int> rows_;    ///< -1: not shown
};

} // namespace scalescope
