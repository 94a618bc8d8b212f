#pragma once

#include "core/network/network.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// What a batch's classes say to a small change of each layer.
struct ClassDerivatives {
  std::vector<int> classes;   ///< one an image: the class that was asked for, or its likeliest
  std::vector<float> outputs; ///< of that class, before the softmax
  /// One a layer, N x C: the derivative of that output by a constant that is added to a channel at every position,
  /// which changes the layer's pooled feature by as much. It is the sum over positions of the derivative by the map.
  /// Empty for a layer from which no path leads to the output.
  std::vector<std::vector<float>> layers;
};

/// Differentiates a network's output, before the softmax, by what its layers return. LibTorch does it, in float32,
/// whatever engine runs the network otherwise: OpenVINO has no derivatives.
class ClassDifferentiator {
 public:
  /// Loads the network again. @param device as RunOptions::device.
  /// @throws Error if it has no class outputs or no such layer, or can't be loaded.
  ClassDifferentiator(const Network& network, const std::vector<std::string>& layers, const std::string& device);
  ClassDifferentiator(ClassDifferentiator&&) noexcept;
  ClassDifferentiator& operator=(ClassDifferentiator&&) noexcept;
  ~ClassDifferentiator();
  /// What differentiates: "LibTorch 1.13.1".
  [[nodiscard]] static std::string engine();

  /// @param images N x 3 x side x side, preprocessed. @param wanted a class, from 0; nothing: each image's likeliest.
  /// @throws Error if there is no such class, the network can't take the images, or memory runs out.
  [[nodiscard]] ClassDerivatives run(std::span<const float> images, std::int64_t n, int side,
                                     std::optional<int> wanted) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace scalescope
