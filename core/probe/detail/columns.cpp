#include "core/probe/detail/columns.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scalescope {

namespace {

ColumnMoments empty_moments(std::size_t channels) {
  return {.count = 0,
          .mean = std::vector<double>(channels),
          .squares = std::vector<double>(channels),
          .least = std::vector<float>(channels, std::numeric_limits<float>::infinity()),
          .largest = std::vector<float>(channels, -std::numeric_limits<float>::infinity())};
}

} // namespace

ColumnMoments column_moments(const LayerRows& x, std::span<const int> rows) {
  const auto channels = static_cast<std::size_t>(x.channels());
  ColumnMoments moments = empty_moments(channels);
  moments.count = static_cast<double>(rows.size());
  x.by_block(rows, [&](std::span<const int> some) {
    for (const int row : some) {
      const float* values = x[row];
      for (std::size_t c = 0; c < channels; ++c) {
        moments.mean[c] += values[c];
        moments.least[c] = std::min(moments.least[c], values[c]);
        moments.largest[c] = std::max(moments.largest[c], values[c]);
      }
    }
  });
  for (double& mean : moments.mean) {
    mean /= moments.count;
  }
  x.by_block(rows, [&](std::span<const int> some) {
    for (const int row : some) {
      const float* values = x[row];
      for (std::size_t c = 0; c < channels; ++c) {
        const double standard_deviation = values[c] - moments.mean[c];
        moments.squares[c] += standard_deviation * standard_deviation;
      }
    }
  });
  return moments;
}

ColumnMoments combine(std::span<const ColumnMoments> parts, int left_out) {
  const std::size_t channels = parts.front().mean.size();
  ColumnMoments whole = empty_moments(channels);
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if (static_cast<int>(k) == left_out) {
      continue;
    }
    const ColumnMoments& part = parts[k];
    const double count = whole.count + part.count;
    const double share = part.count / count;
    const double weight = whole.count * share;
    for (std::size_t c = 0; c < channels; ++c) {
      const double difference = part.mean[c] - whole.mean[c];
      whole.mean[c] += difference * share;
      whole.squares[c] += part.squares[c] + difference * difference * weight;
      whole.least[c] = std::min(whole.least[c], part.least[c]);
      whole.largest[c] = std::max(whole.largest[c], part.largest[c]);
    }
    whole.count = count;
  }
  return whole;
}

Standardisation standardisation(ColumnMoments moments, double least_share, bool clip) {
  std::vector<double> scale = std::move(moments.squares);
  double largest = 0;
  for (double& s : scale) {
    s = std::sqrt(s / moments.count);
    largest = std::max(largest, s);
  }
  for (double& s : scale) {
    s = s > least_share * largest ? 1 / s : 0;
  }
  Standardisation by{.mean = std::move(moments.mean), .scale = std::move(scale), .least = {}, .largest = {}};
  if (clip) {
    by.least = std::move(moments.least);
    by.largest = std::move(moments.largest);
  }
  return by;
}

void standardise(const float* row, const Standardisation& by, int first, int count, double* out) {
  const float* values = row + first;
  const double* mean = by.mean.data() + first;
  const double* scale = by.scale.data() + first;
  if (by.least.empty()) {
    for (int c = 0; c < count; ++c) {
      out[c] = (values[c] - mean[c]) * scale[c];
    }
    return;
  }
  const float* least = by.least.data() + first;
  const float* largest = by.largest.data() + first;
  for (int c = 0; c < count; ++c) {
    out[c] = (std::min(std::max(values[c], least[c]), largest[c]) - mean[c]) * scale[c];
  }
}

} // namespace scalescope
