#pragma once

#include "core/experiment/layer_measures.h"
#include "core/experiment/object_scale.h"
#include "core/experiment/sparse.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The figures and tables that sparse_measures makes.
inline const std::vector<std::string> sparse_figures{"r2-by-channels", "enough", "chosen-again"};
inline const std::vector<std::string> sparse_tables{"numbers", "channels"};

/// @param found one per layer. @param layers,depths likewise. @param target its name.
[[nodiscard]] LayerMeasures sparse_measures(const std::vector<SparseLayer>& found, std::vector<std::string> layers,
                                            std::vector<int> depths, const std::string& target);

/// The experiment sparse: which share of a layer's channels carries the object's scale, in unchanged annotated images.
/// @param repetitions, seed of the folds.
/// @throws Error as observed_scales and sparse_layers; Cancelled when stopped.
[[nodiscard]] LayerMeasures sparse_channels(const Network& network, const std::vector<Sample>& samples,
                                            const ExtractionSettings& settings, ScaleMeasure measure, int repetitions,
                                            std::uint32_t seed, const std::stop_token& stop = {},
                                            const JobCallback& progress = {});

} // namespace scalescope
