#pragma once
// The surfaces of the objects.

#include "datasets/detail/backdrops.h"

#include <cstdint>

namespace scalescope {

/// The surface of an object: the pattern of its class in random colours, with a fine grain.
class Surface {
 public:
  Surface(int object_class, std::uint64_t seed);

  /// The colour at a place of the unit outline. @param pixel the side of a pixel there: edges within the pattern are
  /// softened to it, so that small objects don't flicker.
  [[nodiscard]] Colour at(cv::Point2d place, double pixel) const;

 private:
  /// The share of the second colour.
  [[nodiscard]] double pattern(cv::Point2d place, double pixel) const;

  int object_class_;
  std::uint64_t seed_;
  double count_; ///< how fine the pattern is
  double shift_; ///< where it begins
  double share_; ///< of the second colour, roughly
  Colour first_;
  Colour second_;
};

} // namespace scalescope
