#pragma once

#include <cstdint>

namespace scalescope {

/// Numbers that are the same on every machine and in every standard library (unlike the distributions of <random>):
/// SplitMix64 (Steele, Lea, Flood 2014). Each pair of seed and stream gives a different sequence.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : state_(mix(mix(seed) + stream * step)) {}

  std::uint64_t bits() { return mix(state_ += step); }
  /// From [low, high).
  double uniform(double low = 0, double high = 1) {
    return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53;
  }
  /// One of 0 .. count-1.
  int below(int count) { return static_cast<int>(uniform() * count); }

  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
  std::uint64_t state_;
};

} // namespace scalescope
