#include "core/experiment/mixture.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace scalescope {
namespace {

double slope(double products, double squares) {
  return squares > 0 ? products / squares : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

void MixtureSums::add(const MixtureSums& other, double weight) {
  differences += weight * other.differences;
  difference_alone += weight * other.difference_alone;
  sums += weight * other.sums;
  sum_alone += weight * other.sum_alone;
  spread += weight * other.spread;
}

double MixtureSums::weight_of_larger() const {
  return (slope(sums, sum_alone) + slope(differences, difference_alone)) / 2;
}

double MixtureSums::weight_of_smaller() const {
  return (slope(sums, sum_alone) - slope(differences, difference_alone)) / 2;
}

double MixtureSums::share_of_larger() const {
  const double both = weight_of_larger() + weight_of_smaller();
  return both > 0 ? weight_of_larger() / both : std::numeric_limits<double>::quiet_NaN();
}

double MixtureSums::explained() const {
  const double fitted = slope(sums, sum_alone) * sums + slope(differences, difference_alone) * differences;
  return slope(fitted / 2, spread);
}

MixtureSums mixture_sums(const PairFeatures& pair, std::span<const double> alone, std::span<const double> both) {
  MixtureSums of;
  for (std::size_t c = 0; c < alone.size(); ++c) {
    const double first = pair.first[c] - alone[c];
    const double second = pair.second[c] - alone[c];
    const double first_larger = pair.first_larger[c] - both[c];
    const double second_larger = pair.second_larger[c] - both[c];
    of.differences += (first_larger - second_larger) * (first - second);
    of.difference_alone += (first - second) * (first - second);
    of.sums += (first_larger + second_larger) * (first + second);
    of.sum_alone += (first + second) * (first + second);
    of.spread += first_larger * first_larger + second_larger * second_larger;
  }
  return of;
}

void resample_pairs(std::span<const ObjectPair> pairs, int resamples, std::uint32_t seed,
                    const std::function<void(std::span<const double> weights)>& take) {
  const auto sets = static_cast<int>(std::ranges::max(pairs, {}, &ObjectPair::set).set + 1);
  std::mt19937 generator(seed);
  std::vector<double> weights(pairs.size());
  for (int b = 0; b < resamples; ++b) {
    const std::vector<double> drawn = drawn_groups(sets, generator);
    for (std::size_t p = 0; p < pairs.size(); ++p)
      weights[p] = drawn[pairs[p].set];
    take(weights);
  }
}

} // namespace scalescope
