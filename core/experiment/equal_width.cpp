#include "core/experiment/equal_width.h"

#include "core/probe/transformed.h"

#include <algorithm>
#include <numeric>

namespace scalescope {

EqualWidth equal_width_of(const Probe& probe, std::span<const double> targets, const Folds& folds, std::uint32_t seed,
                          int threads, const std::stop_token& stop, const Progress& progress) {
  const std::size_t repetitions = folds.repetitions.size();
  std::vector<std::size_t> all(probe.layers().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  EqualWidth result{std::ranges::min_element(probe.layers(), {}, &ProbeLayer::channels)->channels,
                    Scores(all.size(), {.r2 = std::vector<double>(repetitions)})};
  const std::vector<std::vector<std::vector<double>>> sets{{{targets.begin(), targets.end()}}};
  for (std::size_t r = 0; r < repetitions; ++r) {
    const Probe narrow = projected(probe, all, result.width, seed + static_cast<std::uint32_t>(r), threads);
    const Folds one{folds.protocol, folds.rows, {folds.repetitions[r]}};
    const auto scored = narrow.score(sets, one, threads, stop, [&](double done) {
      if (progress)
        progress((static_cast<double>(r) + done) / static_cast<double>(repetitions));
    });
    for (std::size_t layer = 0; layer < all.size(); ++layer)
      result.scores[layer].r2[r] = scored[0][layer].r2[0];
  }
  return result;
}

} // namespace scalescope
