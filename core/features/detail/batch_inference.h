#pragma once
// Loader threads, batches and the network: all runs of a network on images use this.

#include "core/features/pool_generated.h"

namespace scalescope {

/// Like GeneratedImages, but an image may not need the network.
struct BatchSource {
  std::size_t count = 0;
  int side = 0;
  /// Like GeneratedImages::load. @return whether the image must run through the network; if not, `take` gets no
  /// features.
  std::function<bool(std::size_t i, std::span<float> pixels)> load;
  Positions positions = Positions::All;
};

struct InferenceTally {
  std::int64_t images = 0; ///< that went through the network
  double seconds = 0;      ///< spent waiting for it
};

/// The implementation of pool_generated_images. The plan is made, and the network loaded, for the first image that
/// needs it.
InferenceTally infer_batches(const Network& network, const std::vector<std::string>& layers, const BatchSource& images,
                             int batch, const TakeFeatures& take, const std::stop_token& stop,
                             const JobCallback& progress);

/// Features of all layers one after another, as one span per layer.
[[nodiscard]] std::vector<std::span<const float>> split(std::span<const float> features,
                                                        std::span<const std::size_t> channels);
/// The inverse, as the bytes of a cache entry.
[[nodiscard]] std::string to_bytes(std::span<const std::span<const float>> features);

/// Lowers the priority of the calling thread. The network computes on all cores; loading uses the time that it leaves.
void give_way();

} // namespace scalescope
