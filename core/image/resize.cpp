#include "core/image/resize.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <numbers>
#include <optional>

// The loops below are also compiled for AVX2 and chosen at start, because baseline x86-64 has no vector multiplication
// of 32-bit integers. (ThreadSanitizer crashes in this choice, which runs before it is set up.)
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__)
#define SCALESCOPE_VECTORISE __attribute__((target_clones("arch=haswell", "default")))
#else
#define SCALESCOPE_VECTORISE
#endif

namespace scalescope {

namespace {

// The same arithmetic as Pillow (Resample.c), so that a network gets the same pixels as in its training: weights with
// 22 fractional bits, sums in 32 bits, 8 bits between the two passes.
constexpr int weight_bits = 22;
using Range = ResizedPart::Range;

constexpr int half = 1 << (weight_bits - 1);

std::uint8_t to_sample(int sum) { return static_cast<std::uint8_t>(std::clamp(sum >> weight_bits, 0, 255)); }

/// A filter of PIL, and how far from its centre it is not zero, in pixels.
struct Filter {
  double (*weight)(double x);
  double support;
};

double sinc(double x) { return x == 0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi); }

Filter filter_of(Interpolation interpolation) {
  switch (interpolation) {
  case Interpolation::Box:
    return {[](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }, 0.5};
  case Interpolation::Hamming:
    return {[](double x) {
              const double distance = std::abs(x);
              return distance >= 1 ? 0.0 : sinc(distance) * (0.54F + 0.46F * std::cos(distance * std::numbers::pi));
            },
            1};
  case Interpolation::Bicubic:
    return {[](double x) {
              constexpr double a = -0.5;
              const double d = std::abs(x);
              if (d < 1)
                return ((a + 2) * d - (a + 3)) * d * d + 1;
              return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0.0;
            },
            2};
  case Interpolation::Lanczos:
    return {[](double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0.0; }, 3};
  case Interpolation::Bilinear:
  case Interpolation::Nearest: // has no filter: see resize_nearest
    break;
  }
  return {[](double x) { return std::max(0.0, 1 - std::abs(x)); }, 1};
}

/// The weights of a filter for some samples of a row (or column) of the result.
struct Taps {
  struct Window {
    int first; ///< sample of the source
    int count;
    const int* weights;
  };

