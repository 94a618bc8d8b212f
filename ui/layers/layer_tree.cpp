#include "ui/layers/layer_tree.h"

#include "ui/layers/layer_delegate.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_choice.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QScopedValueRollback>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

namespace scalescope {

LayerTree::LayerTree(QWidget* parent)
    : QWidget(parent), model_(new LayerModel(this)), filter_(new QLineEdit), all_(new QToolButton),
      outputs_(new QWidget), output_(new QComboBox), tokens_line_(new QWidget), tokens_(new QComboBox),
      view_(new QTreeView) {
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setClearButtonEnabled(true);
  filter_->setAccessibleName(tr("Filter layers by name or type"));
  filter_->installEventFilter(this);
  all_->setText(tr("All layers"));
  all_->setToolTip(tr("Show every module as a tree, not only the blocks and the head"));
  all_->setCheckable(true);

  view_->setModel(model_);
  view_->setItemDelegate(new LayerDelegate(view_));
  view_->setAccessibleName(tr("Layers"));
  view_->setUniformRowHeights(true); // otherwise Qt measures thousands of rows
  view_->setAllColumnsShowFocus(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  view_->setTextElideMode(Qt::ElideMiddle);
  view_->setIndentation(view_->fontMetrics().height() * 3 / 4);
  view_->header()->setStretchLastSection(false);
  view_->header()->setSectionsMovable(false);
  view_->header()->setMinimumSectionSize(view_->fontMetrics().height());
  view_->header()->setSectionResizeMode(QHeaderView::Fixed);
  view_->header()->setSectionResizeMode(LayerModel::Name, QHeaderView::Stretch);
  view_->setHeaderHidden(true);
  view_->viewport()->installEventFilter(this);
  setFocusProxy(view_);

  auto* bar = new QHBoxLayout;
  bar->setSpacing(fontMetrics().height() / 3);
  bar->addWidget(filter_, 1);
  bar->addWidget(all_);
  output_->setAccessibleName(tr("Output of the network"));
  output_->setToolTip(tr("The network returns several tensors. The layers 'output' and 'softmax', the classes and what "
                         "can be pruned depend on the one that is its output."));
  auto* output_label = new QLabel(tr("&Output"));
  output_label->setBuddy(output_);
  auto* output_line = new QHBoxLayout(outputs_);
  output_line->setSpacing(fontMetrics().height() / 3);
  output_line->addWidget(output_label);
  output_line->addWidget(output_, 1);
  outputs_->hide();
  tokens_->setAccessibleName(tr("Features of tokens"));
  auto* tokens_label = new QLabel(tr("&Tokens"));
  tokens_label->setBuddy(tokens_);
  auto* tokens_row = new QHBoxLayout(tokens_line_);
  tokens_row->setSpacing(fontMetrics().height() / 3);
  tokens_row->addWidget(tokens_label);
  tokens_row->addWidget(tokens_, 1);
  tokens_line_->hide();
  auto* column = new QVBoxLayout(this);
  const int gap = fontMetrics().height() / 2;
  output_line->setContentsMargins(0, 0, gap, 0);
  tokens_row->setContentsMargins(0, 0, gap, 0);
  column->setContentsMargins(gap, gap, 0, 0);
  bar->setContentsMargins(0, 0, gap, 0);
  column->setSpacing(gap);
  column->addWidget(outputs_);
  column->addWidget(tokens_line_);
  column->addLayout(bar);
  column->addWidget(view_, 1);

  restyle();
  connect(filter_, &QLineEdit::textChanged, this, &LayerTree::choose);
  connect(all_, &QToolButton::toggled, this, &LayerTree::choose);
  connect(output_, &QComboBox::activated, this, [this](int index) {
    if (index != output_index_)
      emit output_chosen(output_->itemText(index));
  });
  connect(tokens_, &QComboBox::activated, this, [this] {
    if (const auto chosen = chosen_tokens(*tokens_); chosen != tokens_in_use_)
      emit tokens_chosen(chosen);
  });
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
    if (quiet_ || !index.isValid())
      return;
    current_ = QString::fromStdString(model_->layer(index).name);
    emit layer_chosen(current_);
  });
}

void LayerTree::set_layers(std::vector<Layer> layers) {
  const QScopedValueRollback quiet(quiet_, true);
  view_->setHeaderHidden(layers.empty()); // without rows, the columns are too narrow for their titles
  model_->set_layers(std::move(layers));
  measure();
  choose();
}

void LayerTree::set_outputs(const std::vector<std::string>& names, std::size_t current) {
  output_->clear();
  for (const std::string& name : names)
    output_->addItem(QString::fromStdString(name));
  output_index_ = static_cast<int>(current);
  output_->setCurrentIndex(output_index_);
  outputs_->setVisible(names.size() > 1);
}

void LayerTree::set_tokens(const NetworkInfo& network) {
  offer_tokens(*tokens_, network);
  tokens_in_use_ = network.source.tokens;
  tokens_line_->setVisible(has_token_choice(network));
}

