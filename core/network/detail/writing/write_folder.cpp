#include "core/network/detail/writing/write_folder.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/network/detail/checkpoint/write_safetensors.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/truncation/truncated_module.h"
#include "core/network/detail/writing/folder_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

using torch::jit::Module;

namespace scalescope {
namespace {

using nlohmann::json;

[[noreturn]] void refuse_folder(const std::string& why) {
  throw Error(fmt::format("The network can't be written as a folder, because {}; choose --format torchscript, pt2 or "
                          "onnx.",
                          why));
}

/// timm's names are our names without "timm/".
std::string library_of(const LoadedModel& loaded) {
  if (loaded.config)
    return loaded.config->library;
  const std::string& name = loaded.architecture->name;
  return name.starts_with("timm/")               ? "timm"
         : name.starts_with("efficientnet_lite") ? "efficientnet_lite_pytorch"
                                                 : "torchvision";
}

/// How often the layer runs in Python: as often as in what was built.
int calls_of(const Module& built, const std::string& architecture, const std::string& layer) {
  for (const ModuleOutput& output : flatten(built).outputs)
    if (output.module == layer)
      return output.calls;
  refuse_folder(fmt::format("a {} does not run its layer {}", architecture, layer));
}

/// Whether a tensor is one of a batch norm: among its neighbours is the running mean.
bool is_of_batch_norm(const std::string& tensor, const Module& module) {
  const std::string mean = tensor.substr(0, tensor.rfind('.') + 1) + "running_mean";
  const StateDict all = state_dict(module);
  return std::ranges::any_of(all, [&](const auto& one) { return one.first == mean; });
}

/// The tensors of the part, by the names that it has in what was built; new ones are those of the readout.
StateDict tensors_of(const TruncatedModule& part, const LoadedModel& loaded, const std::string& architecture) {
  const StateDict all = state_dict(loaded.module);
  const std::map<std::string, at::Tensor> given(all.begin(), all.end());
  StateDict tensors;
  for (const auto& [name, own] : state_dict(part.module)) {
    const bool is_readout = !part.readout.empty() && name.starts_with(part.readout);
    const auto found = given.find(name);
    if (!is_readout && found == given.end())
      refuse_folder(fmt::format("its parameters are not those of {}: {} is missing{}", architecture, name,
                                is_of_batch_norm(name, part.module)
                                    ? ", as it is where an exporter joined batch norms with convolutions"
                                    : ""));
    if (!is_readout && found->second.sizes() != own.sizes())
      refuse_folder(fmt::format("its parameters are not those of {}: {} has the shape ({}) instead of ({})",
                                architecture, name, fmt::join(found->second.sizes(), ", "),
                                fmt::join(own.sizes(), ", ")));
    const at::Tensor& values = is_readout ? own : found->second;
    const auto type = loaded.types.find(name);
    tensors.emplace_back(name, values.detach()
                                   .to(is_readout || type == loaded.types.end() ? values.scalar_type() : type->second)
                                   .contiguous());
  }
  return tensors;
}

const char* crop_mode(ResizeMode mode) {
  return mode == ResizeMode::Crop ? "center" : mode == ResizeMode::Squash ? "squash" : "border";
}

/// As timm says it; it has no word for BGR.
json pretrained_cfg(const Provenance& provenance) {
  const Preprocessing& how = provenance.preprocessing;
  json written{{"input_size", {3, provenance.input_size, provenance.input_size}},
               {"interpolation", text_of(how.resizing.interpolation)},
               {"crop_pct", how.resizing.crop},
               {"crop_mode", crop_mode(how.resizing.mode)}};
  if (how.bgr)
    return written;
  for (std::size_t c = 0; c < 3; ++c) {
    // As short as they were given: 0.485, not 0.48500001430511475.
    written["mean"].push_back(std::stod(fmt::format("{}", how.mean[c] * how.divisor / 255)));
    written["std"].push_back(std::stod(fmt::format("{}", how.standard_deviation[c] * how.divisor / 255)));
  }
  return written;
}

json timm_config(const LoadedModel& loaded, const PrunedEntry& entry, const BuiltIn& whole) {
  std::string name = loaded.config ? loaded.config->architecture : whole.about.name;
  if (name.starts_with("timm/"))
    name.erase(0, 5);
  json arguments = loaded.config ? loaded.config->arguments : json::object();
  if (!arguments.is_object())
    arguments = json::object();
  if (entry.library == "torchvision" && (name == "inception_v3" || name == "googlenet"))
    arguments = {{"aux_logits", false}, {"init_weights", false}};
  const int side = entry.provenance.input_size;
  if (entry.library == "timm" && side != whole.about.input_size) {
    if (name.starts_with("vit_") || name.starts_with("deit")) // its positions are resampled
      arguments["dynamic_img_size"] = true;
    else if (name.starts_with("swin"))
      arguments["img_size"] = side;
  }
  return {{"architecture", name},
          {"num_classes", entry.classes},
          {"model_args", arguments},
          {"pretrained_cfg", pretrained_cfg(entry.provenance)}};
}

/// That of the source, without the names of classes: the part has none.
json transformers_config(const LoadedModel& loaded) {
  json config = loaded.config->arguments;
  for (const char* name : {"id2label", "label2id", "num_labels"})
    config.erase(name);
  return config;
}

} // namespace

FolderFiles write_folder(const LoadedModel& loaded, const Truncation& cut, Provenance provenance) {
  if (!loaded.config)
    check_folder_format(provenance.source, loaded.architecture ? loaded.architecture->name : "");
  if (loaded.architecture && loaded.architecture->may_convert_input && loaded.module.hasattr("transform_input") &&
      loaded.module.attr("transform_input").toBool())
    refuse_folder("it converts its images itself (transform_input), which its architecture does not do here");
  const BuiltIn whole = built_in_of(loaded);
  const Module built = build(whole, loaded.classes);
  if (!has_module(built, cut.layer.name))
    refuse_folder(fmt::format("a {} has no layer {}", whole.about.name, cut.layer.name));
  provenance.scalescope = scalescope_version();
  provenance.libtorch = libtorch_version();
  const PrunedEntry entry{.library = library_of(loaded),
                          .classes = loaded.classes,
                          .calls = calls_of(built, whole.about.name, cut.layer.name),
                          .pooling = cut_of(cut).pooling,
                          .provenance = std::move(provenance)};
  const TruncatedModule part = truncated_module(built, cut_of(cut));
  json config = entry.library == "transformers" ? transformers_config(loaded) : timm_config(loaded, entry, whole);
  config["scalescope"] = to_json(entry);
  return {{"config.json", config.dump(2, ' ', false, json::error_handler_t::replace) + "\n"},
          {"model.safetensors", checkpoint::write_safetensors(tensors_of(part, loaded, whole.about.name))},
          {"load.py", folder_script(entry)}};
}

} // namespace scalescope
