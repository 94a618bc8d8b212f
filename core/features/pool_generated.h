#pragma once

#include "core/base/progress.h"
#include "core/network/network.h"

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The positions of a map in the mean.
enum class Positions {
  All,
  WithoutPadding, ///< those with a receptive field that touches no padding: see Network::plan_without_padding
  None,           ///< no mean: the features are the layer's output as it is, in its own order (see to_maps); not cached
};

/// Images that are generated for a network, not read one per file: renderings, noise, resized images, patches.
struct GeneratedImages {
  std::size_t count = 0;
  int side = 0; ///< of every image, in pixels; need not be the network's own input size
  /// Writes image i, preprocessed, into `pixels`: 3 x side x side, all of them. Called from several threads at once, in
  /// about ascending order. pool_generated_images rethrows its exceptions. @return false if this image can't be made:
  /// then `take` is not called for it.
  std::function<bool(std::size_t i, std::span<float> pixels)> load;
  /// Optional: one line with everything that image i's pixels depend on. With it, features come from the network's
  /// cache if they are there (then `load` is not called), and are stored there otherwise. Called from several threads.
  std::function<std::string(std::size_t i)> key = {};
  Positions positions = Positions::All;
};

/// Takes the pooled features of image i: one span per layer, as long as the layer has channels. Valid during the call.
using TakeFeatures = std::function<void(std::size_t i, std::span<const std::span<const float>> features)>;

/// The counts and times of a pass through the network.
struct PoolingTally {
  std::int64_t from_network = 0;  ///< images that went through the network
  std::int64_t from_cache = 0;    ///< images with features in the cache
  double run_seconds = 0;         ///< spent waiting for the network
  std::vector<std::string> notes; ///< notes for the user, such as a cache that can't be written
};

/// Runs every image through the network once and takes the mean over images.positions of each layer. Other threads make
/// the images ahead of the network. At most three batches are in memory.
/// @param batch images per batch. @param take is called on the calling thread with i in ascending order.
/// @param progress receives "images" after each batch.
/// @throws Error as Network::plan and run; Cancelled when stopped, within one batch.
PoolingTally pool_generated_images(const Network& network, const std::vector<std::string>& layers,
                                   const GeneratedImages& images, int batch, const TakeFeatures& take,
                                   const std::stop_token& stop = {}, const JobCallback& progress = {});

} // namespace scalescope
