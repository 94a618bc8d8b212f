#pragma once

#include "core/features/extract_samples.h"
#include "core/results/analysis_record.h"

#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The regression of a recorded analysis for one of its layers, from the features of its rows, which the network's
/// cache knows as a rule. analysis.json does not hold it: an analysis of many layers would fit and write many that
/// nobody asks for, and one is fitted in no time.
/// @param samples of the record's data. @throws Error if they are not the rows of the record; Cancelled when stopped.
[[nodiscard]] Regression refit(const Network& network, const AnalysisRecord& record, const std::vector<Sample>& samples,
                               const std::string& layer, std::stop_token stop = {}, const JobCallback& progress = {});

} // namespace scalescope
