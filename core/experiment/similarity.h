#pragma once

#include "core/experiment/layer_measures.h"
#include "core/experiment/rendering.h"
#include "core/features/extract_samples.h"

#include <string>
#include <vector>

namespace scalescope {

/// The settings of the experiment similarity.
struct SimilaritySettings {
  ExtractionSettings extraction; ///< only layers, preprocessing and batch are used
  RenderSettings rendering;
  int images = 200; ///< at most, drawn at random; 0: all
  std::uint32_t seed = 0;
};

/// A second network to compare with.
struct OtherNetwork {
  Network network;
  std::vector<std::string> layers;
  Preprocessing preprocessing;
};

/// Compares the features of each layer for all objects at one scale with those for the unchanged images by linear CKA
/// (see unbiased_cka and linear_cka), for each scale; and for the unchanged images with each layer of another network.
/// @param other null: no other network.
/// @throws Error as pool_generated_images, if no scale has four objects, or if there are more than 5,000 images;
/// Cancelled when stopped.
[[nodiscard]] LayerMeasures similarity(const Network& network, const std::vector<Sample>& samples,
                                       const SimilaritySettings& settings, const OtherNetwork* other,
                                       const std::stop_token& stop = {}, const JobCallback& progress = {});

} // namespace scalescope
