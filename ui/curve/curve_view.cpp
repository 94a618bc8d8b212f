#include "ui/curve/curve_view.h"

#include "ui/curve/curve_plot.h"
#include "ui/widgets/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QToolButton>
#include <QToolTip>

#include <algorithm>

namespace scalescope {

CurveView::CurveView(QWidget* parent)
    : QWidget(parent), pages_(new QStackedWidget),
      empty_(new QLabel(tr("Choose Analysis > Analyse… to see from which layers scale can be read."))),
      note_(new QLabel), fits_(new QToolButton), plot_(new CurvePlot) {
  setAccessibleName(tr("R² by layer"));
  setFocusPolicy(Qt::StrongFocus);
  empty_->setObjectName(QStringLiteral("empty"));
  note_->setObjectName(QStringLiteral("note"));
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

  auto* r2 = scale_button(tr("R²"), tr("Show R² of the held-out images"));
  auto* exponential = scale_button(
      tr("e^R² / e"), tr("Show e^R² / e, as in the paper. It is always between 0 and 1, even if R² is negative"));
  auto* scales = new QButtonGroup(this);
  scales->addButton(r2);
  scales->addButton(exponential);
  r2->setChecked(true);
  connect(exponential, &QToolButton::toggled, this,
          [this](bool on) { plot_->set_scale(on ? CurveScale::Exponential : CurveScale::R2); });

  fits_->setObjectName(QStringLiteral("other fits"));
  fits_->setAutoRaise(true);
  fits_->setPopupMode(QToolButton::InstantPopup);
  fits_->setMenu(new QMenu(fits_));

  auto* bar = new QHBoxLayout;
  const int gap = fontMetrics().height() / 2;
  bar->setContentsMargins(gap, gap / 2, gap, 0);
  bar->setSpacing(gap / 4);
  bar->addWidget(note_, 1);
  bar->addWidget(fits_);
  bar->addWidget(r2);
  bar->addWidget(exponential);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins({});
  column->setSpacing(0);
  column->addLayout(bar);
  column->addWidget(plot_, 1);
  pages_->addWidget(empty_);
  pages_->addWidget(page);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins({});
  whole->addWidget(pages_);
  setMinimumSize(fontMetrics().height() * 14, fontMetrics().height() * 9);

  connect(plot_, &CurvePlot::clicked, this, &CurveView::choose);
  connect(plot_, &CurvePlot::hovered, this, &CurveView::show_tooltip);
  restyle();
}

QToolButton* CurveView::scale_button(const QString& text, const QString& tooltip) {
  auto* button = new QToolButton;
  button->setText(text);
  button->setToolTip(tooltip);
  button->setCheckable(true);
  button->setAutoRaise(true);
  return button;
}

void CurveView::set_data(const CurveData& curve) {
  data_ = curve;
  fits_->setVisible(!curve.other_fits.empty());
  fits_->setText(curve.sensitivity_note.empty() ? tr("Other fits") : tr("Other fits differ"));
  fits_->setToolTip(curve.sensitivity_note.empty()
                        ? tr("Choose curves to show: R² if the regression is fitted in another way (without clipping, "
                             "on ranks, on the "
                             "logarithm of the softmax), and what else the analysis measured")
                        : tr("Choose curves to show: R² if the regression is fitted in another way. %1")
                              .arg(QString::fromStdString(curve.sensitivity_note)
                                       .replace(QStringLiteral("R2"), QStringLiteral("R²"))));
  list_fits();
  show_curve();
  pages_->setCurrentIndex(curve.figure.layers.empty() ? 0 : 1);
  set_current(current_name_);
  write_note();

  const int peak = peak_of(curve);
  QString description = curve.figure.layers.empty() ? empty_->text() : curve_note(curve);
  if (peak >= 0)
    description += tr(", peak %1 at %2")
                       .arg(r2_text(curve.figure.series[0].mean[static_cast<std::size_t>(peak)]),
                            QString::fromStdString(curve.figure.layers[static_cast<std::size_t>(peak)]));
  setAccessibleDescription(description);
}

// An entry for each curve; those that are shown stay so, by name.
void CurveView::list_fits() {
  const auto same_name = [](const CurveSeries& fit, const QAction* entry) {
    return QString::fromStdString(fit.name) == entry->text();
  };
  const QList<QAction*> entries = fits_->menu()->actions();
  if (std::ranges::equal(data_.other_fits, entries, same_name))
    return;
  QStringList shown;
  for (const QAction* entry : entries)
    if (entry->isChecked())
      shown << entry->text();
  fits_->menu()->clear();
  for (const CurveSeries& fit : data_.other_fits) {
    QAction* entry = fits_->menu()->addAction(QString::fromStdString(fit.name));
    entry->setCheckable(true);
    entry->setChecked(shown.contains(entry->text()));
    connect(entry, &QAction::toggled, this, &CurveView::show_curve);
  }
}

void CurveView::show_curve() {
  CurveData shown = data_;
  const QList<QAction*> entries = fits_->menu()->actions();
  for (qsizetype i = 0; i < entries.size(); ++i)
    if (entries[i]->isChecked())
      shown.figure.series.push_back(data_.other_fits[static_cast<std::size_t>(i)]);
  plot_->set_data(shown);
}

void CurveView::set_current(const QString& layer) {
  current_name_ = layer;
  current_ = index_of(layer);
  plot_->set_current(current_);
}

void CurveView::set_cut(const QString& layer) { plot_->set_cut(index_of(layer)); }

int CurveView::index_of(const QString& layer) const {
  const auto& layers = data_.figure.layers;
  const auto found = std::ranges::find(layers, layer.toStdString());
  return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

void CurveView::choose(int layer) {
  const QString name = QString::fromStdString(data_.figure.layers[static_cast<std::size_t>(layer)]);
  set_current(name);
  emit layer_chosen(name);
}

void CurveView::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(data_.figure.layers.size()) - 1;
  if (last < 0 || (event->key() != Qt::Key_Left && event->key() != Qt::Key_Right)) {
    QWidget::keyPressEvent(event);
    return;
  }
  const bool right = event->key() == Qt::Key_Right;
  const int next = current_ < 0 ? (right ? 0 : last) : std::clamp(current_ + (right ? 1 : -1), 0, last);
  if (next == current_)
    return;
  choose(next);
  plot_->bring_into_view(next);
}

void CurveView::show_tooltip(int layer, const QPoint& place) {
  if (layer < 0)
    QToolTip::hideText();
  else
    QToolTip::showText(place, layer_note(data_, static_cast<std::size_t>(layer)), plot_);
}

void CurveView::write_note() {
  const QString text = data_.figure.layers.empty() ? QString() : curve_note(data_);
  const QString hint = data_.partial || text.isEmpty() ? QString() : tr(" · click a point to choose its layer");
  const bool has_room = note_->fontMetrics().horizontalAdvance(text + hint) <= note_->width();
  note_->setText(note_->fontMetrics().elidedText(has_room ? text + hint : text, Qt::ElideRight, note_->width()));
  note_->setToolTip(text);
  QPalette colours = note_->palette();
  colours.setColor(QPalette::WindowText, data_.partial ? theme().peak : theme().dim);
  note_->setPalette(colours);
}

void CurveView::restyle() {
  QPalette colours = empty_->palette();
  colours.setColor(QPalette::WindowText, theme().dim);
  empty_->setPalette(colours);
  plot_->restyle();
  write_note();
}

void CurveView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
    restyle();
}

void CurveView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  layout()->activate(); // so that the note has its new width
  write_note();
}

void CurveView::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  plot_->set_focused(event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason);
}

void CurveView::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  plot_->set_focused(false);
}

} // namespace scalescope
