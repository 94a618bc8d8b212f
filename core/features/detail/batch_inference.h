#pragma once
// Loader threads, batches, the network. Whatever goes through a network goes this way.

#include "core/features/pool_generated.h"

namespace scalescope {

/// GeneratedImages, except that an image may turn out not to need the network.
struct BatchSource {
  std::size_t count = 0;
  int side = 0;
  /// As GeneratedImages::load. @return whether the image goes through the network; if not, it is taken without
  /// features.
  std::function<bool(std::size_t i, std::span<float> pixels)> load;
  Positions positions = Positions::All;
};

struct InferenceTally {
  std::int64_t images = 0; ///< that went through the network
  double seconds = 0;      ///< spent waiting for it
};

/// The way of pool_generated_images. The plan is made, and with it the network loaded, for the first image that needs
/// it.
InferenceTally infer_batches(const Network& network, const std::vector<std::string>& layers, const BatchSource& images,
                             int batch, const TakeFeatures& take, const std::stop_token& stop,
                             const JobCallback& progress);

/// Features of all layers one after another, as a span a layer.
[[nodiscard]] std::vector<std::span<const float>> split(std::span<const float> features,
                                                        std::span<const std::size_t> channels);
/// The other way round, as the bytes of a cache's entry.
[[nodiscard]] std::string to_bytes(std::span<const std::span<const float>> features);

/// Makes the calling thread give way to the network, which computes on all cores: loading fills the gaps that it
/// leaves, and takes the cores while it waits.
void give_way();

} // namespace scalescope
