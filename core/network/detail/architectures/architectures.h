#pragma once

#include "core/network/detail/checkpoint/state_dict.h"
#include "core/network/detail/graph/flat_graph.h"

#include <nlohmann/json_fwd.hpp>
#include <torch/script.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// A built-in architecture: its facts besides the layers.
struct Architecture {
  std::string name = {};          ///< "resnet50"; timm's is "timm/NAME" where its parameters or its computation are not
                                  ///< torchvision's
  int input_size = 224;           ///< side of the square input in pixels
  std::string preprocessing = {}; ///< mode its published weights were trained with: "torch" or "tf"
  bool may_convert_input = false; ///< torchvision's pretrained one converts from its own preprocessing inside, and says
                                  ///< so (transform_input)
  double cut_normal = 0;          ///< weights are drawn with this standard deviation, cut at two of them; 0: see
                                  ///< randomise()
  ImageLimits limits = {};        ///< the sizes of images that Python's takes
  std::string same_as = {};       ///< another architecture with the same layers, which a checkpoint is taken for where
                                  ///< nobody says its name
  /// Names of tensors that its backbone has. Only a checkpoint with one of them is compared with it; empty: every one.
  std::vector<std::string> marks = {};
};

class ModuleBuilder;

/// An architecture that can be built: what is known of it, and how its modules are made.
struct BuiltIn {
  Architecture about;
  /// @param classes of the head; 0 leaves the head out.
  std::function<torch::jit::Module(const ModuleBuilder& build, std::int64_t classes)> make = {};
  /// The same with these arguments of its Python function; empty where it takes none. @throws Error, see
  /// timm_architecture.
  std::function<BuiltIn(const nlohmann::json& arguments)> with = {};
};

/// Every built-in architecture.
[[nodiscard]] const std::vector<Architecture>& architectures();

/// The built-in architecture of that name; null if there is none.
/// @param timms whether the name is one that timm gives ("convnext_tiny"): then "timm/NAME" comes before NAME.
[[nodiscard]] const Architecture* find_architecture(const std::string& name, bool timms = false);

/// What is built in under that name. @throws Error as check_architecture.
[[nodiscard]] const BuiltIn& built_in(const std::string& architecture);

/// @throws Error for a name that is not one, offering the nearest ones.
void check_architecture(const std::string& name);

/// The parameters and buffers of a network under their full names, not copied.
[[nodiscard]] StateDict state_dict(const torch::jit::Module& module);

/// An architecture as a TorchScript module in evaluation mode: submodules, parameters and type names as
/// named_modules() shows them in torchvision (for EfficientNet-Lite: in the package efficientnet_lite_pytorch), forward
/// the same computation. Parameters are zero.
/// @param classes of the head; 0 leaves the head out: forward then returns the last feature map.
/// @throws Error as check_architecture.
[[nodiscard]] torch::jit::Module build(const std::string& architecture, std::int64_t classes = 1000);

/// The tensors of the module from build(), on the meta device: names and shapes without memory. It takes a hundredth of
/// the time.
[[nodiscard]] StateDict outline(const std::string& architecture, std::int64_t classes);

/// What the config.json of a timm folder says: "architecture" and "model_args".
/// @param name as timm has it: "vit_base_patch16_224". The architecture may be built in as "timm/NAME" or as "NAME".
/// @param model_args an object: img_size, init_values, reg_tokens, ... Those that evaluation does not see (drop_rate)
///        are accepted, and num_classes is, but the number of classes comes from build().
/// @throws Error for an unknown name, or an argument that is unknown, that has another type, or is out of range; the
///         sentence begins with what is wrong and is to follow the file's name: "config.json ...".
[[nodiscard]] BuiltIn timm_architecture(const std::string& name, const nlohmann::json& model_args);

/// A network of the Python package transformers from its config.json, with the names that its weights have in files
/// (model.safetensors): ViT, DeiT, DINOv2 (also with registers), Swin, ConvNeXt and ResNet, as ...Model or
/// ...ForImageClassification. `about.name` is "transformers/" and the model_type. Preprocessing is left empty: it is in
/// preprocessor_config.json. The module returns the logits, or a ...Model's last_hidden_state.
/// @throws Error as timm_architecture.
[[nodiscard]] BuiltIn transformers_architecture(const nlohmann::json& config);

/// As build() and outline() by name.
[[nodiscard]] torch::jit::Module build(const BuiltIn& architecture, std::int64_t classes);
[[nodiscard]] StateDict outline(const BuiltIn& architecture, std::int64_t classes);

/// Draws new weights for any network, layer by layer: convolutions from N(0, 2 / fan_out) with the fan-out of one group
/// (He et al. 2015, as torchvision does for its ResNets), linear layers uniform within 1/sqrt(fan_in) (PyTorch's
/// default), biases 0, norms 1 and 0 with running statistics 0 and 1; InceptionV3 from a normal with standard deviation
/// 0.1 cut at two deviations (cut_normal), as in TensorFlow's original (torchvision's cut of today is at 2, so twenty
/// deviations). Parameters that are none of these come from a normal with standard deviation 0.02. The same seed gives
/// the same weights.
/// @throws Error if the network has no parameters, its weights being constants of its code (torch.jit.freeze).
void randomise(torch::jit::Module& module, std::uint64_t seed);

} // namespace scalescope
