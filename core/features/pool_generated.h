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

/// Over which positions of a map the mean is taken.
enum class Positions {
  All,
  WithoutPadding, ///< those whose receptive field touches no padding: see Network::plan_without_padding
};

/// Images that are made for a network rather than read from a file each: rendered, noise, resized, patches.
struct GeneratedImages {
  std::size_t count = 0;
  int side = 0; ///< of every image, in pixels; need not be the network's own input size
  /// Writes image i, preprocessed, into `pixels`: 3 x side x side, all of them. Called from several threads at once, in
  /// about ascending order. What it throws, pool_generated_images throws. @return false if there turns out to be no
  /// such image: then `take` is not called for it.
  std::function<bool(std::size_t i, std::span<float> pixels)> load;
  /// Optional: one line with everything that image i's pixels depend on. Then features that the network's cache
  /// knows come from there, `load` is not called for them, and others are put there. Called from several threads.
  std::function<std::string(std::size_t i)> key = {};
  Positions positions = Positions::All;
};

/// Takes the pooled features of image i: a span a layer, as long as the layer has channels. Valid during the call.
using TakeFeatures = std::function<void(std::size_t i, std::span<const std::span<const float>> features)>;

/// What a pass through the network cost.
struct PoolingTally {
  std::int64_t from_network = 0;  ///< images that went through the network
  std::int64_t from_cache = 0;    ///< images whose features were known already
  double run_seconds = 0;         ///< spent waiting for the network
  std::vector<std::string> notes; ///< what a person should know: a cache that can't be written
};

/// Sends every image through the network once and takes the mean over images.positions of each layer. Images are made
/// on threads of their own, ahead of the network; memory holds three batches, however many images there are.
/// @param batch images per batch. @param take is called on the calling thread with i in ascending order.
/// @param progress is told "images" after each batch.
/// @throws Error as Network::plan and run; Cancelled when stopped, within one batch.
PoolingTally pool_generated_images(const Network& network, const std::vector<std::string>& layers,
                                   const GeneratedImages& images, int batch, const TakeFeatures& take,
                                   const std::stop_token& stop = {}, const JobCallback& progress = {});

} // namespace scalescope
