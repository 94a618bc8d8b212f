#pragma once

#include "core/experiment/report_card.h"
#include "core/jobs/job_watch.h"
#include "core/jobs/network_choice.h"
#include "core/jobs/preprocessing_choice.h"
#include "datasets/readers.h"

#include <cstdint>
#include <stop_token>
#include <string>

namespace scalescope {

/// What a network does with scale, in one page. What `scalescope-cli report-card` does.
struct ReportCardJob {
  NetworkChoice network;
  PreprocessingChoice preprocessing;
  std::string data; ///< annotated images; empty: scenes are drawn
  ReadOptions read;
  std::string cells;        ///< images of cells with label masks, at magnification 40; empty: they are drawn
  bool split_masks = false; ///< see PatchSettings
  std::string out;          ///< folder for the results
  int scenes = 200;         ///< number of scenes, where they are drawn
  std::uint32_t seed = 0;
};

/// Runs the experiments object-scale, invariance, equivariance, noise, and transfer, each with its own report in a
/// folder of its name, and writes report-card.html, .json and .csv beside them.
/// @throws Error naming what is wrong; Cancelled when stopped. What is finished stays.
[[nodiscard]] ReportCard run(const ReportCardJob& job, const JobWatch& watch = {}, const std::stop_token& stop = {});

} // namespace scalescope
