#pragma once

#include "core/base/file_set.h"
#include "core/experiment/transfer_training.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The input of a transfer, for its record and report.
struct TransferContext {
  ModelSource model;
  RunOptions run;
  std::string data; ///< the folder
  LabelledSet set;  ///< as read
  TransferSettings settings;
  std::string preprocessing_reason; ///< "given", "what efficientnet_lite0 was trained with", ...
  std::string version;              ///< of ScaleScope
  /// The results and settings of trained networks.
  std::optional<TransferTraining> training = {};
  TransferTrainingSettings training_settings = {};
};

/// Everything that the reader or the choice of patches left out.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Transfer& transfer, const TransferContext& context);

/// One measure of those runs of a layer that were tested.
[[nodiscard]] std::vector<double> values_of(const TrainedLayer& layer, double TrainingRun::*measure);
/// The file of a trained network: "fine-tuned/Mixed_6b.pt".
[[nodiscard]] std::string archive_name(const std::string& layer);

/// The files that a transfer reads: the network's, images and masks.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(const TransferContext& context);
/// The files that write_transfer_record writes. @param trained the layers up to which networks are, or may be, trained.
[[nodiscard]] std::vector<std::string> transfer_record_files(std::span<const std::string> trained);

/// Writes into the set:
/// - transfer.json: the results, and everything needed to run it again;
/// - transfer.csv: layer,depth,channels, then mean and standard deviation over the repetitions of r2, mae and kappa,
///   for the area and for the magnification; numbers are the shortest that read back equal;
/// - of trained networks fine-tuning.csv, one line per epoch, and fine-tuned/LAYER.pt.
/// The caller commits.
void write_transfer_record(FileSet& files, const Transfer& transfer, const Network& network,
                           const TransferContext& context);

} // namespace scalescope
