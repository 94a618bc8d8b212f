#pragma once
// The families of built-in architectures, one a file.

#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/architectures/module_builder.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace scalescope {

// torchvision's, and timm's of the same name where they have the same parameters.
[[nodiscard]] std::vector<BuiltIn> resnets(); ///< ResNeXt and wide ones too
/// InceptionV3 without the auxiliary classifier, on inputs in [-1, 1] (torchvision: transform_input=False).
[[nodiscard]] std::vector<BuiltIn> inceptions();
[[nodiscard]] std::vector<BuiltIn> googlenets(); ///< likewise
[[nodiscard]] std::vector<BuiltIn> vggs();       ///< timm's too
[[nodiscard]] std::vector<BuiltIn> alexnets();
[[nodiscard]] std::vector<BuiltIn> squeezenets();
[[nodiscard]] std::vector<BuiltIn> densenets(); ///< timm's too
[[nodiscard]] std::vector<BuiltIn> mobilenets();
[[nodiscard]] std::vector<BuiltIn> mnasnets();
[[nodiscard]] std::vector<BuiltIn> shufflenets();
[[nodiscard]] std::vector<BuiltIn> efficientnets();
[[nodiscard]] std::vector<BuiltIn> regnets();   ///< timm's too
[[nodiscard]] std::vector<BuiltIn> convnexts(); ///< timm's too
// Of the package efficientnet_lite_pytorch.
[[nodiscard]] std::vector<BuiltIn> efficientnet_lites();
// timm's.
[[nodiscard]] std::vector<BuiltIn> timm_resnets();
[[nodiscard]] std::vector<BuiltIn> timm_efficientnets(); ///< MobileNets too

/// torchvision's ViT-B/16, -B/32, -L/16, -L/32 and -H/14; Swin and Swin V2.
[[nodiscard]] std::vector<BuiltIn> torchvision_vits();
[[nodiscard]] std::vector<BuiltIn> torchvision_swins();
/// timm's vit_..., deit_... and deit3_..., with or without registers, layer scale and SwiGLU; its swin_...
[[nodiscard]] std::vector<BuiltIn> timm_vits();
[[nodiscard]] std::vector<BuiltIn> timm_swins();

/// All families, in the order in which their architectures are listed.
inline constexpr std::array families{resnets,      inceptions,         googlenets,        vggs,
                                     alexnets,     squeezenets,        densenets,         mobilenets,
                                     mnasnets,     shufflenets,        efficientnets,     regnets,
                                     convnexts,    torchvision_vits,   torchvision_swins, efficientnet_lites,
                                     timm_resnets, timm_efficientnets, timm_vits,         timm_swins};

} // namespace scalescope
