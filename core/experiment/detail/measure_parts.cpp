#include "core/experiment/detail/measure_parts.h"

#include "core/base/statistics.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace scalescope {

double correlation_of(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean_of(a);
  const double mean_b = mean_of(b);
  double products = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    products += (a[i] - mean_a) * (b[i] - mean_b);
  const double deviations = standard_deviation_of(a) * standard_deviation_of(b);
  return deviations > 0 ? products / (static_cast<double>(a.size()) * deviations) : 0;
}

std::string number_cell(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : ""; }

std::string r2_text(double value, const Interval& interval) {
  const auto rounded = [](double one) { return std::round(100 * one) / 100 + 0.0; }; // no "-0.00"
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", rounded(value), rounded(interval.low), rounded(interval.high));
}

std::vector<int> depths_of(const Network& network, const std::vector<std::string>& layers) {
  std::vector<int> depths;
  depths.reserve(layers.size());
  for (const std::string& layer : layers)
    depths.push_back(network.layer(layer).depth);
  return depths;
}

Progress fitting_progress(const JobCallback& progress) {
  return [&progress](double share) {
    if (progress)
      progress({"fitting", static_cast<std::int64_t>(1000 * share), 1000});
  };
}

void add_extraction(LayerMeasures& measures, Extraction extraction) {
  measures.left_out = std::move(extraction.left_out);
  measures.remarks = std::move(extraction.remarks);
  measures.notes.insert(measures.notes.end(), extraction.notes.begin(), extraction.notes.end());
}

} // namespace scalescope
