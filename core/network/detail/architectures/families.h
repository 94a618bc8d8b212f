#pragma once
// The families of built-in architectures, one a file.

#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/architectures/module_builder.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace scalescope {

/// A built-in architecture: what is known of it, and how its modules are made.
struct BuiltIn {
  Architecture about;
  /// @param classes of the head; 0 leaves the head out.
  std::function<torch::jit::Module(const ModuleBuilder& build, std::int64_t classes)> make;
};

// torchvision's, and timm's of the same name where they have the same parameters.
[[nodiscard]] std::vector<BuiltIn> resnets(); ///< ResNeXt and wide ones too
/// InceptionV3 without the auxiliary classifier, on inputs in [-1, 1] (torchvision: transform_input=False).
[[nodiscard]] std::vector<BuiltIn> inceptions();
[[nodiscard]] std::vector<BuiltIn> googlenets(); ///< likewise
[[nodiscard]] std::vector<BuiltIn> vggs();       ///< timm's too
[[nodiscard]] std::vector<BuiltIn> alexnets();
[[nodiscard]] std::vector<BuiltIn> squeezenets();
[[nodiscard]] std::vector<BuiltIn> densenets();
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

/// All families, in the order in which their architectures are listed.
inline constexpr std::array families{
    resnets,  inceptions,  googlenets,    vggs,    alexnets,  squeezenets,        densenets,    mobilenets,
    mnasnets, shufflenets, efficientnets, regnets, convnexts, efficientnet_lites, timm_resnets, timm_efficientnets};

} // namespace scalescope
