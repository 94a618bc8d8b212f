#pragma once

#include "core/network/network.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The derivatives of the class outputs of a batch, for each layer.
struct ClassDerivatives {
  std::vector<int> classes;   ///< one per image: the class that was asked for, or its likeliest
  std::vector<float> outputs; ///< of that class, before the softmax
  /// One per layer, N x C: the derivative of that output with respect to a constant that is added to a channel at every
  /// position; this changes the layer's pooled feature by the same amount. It is the sum over positions of the
  /// derivative with respect to the map. Empty if no path leads from the layer to the output.
  std::vector<std::vector<float>> layers;
};

/// Differentiates a network's output, before the softmax, with respect to its layers. LibTorch computes this in float32
/// for every engine, because OpenVINO has no derivatives.
class ClassDifferentiator {
 public:
  /// Loads the network again. @param device as RunOptions::device.
  /// @throws Error if it has no class outputs or no such layer, or can't be loaded.
  ClassDifferentiator(const Network& network, const std::vector<std::string>& layers, const std::string& device);
  ClassDifferentiator(ClassDifferentiator&&) noexcept;
  ClassDifferentiator& operator=(ClassDifferentiator&&) noexcept;
  ~ClassDifferentiator();
  /// The library that computes derivatives: "LibTorch 1.13.1".
  [[nodiscard]] static std::string engine();

  /// @param images N x 3 x side x side, preprocessed. @param wanted a class, counted from 0; no value: each image's
  /// likeliest.
  /// @throws Error if there is no such class, the network can't take the images, or memory runs out.
  [[nodiscard]] ClassDerivatives run(std::span<const float> images, std::int64_t n, int side,
                                     std::optional<int> wanted) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace scalescope
