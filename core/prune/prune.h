#pragma once

#include "core/base/enum_names.h"
#include "core/features/extract_samples.h"
#include "core/network/provenance.h"
#include "core/network/truncate.h"
#include "core/results/analysis_record.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The output of a pruned network for N images.
enum class PrunedOutput {
  Map,    ///< the layer's unchanged output, usually N x C x H x W
  Pooled, ///< its mean over all positions, N x C
  Scale,  ///< the prediction of a regression on the pooled features, N x 1: a linear layer called `scale`
};
template <>
inline constexpr auto enum_names<PrunedOutput> = std::to_array<std::pair<std::string_view, PrunedOutput>>(
    {{"map", PrunedOutput::Map}, {"pooled", PrunedOutput::Pooled}, {"scale", PrunedOutput::Scale}});

/// How to prune.
struct PruneSettings {
  std::string layer; ///< to prune after; see truncation_point
  PrunedOutput output = PrunedOutput::Map;
  std::optional<Regression> regression; ///< of the layer; needed for PrunedOutput::Scale. Its weights act on features
                                        ///< as they are: the standardisation is folded in
  Preprocessing preprocessing;          ///< of the images: recorded, and used for those below
  std::string target;                   ///< what the R2 is of, "object scale"; recorded
  std::optional<LayerR2> r2;            ///< of the layer; recorded
  std::vector<std::filesystem::path> images; ///< for the comparison; none: two random images (seeded)
  std::string name = "pruned.pt";            ///< of the archive, for messages
  NetworkFormat format = NetworkFormat::TorchScript;
  double seconds = 1; ///< for each latency
};

/// The cost of a network.
struct NetworkCost {
  std::int64_t modules = 0; ///< the network itself not counted
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0; ///< for one image at the input size
  std::uint64_t bytes = 0;        ///< of its file; 0 where there is none
  double milliseconds = 0;        ///< median for one random image, on the engine of the network that was given
};

/// A pruned network, not written yet.
struct PruneResult {
  std::string layer;
  std::string archive; ///< in the format of the settings, with its Provenance: the bytes to be written
  FolderFiles folder;  ///< instead of it, with NetworkFormat::Safetensors
  NetworkCost before;
  NetworkCost after;
  double milliseconds_to_layer = 0; ///< of the original up to the layer, with the same output
  std::vector<std::string> gone;    ///< removed modules, with all their children
  double difference = 0;          ///< largest from the original's layer, divided by that layer's largest absolute value
  int images = 0;                 ///< that were compared
  bool random_images = false;     ///< random images were used
  std::vector<std::string> notes; ///< what a person should know: an engine that could not run it, an unreadable image
};

/// The network that was pruned, in memory. @param name for messages.
[[nodiscard]] ModelSource source_of(const PruneResult& result, const std::string& name);

/// The provenance of a network that is made from this one: source and preprocessing; the other members stay empty.
[[nodiscard]] Provenance origin_of(const Network& network, const Preprocessing& preprocessing);

/// Prunes a network after a layer. The archive is opened again and compared with the layer of the original, both on
/// LibTorch in float32 and with the images of the settings: the largest difference must be at most 1e-5 of
/// the largest absolute value. (For Scale the terms may cancel, so it is compared with |intercept| plus the sum of
/// |weight x feature|.) Nothing is written.
/// It runs `network`: call it where the network is used.
/// @param progress receives the stages "pruning", "comparing" (images) and "timing".
/// @throws Error if the network can't be pruned after the layer, or if the outputs differ; Cancelled when stopped.
[[nodiscard]] PruneResult prune(const Network& network, const PruneSettings& settings, std::stop_token stop = {},
                                const JobCallback& progress = {});

} // namespace scalescope
