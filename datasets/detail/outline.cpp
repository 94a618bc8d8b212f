#include "datasets/detail/outline.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace scalescope {

BoundingBox box_between(double x0, double y0, double x1, double y1) {
  return {std::min(x0, x1), std::min(y0, y1), std::abs(x1 - x0), std::abs(y1 - y0)};
}

BoundingBox box_of_points(std::span<const double> coordinates, std::size_t least) {
  if (coordinates.size() % 2 != 0)
    throw Error(fmt::format("its outline holds {} numbers, which are no points; correct it", coordinates.size()));
  if (coordinates.size() < 2 * least)
    throw Error(fmt::format("its outline has {} points, fewer than {}; correct it or remove it", coordinates.size() / 2,
                            least));
  std::array low{coordinates[0], coordinates[1]};
  std::array high = low;
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    low[i % 2] = std::min(low[i % 2], coordinates[i]);
    high[i % 2] = std::max(high[i % 2], coordinates[i]);
  }
  return {low[0], low[1], high[0] - low[0], high[1] - low[1]};
}

BoundingBox united(const BoundingBox& a, const BoundingBox& b) {
  const double x = std::min(a.x, b.x);
  const double y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

BoundingBox box_of_ellipse(double x, double y, double radius_x, double radius_y, double radians) {
  const double across =
      radians == 0 ? radius_x : std::hypot(radius_x * std::cos(radians), radius_y * std::sin(radians));
  const double down = radians == 0 ? radius_y : std::hypot(radius_x * std::sin(radians), radius_y * std::cos(radians));
  return {x - across, y - down, 2 * across, 2 * down};
}

BoundingBox box_of_rotated(double x, double y, const BoundingBox& rectangle, double degrees) {
  if (degrees == 0)
    return {x + rectangle.x, y + rectangle.y, rectangle.width, rectangle.height};
  const double angle = degrees * std::numbers::pi / 180;
  std::vector<double> corners;
  for (const double across : {rectangle.x, rectangle.x + rectangle.width})
    for (const double down : {rectangle.y, rectangle.y + rectangle.height}) {
      corners.push_back(x + across * std::cos(angle) - down * std::sin(angle));
      corners.push_back(y + across * std::sin(angle) + down * std::cos(angle));
    }
  return box_of_points(corners);
}

BoundingBox box_of_runs(std::span<const std::uint64_t> runs, std::uint64_t height, std::uint64_t width) {
  constexpr std::uint64_t most = 1U << 30U;
  if (height == 0 || width == 0 || height > most || width > most)
    throw Error(fmt::format("its mask has a size of {} x {} pixels; correct it or remove it", width, height));
  const std::uint64_t pixels = height * width;
  std::uint64_t at = 0;
  std::uint64_t left = width;
  std::uint64_t right = 0;
  std::uint64_t top = height;
  std::uint64_t bottom = 0;
  bool is_object = false;
  for (const std::uint64_t run : runs) {
    if (run > pixels - at)
      throw Error(fmt::format("the runs of its mask are longer than its {} x {} pixels; correct it or remove it", width,
                              height));
    if (is_object && run > 0) {
      const std::uint64_t last = at + run - 1;
      left = std::min(left, at / height);
      right = std::max(right, last / height);
      const bool whole_columns = at / height != last / height; // it runs over the end of a column
      top = std::min(top, whole_columns ? 0 : at % height);
      bottom = std::max(bottom, whole_columns ? height - 1 : last % height);
    }
    at += run;
    is_object = !is_object;
  }
  if (at != pixels)
    throw Error(
        fmt::format("the runs of its mask fill {} of its {} x {} pixels; correct it or remove it", at, width, height));
  if (left > right)
    throw Error("its mask is empty; remove it");
  return {static_cast<double>(left), static_cast<double>(top), static_cast<double>(right - left + 1),
          static_cast<double>(bottom - top + 1)};
}

std::vector<std::uint64_t> decompressed_runs(std::string_view text) {
  std::vector<std::int64_t> runs;
  for (std::size_t i = 0; i < text.size();) {
    // Five bits a letter, the lowest first; the sixth bit says that more follow; the last one's highest is the sign.
    std::int64_t value = 0;
    bool more = true;
    for (unsigned shift = 0; more; shift += 5) {
      if (i == text.size() || text[i] < 48 || text[i] > 48 + 63 || shift > 55)
        throw Error("the compressed runs of its mask are damaged; correct it or remove it");
      const auto bits = static_cast<std::int64_t>(text[i++] - 48);
      value |= (bits & 0x1f) << shift;
      more = (bits & 0x20) != 0;
      if (!more && (bits & 0x10) != 0)
        value |= -(std::int64_t{1} << (shift + 5));
    }
    if (runs.size() > 2) // written as a difference to the run before the last
      value += runs[runs.size() - 2];
    if (value < 0 || value > (std::int64_t{1} << 60))
      throw Error("the compressed runs of its mask are damaged; correct it or remove it");
    runs.push_back(value);
  }
  return {runs.begin(), runs.end()};
}

} // namespace scalescope
