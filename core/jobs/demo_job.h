#pragma once

#include "core/experiment/analysis.h"
#include "core/experiment/transfer.h"
#include "core/jobs/job_watch.h"
#include "core/prune/prune.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace scalescope {

/// The main job from start to end on scenes drawn for it. What `scalescope-cli demo` does.
struct DemoJob {
  std::string model = "efficientnet_lite0";
  std::string out = "demo-result";
  int scenes = 300;
  std::uint32_t seed = 1;
};

/// What a demonstration tells when a part of it is done. Each may be empty.
struct DemoParts {
  std::function<void(const Analysis& curve, const std::string& target)> curve;
  std::function<void(const PruneResult& pruned)> pruned;
  std::function<void(const Transfer& cells)> cells;
};

/// Draws scenes, measures the curve of a network with controls, prunes the network where the curve is best, and tries
/// the pruned network on drawn cells at four magnifications. Writes DIR/curve, DIR/pruned.pt and DIR/transfer.
/// @throws Error naming what is wrong; Cancelled when stopped.
void run(const DemoJob& job, const DemoParts& parts = {}, const JobWatch& watch = {}, const std::stop_token& stop = {});

} // namespace scalescope
