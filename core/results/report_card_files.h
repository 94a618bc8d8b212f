#pragma once

#include "core/base/file_set.h"
#include "core/experiment/facts.h"
#include "core/experiment/report_card.h"

#include <string>
#include <vector>

namespace scalescope {

/// What a card was made of, for its record.
struct ReportCardContext {
  std::string data; ///< name of the images
  std::size_t images = 0;
  std::string magnification_data; ///< name of the images of cells
  std::uint32_t seed = 0;
  std::string version;              ///< of ScaleScope
  std::vector<std::string> folders; ///< of the parts' reports, beside the card
};

/// report-card.csv: group,measure,layer,value,low,high,images.
[[nodiscard]] std::string report_card_csv(const ReportCard& card);
/// The facts in its record: network, data, seed, engine and versions.
[[nodiscard]] Facts facts_of(const Network& network, const ReportCardContext& context);
/// One line that names network, weights, data and version, to cite the numbers by.
[[nodiscard]] std::string citation_of(const Network& network, const ReportCardContext& context);

[[nodiscard]] std::vector<std::string> report_card_record_files();

/// Writes report-card.json and report-card.csv into the set. The caller commits.
void write_report_card_record(FileSet& files, const ReportCard& card, const Network& network,
                              const ReportCardContext& context);

} // namespace scalescope
