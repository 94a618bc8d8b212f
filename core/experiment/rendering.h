#pragma once

#include "core/base/cache.h"
#include "core/features/pool_generated.h"
#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/stage/composite.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The settings of renderings.
struct RenderSettings {
  int scales = 8;         ///< number of scales, log-spaced from `smallest` to `largest`
  double smallest = 0.02; ///< object scale: area of the box over area of what the network sees of the image
  double largest = 0.5;
  /// The largest linear enlargement of an object in the network's input, relative to its image. Enlarged pixels are
  /// blurred, and blur would reveal the scale.
  double most_enlarged = 2;
  SegmentSettings cut;
  std::uint64_t seed = 0; ///< seed of segmenting and filling
};

/// The object scales, ascending. @throws Error if they are not above 0 and at most 1, or the first exceeds the last.
[[nodiscard]] std::vector<double> scales_of(const RenderSettings& settings);

/// Every object at every scale, as images for a network. An object moves only as far as needed to lie completely within
/// what the network sees of its image. An image is read and segmented once for all its scales, and then released. If it
/// is much larger than the network's input, a smaller copy is made first.
///
/// Image i shows sample i / variants(). Used by the threads of pool_generated_images.
class Renderings {
 public:
  /// @param samples must outlive this. @param with_original the first variant is the unchanged image. @param cache for
  /// segmentations: see known_segmentation. @param side, form of the network's images.
  Renderings(const std::vector<Sample>& samples, const RenderSettings& settings, const Preprocessing& preprocessing,
             int side, const InputForm& form = {}, bool with_original = false, std::optional<Cache> cache = {});

  /// For pool_generated_images; must not outlive this.
  [[nodiscard]] GeneratedImages source();
  [[nodiscard]] std::size_t variants() const { return variants_.size(); }
  [[nodiscard]] const Sample& sample(std::size_t i) const { return samples_[i / variants_.size()]; }
  /// The planned scale of image i; 0 for the unchanged image.
  [[nodiscard]] double wanted_fraction(std::size_t i) const { return variants_[i % variants_.size()]; }
  /// The object scale in image i, after its features were taken.
  [[nodiscard]] double fraction(std::size_t i) const { return fractions_[i]; }
  /// What else is known of the object's box in image i: see box_covariates; likewise.
  [[nodiscard]] const std::vector<double>& covariates(std::size_t i) const { return covariates_[i]; }
  /// Images that could not be made, in their order; complete after all were requested.
  [[nodiscard]] std::vector<LeftOut> left_out() const;
  /// Remarks on the boxes and images (see ReadObject), in the order of the samples.
  [[nodiscard]] std::vector<Remark> remarks() const;

 private:
  struct Original;
  /// The source of renderings: an image that was read.
  std::shared_ptr<Original> original(std::size_t sample);
  Placement place(const Original& original, std::size_t i) const;
  void describe(const Original& original, std::size_t i);
  std::string key(std::size_t i);
  bool load(std::size_t i, std::span<float> pixels);

  const std::vector<Sample>& samples_;
  RenderSettings settings_;
  Preprocessing preprocessing_;
  int side_;
  InputForm form_;
  std::optional<Cache> cache_;
  std::vector<double> variants_; ///< object scales; 0: the unchanged image
  std::vector<double> fractions_;
  std::vector<std::vector<double>> covariates_;
  mutable std::mutex mutex_;                                   ///< guards what follows
  std::map<std::size_t, std::shared_ptr<Original>> originals_; ///< the latest, by sample
  std::map<std::size_t, LeftOut> left_out_;                    ///< by image
  std::map<std::size_t, std::vector<std::string>> remarks_;    ///< by sample
};

} // namespace scalescope
