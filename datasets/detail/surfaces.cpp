#include "datasets/detail/surfaces.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace scalescope {

namespace {

using std::numbers::pi;

/// Smooth noise of the plane, 0 to 1, one cell a unit.
double value_noise(cv::Point2d p, std::uint64_t seed) {
  const double left = std::floor(p.x);
  const double top = std::floor(p.y);
  const auto at = [&](int dx, int dy) {
    const auto column = static_cast<std::uint64_t>(static_cast<std::int64_t>(left) + dx);
    const auto row = static_cast<std::uint64_t>(static_cast<std::int64_t>(top) + dy);
    return static_cast<double>(Random::mix(seed + column * 0x9e3779b97f4a7c15 + row * 0xd1342543de82ef95) >> 11) *
           0x1p-53;
  };
  const double u = soft_step(p.x - left - 0.5, 1);
  const double v = soft_step(p.y - top - 0.5, 1);
  return std::lerp(std::lerp(at(0, 0), at(1, 0), u), std::lerp(at(0, 1), at(1, 1), u), v);
}

/// Distance of x to the nearest whole number, 0 to 0.5.
double from_whole(double x) { return std::abs(x - std::round(x)); }

/// A line that is `width` thick around places where `distance` is 0, soft over a pixel.
double line(double distance, double width, double pixel) { return soft_step(width / 2 - distance, pixel); }

/// Distance to the nearest point of a lattice of triangles with sides of 1, and to the border of its hexagon.
std::array<double, 2> honeycomb(cv::Point2d p) {
  const double height = std::sqrt(3.0);
  const auto nearest = [&](cv::Point2d q) {
    return cv::Point2d(q.x - std::round(q.x), q.y - height * std::round(q.y / height));
  };
  const cv::Point2d a = nearest(p);
  const cv::Point2d b = nearest(p - cv::Point2d(0.5, height / 2));
  const cv::Point2d q = a.dot(a) < b.dot(b) ? a : b;
  const double across = std::max(std::abs(q.x), std::abs(q.x) / 2 + std::abs(q.y) * height / 2);
  return {std::sqrt(q.dot(q)), 0.5 - across};
}

} // namespace

Surface::Surface(int object_class, std::uint64_t seed) : object_class_(object_class), seed_(seed) {
  Random random(seed, 1);
  count_ = random.uniform(0.8, 1.3);
  shift_ = random.uniform();
  share_ = random.uniform(0.35, 0.65);
  const double hue = random.uniform();
  const double value = random.uniform(0.35, 1);
  first_ = from_hsv(hue, random.uniform(0.55, 0.95), value);
  // The other colour is much lighter or darker, so that the pattern is seen in grey too.
  second_ =
      from_hsv(hue + random.uniform(-0.2, 0.2), random.uniform(0.2, 0.9), value > 0.65 ? value - 0.4 : value + 0.4);
}

Colour Surface::at(cv::Point2d place, double pixel) const {
  const auto share = static_cast<float>(pattern(place, pixel));
  const double grain = value_noise(place * 9, seed_) + 0.5 * value_noise(place * 21, seed_ + 1) - 0.75;
  return (first_ + (second_ - first_) * share) * static_cast<float>(1 + 0.2 * grain);
}

// In the order of scene_classes().
double Surface::pattern(cv::Point2d p, double pixel) const {
  const double radius = std::sqrt(p.dot(p));
  switch (object_class_) {
  case 0: { // disc: dots
    const double n = 2.6 * count_;
    return soft_step((0.22 + 0.2 * share_ - honeycomb(p * n + cv::Point2d(shift_, 0))[0]) / n, pixel);
  }
  case 1: { // square: weave
    const double n = 2.5 * count_;
    const cv::Point2d q = p * n + cv::Point2d(shift_, shift_);
    const double a = std::sin(pi * q.x);
    const double b = std::sin(pi * q.y);
    return std::lerp(0.6 + 0.4 * std::abs(b), 0.1 + 0.4 * std::abs(a), soft_step(a * b, 3 * n * pixel));
  }
  case 2: { // triangle: stripes
    const double n = 2.4 * count_;
    return line(from_whole(p.y * n + shift_) / n, share_ / n, pixel);
  }
  case 3: { // star: circles around the middle
    const double n = 3.2 * count_;
    return line(from_whole(radius * n + shift_) / n, share_ / n, pixel);
  }
  case 4: { // ring: sectors
    const double n = std::round(9 * count_);
    const double turn = std::atan2(p.y, p.x) / (2 * pi);
    return line(2 * pi * radius * from_whole(turn * n + shift_) / n, 2 * pi * radius * share_ / n, pixel);
  }
  case 5: { // cross: bricks
    const double n = 3.2 * count_;
    const double row = std::floor(p.y * n + shift_);
    const double joint_x = from_whole(p.x * n / 2 + (std::fmod(row, 2) == 0 ? 0 : 0.5)) * 2 / n;
    const double joint_y = from_whole(p.y * n + shift_) / n;
    return line(std::min(joint_x, joint_y), (0.1 + 0.25 * share_) / n, pixel);
  }
  case 6: { // hexagon: honeycomb
    const double n = 2.2 * count_;
    return line(honeycomb(p * n + cv::Point2d(shift_, 0))[1] / n, 0.25 * share_, pixel);
  }
  case 7: { // crescent: spots of noise
    const double spots = value_noise(p * 4.5 * count_, seed_) + 0.4 * value_noise(p * 9 * count_, seed_ + 2);
    return soft_step(spots - 0.45 - 0.5 * (1 - share_), 0.12);
  }
  case 8: { // heart: quilt
    const double n = 2.0 * count_;
    const double u = from_whole((p.x + p.y) * n + shift_);
    const double v = from_whole((p.x - p.y) * n);
    return 1 - std::sqrt(std::min(1.0, 4 * std::min(u, v)));
  }
  case 9: { // arrow: chevrons
    const double n = 2.8 * count_;
    return line(from_whole((p.x + std::abs(p.y)) * n + shift_) / n, share_ / n, pixel);
  }
  case 10: { // drop: waves
    const double n = 3.0 * count_;
    return 0.5 + 0.5 * std::sin(2 * pi * (p.y * n + shift_ + 0.3 * std::sin(2 * pi * p.x * 1.6)));
  }
  default: { // flower: veins
    const double bend = value_noise(p * 3, seed_) + 0.5 * value_noise(p * 6, seed_ + 2);
    const double vein = 1 - std::abs(std::sin(pi * (radius * 2 * count_ + 1.6 * bend + shift_)));
    return vein * vein;
  }
  }
}

} // namespace scalescope
