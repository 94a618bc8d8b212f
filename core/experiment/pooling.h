#pragma once

#include "core/experiment/job_progress.h"
#include "core/network/network.h"

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// Images that are made for a network rather than read from a file each: rendered, noise, resized, patches.
struct ImageSource {
  std::size_t count = 0;
  int side = 0; ///< of every image, in pixels; need not be the network's own input size
  /// Writes image i, preprocessed, into `pixels`: 3 x side x side, all of them. Called from several threads at once, in
  /// about ascending order. What it throws, pool_images throws.
  std::function<void(std::size_t i, std::span<float> pixels)> load;
};

/// Takes the pooled features of image i: a span a layer, as long as the layer has channels. Valid during the call.
using TakeFeatures = std::function<void(std::size_t i, std::span<const std::span<const float>> features)>;

/// Sends every image through the network once and pools what the layers say (mean over all positions). Images are made
/// on threads of their own, ahead of the network; memory holds three batches, however many images there are.
/// @param batch images a run. @param take is called on the calling thread with i = 0, 1, 2, ...
/// @param progress is told "images" after each batch.
/// @throws Error as Network::plan and run; Cancelled when stopped, within one batch.
void pool_images(const Network& network, const std::vector<std::string>& layers, const ImageSource& images, int batch,
                 const TakeFeatures& take, const std::stop_token& stop = {}, const JobCallback& progress = {});

} // namespace scalescope
