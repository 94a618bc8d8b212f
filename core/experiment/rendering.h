#pragma once

#include "core/features/pool_generated.h"
#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/stage/composite.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace scalescope {

/// How objects are shown at other scales.
struct RenderSettings {
  int scales = 8;         ///< how many, log-spaced from `smallest` to `largest`
  double smallest = 0.02; ///< object scale: area of the box over area of the image
  double largest = 0.5;
  /// How many times larger (linear) than in its image an object may be in what the network is given: enlarged pixels
  /// are blurred, and blur would tell the scale.
  double most_enlarged = 2;
  SegmentSettings cut;
  std::uint64_t seed = 0; ///< of cutting out and filling
};

/// The object scales, ascending. @throws Error if they are not above 0 and at most 1, or the first exceeds the last.
[[nodiscard]] std::vector<double> scales_of(const RenderSettings& settings);

/// Every object at every scale, as images for a network. An object stays where it is, but moves as little as needed to
/// lie wholly within its image. An image is read and taken apart once for all its scales, and let go of after them;
/// from an image much larger than the network's input a smaller copy is made first.
///
/// Image i shows sample i / variants(). Used by the threads of pool_generated_images.
class Renderings {
 public:
  /// @param samples must outlive this. @param with_original makes the image as it is the first of its variants.
  Renderings(const std::vector<Sample>& samples, const RenderSettings& settings, const Preprocessing& preprocessing,
             int side, bool with_original = false);

  /// For pool_generated_images; must not outlive this.
  [[nodiscard]] GeneratedImages source();
  [[nodiscard]] std::size_t variants() const { return variants_.size(); }
  [[nodiscard]] const Sample& sample(std::size_t i) const { return samples_[i / variants_.size()]; }
  /// The scale that image i was to have, 0 for the image as it is.
  [[nodiscard]] double wanted_fraction(std::size_t i) const { return variants_[i % variants_.size()]; }
  /// The object scale in image i, once its features were taken.
  [[nodiscard]] double fraction(std::size_t i) const { return fractions_[i]; }
  /// Images that could not be made, once all were asked for, in their order.
  [[nodiscard]] std::vector<LeftOut> left_out() const;
  /// What there is to say of the boxes (see place_box), in the order of the samples.
  [[nodiscard]] std::vector<Remark> remarks() const;

 private:
  struct Original;
  /// An image that images are made of: read, and its size known.
  std::shared_ptr<Original> original(std::size_t sample);
  Placement place(const Original& original, std::size_t i) const;
  std::string key(std::size_t i);
  bool load(std::size_t i, std::span<float> pixels);

  const std::vector<Sample>& samples_;
  RenderSettings settings_;
  Preprocessing preprocessing_;
  int side_;
  std::vector<double> variants_; ///< object scales; 0: the image as it is
  std::vector<double> fractions_;
  mutable std::mutex mutex_;                                   ///< guards what follows
  std::map<std::size_t, std::shared_ptr<Original>> originals_; ///< the latest, by sample
  std::map<std::size_t, LeftOut> left_out_;                    ///< by image
  std::map<std::size_t, Remark> remarks_;                      ///< by sample
};

} // namespace scalescope
