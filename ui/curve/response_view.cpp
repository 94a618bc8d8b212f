#include "ui/curve/response_view.h"

#include "ui/widgets/numbers.h"
#include "ui/widgets/theme.h"

#include <QHelpEvent>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace scalescope {
namespace {

QColor class_colour(std::size_t i) {
  static const std::array<QColor, 4> on_dark{"#7fd1b9", "#c9a0ff", "#ff8fa3", "#c3b27a"};
  static const std::array<QColor, 4> on_light{"#14785c", "#7546c4", "#bb3860", "#7a6a1e"};
  if (i == 0)
    return theme().accent;
  return (theme().dark ? on_dark : on_light)[(i - 1) % 4];
}

std::vector<double> per_cent(std::vector<double> fractions) {
  for (double& v : fractions)
    v *= 100;
  return fractions;
}

// The range of the finite values, slightly wider; [0, 1] if there are none.
std::pair<double, double> axis(std::initializer_list<const std::vector<double>*> values) {
  double low = INFINITY, high = -INFINITY;
  for (const auto* some : values)
    for (const double v : *some)
      if (std::isfinite(v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
  if (low > high)
    return {0, 1};
  const double margin = high > low ? 0.06 * (high - low) : std::max(0.5, std::abs(high) * 0.1);
  return {low - margin, high + margin};
}

} // namespace

ResponseView::ResponseView(QWidget* parent)
    : QWidget(parent), empty_text_(tr("Choose an image with an object to see how the network responds to its scale.")) {
  setAccessibleName(tr("Response to scale"));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void ResponseView::set_sweep(ScaleSweep sweep) {
  sweep_ = std::move(sweep);
  update();
}

void ResponseView::set_current_scale(std::optional<double> scale) {
  current_ = scale;
  update();
}

void ResponseView::set_empty_text(const QString& text) {
  empty_text_ = text;
  update();
}

void ResponseView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QFontMetrics metrics(font());
  const int space = metrics.height() / 2;
  QRect area = rect().adjusted(space, space, -space, -space);
  const auto count = static_cast<int>(sweep_.scale.size());
  if (sweep_.done == 0) {
    painter.setPen(theme().dim);
    painter.drawText(area.adjusted(space, 0, -space, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     count > 0 ? tr("Trying %1 scales…").arg(count) : empty_text_);
    return;
  }
  if (sweep_.done < count) {
    painter.setPen(theme().accent);
    painter.drawText(area, Qt::AlignTop | Qt::AlignRight, tr("%1 of %2 scales").arg(sweep_.done).arg(count));
  }

  const auto scale = per_cent(sweep_.scale), predicted = per_cent(sweep_.predicted);
  const std::vector<double> now = current_ ? std::vector<double>{100 * *current_} : std::vector<double>();
  SmallPlot base;
  base.x = scale;
  std::tie(base.x_low, base.x_high) = axis({&scale, &now});
  if (current_)
    base.now = 100 * *current_;

  SmallPlot reading = base;
  reading.title = (std::ranges::count(sweep_.guessed, true) > 0 ? tr("Scale read from %1, % (○ a guess)")
                                                                : tr("Scale read from %1, %"))
                      .arg(sweep_.layer);
  reading.missing = tr("Analyse this layer first, to read scale from it.");
  std::tie(reading.y_low, reading.y_high) = axis({&scale, &predicted});
  if (!predicted.empty()) {
    reading.lines = {{predicted, tr("read"), theme().accent, sweep_.guessed}};
    reading.diagonal = tr("true");
  }

  SmallPlot activation = base;
  activation.title = sweep_.channel < 0 ? tr("Mean activation of the chosen channel")
                                        : tr("Mean activation of channel %1").arg(sweep_.channel);
  activation.missing = tr("Choose a channel in the feature maps.");
  std::tie(activation.y_low, activation.y_high) = axis({&sweep_.activation});
  if (!sweep_.activation.empty())
    activation.lines = {{sweep_.activation, {}, theme().accent}};

  SmallPlot classes = base;
  classes.title = tr("Probability of classes, %");
  classes.missing = tr("This network gives no class probabilities.");
  classes.y_high = 0;
  for (std::size_t i = 0; i < sweep_.classes.size(); ++i) {
    classes.lines.push_back({per_cent(sweep_.classes[i].probability), sweep_.classes[i].name, class_colour(i)});
    classes.y_high = std::max(classes.y_high, axis({&classes.lines.back().y}).second);
  }
  classes.y_high = classes.y_high > 0 ? std::min(100.0, classes.y_high) : 1;
  classes.x_title = tr("object scale, % of the image");

  x_low_ = base.x_low;
  x_high_ = base.x_high;
  if (in_a_row(width())) {
    reading.x_title = activation.x_title = classes.x_title;
    paint_row(painter, area, {reading, activation, classes});
  } else {
    paint_column(painter, area, {reading, activation, classes});
  }
}

void ResponseView::paint_row(QPainter& painter, QRect area, const Plots& plots) {
  const int gap = fontMetrics().height();
  const int each = (area.width() - 2 * gap) / 3;
  area.setWidth(each);
  for (std::size_t i = 0; i < plots.size(); ++i) {
    const int left = number_room(plots[i], font(), area.height());
    const int right = std::min(label_room(plots[i], font()), each * 2 / 5);
    frames_[i] = {area.left() + left, area.right() + 1 - right};
    paint_plot(painter, area, plots[i], left, right);
    area.translate(each + gap, 0);
  }
}

// One axis for all plots, under the last one.
void ResponseView::paint_column(QPainter& painter, QRect area, const Plots& plots) {
  const int space = fontMetrics().height() / 2;
  const int under = 2 * fontMetrics().height(); // for the numbers and the title of the axis
  const int height = (area.height() - under - 2 * space) / 3;
  const auto height_of = [&](const SmallPlot& plot) { return height + (plot.x_title.isEmpty() ? 0 : under); };
  int left = 0, right = 0;
  for (const SmallPlot& plot : plots) {
    left = std::max(left, number_room(plot, font(), height_of(plot)));
    right = std::max(right, label_room(plot, font()));
  }
  right = std::min(right, area.width() * 2 / 5);
  frames_.fill({area.left() + left, area.right() + 1 - right});
  for (const SmallPlot& plot : plots) {
    area.setHeight(height_of(plot));
    paint_plot(painter, area, plot, left, right);
    area.translate(0, height + space);
  }
}

QString ResponseView::values_at(std::size_t i) const {
  const auto part = [](double v) { return std::isnan(v) ? tr("not yet known") : tr("%1 %").arg(100 * v, 0, 'f', 1); };
  QString text = tr("Object scale %1").arg(part(sweep_.scale[i]));
  if (!sweep_.predicted.empty())
    text += tr("\nread from %1: %2").arg(sweep_.layer, part(sweep_.predicted[i]));
  if (!sweep_.guessed.empty() && sweep_.guessed[i])
    text += tr(", a guess: no such image was fitted");
  if (!sweep_.activation.empty())
    text += tr("\nchannel %1: %2").arg(sweep_.channel).arg(number_text(sweep_.activation[i]));
  for (const auto& c : sweep_.classes)
    text += QStringLiteral("\n%1: %2").arg(c.name, part(c.probability[i]));
  return text;
}

bool ResponseView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip)
    return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const auto frame =
      std::ranges::find_if(frames_, [&](const Frame& f) { return help->x() >= f.left && help->x() <= f.right; });
  if (sweep_.done == 0 || frame == frames_.end()) {
    QToolTip::hideText();
    return true;
  }
  const double x = x_low_ + (help->x() - frame->left) * (x_high_ - x_low_) / (frame->right - frame->left);
  const auto nearest = std::ranges::min_element(sweep_.scale, {}, [&](double s) { return std::abs(100 * s - x); });
  QToolTip::showText(help->globalPos(), values_at(nearest - sweep_.scale.begin()), this);
  return true;
}

QSize ResponseView::sizeHint() const {
  const int line = fontMetrics().height();
  return {24 * line, 30 * line};
}

QSize ResponseView::minimumSizeHint() const {
  return {sizeHint().width() * 2 / 3, heightForWidth(std::numeric_limits<int>::max())};
}

// The minimum; a scroll area provides it.
int ResponseView::heightForWidth(int width) const { return fontMetrics().height() * (in_a_row(width) ? 8 : 20); }

bool ResponseView::in_a_row(int width) const { return width >= 40 * fontMetrics().height(); }

} // namespace scalescope
