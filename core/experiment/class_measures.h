#pragma once

#include "core/experiment/classes.h"
#include "core/experiment/layer_measures.h"
#include "core/experiment/object_scale.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The figures and tables that class_measures makes.
inline const std::vector<std::string> class_figures{"mean-over-classes", "own-regression", "other-classes"};
inline const std::vector<std::string> class_tables{"classes"};

/// @param found one per layer. @param layers,depths likewise. @param target its name.
[[nodiscard]] LayerMeasures class_measures(const std::vector<ClassesOfLayer>& found,
                                           const std::vector<ComparedClass>& classes, std::vector<std::string> layers,
                                           std::vector<int> depths, const std::string& target);

/// The experiment by-class: whether the object's scale is read by the same regression for each class of objects, in
/// unchanged annotated images. @param repetitions, seed of the folds. (check_classes can refuse samples before.)
/// @throws Error as observed_scales, classes_to_compare and layers_by_class; Cancelled when stopped.
[[nodiscard]] LayerMeasures scale_by_class(const Network& network, const SampleSet& samples,
                                           const ExtractionSettings& settings, ScaleMeasure measure, int repetitions,
                                           std::uint32_t seed, const std::stop_token& stop = {},
                                           const JobCallback& progress = {});

} // namespace scalescope
