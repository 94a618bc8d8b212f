#pragma once

#include "core/experiment/rendering.h"
#include "core/features/extract_samples.h"

#include <string>
#include <vector>

namespace scalescope {

/// The network's response at one object scale, or at one image size.
struct InvarianceStep {
  double value = 0;        ///< object scale (area of the box over area of the image), or side in pixels
  std::int64_t images = 0; ///< number of images at this value
  double agreement = 0;    ///< share of them whose likeliest class is that of the reference; NaN without classes
  double probability = 0;  ///< mean probability of the reference's likeliest class; NaN without classes
  /// By layer: mean over the images of the cosine of the angle between the pooled features and those of the reference,
  /// and its standard deviation. If the features of one of the two are all zero, the cosine is 0.
  std::vector<double> cosine;
  std::vector<double> cosine_deviation;
};

/// The change of the network's response with object scale and image size.
struct Invariance {
  std::vector<std::string> layers;
  std::vector<int> depths;                  ///< Layer::depth of each
  int reference_size = 0;                   ///< side in pixels of the reference, and of all renderings
  std::vector<InvarianceStep> object_scale; ///< ascending; only scales with at least one image
  std::vector<InvarianceStep> image_size;   ///< likewise
  bool has_classes = false;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks; ///< as Extraction's
};

/// Shows every object at several scales in its own image, and every image at several sizes, and compares the network's
/// outputs with those for the reference: the unchanged image at the network's input size.
/// @param settings only layers, preprocessing and batch are used. The classes are those of the layer `softmax`, if the
/// network has one. @param sizes sides in pixels. Memory holds the reference's features of every image (for image
/// sizes), not those of the renderings.
/// @throws Error as pool_generated_images, also if nothing could be shown; Cancelled when stopped.
[[nodiscard]] Invariance invariance(const Network& network, const std::vector<Sample>& samples,
                                    const ExtractionSettings& settings, const RenderSettings& rendering,
                                    const std::vector<int>& sizes, const std::stop_token& stop = {},
                                    const JobCallback& progress = {});

} // namespace scalescope
