#include "core/stage/colour_map.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace scalescope {

namespace {

constexpr std::array<std::uint8_t, 3> not_a_number{128, 128, 128};

ColourTable table_of_opencv(cv::ColormapTypes map) {
  cv::Mat1b values(1, 256);
  for (int i = 0; i < 256; ++i)
    values(0, i) = static_cast<uchar>(i);
  cv::Mat3b bgr;
  cv::applyColorMap(values, bgr, map);
  ColourTable table;
  for (int i = 0; i < 256; ++i)
    table[i] = {bgr(0, i)[2], bgr(0, i)[1], bgr(0, i)[0]};
  return table;
}

ColourTable grey_table() {
  ColourTable table;
  for (int i = 0; i < 256; ++i)
    table[i].fill(static_cast<std::uint8_t>(i));
  return table;
}

double to_srgb(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

/// Moreland, "Diverging Color Maps for Scientific Visualization" (2009): the ends are the colours (59, 76, 192) and
/// (180, 4, 38) in Msh, polar coordinates of CIELAB (white D65); between each and the middle, M, s and h are linear.
ColourTable cool_to_warm() {
  ColourTable table;
  for (int i = 0; i < 256; ++i) {
    const double at = i / 255.0;
    const bool is_cool = at < 0.5;
    const double share = is_cool ? 2 * at : 2 - 2 * at; // 0 at the end, 1 in the middle
    const double m = 80 + share * (88 - 80);
    const double s = 1.08 * (1 - share);
    const double h = is_cool ? -1.1 + share * (-1.661 + 1.1) : 0.5 + share * (1.061 - 0.5);
    const double f_y = (m * std::cos(s) + 16) / 116;
    const double f_x = f_y + m * std::sin(s) * std::cos(h) / 500;
    const double f_z = f_y - m * std::sin(s) * std::sin(h) / 200;
    const auto inverse = [](double f) { return f > 6.0 / 29 ? f * f * f : 3 * 36.0 / 841 * (f - 4.0 / 29); };
    const double x = 0.95047 * inverse(f_x);
    const double y = inverse(f_y);
    const double z = 1.08883 * inverse(f_z);
    const std::array linear{3.2406 * x - 1.5372 * y - 0.4986 * z, -0.9689 * x + 1.8758 * y + 0.0415 * z,
                            0.0557 * x - 0.2040 * y + 1.0570 * z};
    for (int c = 0; c < 3; ++c)
      table[i][c] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(to_srgb(linear[c]), 0.0, 1.0)));
  }
  return table;
}

} // namespace

const ColourTable& colour_table(ColourMap map) {
  static const std::array tables{table_of_opencv(cv::COLORMAP_VIRIDIS), table_of_opencv(cv::COLORMAP_MAGMA),
                                 grey_table(), cool_to_warm()};
  return tables[static_cast<std::size_t>(map)];
}

Image colour(std::span<const float> values, int width, int height, float low, float high, ColourMap map) {
  if (width < 0 || height < 0 || values.size() != static_cast<std::size_t>(width) * height)
    throw Error(fmt::format("A map of {} x {} can't be coloured from {} values: give one for each of its pixels.",
                            width, height, values.size()));
  const ColourTable& table = colour_table(map);
  const float step = 256 / (high - low);
  const bool is_flat = !std::isfinite(step) || !std::isfinite(low) || !std::isfinite(high);
  Image image{width, height, std::vector<std::uint8_t>(values.size() * 3)};
  std::uint8_t* to = image.pixels.data();
  for (const float value : values) {
    const float at = is_flat ? 128 : std::clamp((value - low) * step, 0.F, 255.F);
    const auto& rgb = std::isnan(value) ? not_a_number : table[static_cast<std::size_t>(std::isnan(at) ? 128 : at)];
    to[0] = rgb[0];
    to[1] = rgb[1];
    to[2] = rgb[2];
    to += 3;
  }
  return image;
}

} // namespace scalescope
