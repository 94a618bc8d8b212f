#pragma once

#include "core/base/files.h"
#include "core/experiment/invariance.h"

#include <string>
#include <vector>

namespace scalescope {

/// Its input, for the page and the record.
struct InvarianceContext {
  ModelSource model;
  std::string data; ///< the folder or file
  SampleSet samples;
  ExtractionSettings settings;
  RenderSettings rendering;
  std::string preprocessing_reason;
  std::string version; ///< of ScaleScope
};

/// answers.csv: varied,value,pictures,agreement,probability; one row per object scale or image size.
[[nodiscard]] std::string answers_csv(const Invariance& invariance);
/// cosine.csv: layer,depth,varied,value,cosine_mean,cosine_sd; one row per layer and step.
[[nodiscard]] std::string cosine_csv(const Invariance& invariance);

/// The files that write_invariance writes.
[[nodiscard]] std::vector<std::string> invariance_files();

/// Writes report.html, answers.csv, cosine.csv, invariance.json and the figures object-scale.svg, image-size.svg and
/// cosine.svg into the set. The caller commits.
void write_invariance(FileSet& files, const Invariance& invariance, const Network& network,
                      const InvarianceContext& context);

} // namespace scalescope
