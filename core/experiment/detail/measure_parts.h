#pragma once
// What experiments that end in LayerMeasures share (private to this library).

#include "core/experiment/layer_measures.h"
#include "core/features/extract_samples.h"

#include <limits>
#include <string>
#include <vector>

namespace scalescope {

inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// Pearson's; 0 if one of them is constant.
[[nodiscard]] double correlation_of(const std::vector<double>& a, const std::vector<double>& b);

/// A number of a table with three digits; empty where there is none.
[[nodiscard]] std::string number_cell(double value);
/// "0.72 [0.65, 0.78]".
[[nodiscard]] std::string r2_text(double value, const Interval& interval);

[[nodiscard]] std::vector<int> depths_of(const Network& network, const std::vector<std::string>& layers);

/// The stage "fitting" of a job. `progress` must outlive it.
[[nodiscard]] Progress fitting_progress(const JobCallback& progress);

/// What was left out of the extraction, its remarks and its notes.
void add_extraction(LayerMeasures& measures, Extraction extraction);

} // namespace scalescope
