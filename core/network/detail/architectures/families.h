#pragma once
// The families of built-in architectures, one a file.

#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/architectures/module_builder.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace scalescope {

/// ResNet-18, -34, -50, -101 and -152.
[[nodiscard]] std::vector<BuiltIn> resnets();
/// InceptionV3 without the auxiliary classifier, on inputs in [-1, 1] (torchvision: transform_input=False).
[[nodiscard]] std::vector<BuiltIn> inceptions();
[[nodiscard]] std::vector<BuiltIn> vggs();
[[nodiscard]] std::vector<BuiltIn> mobilenets();
[[nodiscard]] std::vector<BuiltIn> efficientnet_lites();

/// All families, in the order in which messages list their architectures.
inline constexpr std::array families{resnets, inceptions, vggs, mobilenets, efficientnet_lites};

} // namespace scalescope
