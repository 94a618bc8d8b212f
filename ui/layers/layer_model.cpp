#include "ui/layers/layer_model.h"

#include "ui/workspace/curve_data.h"

#include <QLocale>

#include <cmath>

namespace scalescope {
namespace {

// What is shown beside the blocks: the network's head, and its attention rollout.
bool is_head(const Layer& layer) {
  return (layer.name == "output" || layer.name == "softmax" || layer.attention) && layer.parent <= 0 &&
         layer.has_output();
}

QString with_thousands(std::int64_t number) { return QLocale(QLocale::English).toString(qlonglong{number}); }

} // namespace

void LayerModel::set_layers(std::vector<Layer> layers) {
  beginResetModel();
  layers_ = std::move(layers);
  scores_.clear();
  peak_.clear();
  arrange();
  endResetModel();
}

void LayerModel::choose(bool blocks_only, const QString& filter) {
  beginResetModel();
  blocks_only_ = blocks_only;
  filter_ = filter;
  arrange();
  endResetModel();
}

void LayerModel::arrange() {
  const std::size_t n = layers_.size();
  std::vector<char> shown(n, 0);
  for (std::size_t i = n; i-- > 0;) { // each layer comes after its parent
    const Layer& layer = layers_[i];
    const bool matches = QString::fromStdString(layer.name).contains(filter_, Qt::CaseInsensitive) ||
                         QString::fromStdString(layer.type).contains(filter_, Qt::CaseInsensitive);
    if (blocks_only_)
      shown[i] = matches && (layer.block || is_head(layer)) ? 1 : 0;
    else if (matches || shown[i] != 0) {
      shown[i] = 1;
      if (layer.parent >= 0)
        shown[static_cast<std::size_t>(layer.parent)] = 1;
    }
  }
  children_.assign(n + 1, {});
  parents_.assign(n, -1);
  rows_.assign(n, -1);
  for (std::size_t i = 0; i < n; ++i) {
    if (shown[i] == 0 || (!blocks_only_ && i == 0 && layers_[i].name.empty()))
      continue; // the network itself has no row
    if (!blocks_only_ && layers_[i].parent > 0)
      parents_[i] = layers_[i].parent;
    auto& siblings = children_[parents_[i] < 0 ? n : static_cast<std::size_t>(parents_[i])];
    rows_[i] = static_cast<int>(siblings.size());
    siblings.push_back(static_cast<int>(i));
  }
}

void LayerModel::set_scores(const std::vector<LayerR2>& scores) {
  scores_.clear();
  for (const LayerR2& score : scores)
    scores_[score.layer] = score;
  peak_.clear();
  double highest = 0;
  for (const auto& [name, r2] : scores_)
    if (std::isfinite(r2.mean) && (peak_.empty() || r2.mean > highest)) {
      peak_ = name;
      highest = r2.mean;
    }
  const auto tell = [this](const auto& again, const QModelIndex& parent) -> void {
    const int rows = rowCount(parent);
    if (rows == 0)
      return;
    emit dataChanged(index(0, R2, parent), index(rows - 1, R2, parent));
    for (int row = 0; row < rows; ++row)
      again(again, index(row, 0, parent));
  };
  tell(tell, {});
}

void LayerModel::set_channels_only(bool on) {
  if (on == channels_only_)
    return;
  channels_only_ = on;
  emit headerDataChanged(Qt::Horizontal, Shape, Shape);
}

QModelIndex LayerModel::find(const QString& layer) const {
  const std::string name = layer.toStdString();
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (rows_[i] >= 0 && layers_[i].name == name)
      return createIndex(rows_[i], Name, i);
  return {};
}

const Layer& LayerModel::layer(const QModelIndex& index) const { return layers_[index.internalId()]; }

QModelIndex LayerModel::index(int row, int column, const QModelIndex& parent) const {
  if (!hasIndex(row, column, parent))
    return {};
  const auto& siblings = children_[parent.isValid() ? parent.internalId() : layers_.size()];
  return createIndex(row, column, static_cast<quintptr>(siblings[static_cast<std::size_t>(row)]));
}

QModelIndex LayerModel::parent(const QModelIndex& child) const {
  const int parent = child.isValid() ? parents_[child.internalId()] : -1;
  return parent < 0 ? QModelIndex()
                    : createIndex(rows_[static_cast<std::size_t>(parent)], 0, static_cast<quintptr>(parent));
}

int LayerModel::rowCount(const QModelIndex& parent) const {
  if (children_.empty() || parent.column() > 0)
    return 0;
  return static_cast<int>(children_[parent.isValid() ? parent.internalId() : layers_.size()].size());
}

int LayerModel::columnCount(const QModelIndex& /*parent*/) const { return column_count; }

QString LayerModel::text(const Layer& layer, Column column) const {
  switch (column) {
  case Name: {
    const QString name = QString::fromStdString(layer.name);
    return blocks_only_ ? name : name.section('.', -1);
  }
  case Type:
    return QString::fromStdString(layer.type);
  case Shape: {
    QStringList sides;
    for (const std::int64_t side : layer.shape)
      sides << QString::number(side);
    return channels_only_ && layer.has_output() ? QString::number(layer.channels()) : sides.join(QStringLiteral(" × "));
  }
  case Parameters:
    return with_thousands(layer.parameters);
  case R2: {
    const auto score = scores_.find(layer.name);
    return score == scores_.end() ? QString() : r2_text(score->second.mean);
  }
  case column_count:
    break;
  }
  return {};
}

QString LayerModel::tooltip(const Layer& layer) const {
  QStringList lines{QString::fromStdString(layer.name) + QStringLiteral(" · ") + QString::fromStdString(layer.type)};
  if (layer.calls == 0)
    lines << tr("The network does not run this layer for an image, so there is nothing to show.");
  else if (!layer.has_output())
    lines << tr("This layer returns no tensor, so there is nothing to show.");
  else {
    QStringList sides;
    for (const std::int64_t side : layer.shape)
      sides << QString::number(side);
    lines << tr("output %1 · depth %2").arg(sides.join(QStringLiteral(" × "))).arg(layer.depth);
  }
  lines << tr("%1 parameters").arg(with_thousands(layer.parameters));
  if (const auto score = scores_.find(layer.name); score != scores_.end())
    lines << tr("R² %1").arg(r2_text(score->second.mean, score->second.standard_deviation));
  return lines.join('\n');
}

QVariant LayerModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid())
    return {};
  const Layer& shown = layer(index);
  const auto column = static_cast<Column>(index.column());
  switch (role) {
  case Qt::DisplayRole:
    return text(shown, column);
  case Qt::ToolTipRole:
    return tooltip(shown);
  case Qt::TextAlignmentRole:
    return QVariant::fromValue(
        Qt::Alignment(Qt::AlignVCenter | (column == Name || column == Type ? Qt::AlignLeft : Qt::AlignRight)));
  case Qt::AccessibleTextRole:
    return column == R2 && !text(shown, R2).isEmpty() ? tr("R² %1").arg(text(shown, R2)) : text(shown, column);
  case MeanRole: {
    const auto score = scores_.find(shown.name);
    return score == scores_.end() ? QVariant() : QVariant(score->second.mean);
  }
  case PeakRole:
    return !peak_.empty() && shown.name == peak_;
  default:
    return {};
  }
}

QVariant LayerModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal)
    return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(
        Qt::Alignment(Qt::AlignVCenter | (section == Name || section == Type ? Qt::AlignLeft : Qt::AlignRight)));
  if (role != Qt::DisplayRole)
    return {};
  switch (static_cast<Column>(section)) {
  case Name:
    return tr("Name");
  case Type:
    return tr("Type");
  case Shape:
    return channels_only_ ? tr("Chan.") : tr("Output shape");
  case Parameters:
    return tr("Parameters");
  case R2:
    return tr("R²");
  case column_count:
    break;
  }
  return {};
}

Qt::ItemFlags LayerModel::flags(const QModelIndex& index) const {
  return index.isValid() && layer(index).has_output() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

} // namespace scalescope
