#pragma once

#include "core/experiment/noise.h"
#include "core/experiment/object_scale.h"
#include "core/results/analysis_files.h"

namespace scalescope {

// The texts in the report of each experiment: question, settings, remarks.

[[nodiscard]] ExperimentText observed_text(ScaleMeasure measure);
[[nodiscard]] ExperimentText rendered_text(const RenderSettings& rendering, ScaleMeasure measure);
[[nodiscard]] ExperimentText image_size_text(const std::vector<int>& sizes);
/// @param layers of the main curve. @param inner the same noise, pooled over positions without padding, for the layers
/// with such positions; no value if there are none.
[[nodiscard]] ExperimentText noise_text(const NoiseSettings& noise, const std::vector<std::string>& layers,
                                        const std::optional<Analysis>& inner);

} // namespace scalescope
