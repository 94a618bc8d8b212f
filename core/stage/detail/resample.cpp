#include "core/stage/detail/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace scalescope {

namespace {

enum class Beyond { Nothing, Mirror };

/// The weights of the samples of a source that make up each of `to` consecutive samples of the result.
struct Taps {
  struct Tap {
    int sample;
    float weight;
  };
  std::vector<Tap> taps;
  std::vector<int> start; ///< first tap of the i-th sample; one more than there are samples
};

/// The sample that a mirror at both ends shows at k.
int mirrored(int k, int count) {
  k %= 2 * count;
  if (k < 0)
    k += 2 * count;
  return k < count ? k : 2 * count - 1 - k;
}

Taps make_taps(int from_count, double scale, double offset, int to_first, int to_count, Beyond beyond) {
  const double support = std::max(1 / scale, 1.0);
  Taps result;
  result.start.push_back(0);
  for (int i = to_first; i < to_first + to_count; ++i) {
    const double centre = (i + 0.5 - offset) / scale - 0.5;
    const int first = static_cast<int>(std::ceil(centre - support));
    const int last = static_cast<int>(std::floor(centre + support));
    double sum = 0;
    for (int k = first; k <= last; ++k)
      sum += 1 - std::abs(k - centre) / support;
    for (int k = first; k <= last; ++k) {
      const auto weight = static_cast<float>((1 - std::abs(k - centre) / support) / sum);
      const bool inside = k >= 0 && k < from_count;
      if (weight > 0 && (inside || beyond == Beyond::Mirror))
        result.taps.push_back({inside ? k : mirrored(k, from_count), weight});
    }
    result.start.push_back(static_cast<int>(result.taps.size()));
  }
  return result;
}

using FourBytes = std::uint8_t __attribute__((vector_size(4)));
using FourFloats = float __attribute__((vector_size(16)));

FourFloats weighted_sum(const Taps& taps, int i, auto&& sample) {
  FourFloats sum{};
  for (int t = taps.start[i]; t < taps.start[i + 1]; ++t)
    sum += sample(taps.taps[t].sample) * taps.taps[t].weight;
  return sum;
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F)); }

/// A part of the image that is drawn to.
struct Area {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

/// Draws into an area of the image. @return the sum of alpha.
double draw_into(const ObjectLayer& layer, const Spot& spot, Beyond beyond, const Area& area, Image& onto) {
  const Taps across = make_taps(layer.width, spot.scale, spot.left, area.left, area.width, beyond);
  const Taps down = make_taps(layer.height, spot.scale, spot.top, area.top, area.height, beyond);
  std::vector<bool> is_needed(static_cast<std::size_t>(layer.height));
  for (const Taps::Tap& tap : down.taps)
    is_needed[tap.sample] = true;

  std::vector<FourFloats> narrowed(static_cast<std::size_t>(layer.height) * area.width);
  for (int y = 0; y < layer.height; ++y) {
    if (!is_needed[y])
      continue;
    const std::uint8_t* row = layer.pixels.data() + static_cast<std::size_t>(y) * layer.width * 4;
    FourFloats* to = narrowed.data() + static_cast<std::size_t>(y) * area.width;
    for (int x = 0; x < area.width; ++x)
      to[x] = weighted_sum(across, x, [row](int k) {
        FourBytes bytes;
        std::memcpy(&bytes, row + static_cast<std::ptrdiff_t>(k) * 4, sizeof bytes);
        return __builtin_convertvector(bytes, FourFloats);
      });
  }

  double covered = 0;
  std::vector<FourFloats> row(static_cast<std::size_t>(area.width));
  for (int y = 0; y < area.height; ++y) {
    std::fill(row.begin(), row.end(), FourFloats{});
    for (int t = down.start[y]; t < down.start[y + 1]; ++t) { // row by row: the memory is read in its order
      const FourFloats* from = narrowed.data() + static_cast<std::size_t>(down.taps[t].sample) * area.width;
      for (int x = 0; x < area.width; ++x)
        row[x] += from[x] * down.taps[t].weight;
    }
    std::uint8_t* to = onto.pixels.data() + (static_cast<std::size_t>(area.top + y) * onto.width + area.left) * 3;
    float row_covered = 0;
    for (int x = 0; x < area.width; ++x, to += 3) {
      const float clear = 1 - row[x][3] / 255;
      for (int c = 0; c < 3; ++c)
        to[c] = to_byte(row[x][c] + clear * static_cast<float>(to[c]));
      row_covered += row[x][3];
    }
    covered += row_covered / 255.0;
  }
  return covered;
}

} // namespace

double draw(const ObjectLayer& layer, const Spot& spot, Image& onto) {
  const double reach = std::max(spot.scale, 1.0) / 2 + 1; // how far the filter smears the layer's outermost pixels
  const auto within = [reach](double position, int end) {
    return static_cast<int>(std::clamp(std::floor(position + reach), 0.0, static_cast<double>(end)));
  };
  const auto from = [&](double position, int end) { return within(position - 2 * reach, end); };
  const int left = from(spot.left, onto.width);
  const int top = from(spot.top, onto.height);
  const int right = within(spot.left + spot.scale * layer.width + 1, onto.width);
  const int bottom = within(spot.top + spot.scale * layer.height + 1, onto.height);
  if (left >= right || top >= bottom)
    return 0;
  return draw_into(layer, spot, Beyond::Nothing, {left, top, right - left, bottom - top}, onto);
}

Image draw_mirrored(const Image& image, const Spot& spot, int width, int height) {
  Image result{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  draw_into(opaque_layer(image), spot, Beyond::Mirror, {0, 0, width, height}, result);
  return result;
}

ObjectLayer opaque_layer(const Image& image) {
  const std::size_t count = static_cast<std::size_t>(image.width) * image.height;
  ObjectLayer layer{0, 0, image.width, image.height, std::vector<std::uint8_t>(count * 4, 255)};
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(image.pixels.data() + 3 * i, 3, layer.pixels.data() + 4 * i);
  return layer;
}

} // namespace scalescope
