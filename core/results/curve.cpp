#include "core/results/curve.h"

#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

std::string curve_csv(std::span<const std::string> layers, std::span<const int> depths, std::span<const int> channels,
                      std::span<const CurveSeries> series) {
  std::string text = "layer,depth,channels";
  for (std::size_t s = 0; s < series.size(); ++s) {
    const std::string name = s == 0 ? "" : underscored(series[s].name) + '_';
    text += fmt::format(",{0}r2_mean,{0}r2_sd", name);
    if (series[s].has_intervals())
      text += fmt::format(",{0}r2_low,{0}r2_high", name);
  }
  text += '\n';
  const auto cell = [](double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    text += fmt::format("{},{},{}", csv_field(layers[i]), depths[i], channels[i]);
    for (const CurveSeries& one : series) {
      text += ',' + cell(one.mean[i]) + ',' + cell(one.standard_deviation[i]);
      if (one.has_intervals())
        text += ',' + cell(one.intervals[i].low) + ',' + cell(one.intervals[i].high);
    }
    text += '\n';
  }
  return text;
}

} // namespace scalescope
