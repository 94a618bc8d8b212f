#include "core/image/preprocessing.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace scalescope {

Preprocessing Preprocessing::named(const std::string& mode) {
  if (mode == "torch")
    return {mode, 255, {0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}, false};
  if (mode == "tf")
    return {mode, 255, {0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}, false};
  if (mode == "caffe")
    return {mode, 1, {103.939F, 116.779F, 123.68F}, {1, 1, 1}, true};
  throw Error(fmt::format(
      "The preprocessing '{}' is unknown: choose torch, tf or caffe, or give a mean and a standard deviation.", mode));
}

Preprocessing Preprocessing::custom(std::array<float, 3> mean, std::array<float, 3> standard_deviation) {
  for (const float m : mean)
    if (!std::isfinite(m))
      throw Error(
          fmt::format("The mean {} of a preprocessing is not a finite number: give one, usually from 0 to 1.", m));
  for (const float d : standard_deviation)
    if (!std::isfinite(d) || !(d > 0))
      throw Error(fmt::format(
          "The standard deviation {} of a preprocessing is not above zero: give one, usually from 0.1 to 1.", d));
  return {"custom", 255, mean, standard_deviation, false};
}

std::array<std::uint8_t, 3> mean_colour(const Preprocessing& how) {
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t c = 0; c < 3; ++c)
    colour[how.bgr ? 2 - c : c] =
        static_cast<std::uint8_t>(std::clamp(std::lround(how.mean[c] * how.divisor), 0L, 255L));
  return colour;
}

std::string describe(const Preprocessing& how) { return fmt::format("{}, {}", how.name, describe(how.resizing)); }

// The resizing is left out where it is what it always was before there was a choice.
std::string key_of(const Preprocessing& how) {
  const Resizing& resizing = how.resizing;
  return fmt::format("{}|{}|{}|{}{}", how.divisor, fmt::join(how.mean, ","), fmt::join(how.standard_deviation, ","),
                     how.bgr,
                     resizing == Resizing{} ? ""
                                            : fmt::format("|{} {} {}", text_of(resizing.mode),
                                                          text_of(resizing.interpolation), resizing.crop));
}

Image to_square(const Image& image, int side, const Preprocessing& how) {
  return to_square(image, side, how.resizing, mean_colour(how));
}

void preprocess(const Image& image, const Preprocessing& how, std::span<float> out) {
  const std::size_t area = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  assert(out.size() == 3 * area && image.pixels.size() == 3 * area);
  // A sample has 256 values, so the results are computed once and looked up for each pixel.
  std::array<std::array<float, 256>, 3> value{};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t v = 0; v < 256; ++v)
      value[c][v] = (static_cast<float>(v) / how.divisor - how.mean[c]) / how.standard_deviation[c];

  float* const first = out.data();
  float* const second = first + area;
  float* const third = second + area;
  const std::uint8_t* pixel = image.pixels.data();
  const std::size_t red = how.bgr ? 2 : 0;
  for (std::size_t i = 0; i < area; ++i, pixel += 3) {
    first[i] = value[0][pixel[red]];
    second[i] = value[1][pixel[1]];
    third[i] = value[2][pixel[2 - red]];
  }
}

} // namespace scalescope