  /// @param from,to samples of the source and of the whole result. @param part of the result.
  Taps(int from, std::int64_t to, const Range& part, const Filter& filter) {
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    const double wider = std::max(scale, 1.0); // wider than a pixel for smaller results: antialiasing
    const double support = filter.support * wider;
    const double by = 1.0 / wider;
    stride_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    first_.resize(static_cast<std::size_t>(part.count));
    count_.resize(static_cast<std::size_t>(part.count));
    weights_.resize(static_cast<std::size_t>(part.count) * stride_);
    std::vector<double> exact(static_cast<std::size_t>(stride_));
    for (int i = 0; i < part.count; ++i) {
      const double centre = (static_cast<double>(part.first + i) + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
      const int count = std::min(from, static_cast<int>(std::floor(centre + support + 0.5))) - first;
      double sum = 0;
      for (int k = 0; k < count; ++k) {
        exact[k] = filter.weight((k + first - centre + 0.5) * by);
        sum += exact[k];
      }
      for (int k = 0; k < count; ++k) {
        const double share = sum == 0 ? exact[k] : exact[k] / sum;
        weights_[static_cast<std::size_t>(i) * stride_ + k] =
            static_cast<int>(share * (1 << weight_bits) + (share < 0 ? -0.5 : 0.5));
      }
      first_[i] = first;
      count_[i] = count;
    }
  }

  [[nodiscard]] Window operator[](int i) const {
    return {first_[i], count_[i], weights_.data() + static_cast<std::size_t>(i) * stride_};
  }
  /// The samples of the source that are needed: from the first one's first to the last one's last.
  [[nodiscard]] Range needed() const { return {first_.front(), first_.back() + count_.back() - first_.front()}; }

 private:
  int stride_;
  std::vector<int> first_;
  std::vector<int> count_;
  std::vector<int> weights_;
};

using FourInts = int __attribute__((vector_size(4 * sizeof(int))));

/// One row, whose samples are ints here. Reads one sample behind the last pixel: four at once are one vector, three
/// none.
SCALESCOPE_VECTORISE void squeeze_row(const int* from, const Taps& taps, int width, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, to += 3) {
    const Taps::Window window = taps[x];
    const int* pixel = from + static_cast<std::ptrdiff_t>(window.first) * 3;
    FourInts sum{half, half, half, half};
    for (int k = 0; k < window.count; ++k, pixel += 3) {
      FourInts samples;
      std::memcpy(&samples, pixel, sizeof samples);
      sum += samples * window.weights[k];
    }
    for (int c = 0; c < 3; ++c)
      to[c] = to_sample(sum[c]);
  }
}

/// One row of the result from consecutive rows at `from`.
SCALESCOPE_VECTORISE void blend_rows(const std::uint8_t* from, std::size_t row_size, const Taps::Window& window,
                                     std::vector<int>& sums, std::uint8_t* to) {
  std::fill(sums.begin(), sums.end(), half);
  int* const sum = sums.data();
  for (int k = 0; k < window.count; ++k) {
    const std::uint8_t* row = from + (window.first + k) * row_size;
    const int weight = window.weights[k];
    for (std::size_t i = 0; i < row_size; ++i)
      sum[i] += weight * row[i];
  }
  for (std::size_t i = 0; i < row_size; ++i)
    to[i] = to_sample(sum[i]);
}

/// @param rows of the image that the result needs.
Image resize_width(const Image& image, const Range& rows, const Taps& taps, int width) {
  Image result{width, rows.count, std::vector<std::uint8_t>(std::size_t{3} * width * rows.count)};
  const std::size_t row_size = std::size_t{3} * image.width;
  std::vector<int> row(row_size + 1);
  const std::uint8_t* from = image.pixels.data() + static_cast<std::size_t>(rows.first) * row_size;
  std::uint8_t* to = result.pixels.data();
  for (int y = 0; y < rows.count; ++y, from += row_size, to += std::size_t{3} * width) {
    std::copy(from, from + row_size, row.begin());
    squeeze_row(row.data(), taps, width, to);
  }
  return result;
}

/// @param first_row of the source that the image begins with.
Image resize_height(const Image& image, std::int64_t first_row, const Taps& taps, int height) {
  Image result{image.width, height, std::vector<std::uint8_t>(std::size_t{3} * image.width * height)};
  const std::size_t row_size = std::size_t{3} * image.width;
  std::vector<int> sums(row_size);
  for (int y = 0; y < height; ++y) {
    Taps::Window window = taps[y];
    window.first -= static_cast<int>(first_row);
    blend_rows(image.pixels.data(), row_size, window, sums, result.pixels.data() + y * row_size);
  }
  return result;
}

Image cut_out(const Image& image, const Range& columns, const Range& rows) {
  Image result{columns.count, rows.count, {}};
  result.pixels.reserve(std::size_t{3} * columns.count * rows.count);
  for (std::int64_t y = rows.first; y < rows.first + rows.count; ++y) {
    const auto row = image.pixels.begin() + 3 * (y * image.width + columns.first);
    result.pixels.insert(result.pixels.end(), row, row + 3 * std::ptrdiff_t{columns.count});
  }
  return result;
}

// The sums of steps, not products, because PIL (ImagingScaleAffine in Geometry.c) adds them up.
std::vector<int> nearest_samples(int from, std::int64_t to, const Range& part) {
  std::vector<int> samples;
  const double step = static_cast<double>(from) / static_cast<double>(to);
  double place = step * 0.5;
  for (std::int64_t i = 0; i < part.first + part.count; ++i, place += step)
    if (i >= part.first)
      samples.push_back(std::min(static_cast<int>(place), from - 1));
  return samples;
}

Image resize_nearest(const Image& image, const ResizedPart& part) {
  const std::vector<int> across = nearest_samples(image.width, part.width, part.columns);
  const std::vector<int> down = nearest_samples(image.height, part.height, part.rows);
  Image result{part.columns.count, part.rows.count, {}};
  result.pixels.reserve(3 * across.size() * down.size());
  for (const int y : down)
    for (const int x : across) {
      const auto pixel = image.pixels.begin() + 3 * (std::ptrdiff_t{y} * image.width + x);
      result.pixels.insert(result.pixels.end(), pixel, pixel + 3);
    }
  return result;
}

} // namespace

Image resize(const Image& image, int width, int height, Interpolation interpolation) {
  return resize_part(image, {width, height, {0, width}, {0, height}}, interpolation);
}

Image resize_part(const Image& image, const ResizedPart& part, Interpolation interpolation) {
  if (part.width < 1 || part.height < 1 || image.width < 1 || image.height < 1)
    throw Error(fmt::format("An image of {} x {} pixels can't be resized to {} x {}: give at least 1 x 1.", image.width,
                            image.height, part.width, part.height));
  assert(part.columns.first >= 0 && part.columns.first + part.columns.count <= part.width);
  assert(part.rows.first >= 0 && part.rows.first + part.rows.count <= part.height);
  const bool across = part.width != image.width;
  const bool down = part.height != image.height;
  if (!across && !down)
    return part.columns.count == image.width && part.rows.count == image.height
               ? image
               : cut_out(image, part.columns, part.rows);
  if (interpolation == Interpolation::Nearest)
    return resize_nearest(image, part);
  const Filter filter = filter_of(interpolation);
  std::optional<Taps> vertical;
  if (down)
    vertical.emplace(image.height, part.height, part.rows, filter);
  const Range rows = down ? vertical->needed() : part.rows;
  const Image narrowed =
      across ? resize_width(image, rows, Taps(image.width, part.width, part.columns, filter), part.columns.count)
             : cut_out(image, part.columns, rows);
  return down ? resize_height(narrowed, rows.first, *vertical, part.rows.count) : narrowed;
}

Image middle_of(Image image, double zoom) {
  const int width = std::max(1, static_cast<int>(std::lround(image.width / zoom)));
  const int height = std::max(1, static_cast<int>(std::lround(image.height / zoom)));
  if (width >= image.width && height >= image.height)
    return image;
  return cut_out(image, {(image.width - width) / 2, width}, {(image.height - height) / 2, height});
}

} // namespace scalescope
