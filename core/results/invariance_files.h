#pragma once

#include "core/base/file_set.h"
#include "core/experiment/invariance.h"
#include "core/results/facts.h"

#include <string>
#include <vector>

namespace scalescope {

/// What an experiment on invariance was of: for its record and its report.
struct InvarianceContext {
  ModelSource model;
  std::string data; ///< the folder or file
  SampleSet samples;
  ExtractionSettings settings;
  RenderSettings rendering;
  std::string preprocessing_reason;
  std::string version; ///< of ScaleScope
};

/// answers.csv: varied,value,pictures,agreement,probability; a row an object scale or image size.
[[nodiscard]] std::string answers_csv(const Invariance& invariance);
/// cosine.csv: layer,depth,varied,value,cosine_mean,cosine_sd; a row a layer and step.
[[nodiscard]] std::string cosine_csv(const Invariance& invariance);

/// Everything that was not used, by the reader and of the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Invariance& invariance, const InvarianceContext& context);
/// Everything that was not used just as it was found, likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const Invariance& invariance, const InvarianceContext& context);
/// What its record says of network, data, settings, engine and versions.
[[nodiscard]] Facts facts_of(const Invariance& invariance, const Network& network, const InvarianceContext& context);

/// The files that write_invariance_record writes.
[[nodiscard]] std::vector<std::string> invariance_record_files();

/// Writes invariance.json (the results, and everything needed to run it again), answers.csv and cosine.csv into the
/// set. The caller commits.
void write_invariance_record(FileSet& files, const Invariance& invariance, const Network& network,
                             const InvarianceContext& context);

} // namespace scalescope
