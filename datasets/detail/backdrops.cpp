#include "datasets/detail/backdrops.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace scalescope {

namespace {

using std::numbers::pi;

/// A backdrop without colours: a value from 0 to 1 for each pixel. value(place, pixel) gets the place in fractions of
/// the image's shorter side, so that a backdrop looks the same at any size.
template <typename Value>
cv::Mat1f field(int width, int height, Value value) {
  const double unit = 1.0 / std::min(width, height);
  cv::Mat1f result(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      result(y, x) = static_cast<float>(value(cv::Point2d((x + 0.5) * unit, (y + 0.5) * unit), cv::Point(x, y)));
  return result;
}

cv::Mat1f gradient(Random& random, int width, int height) {
  const double angle = random.uniform(0, 2 * pi);
  const cv::Point2d along(std::cos(angle), std::sin(angle));
  const cv::Point2d centre(random.uniform(0, 1), random.uniform(0, 1));
  const double roundness = random.uniform();
  return field(width, height, [&](cv::Point2d place, cv::Point) {
    const cv::Point2d p = place - centre;
    const double linear = 0.5 + 0.6 * p.dot(along);
    const double round = std::sqrt(p.dot(p));
    return (1 - roundness) * linear + roundness * round;
  });
}

cv::Mat1f clouds(Random& random, int width, int height) {
  const int across = 3 + random.below(8);
  const int down = 3 + random.below(8);
  return noise(random, width, height, across, down);
}

/// Bends straight lines like folds of cloth; more octaves make them rougher.
cv::Mat1f warp(Random& random, int width, int height) {
  return (noise(random, width, height, 3, 3, 1 + random.below(4)) - 0.5) * random.uniform(0, 0.2);
}

cv::Mat1f stripes(Random& random, int width, int height) {
  const double angle = random.uniform(0, pi);
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double count = random.uniform(3, 14);
  const double phase = random.uniform();
  const double softness = random.uniform(0.1, 1);
  const cv::Mat1f bend = warp(random, width, height);
  return field(width, height, [&](cv::Point2d p, cv::Point pixel) {
    const double along = c * p.x + s * p.y + bend(pixel);
    return soft_step(std::sin(2 * pi * (count * along + phase)), 2 * softness);
  });
}

cv::Mat1f checks(Random& random, int width, int height) {
  const double angle = random.uniform(0, pi);
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double count = random.uniform(2, 7);
  const double phase_x = random.uniform();
  const double phase_y = random.uniform();
  const double softness = random.uniform(0.05, 0.5);
  const cv::Mat1f bend = warp(random, width, height);
  return field(width, height, [&](cv::Point2d p, cv::Point pixel) {
    const double shift = bend(pixel);
    const double u = c * p.x + s * p.y + shift;
    const double v = -s * p.x + c * p.y + shift;
    return soft_step(std::sin(2 * pi * (count * u + phase_x)) * std::sin(2 * pi * (count * v + phase_y)), softness);
  });
}

/// Lights out of focus: soft discs that add up.
cv::Mat1f blobs(Random& random, int width, int height) {
  cv::Mat1f result(height, width, 0.0F);
  const double side = std::min(width, height);
  for (int count = 14 + random.below(20); count > 0; --count) {
    const cv::Point2d centre(random.uniform(0, width), random.uniform(0, height));
    const double radius = side * random.uniform(0.05, 0.22);
    const double softness = radius * random.uniform(0.2, 1);
    const double brightness = random.uniform(0.15, 0.6);
    const double reach = radius + softness / 2;
    const cv::Rect around(cv::Point(static_cast<int>(centre.x - reach), static_cast<int>(centre.y - reach)),
                          cv::Point(static_cast<int>(centre.x + reach) + 2, static_cast<int>(centre.y + reach) + 2));
    const cv::Rect inside = around & cv::Rect(0, 0, width, height);
    for (int y = inside.y; y < inside.br().y; ++y)
      for (int x = inside.x; x < inside.br().x; ++x) {
        const cv::Point2d p = cv::Point2d(x + 0.5, y + 0.5) - centre;
        result(y, x) += static_cast<float>(brightness * soft_step(radius - std::sqrt(p.dot(p)), softness));
      }
  }
  return result;
}

/// Ground and sky (or a wall), each with its own texture.
cv::Mat1f horizon(Random& random, int width, int height) {
  const double level = random.uniform(0.25, 0.75) * height / std::min(width, height);
  const double slope = random.uniform(-0.15, 0.15);
  const double softness = random.uniform(0.01, 0.06);
  const cv::Mat1f sky = noise(random, width, height, 3, 5);
  const cv::Mat1f ground = noise(random, width, height, 5, 28);
  return field(width, height, [&](cv::Point2d p, cv::Point pixel) {
    const double part = soft_step(p.y - level - slope * (p.x - 0.5), softness);
    return (1 - part) * (0.05 + 0.35 * sky(pixel)) + part * (0.6 + 0.4 * ground(pixel));
  });
}

cv::Mat1f draw_field(Backdrop kind, Random& random, int width, int height) {
  switch (kind) {
  case Backdrop::Gradient:
    return gradient(random, width, height);
  case Backdrop::Clouds:
    return clouds(random, width, height);
  case Backdrop::Stripes:
    return stripes(random, width, height);
  case Backdrop::Checks:
    return checks(random, width, height);
  case Backdrop::Blobs:
    return blobs(random, width, height);
  case Backdrop::Horizon:
    break;
  }
  return horizon(random, width, height);
}

/// Three muted colours and the steps between them.
std::array<Colour, 1024> draw_palette(Random& random) {
  const double hue = random.uniform();
  const double spread = random.uniform(0.05, 0.35);
  std::array<Colour, 3> stops;
  for (int i = 0; i < 3; ++i)
    stops[i] = from_hsv(hue + spread * i, random.uniform(0.05, 0.45), random.uniform(0.2, 0.95));
  std::array<Colour, 1024> palette;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const float place = 2 * static_cast<float>(i) / (palette.size() - 1);
    palette[i] = place < 1 ? stops[0] + (stops[1] - stops[0]) * place : stops[1] + (stops[2] - stops[1]) * (place - 1);
  }
  return palette;
}

} // namespace

