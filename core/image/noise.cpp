#include "core/image/noise.h"

#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

namespace scalescope {
namespace {

constexpr double mean = 127.5;
constexpr double standard_deviation = 50;

// Standard distributions differ from library to library; their generators do not.
class Samples {
 public:
  explicit Samples(std::uint64_t seed) : bits_(seed) {}
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; } // within (0, 1)
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform()); }

 private:
  std::mt19937_64 bits_;
};

// White noise through a filter that divides every frequency's amplitude by the frequency; mean 0, standard deviation 1.
cv::Mat1d pink(int side, Samples& samples) {
  cv::Mat1d plane(side, side);
  std::generate(plane.begin(), plane.end(), [&] { return samples.normal(); });
  cv::Mat2d spectrum;
  cv::dft(plane, spectrum, cv::DFT_COMPLEX_OUTPUT);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double frequency = std::hypot(std::min(x, side - x), std::min(y, side - y));
      spectrum(y, x) *= frequency > 0 ? 1 / frequency : 0;
    }
  cv::dft(spectrum, plane, cv::DFT_INVERSE | cv::DFT_REAL_OUTPUT | cv::DFT_SCALE);
  cv::Scalar centre;
  cv::Scalar spread;
  cv::meanStdDev(plane, centre, spread);
  return (plane - centre[0]) / spread[0];
}

std::uint8_t sample_of(double value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)); }

} // namespace

std::string title_of(NoiseKind kind) {
  return std::array{"gaussian", "uniform", "1/f"}[static_cast<std::size_t>(kind)];
}

Image make_noise(NoiseKind kind, int side, std::uint64_t seed) {
  Image image{side, side, std::vector<std::uint8_t>(std::size_t{3} * side * side)};
  Samples samples(seed);
  if (kind == NoiseKind::Gaussian)
    std::ranges::generate(image.pixels, [&] { return sample_of(mean + standard_deviation * samples.normal()); });
  else if (kind == NoiseKind::Uniform)
    std::ranges::generate(image.pixels, [&] { return sample_of(256 * samples.uniform() - 0.5); });
  else
    for (std::size_t channel = 0; channel < 3; ++channel) {
      std::size_t at = channel;
      for (const double value : pink(side, samples)) {
        image.pixels[at] = sample_of(mean + standard_deviation * value);
        at += 3;
      }
    }
  return image;
}

} // namespace scalescope
