#include "ui/workspace/feature_maps.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace scalescope {

std::span<const float> FeatureMaps::map(int channel) const {
  const auto size = static_cast<std::size_t>(height) * width;
  return std::span<const float>(*values).subspan(channel * size, size);
}

ValueRange value_range(std::span<const float> values) {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (const float v : values)
    if (std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  return low <= high ? ValueRange{low, high} : ValueRange{};
}

ValueRange robust_range(std::span<const float> values, double outside) {
  constexpr std::size_t enough = 65536;
  // Odd, so that samples are spread in maps with a size of a power of two.
  const std::size_t step = values.size() <= enough ? 1 : (values.size() / enough) | 1;
  std::vector<float> some;
  some.reserve(values.size() / step + 1);
  for (std::size_t i = 0; i < values.size(); i += step)
    if (std::isfinite(values[i]))
      some.push_back(values[i]);
  if (some.empty())
    return {};
  const auto quantile = [&](double q) {
    const auto at = some.begin() + std::lround(q * static_cast<double>(some.size() - 1));
    std::nth_element(some.begin(), at, some.end());
    return *at;
  };
  const ValueRange range{quantile(outside), quantile(1 - outside)};
  return range.low < range.high ? range : value_range(values);
}

float mean_value(std::span<const float> values) {
  double sum = 0;
  int count = 0;
  for (const float v : values)
    if (std::isfinite(v)) {
      sum += v;
      ++count;
    }
  return static_cast<float>(sum / count);
}

bool can_order(const FeatureMaps& maps, ChannelOrder order) {
  const auto channels = static_cast<std::size_t>(maps.channels);
  if (order == ChannelOrder::ScaleCorrelation)
    return !maps.empty() && maps.scale_correlation.size() == channels;
  if (order == ChannelOrder::RegressionWeight)
    return !maps.empty() && maps.regression_weight.size() == channels;
  return true;
}

float order_value(const FeatureMaps& maps, int channel, ChannelOrder order) {
  switch (order) {
  case ChannelOrder::MeanActivation:
    return mean_value(maps.map(channel));
  case ChannelOrder::ScaleCorrelation:
    return maps.scale_correlation[channel];
  case ChannelOrder::RegressionWeight:
    return maps.regression_weight[channel];
  case ChannelOrder::Index:
    break;
  }
  return std::numeric_limits<float>::quiet_NaN();
}

std::vector<int> channel_order(const FeatureMaps& maps, ChannelOrder order) {
  std::vector<int> channels(maps.channels);
  std::iota(channels.begin(), channels.end(), 0);
  if (order == ChannelOrder::Index)
    return channels;
  std::vector<float> key(maps.channels);
  for (const int c : channels) {
    const float value = order_value(maps, c, order);
    const float size = order == ChannelOrder::MeanActivation ? value : std::abs(value);
    key[c] = std::isnan(size) ? -std::numeric_limits<float>::infinity() : size;
  }
  std::ranges::stable_sort(channels, [&](int a, int b) { return key[a] > key[b]; });
  return channels;
}

} // namespace scalescope
