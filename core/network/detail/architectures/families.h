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

/// torchvision's ViT-B/16, -B/32, -L/16, -L/32 and -H/14; Swin and Swin V2.
[[nodiscard]] std::vector<BuiltIn> torchvision_vits();
[[nodiscard]] std::vector<BuiltIn> torchvision_swins();
/// timm's vit_..., deit_... and deit3_..., with or without registers, layer scale and SwiGLU; its swin_...
[[nodiscard]] std::vector<BuiltIn> timm_vits();
[[nodiscard]] std::vector<BuiltIn> timm_swins();

/// All families, in the order in which messages list their architectures.
inline constexpr std::array families{resnets,          inceptions,        vggs,      mobilenets, efficientnet_lites,
                                     torchvision_vits, torchvision_swins, timm_vits, timm_swins};

} // namespace scalescope
