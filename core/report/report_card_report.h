#pragma once

#include "core/results/report_card_files.h"

#include <string>
#include <vector>

namespace scalescope {

[[nodiscard]] std::vector<std::string> report_card_files();

/// Writes the record (see write_report_card_record) and report-card.html, one page, into the set. The caller commits.
/// @param curve the figure of R2 by layer, as SVG.
void write_report_card(FileSet& files, const ReportCard& card, const std::string& curve, const Network& network,
                       const ReportCardContext& context);

} // namespace scalescope
