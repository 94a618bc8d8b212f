#pragma once

#include "core/base/enum_names.h"
#include "core/experiment/analysis.h"
#include "core/experiment/experiment_text.h"
#include "core/experiment/rendering.h"

#include <string>

namespace scalescope {

/// The measure of object scale that is the target.
enum class ScaleMeasure {
  Area, ///< area of the object's box over area of the image
  Root, ///< its square root: the object's side over the image's
  Log,  ///< its natural logarithm
};
template <>
inline constexpr auto enum_names<ScaleMeasure> = std::to_array<std::pair<std::string_view, ScaleMeasure>>(
    {{"area", ScaleMeasure::Area}, {"root", ScaleMeasure::Root}, {"log", ScaleMeasure::Log}});
/// "object scale", "root of object scale", "log of object scale".
[[nodiscard]] std::string target_name_of(ScaleMeasure measure);
[[nodiscard]] double measured(ScaleMeasure measure, double fraction);

/// Rows of `object-scale --observed`: one row per unchanged annotated image.
/// @param samples with boxes; their own targets are ignored.
[[nodiscard]] Extraction observed_scales(const Network& network, std::vector<Sample> samples,
                                         const ExtractionSettings& settings, ScaleMeasure measure,
                                         const std::stop_token& stop = {}, const JobCallback& progress = {});

/// Rows of `object-scale --rendered`: every object at several scales in its own image, with the area behind it filled.
/// Rows of one image share its group. Renderings that can't be made are left out and listed.
[[nodiscard]] Extraction rendered_scales(const Network& network, const std::vector<Sample>& samples,
                                         const ExtractionSettings& settings, const RenderSettings& rendering,
                                         ScaleMeasure measure, const std::stop_token& stop = {},
                                         const JobCallback& progress = {});

/// Their reports: question, settings, remarks.
[[nodiscard]] ExperimentText observed_text(ScaleMeasure measure);
[[nodiscard]] ExperimentText rendered_text(const RenderSettings& rendering, ScaleMeasure measure);

} // namespace scalescope
