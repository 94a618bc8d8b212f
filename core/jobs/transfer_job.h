#pragma once

#include "core/jobs/job_watch.h"
#include "core/jobs/network_choice.h"
#include "core/jobs/preprocessing_choice.h"
#include "core/results/transfer_files.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// What a layer's features are worth where size matters: nuclei at several magnifications. What `scalescope-cli
/// transfer` does.
struct TransferJob {
  NetworkChoice network;
  std::string data;                                ///< folder with images and masks: see read_label_masks
  std::string out;                                 ///< folder for the results
  std::vector<std::string> layers{"full", "auto"}; ///< see TransferSettings::layers
  std::string analysis;                            ///< the analysis.json whose best layer is "auto"; may be empty
  PreprocessingChoice preprocessing;
  PatchSettings patches{.magnifications = {5, 8, 10, 15, 20, 30, 40}, .side = 0}; ///< side 0: the network's input size;
                                                                                  ///< seed: the job's
  Protocol protocol = Protocol::Ridge;
  int repetitions = 10;
  int batch = 16; ///< patches per batch
  std::uint32_t seed = 0;
};

/// The same, and networks trained up to some of the layers. What `scalescope-cli transfer --fine-tune` does.
struct FineTuneJob {
  TransferJob transfer;
  FineTuneSettings training; ///< its seed, device and threads are ignored: those of the job are used
  int runs = 3;              ///< how often a network is trained for each layer
};

struct TransferResult {
  Transfer transfer;
  TransferContext context; ///< with what became of the training
};

/// Runs it and writes its files. @throws Error naming what is wrong; Cancelled when stopped, and nothing is written.
[[nodiscard]] TransferResult run(const TransferJob& job, const JobWatch& watch = {}, const std::stop_token& stop = {});
/// The same. Stopping while networks are trained keeps what was learnt: the files are written.
/// `context.training` says whether it was stopped or failed.
[[nodiscard]] TransferResult run(const FineTuneJob& job, const JobWatch& watch = {}, const std::stop_token& stop = {});

/// The same on a network that is open already; nothing is written. @param on_training is told each step.
[[nodiscard]] TransferResult run_on(const Network& network, const FineTuneJob& job, const JobWatch& watch,
                                    const std::stop_token& stop,
                                    const std::function<void(const TransferTrainingProgress&)>& on_training);
/// Writes the files of such a result. @param open_files beside those that were read: not to be overwritten.
void save(const TransferResult& result, const Network& network, const std::filesystem::path& folder,
          const std::vector<std::filesystem::path>& open_files);

/// The settings of a job for a network. @param best the best layer of its analysis, "" without one.
[[nodiscard]] TransferSettings settings_of(const TransferJob& job, const NetworkInfo& network, const std::string& best);

/// Where training stands, as a progress of the stage "training".
[[nodiscard]] JobProgress progress_of(const TransferTrainingProgress& now, std::size_t layers, int runs, int epochs);

} // namespace scalescope
