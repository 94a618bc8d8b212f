#include "ui/curve/loss_view.h"

#include "ui/widgets/small_plot.h"
#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace scalescope {
namespace {

// The colours of the networks; the first has the accent colour.
QColor colour_of(std::size_t i) {
  static const std::array<QColor, 4> others{"#d08770", "#5fa777", "#b48ead", "#8f8f5f"};
  return i == 0 ? theme().accent : others.at((i - 1) % others.size());
}

} // namespace

LossView::LossView(QWidget* parent) : QWidget(parent) { setAccessibleName(tr("Losses by epoch")); }

void LossView::set_curves(std::vector<LossCurve> curves, int epochs) {
  curves_ = std::move(curves);
  epochs_ = std::max(1, epochs);
  QString text;
  for (const LossCurve& curve : curves_)
    if (!curve.epochs.empty())
      text += tr("%1: epoch %2, validation loss %3. ")
                  .arg(curve.name)
                  .arg(curve.epochs.size())
                  .arg(curve.epochs.back().validation_loss, 0, 'f', 3);
  setAccessibleDescription(text);
  update();
}

QSize LossView::sizeHint() const {
  const int line = fontMetrics().height();
  return {44 * line, 12 * line};
}

void LossView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  SmallPlot training;
  training.title = tr("Training loss");
  training.missing = tr("Curves appear here while a network learns.");
  training.x_title = tr("epoch");
  for (int epoch = 1; epoch <= epochs_; ++epoch)
    training.x.push_back(epoch);
  training.x_low = 0.5;
  training.x_high = epochs_ + 0.5;
  training.y_low = 0;
  training.y_high = 0;
  SmallPlot validation = training;
  validation.title = tr("Validation loss");
  validation.missing = tr("Each epoch adds a value.");
  const auto count = static_cast<std::size_t>(epochs_);
  for (std::size_t i = 0; i < curves_.size(); ++i) {
    const LossCurve& curve = curves_[i];
    PlotLine learnt{std::vector<double>(count, std::numeric_limits<double>::quiet_NaN()), curve.name, colour_of(i)};
    PlotLine held_out = learnt;
    for (std::size_t e = 0; e < std::min(count, curve.epochs.size()); ++e) {
      learnt.y[e] = curve.epochs[e].training_loss;
      held_out.y[e] = curve.epochs[e].validation_loss;
    }
    if (curve.training_loss_so_far > 0 && curve.epochs.size() < count)
      learnt.y[curve.epochs.size()] = curve.training_loss_so_far;
    for (std::size_t e = 0; e < count; ++e) {
      training.y_high = std::fmax(training.y_high, learnt.y[e]);
      validation.y_high = std::fmax(validation.y_high, held_out.y[e]);
    }
    training.lines.push_back(std::move(learnt));
    if (!curve.epochs.empty())
      validation.lines.push_back(std::move(held_out));
  }
  for (SmallPlot* plot : {&training, &validation})
    plot->y_high = plot->y_high > 0 ? 1.08 * plot->y_high : 1;

  const int gap = fontMetrics().height();
  QRect area = rect().adjusted(0, gap / 2, 0, -gap / 2);
  const int each = (area.width() - gap) / 2;
  area.setWidth(each);
  for (const SmallPlot* plot : {&training, &validation}) {
    paint_plot(painter, area, *plot, number_room(*plot, font(), area.height()),
               std::min(label_room(*plot, font()), each * 2 / 5));
    area.translate(each + gap, 0);
  }
}

} // namespace scalescope
