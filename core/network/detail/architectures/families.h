#pragma once
// The families of built-in architectures. `classes` of 0 leaves the head out.

#include "core/network/detail/architectures/module_builder.h"

#include <array>
#include <cstdint>

namespace scalescope {

/// @param blocks residual blocks of each of the four stages.
/// @param bottleneck whether a block is three convolutions (1x1, 3x3, 1x1) instead of two.
[[nodiscard]] torch::jit::Module resnet(const ModuleBuilder& build, const std::array<int, 4>& blocks, bool bottleneck,
                                        std::int64_t classes);

/// Without the auxiliary classifier, on inputs in [-1, 1] (torchvision: transform_input=False).
[[nodiscard]] torch::jit::Module inception_v3(const ModuleBuilder& build, std::int64_t classes);

[[nodiscard]] torch::jit::Module vgg16(const ModuleBuilder& build, std::int64_t classes);

[[nodiscard]] torch::jit::Module mobilenet_v2(const ModuleBuilder& build, std::int64_t classes);

[[nodiscard]] torch::jit::Module efficientnet_lite(const ModuleBuilder& build, double width, double depth,
                                                   double dropout, std::int64_t classes);

} // namespace scalescope