void LayerTree::set_scores(const std::vector<LayerR2>& scores) {
  model_->set_scores(scores);
  fit_columns();
}

void LayerTree::set_current(const QString& layer) {
  current_ = layer;
  select_current();
}

void LayerTree::choose() {
  const QScopedValueRollback quiet(quiet_, true);
  const bool tree = all_->isChecked();
  model_->choose(!tree, filter_->text());
  view_->setRootIsDecorated(tree);
  if (tree && !filter_->text().isEmpty())
    view_->expandAll();
  fit_columns();
  select_current();
}

void LayerTree::select_current() {
  const QScopedValueRollback quiet(quiet_, true);
  const QModelIndex index = model_->find(current_);
  if (!index.isValid() || !model_->layer(index).has_output()) {
    view_->selectionModel()->clear();
    return;
  }
  view_->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
  view_->scrollTo(index);
}

void LayerTree::measure() {
  const QFontMetrics metrics = view_->fontMetrics();
  const int pad = metrics.height();
  const auto head = [&](int section) {
    return metrics.horizontalAdvance(model_->headerData(section, Qt::Horizontal, Qt::DisplayRole).toString());
  };
  const auto widest = [&](LayerModel::Column column) {
    int width = head(column);
    for (const Layer& layer : model_->layers())
      width = std::max(width, LayerDelegate::figures_width(metrics, model_->text(layer, column)));
    return width + pad;
  };
  model_->set_channels_only(true);
  channels_wanted_ = widest(LayerModel::Shape);
  model_->set_channels_only(false);
  wanted_[LayerModel::Name] = std::min(widest(LayerModel::Name), 18 * metrics.averageCharWidth());
  wanted_[LayerModel::Type] = std::min(widest(LayerModel::Type), 24 * metrics.averageCharWidth());
  wanted_[LayerModel::Shape] = widest(LayerModel::Shape);
  wanted_[LayerModel::Parameters] = widest(LayerModel::Parameters);
  wanted_[LayerModel::R2] = LayerDelegate::r2_width(metrics);
}

// Name and R2 are always shown; the channels too, unless the indented names of the tree need the space. The whole
// shape, the parameters and the type are shown if there is room. The tooltip shows everything.
void LayerTree::fit_columns() {
  const bool tree = all_->isChecked();
  const int indent = tree ? 3 * view_->indentation() : 0;
  const QFontMetrics metrics = view_->fontMetrics();
  const int least_r2 = model_->has_scores()
                           ? LayerDelegate::figures_width(metrics, QStringLiteral("−0.00")) + metrics.height()
                           : metrics.height() * 5 / 2; // its head
  int r2 = model_->has_scores() ? wanted_[LayerModel::R2] : least_r2;
  int room = view_->viewport()->width() - wanted_[LayerModel::Name] - indent - r2 - channels_wanted_;
  if (room < 0) { // names are more important than bars
    const int given_up = std::min(r2 - least_r2, -room);
    r2 -= given_up;
    room += given_up;
  }
  const bool whole_shape = room >= wanted_[LayerModel::Shape] - channels_wanted_;
  model_->set_channels_only(!whole_shape);
  view_->setColumnHidden(LayerModel::Shape, tree && room < 0);
  view_->setColumnWidth(LayerModel::Shape, whole_shape ? wanted_[LayerModel::Shape] : channels_wanted_);
  if (whole_shape)
    room -= wanted_[LayerModel::Shape] - channels_wanted_;
  bool fits = whole_shape;
  for (const auto column : {LayerModel::Parameters, LayerModel::Type}) {
    fits = fits && room >= wanted_[column];
    view_->setColumnHidden(column, !fits);
    view_->setColumnWidth(column, wanted_[column]);
    room -= wanted_[column];
  }
  view_->setColumnWidth(LayerModel::R2, r2);
}

void LayerTree::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange) {
    measure();
    fit_columns();
  } else if (event->type() == QEvent::PaletteChange) {
    restyle();
  }
}

// A selection that does not change the colours of the bars.
void LayerTree::restyle() {
  const QColor ground = theme().field;
  const QColor accent = theme().accent;
  const auto mix = [](int a, int b) { return (a * 65 + b * 35) / 100; };
  QPalette colours = theme().palette();
  colours.setColor(QPalette::Highlight, QColor(mix(ground.red(), accent.red()), mix(ground.green(), accent.green()),
                                               mix(ground.blue(), accent.blue())));
  colours.setColor(QPalette::HighlightedText, theme().text);
  view_->setPalette(colours);
}

bool LayerTree::eventFilter(QObject* watched, QEvent* event) {
  if (watched == view_->viewport() && event->type() == QEvent::Resize)
    fit_columns();
  // Moves from the filter to its results.
  if (watched == filter_ && event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
      view_->setFocus(Qt::TabFocusReason);
      if (!view_->currentIndex().isValid())
        for (QModelIndex index = model_->index(0, 0); index.isValid(); index = view_->indexBelow(index))
          if (model_->layer(index).has_output()) {
            view_->setCurrentIndex(index);
            break;
          }
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

} // namespace scalescope
