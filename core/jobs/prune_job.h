#pragma once

#include "core/base/file_set.h"
#include "core/jobs/job_watch.h"
#include "core/jobs/network_choice.h"
#include "core/jobs/preprocessing_choice.h"
#include "core/prune/prune.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// Writes the part of a network up to a layer. What `scalescope-cli prune` does.
struct PruneJob {
  NetworkChoice network;
  PreprocessingChoice preprocessing; ///< not given: that of the analysis, where there is one
  std::string layer;                 ///< its name; "auto": the best of the analysis
  std::string analysis;              ///< an analysis.json; needed for "auto" and for PrunedOutput::Scale
  bool within_se = false; ///< with "auto": the earliest layer within one standard error over images of the best
  PrunedOutput output = PrunedOutput::Map;
  std::string data;                    ///< images to compare on; empty: those of the analysis, else random ones
  std::string out;                     ///< the file of the network, or its folder
  std::optional<NetworkFormat> format; ///< see format_of
  std::string state_dict;              ///< its weights too: .pth or .safetensors; may be empty
  double seconds = 1;                  ///< how long each latency is measured
  std::uint64_t seed = 0;              ///< of random weights
};

struct PruneJobResult {
  PruneResult result; ///< what was written
  std::string network;
  std::string target;        ///< what `r2` is of
  std::optional<LayerR2> r2; ///< of the layer, where there is an analysis
};

/// Runs it and writes its files. @throws Error naming what is wrong; Cancelled when stopped, and nothing is written.
[[nodiscard]] PruneJobResult run(const PruneJob& job, const JobWatch& watch = {}, const std::stop_token& stop = {});

/// The format that the job asks for; else the one that the name of `out` ends in (.pt, .pt2, .onnx); else the one in
/// which the network came: of a folder, a folder. @param network its file. @throws Error if the job asks for another
/// format than the name says.
[[nodiscard]] NetworkFormat format_of(const PruneJob& job, const std::filesystem::path& network);
/// What the job itself says of the settings, for a network and images that are known already.
[[nodiscard]] PruneSettings settings_of(const PruneJob& job, const NetworkInfo& network);
/// A few of the images, from all over the data: to compare the pruned network with the original on.
[[nodiscard]] std::vector<std::filesystem::path> some_images(const std::vector<Sample>& samples);

/// The files that a job writes, `out` and `state_dict`. Made before the work, as it tries whether they can be written.
class PrunedFiles {
 public:
  /// @param format of `out`. @param inputs not to be overwritten. @throws Error as FileSet, for a name that no
  /// checkpoint can have, and for a folder that holds other files than those of a pruned network.
  PrunedFiles(const PruneJob& job, NetworkFormat format, const std::vector<std::filesystem::path>& inputs);
  /// Writes them, all or none. @throws Error naming the file and the cause.
  void write(const PruneResult& result);

 private:
  struct File {
    std::filesystem::path path;
    std::unique_ptr<FileSet> files; ///< of its folder
  };
  File network_; ///< its file; or, of a folder, the path of the folder with the files in it
  std::optional<File> state_dict_;
};

/// A callback that fills in JobProgress::whole over all stages of pruning.
/// @param fits whether a regression is fitted first.
[[nodiscard]] JobCallback progress_of_prune(JobCallback progress, bool fits);

} // namespace scalescope
