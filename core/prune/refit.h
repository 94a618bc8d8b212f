#pragma once

#include "core/features/extract_samples.h"
#include "core/results/analysis_record.h"

#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The regression of a recorded analysis for one of its layers, fitted on the features of its rows, which are usually
/// in the network's cache. analysis.json does not contain regressions: most of them are never needed, and fitting one
/// is fast.
/// @param samples of the record's data. @throws Error if they are not the rows of the record; Cancelled when stopped.
[[nodiscard]] Regression refit(const Network& network, const AnalysisRecord& record, const std::vector<Sample>& samples,
                               const std::string& layer, std::stop_token stop = {}, const JobCallback& progress = {});

} // namespace scalescope
