#pragma once

#include "core/network/detail/checkpoint/state_dict.h"

#include <torch/script.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// A built-in architecture: its facts besides the layers.
struct Architecture {
  std::string name;               ///< "resnet50"
  int input_size = 224;           ///< side of the square input in pixels
  std::string preprocessing;      ///< mode its published weights were trained with: "torch" or "tf"
  bool may_convert_input = false; ///< torchvision's pretrained one converts from its own preprocessing inside, and says
                                  ///< so (transform_input)
  double cut_normal = 0;          ///< weights are drawn with this standard deviation, cut at two of them; 0: see
                                  ///< randomise()
};

/// Every built-in architecture.
[[nodiscard]] const std::vector<Architecture>& architectures();

/// The built-in architecture that a library's config.json names: the one called "LIBRARY/NAME", else "NAME"; null if
/// there is neither. Architectures of timm and transformers whose parameters have other names than torchvision's are
/// called so. @param library "timm" or "transformers"
[[nodiscard]] const Architecture* architecture_of(const std::string& library, const std::string& name);

/// The parameters and buffers of a network under their full names, not copied.
[[nodiscard]] StateDict state_dict(const torch::jit::Module& module);

/// An architecture as a TorchScript module in evaluation mode: submodules, parameters and type names as
/// named_modules() shows them in torchvision (for EfficientNet-Lite: in the package efficientnet_lite_pytorch), forward
/// the same computation. Parameters are zero.
/// @param classes of the head; 0 leaves the head out: forward then returns the last feature map.
/// @throws Error for an unknown name, listing the known ones.
[[nodiscard]] torch::jit::Module build(const std::string& architecture, std::int64_t classes = 1000);

/// The tensors of the module from build(), on the meta device: names and shapes without memory.
[[nodiscard]] StateDict outline(const std::string& architecture, std::int64_t classes);

/// Draws new weights for any network, layer by layer: convolutions from N(0, 2 / fan_out) with the fan-out of one group
/// (He et al. 2015, as torchvision does for its ResNets), linear layers uniform within 1/sqrt(fan_in) (PyTorch's
/// default), biases 0, norms 1 and 0 with running statistics 0 and 1; InceptionV3 from a normal with standard deviation
/// 0.1 cut at two deviations (cut_normal), as in TensorFlow's original (torchvision's cut of today is at 2, so twenty
/// deviations). Parameters that are none of these come from a normal with standard deviation 0.02. The same seed gives
/// the same weights.
/// @throws Error if the network has no parameters, its weights being constants of its code (torch.jit.freeze).
void randomise(torch::jit::Module& module, std::uint64_t seed);

} // namespace scalescope
