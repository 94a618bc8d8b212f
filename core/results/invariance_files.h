#pragma once

#include "core/base/file_set.h"
#include "core/experiment/facts.h"
#include "core/experiment/invariance.h"

#include <string>
#include <vector>

namespace scalescope {

/// The input of an experiment on invariance, for its record and report.
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

/// Everything that was left out, by the reader and from the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Invariance& invariance, const InvarianceContext& context);
/// The remarks on data that were used, but not exactly as written; likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const Invariance& invariance, const InvarianceContext& context);
/// The facts in its record: network, data, settings, engine and versions.
[[nodiscard]] Facts facts_of(const Invariance& invariance, const Network& network, const InvarianceContext& context);

/// The files that write_invariance_record writes.
[[nodiscard]] std::vector<std::string> invariance_record_files();

/// Writes invariance.json (the results, and everything needed to run it again), answers.csv and cosine.csv into the
/// set. The caller commits.
void write_invariance_record(FileSet& files, const Invariance& invariance, const Network& network,
                             const InvarianceContext& context);

} // namespace scalescope
