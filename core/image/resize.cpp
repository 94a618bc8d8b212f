#include "core/image/resize.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>

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
constexpr int half = 1 << (weight_bits - 1);

std::uint8_t to_sample(int sum) { return static_cast<std::uint8_t>(std::min(sum >> weight_bits, 255)); }

/// The weights of a triangle filter for every sample of a row (or column) of the result.
struct Taps {
  struct Window {
    int first; ///< sample of the source
    int count;
    const int* weights;
  };

  Taps(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    const double support = std::max(scale, 1.0); // wider than a pixel for smaller results: antialiasing
    stride_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    first_.resize(static_cast<std::size_t>(to));
    count_.resize(static_cast<std::size_t>(to));
    weights_.resize(static_cast<std::size_t>(to) * stride_);
    std::vector<double> exact(static_cast<std::size_t>(stride_));
    for (int i = 0; i < to; ++i) {
      const double centre = (i + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
      const int count = std::min(from, static_cast<int>(std::floor(centre + support + 0.5))) - first;
      double sum = 0;
      for (int k = 0; k < count; ++k) {
        exact[k] = std::max(0.0, 1 - std::abs((k + first - centre + 0.5) / support));
        sum += exact[k];
      }
      for (int k = 0; k < count; ++k)
        weights_[static_cast<std::size_t>(i) * stride_ + k] =
            static_cast<int>(std::floor(exact[k] / sum * (1 << weight_bits) + 0.5));
      first_[i] = first;
      count_[i] = count;
    }
  }

  [[nodiscard]] Window operator[](int i) const {
    return {first_[i], count_[i], weights_.data() + static_cast<std::size_t>(i) * stride_};
  }

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

Image resize_width(const Image& image, int width) {
  Image result{width, image.height, std::vector<std::uint8_t>(std::size_t{3} * width * image.height)};
  const Taps taps(image.width, width);
  const std::size_t row_size = std::size_t{3} * image.width;
  std::vector<int> row(row_size + 1);
  const std::uint8_t* from = image.pixels.data();
  std::uint8_t* to = result.pixels.data();
  for (int y = 0; y < image.height; ++y, from += row_size, to += std::size_t{3} * width) {
    std::copy(from, from + row_size, row.begin());
    squeeze_row(row.data(), taps, width, to);
  }
  return result;
}

Image resize_height(const Image& image, int height) {
  Image result{image.width, height, std::vector<std::uint8_t>(std::size_t{3} * image.width * height)};
  const Taps taps(image.height, height);
  const std::size_t row_size = std::size_t{3} * image.width;
  std::vector<int> sums(row_size);
  for (int y = 0; y < height; ++y)
    blend_rows(image.pixels.data(), row_size, taps[y], sums, result.pixels.data() + y * row_size);
  return result;
}

} // namespace

Image resize(const Image& image, int width, int height) {
  if (width < 1 || height < 1 || image.width < 1 || image.height < 1)
    throw Error(fmt::format("An image of {} x {} pixels can't be resized to {} x {}: give at least 1 x 1.", image.width,
                            image.height, width, height));
  if (width == image.width)
    return height == image.height ? image : resize_height(image, height);
  const Image narrowed = resize_width(image, width);
  return height == image.height ? narrowed : resize_height(narrowed, height);
}

Image middle_of(Image image, double zoom) {
  const int width = std::max(1, static_cast<int>(std::lround(image.width / zoom)));
  const int height = std::max(1, static_cast<int>(std::lround(image.height / zoom)));
  if (width >= image.width && height >= image.height)
    return image;
  Image middle{width, height, {}};
  middle.pixels.reserve(std::size_t{3} * width * height);
  const int left = (image.width - width) / 2;
  const int top = (image.height - height) / 2;
  for (int y = top; y < top + height; ++y) {
    const auto row = image.pixels.begin() + 3 * (static_cast<std::ptrdiff_t>(y) * image.width + left);
    middle.pixels.insert(middle.pixels.end(), row, row + 3 * static_cast<std::ptrdiff_t>(width));
  }
  return middle;
}

} // namespace scalescope
