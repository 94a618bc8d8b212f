#include "ui/stage/prediction_bars.h"

#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>

namespace scalescope {
namespace {

constexpr int lines = 5;

QString one_decimal(double probability) { return PredictionBars::tr("%1 %").arg(100 * probability, 0, 'f', 1); }

} // namespace

PredictionBars::PredictionBars(QWidget* parent) : QWidget(parent), empty_text_(tr("No predictions yet.")) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Predictions"));
}

void PredictionBars::set_predictions(std::vector<Prediction> predictions) {
  if (predictions == predictions_)
    return;
  predictions_ = std::move(predictions);
  QStringList words;
  for (const auto& p : predictions_)
    words << p.name + u' ' + one_decimal(p.probability);
  setAccessibleDescription(words.join(QStringLiteral(", ")));
  setToolTip(words.join(u'\n')); // shortened names are complete here
  update();
}

void PredictionBars::set_empty_text(const QString& text) {
  empty_text_ = text;
  update();
}

void PredictionBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QFontMetrics metrics(font());
  if (predictions_.empty()) {
    painter.setPen(theme().dim);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, empty_text_);
    return;
  }
  const int line = metrics.height() * 3 / 2, space = metrics.height();
  const int number = metrics.horizontalAdvance(one_decimal(1));
  const int name = (width() - number - 2 * space) * 3 / 5, bar = width() - number - 2 * space - name;
  const double thick = metrics.height() / 2.0;
  int y = 0;
  for (const auto& p : predictions_) {
    painter.setPen(theme().text);
    painter.drawText(QRect(0, y, name, line), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(p.name, Qt::ElideRight, name));
    const QRectF track(name + space, y + (line - thick) / 2, bar, thick);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().dark ? theme().field : theme().line);
    painter.drawRoundedRect(track, thick / 4, thick / 4);
    QRectF filled = track;
    filled.setWidth(track.width() * std::clamp(p.probability, 0.0, 1.0));
    painter.setBrush(theme().accent);
    painter.drawRoundedRect(filled, thick / 4, thick / 4);
    painter.setPen(theme().dim);
    painter.drawText(QRect(width() - number, y, number, line), Qt::AlignRight | Qt::AlignVCenter,
                     one_decimal(p.probability));
    y += line;
  }
}

QSize PredictionBars::sizeHint() const {
  const QFontMetrics metrics(font());
  return {28 * metrics.averageCharWidth() + 12 * metrics.height(), lines * metrics.height() * 3 / 2};
}

QSize PredictionBars::minimumSizeHint() const { return {sizeHint().width() / 2, sizeHint().height()}; }

} // namespace scalescope
