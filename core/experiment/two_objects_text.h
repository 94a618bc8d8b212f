#pragma once

#include "core/experiment/layer_measures.h"
#include "core/experiment/two_objects.h"

#include <array>

namespace scalescope {

inline constexpr std::array two_objects_figures{"size-exponent", "share-of-larger",
                                                "explained"};   ///< their files, without ".svg"
inline constexpr const char* two_objects_table = "two-objects"; ///< its file, without ".csv"

/// The record and report of the experiment two-objects: headline, figures by layer, table by ratio.
[[nodiscard]] LayerMeasures measures_of(const TwoObjects& found, const PairImages& images);

} // namespace scalescope
