#pragma once

#include "core/features/detail/image_loader.h"
#include "core/features/pool_generated.h"

#include <map>
#include <mutex>
#include <vector>

namespace scalescope {

/// Every image of a data set once, at any size, as images for a network: all that its preprocessing shows of them.
class ResizedImages {
 public:
  /// @param samples must outlive this. @param form of the network's images.
  ResizedImages(const std::vector<Sample>& samples, const Preprocessing& preprocessing, const InputForm& form);

  /// For pool_generated_images; must not outlive this. @param side of every image in pixels. @param zoom the middle of
  /// the image, enlarged so many times, instead of the whole: see middle_of.
  [[nodiscard]] GeneratedImages source(int side, double zoom = 1);
  [[nodiscard]] std::size_t count() const { return images_.size(); }
  /// The first of image i's samples.
  [[nodiscard]] const Sample& sample(std::size_t i) const { return samples_[images_[i].samples.front()]; }
  /// Images that could not be read; complete after all were requested.
  [[nodiscard]] std::vector<LeftOut> left_out() const;
  /// Images that were not used exactly as they are (see Image::notes); likewise.
  [[nodiscard]] std::vector<Remark> remarks() const;

 private:
  [[nodiscard]] bool keeps(std::size_t i) const;
  void keep(std::size_t i, std::vector<std::string> notes);

  const std::vector<Sample>& samples_;
  Preprocessing preprocessing_;
  InputForm form_;
  std::vector<SampledImage> images_;
  mutable std::mutex mutex_;                              ///< guards what follows
  std::map<std::size_t, LeftOut> left_out_;               ///< by image
  std::map<std::size_t, std::vector<std::string>> notes_; ///< by image; empty where there are none
};

} // namespace scalescope