Colour from_hsv(double hue, double saturation, double value) {
  const auto channel = [&](double offset) {
    const double turn = hue + offset - std::floor(hue + offset);
    const double part = std::clamp(std::abs(turn * 6 - 3) - 1, 0.0, 1.0);
    return static_cast<float>(value * (1 - saturation * (1 - part)));
  };
  return {channel(0), channel(2.0 / 3), channel(1.0 / 3)};
}

cv::Mat1f noise(Random& random, int width, int height, int cells_across, int cells_down, int octaves) {
  cv::Mat1f sum(height, width, 0.0F);
  float strength = 1;
  for (; octaves > 0 && cells_across < width && cells_down < height; --octaves) {
    cv::Mat1f grid(cells_down, cells_across);
    for (float& value : grid)
      value = strength * static_cast<float>(random.uniform());
    cv::Mat1f octave;
    cv::resize(grid, octave, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += octave;
    cells_across *= 2;
    cells_down *= 2;
    strength /= 2;
  }
  cv::normalize(sum, sum, 0, 1, cv::NORM_MINMAX);
  return sum;
}

cv::Mat3f draw_backdrop(Backdrop kind, std::uint64_t seed, int width, int height) {
  Random random(seed);
  const std::array<Colour, 1024> palette = draw_palette(random);
  const cv::Mat1f values = draw_field(kind, random, width, height);
  // All kinds get a fine unevenness, because no real surface is uniform.
  const cv::Mat1f unevenness = noise(random, width, height, 6, 6);
  const auto strength = static_cast<float>(random.uniform(0.05, 0.35));

  cv::Mat3f result(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const float place = std::clamp(values(y, x), 0.0F, 1.0F) * (palette.size() - 1);
      result(y, x) = palette[static_cast<std::size_t>(place)] * (1 + strength * (unevenness(y, x) - 0.5F));
    }
  return result;
}

} // namespace scalescope
