#pragma once

#include "core/experiment/noise.h"
#include "core/experiment/object_scale.h"
#include "core/results/analysis_files.h"

namespace scalescope {

// What the report of each experiment says beside its curve: question, settings, remarks.

[[nodiscard]] ExperimentText observed_text(ScaleMeasure measure);
[[nodiscard]] ExperimentText rendered_text(const RenderSettings& rendering, ScaleMeasure measure);
[[nodiscard]] ExperimentText image_size_text(const std::vector<int>& sizes);
/// @param layers of the main curve. @param inner the same noise pooled where padding does not reach, over those of the
/// layers that have such positions; nothing if none has.
[[nodiscard]] ExperimentText noise_text(const NoiseSettings& noise, const std::vector<std::string>& layers,
                                        const std::optional<Analysis>& inner);

} // namespace scalescope
