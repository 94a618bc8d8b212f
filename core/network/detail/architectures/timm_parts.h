#pragma once
// Modules that several of timm's networks are made of, under timm's names.

#include "core/network/detail/architectures/module_builder.h"

namespace scalescope::timm {

/// A batch norm with its activation.
[[nodiscard]] torch::jit::Module batch_norm_act(const ModuleBuilder& build, std::int64_t channels,
                                                Nonlinearity activation, double epsilon = 1e-5);

/// A convolution with its batch norm and activation.
[[nodiscard]] torch::jit::Module conv_norm_act(const ModuleBuilder& build, const Convolution& c,
                                               Nonlinearity activation);

/// Squeeze and excitation of ResNet and RegNet.
[[nodiscard]] torch::jit::Module squeeze_excitation(const ModuleBuilder& build, std::int64_t channels,
                                                    std::int64_t squeezed);

/// The global average pooling. @param flattened whether it returns vectors, not maps of one position.
[[nodiscard]] torch::jit::Module global_pool(const ModuleBuilder& build, bool flattened = true);

/// Pooling and linear layer.
[[nodiscard]] torch::jit::Module classifier_head(const ModuleBuilder& build, std::int64_t channels,
                                                 std::int64_t classes);

} // namespace scalescope::timm
