#include "core/report/curve_layout.h"

#include "core/report/svg_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace scalescope {

namespace {

constexpr double lowest_limit = -1;        // an R2 below it only means "useless": so the axis ends there
constexpr double lowest_for_a_bar = -0.25; // an error bar alone doesn't push the axis further down
constexpr double plot_height = 300;
constexpr double margin = 24;
constexpr double depths_row = 13;
constexpr double longest_label = 240;
constexpr double slope = 1 / std::numbers::sqrt2; // labels stand at 45 degrees

} // namespace

double nice_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * power >= least * (1 - 1e-9))
      return factor * power;
  return 10 * power;
}

int decimals_of(double step) {
  int decimals = 0;
  for (; std::abs(step - std::round(step)) > 1e-6 && decimals < 12; step *= 10)
    ++decimals;
  return decimals;
}

double value_at(const std::vector<double>& values, std::size_t layer) {
  const double value = layer < values.size() ? values[layer] : std::numeric_limits<double>::quiet_NaN();
  return value == std::numeric_limits<double>::infinity() ? std::numeric_limits<double>::quiet_NaN() : value;
}

Interval bar_at(const CurveSeries& series, std::size_t layer) {
  const double mean = value_at(series.mean, layer);
  if (!series.intervals.empty())
    return series.intervals[layer].exists() ? series.intervals[layer] : Interval{mean, mean};
  const double spread = value_at(series.standard_deviation, layer);
  return std::isfinite(spread) ? Interval{mean - std::abs(spread), mean + std::abs(spread)} : Interval{mean, mean};
}

CurveLayout::CurveLayout(const CurveFigure& figure) {
  choose_values(figure);
  place_legend(figure);
  place_layers(figure);
  bottom = top + plot_height;
  double below = bottom;
  for (const CurveSeries& series : figure.series) {
    bool any = false;
    for (std::size_t i = 0; i < figure.layers.size(); ++i)
      any = any || is_clipped(value_at(series.mean, i));
    clipped_y.push_back(any ? std::optional(below + 4) : std::nullopt);
    below += any ? clipped_row : 0;
  }
  if (!figure.depths.empty()) {
    depths_y = below + 15;
    below += depths_row;
  }
  labels_y = below + 8;
  height = labels_y + labels_height_ + 42;
}

void CurveLayout::choose_values(const CurveFigure& figure) {
  double highest_mean = 0;
  for (const CurveSeries& series : figure.series)
    for (std::size_t i = 0; i < figure.layers.size(); ++i)
      highest_mean = std::fmax(highest_mean, value_at(series.mean, i));

  double lowest = 0;
  double highest = highest_mean;
  for (const CurveSeries& series : figure.series) {
    for (std::size_t i = 0; i < figure.layers.size(); ++i) {
      const double mean = value_at(series.mean, i);
      if (!(mean >= lowest_limit))
        continue;
      const Interval bar = bar_at(series, i);
      lowest = std::min({lowest, mean, std::max(bar.low, lowest_for_a_bar)});
      highest = std::max(highest, std::min(bar.high, std::max(1.0, highest_mean)));
    }
  }
  const double span = std::max(highest - lowest, 0.1);
  high = lowest + span * 1.05;
  low = lowest < 0 ? lowest - span * 0.05 : 0;
  tick_step = nice_step((high - low) / 8);
  tick_decimals = decimals_of(tick_step);
  for (double i = std::ceil(low / tick_step); i * tick_step <= high; ++i)
    ticks.push_back(i * tick_step);
}

void CurveLayout::place_legend(const CurveFigure& figure) {
  const double between = 26;
  double at_x = margin;
  double at_y = figure.subtitle.empty() ? 62 : 80;
  for (const CurveSeries& series : figure.series) {
    const std::string name = elided(series.name, label_size, 320);
    const double size = swatch + 7 + text_width(name, label_size);
    if (at_x > margin && at_x + size > width - margin) {
      at_x = margin;
      at_y += 19;
    }
    legend.push_back({at_x, at_y, name});
    at_x += size + between;
  }
  top = at_y + 34; // room for the peak's label
}

void CurveLayout::place_layers(const CurveFigure& figure) {
  const std::vector<std::string>& layers = figure.layers;
  const std::size_t n = layers.size();
  left = margin + 58;
  right = width - margin;
  if (n == 0)
    return;
  inset_ = std::clamp((right - left) / (2.0 * static_cast<double>(n)), 18.0, 80.0);
  const auto space = [&] { return n > 1 ? (right - left - 2 * inset_) / static_cast<double>(n - 1) : right - left; };
  const auto size = [](const std::string& name) { return text_width(name, label_size); };
  spacing = space();
  for (std::size_t i = 0; i + 1 < n; ++i)
    slanted = slanted || (size(layers[i]) + size(layers[i + 1])) / 2 + 8 > spacing;
  if (!slanted) {
    inset_ = std::max(inset_, std::max(size(layers.front()), size(layers.back())) / 2 - 16);
    spacing = space();
    labels_height_ = label_size;
    for (std::size_t i = 0; i < n; ++i)
      labels.push_back({i, elided(layers[i], label_size, right - left)});
    return;
  }

  // Slanted labels of every layer, or of some with more air between them; the last layer always has its own.
  const double closest = 15;
  const double airy = 24;
  const auto every = static_cast<std::size_t>(spacing >= closest ? 1 : std::ceil(airy / spacing));
  double reach = 0; // to the left of the axis
  for (std::size_t i = (n - 1) % every; i < n; i += every) {
    labels.push_back({i, elided(layers[i], label_size, longest_label)});
    const double extent = size(labels.back().name) * slope;
    labels_height_ = std::max(labels_height_, extent + 6);
    reach = std::max(reach, extent - static_cast<double>(i) * spacing - inset_);
  }
  left = std::max(left, reach + 10);
  spacing = space();
}

double CurveLayout::x(std::size_t layer) const {
  if (spacing >= right - left)
    return (left + right) / 2;
  return left + inset_ + static_cast<double>(layer) * spacing;
}

double CurveLayout::y(double value) const { return bottom - (value - low) / (high - low) * (bottom - top); }

} // namespace scalescope
