#pragma once

#include "core/image/image.h"
#include "core/image/resizing.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace scalescope {

/// Converts an image of 8-bit RGB to the input of a network: it becomes a square, and then output channel c is (sample
/// / divisor - mean[c]) / standard deviation[c], with the channels in the order red, green, blue, or the other way
/// round. Source of the named modes: Keras's imagenet_utils.preprocess_input.
struct Preprocessing {
  std::string name;            ///< "torch", "tf", "caffe" or "custom"
  float divisor = 255;         ///< 255 or 1
  std::array<float, 3> mean{}; ///< in the order of the output channels
  std::array<float, 3> standard_deviation{1, 1, 1};
  bool bgr = false;
  Resizing resizing = {}; ///< how the image becomes a square

  /// "torch": ImageNet mean and standard deviation on [0, 1]; "tf": [-1, 1]; "caffe": BGR minus the ImageNet mean, 0 to
  /// 255.
  /// @throws Error for another name, listing the known ones.
  [[nodiscard]] static Preprocessing named(const std::string& mode);
  /// The form of torchvision's Normalize: mean and standard deviation of RGB on [0, 1]. @throws Error if a standard
  /// deviation is not > 0.
  [[nodiscard]] static Preprocessing custom(std::array<float, 3> mean, std::array<float, 3> standard_deviation);
};

/// The colour that preprocessing turns into zeros, as far as it can be written in 8 bits: the one that ResizeMode::Pad
/// fills with, as timm does.
[[nodiscard]] std::array<std::uint8_t, 3> mean_colour(const Preprocessing& how);
/// "torch, squashed, bilinear".
[[nodiscard]] std::string describe(const Preprocessing& how);

/// Everything that the preprocessed values depend on, in one line, for the keys of caches.
[[nodiscard]] std::string key_of(const Preprocessing& how);

/// The image as the square of `side` pixels that a network is given, before its values are scaled.
[[nodiscard]] Image to_square(const Image& image, int side, const Preprocessing& how);

/// Scales the values of an image that has the network's size: writes it into `out` as 3 x height x width floats,
/// channel after channel (one row of a batch).
/// @param out holds exactly 3 * width * height values.
void preprocess(const Image& image, const Preprocessing& how, std::span<float> out);

} // namespace scalescope
