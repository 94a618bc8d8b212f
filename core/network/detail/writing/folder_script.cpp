#include "core/network/detail/writing/folder_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scalescope {
namespace {

/// How one library builds a whole network.
struct Building {
  const char* library;
  const char* packages; ///< that Python needs
  const char* import;
  const char* statements; ///< they make `network` of `config`
};

constexpr std::array buildings{
    Building{"timm", "torch, safetensors and timm", "timm",
             R"(    network = timm.create_model(config["architecture"],
                                **config["model_args"] | {"num_classes": config["num_classes"]})
)"},
    Building{"torchvision", "torch, safetensors and torchvision", "torchvision",
             R"(    network = torchvision.models.get_model(config["architecture"], weights=None,
                                           num_classes=config["num_classes"], **config["model_args"])
)"},
    Building{"efficientnet_lite_pytorch", "torch, safetensors and efficientnet_lite_pytorch",
             "efficientnet_lite_pytorch",
             R"(    name = config["architecture"].replace("_", "-")
    network = efficientnet_lite_pytorch.EfficientNet.from_name(name, num_classes=config["num_classes"])
)"},
    Building{"transformers", "torch and transformers", "transformers", ""}};

constexpr const char* python_head =
    R"(# The Python of a network that ScaleScope pruned. In this folder, or with it in sys.path:
#
#     from load import load
#     features = load()(images)    # a torch.nn.Module in evaluation mode; images: N x 3 x {0} x {0}
#
# How images become its input: {1}. It needs the packages {2}.

import json
import pathlib

import torch
import {3}
{4}
FOLDER = pathlib.Path(__file__).parent


class End(Exception):
    """Ends a run at the layer, with its output."""


class Pruned(torch.nn.Module):
    """A network that ends at a layer, which runs so many times."""

    def __init__(self, network, layer, calls):
        super().__init__()
        self.network, self.calls, self.count = network, calls, 0
        while isinstance(layer, torch.nn.ModuleList):  # a list does not run, its modules do
            layer = layer[-1]
        layer.register_forward_hook(self.end)

    def end(self, layer, inputs, output):
        self.count += 1
        if self.count == self.calls:
            raise End(output if isinstance(output, torch.Tensor) else output[0])

    def forward(self, images):
        self.count = 0
        try:
            self.network(images)
        except End as end:
            return {5}
        raise RuntimeError("the network did not run the layer at which it ends")

)";

constexpr const char* python_pooling = R"(
    def pool(self, x, positions, skipped, class_token, mean):
        """Of tokens: the class token, the mean of those behind the first ones, or both. Of maps: their mean."""
        parts = [x[:, 0]] if class_token else []
        if mean and 1 in positions:  # channels are last
            parts.append(x[:, skipped:].flatten(1, -2).mean(1))
        elif mean:
            parts.append(x.flatten(2).mean(2) if positions else x)
        return torch.cat(parts, 1)

)";

constexpr const char* python_readout = R"(
    def predict(self, x):
        """The regression: a linear function of features that are clipped to the range of the fitted ones."""
        if self.scale_minimum is not None:
            x = torch.minimum(torch.maximum(x, self.scale_minimum), self.scale_maximum)
        return self.scale(x)

    def add_scale(self, weights):
        """Takes the regression out of the weights."""
        weight = weights.pop("scale.weight")
        self.scale = torch.nn.Linear(weight.shape[1], 1)
        self.scale.load_state_dict({"weight": weight, "bias": weights.pop("scale.bias")})
        for name in ("scale_minimum", "scale_maximum"):
            self.register_buffer(name, weights.pop(name, None))

)";

constexpr const char* python_drop = R"(
def drop(network, names):
    """Removes parameters and buffers: those behind the layer."""
    for name in names:
        module, _, tensor = name.rpartition(".")
        if tensor != "num_batches_tracked":  # a count, which a norm sets to 0 where a file has none
            setattr(network.get_submodule(module), tensor, None)


def load():
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    entry = config["scalescope"]
    layer = entry["provenance"]["layer"]
)";

constexpr const char* python_load_state = R"(    weights = load_file(FOLDER / "model.safetensors")
    pruned = Pruned(network, network.get_submodule(layer), entry["calls"])
{0}    drop(network, set(network.state_dict()) - set(weights))
    network.load_state_dict(weights, strict=True)
    return pruned.eval()
)";

// Files have the names of version 4 of transformers, and later versions translate them when they read a file.
constexpr const char* python_load_transformers =
    R"(    name = (config.get("architectures") or ["AutoModelForImageClassification"])[0]
    network, found = getattr(transformers, name).from_pretrained(FOLDER, output_loading_info=True)
    modules = dict(network.named_modules())
    for name in (layer, layer.replace("encoder.layer", "layers")):  # what version 5 calls the blocks of a ViT
        if name in modules:
            break
    else:
        raise RuntimeError(f"this version of transformers has no module {{layer}}; install transformers 4")
    pruned = Pruned(network.float(), modules[name], entry["calls"])
{0}    wrong = [name for name in found["unexpected_keys"] if not name.startswith("scale")]
    if wrong or found["mismatched_keys"]:
        raise RuntimeError(f"these weights have no place: {{wrong}} {{found['mismatched_keys']}}")
    drop(network, found["missing_keys"])
    return pruned.eval()
)";

} // namespace

std::string folder_script(const PrunedEntry& entry) {
  const auto* building =
      std::ranges::find(buildings, entry.library, [](const Building& one) { return std::string(one.library); });
  const bool predicts = entry.provenance.output == "scale";
  const bool transformers = entry.library == "transformers";
  std::string output = "end.args[0]";
  if (entry.pooling)
    output = "self.pool(" + output + ", **self.pooling)";
  if (predicts)
    output = "self.predict(" + output + ")";
  std::string text = fmt::format(fmt::runtime(python_head), entry.provenance.input_size,
                                 describe(entry.provenance.preprocessing), building->packages, building->import,
                                 transformers && !predicts ? "" : "from safetensors.torch import load_file\n", output);
  if (entry.pooling)
    text += python_pooling;
  if (predicts)
    text += python_readout;
  text += python_drop;
  text += building->statements;
  std::string finish = entry.pooling ? "    pruned.pooling = entry[\"pooling\"]\n" : "";
  if (predicts && transformers)
    finish += "    pruned.add_scale(load_file(FOLDER / \"model.safetensors\"))\n";
  else if (predicts)
    finish += "    pruned.add_scale(weights)\n";
  return text + fmt::format(fmt::runtime(transformers ? python_load_transformers : python_load_state), finish);
}

} // namespace scalescope
