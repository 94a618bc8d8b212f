#pragma once
// Private to core/experiment.

#include "core/experiment/picture_loader.h"
#include "core/experiment/pooling.h"

#include <map>
#include <mutex>
#include <vector>

namespace scalescope {

/// Every picture of a data set once, whole, at any size, as images for a network.
class ResizedPictures {
 public:
  /// @param samples must outlive this.
  ResizedPictures(const std::vector<Sample>& samples, const Preprocessing& preprocessing);

  /// For pool_images; must not outlive this. @param side of every image in pixels.
  [[nodiscard]] ImageSource source(int side);
  [[nodiscard]] std::size_t count() const { return pictures_.size(); }
  /// The first of picture i's samples.
  [[nodiscard]] const Sample& sample(std::size_t i) const { return samples_[pictures_[i].samples.front()]; }
  /// Pictures that could not be read, once all were asked for.
  [[nodiscard]] std::vector<LeftOut> left_out() const;

 private:
  const std::vector<Sample>& samples_;
  Preprocessing preprocessing_;
  std::vector<SampledPicture> pictures_;
  mutable std::mutex mutex_;                ///< guards what follows
  std::map<std::size_t, LeftOut> left_out_; ///< by picture
};

} // namespace scalescope
