#include "core/features/timing.h"

#include "core/base/error.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace scalescope {

using Clock = std::chrono::steady_clock;

static double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<float> random_images(int n, int side, const InputForm& form) {
  std::mt19937 random(0);
  std::normal_distribution<float> normal;
  std::vector<float> images(std::size_t{3} * n * side * side);
  std::generate(images.begin(), images.end(), [&] { return normal(random); });
  const auto area = static_cast<std::ptrdiff_t>(side) * side;
  if (form.channels == 1)
    for (auto image = images.begin(); image != images.end(); image += 3 * area)
      std::copy_n(std::copy_n(image, area, image + area) - area, area, image + 2 * area);
  return images;
}

std::vector<double> median_seconds(std::span<const std::function<void()>> work, double seconds,
                                   const std::stop_token& stop) {
  constexpr std::size_t fewest = 3;
  std::vector<std::vector<double>> times(work.size());
  const auto round = [&](bool counts) {
    for (std::size_t i = 0; i < work.size(); ++i) {
      if (stop.stop_requested())
        throw Cancelled();
      const auto start = Clock::now();
      work[i]();
      if (counts)
        times[i].push_back(seconds_since(start));
    }
  };
  round(false);
  const auto start = Clock::now();
  do
    round(true);
  while (times.front().size() < fewest || seconds_since(start) < seconds * static_cast<double>(work.size()));
  std::vector<double> medians;
  for (auto& of_one : times) {
    const auto middle = of_one.begin() + static_cast<std::ptrdiff_t>(of_one.size() / 2);
    std::nth_element(of_one.begin(), middle, of_one.end());
    medians.push_back(*middle);
  }
  return medians;
}

} // namespace scalescope
