#include "tests/core/network/transformers_torch.h"

#include "core/base/error.h"
#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/engines/engine.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/graph_plan.h"
#include "core/network/detail/loading/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

using namespace scalescope;
using torch::jit::Module;

static std::string shape_of(const at::Tensor& tensor) { return fmt::format("{}", fmt::join(tensor.sizes(), " ")); }

static const EngineBackend* backend(bool openvino) {
  for (const EngineBackend* one : engine_backends())
    if (one->facts.engine == (openvino ? Engine::OpenVino : Engine::LibTorch))
      return one;
  return nullptr;
}

bool has_openvino() {
  const EngineBackend* one = backend(true);
  return one != nullptr && !one->version().empty() && one->unavailable(Precision::Float32).empty();
}

static BuiltIn described(const std::string& kind, const std::string& name, const std::string& arguments) {
  const auto json = nlohmann::json::parse(arguments);
  return kind == "transformers" ? transformers_architecture(json) : timm_architecture(name, json);
}

static std::vector<Activation> run_all(const FlatGraph& flat, const std::vector<Wanted>& wanted,
                                       const at::Tensor& images, bool openvino) {
  PlanSettings settings;
  settings.images = static_cast<int>(images.size(0));
  const auto plan = backend(openvino)->compile(make_plan(flat, wanted), settings);
  return plan->run({images.data_ptr<float>(), static_cast<std::size_t>(images.numel())}, images.size(0),
                   static_cast<int>(images.size(2)), static_cast<int>(images.size(3)));
}

TransformerComparison compare_transformer(const std::string& file, bool openvino) {
  const torch::NoGradGuard no_grad;
  std::ifstream in(file, std::ios::binary);
  const auto reference = torch::jit::pickle_load({std::istreambuf_iterator<char>(in), {}}).toGenericDict();
  TransformerComparison result;
  try {
    const std::string kind = reference.at("kind").toStringRef();
    const std::string name = reference.at("name").toStringRef();
    const std::int64_t classes = reference.at("classes").toInt();
    Module module = kind == "torchvision"
                        ? build(name, classes)
                        : build(described(kind, name, reference.at("arguments").toStringRef()), classes);

    std::map<std::string, at::Tensor> ours;
    for (const auto& [key, tensor] : state_dict(module))
      ours.emplace(key, tensor);
    for (const auto& entry : reference.at("state").toGenericDict()) {
      const std::string key = entry.key().toStringRef();
      const auto place = ours.find(key);
      if (place == ours.end() || place->second.sizes() != entry.value().toTensor().sizes()) {
        result.keys.push_back(key + ": " + shape_of(entry.value().toTensor()));
        continue;
      }
      if (!place->second.is_floating_point() && !place->second.equal(entry.value().toTensor()))
        result.keys.push_back(key + " has other numbers");
      place->second.copy_(entry.value().toTensor());
      ours.erase(place);
    }
    for (const auto& [key, tensor] : ours)
      result.keys.push_back(key + " here only");

    const FlatGraph flat = flatten(module);
    std::map<std::string, at::Tensor> expected;
    for (const auto& entry : reference.at("outputs").toGenericDict())
      expected.emplace(entry.key().toStringRef(), entry.value().toTensor());
    std::vector<Wanted> wanted;
    std::vector<std::string> names;
    const auto want = [&](const std::string& module_name, torch::jit::Value* value) {
      names.push_back(module_name);
      wanted.push_back({.value = value, .tap = Tap::Map});
    };
    want("", flat.graph->outputs()[0]);
    // OpenVINO's engine gives no values that have other rows than images (windows).
    if (openvino)
      std::erase_if(expected,
                    [&](const auto& one) { return one.second.size(0) != reference.at("images").toTensor().size(0); });
    for (const ModuleOutput& output : flat.outputs)
      if (expected.contains(output.module)) // of several calls, both sides have the last
        want(output.module, output.value);
    for (const auto& [module_name, tensor] : expected)
      if (std::find(names.begin(), names.end(), module_name) == names.end())
        result.absent.push_back(module_name);
    const auto outputs = run_all(flat, wanted, reference.at("images").toTensor().contiguous(), openvino);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const at::Tensor theirs = expected.at(names[i]).contiguous();
      const auto& values = outputs[i].values;
      // Maps that one has as rows and the other as one list of positions hold the same numbers in the same order.
      double difference = INFINITY;
      if (static_cast<std::int64_t>(values.size()) == theirs.numel()) {
        const at::Tensor here = at::from_blob(const_cast<float*>(values.data()), theirs.sizes());
        difference = ((here - theirs).abs().max() / theirs.abs().max()).item<double>();
      }
      if (!(difference < 1e-4))
        result.unlike.push_back(fmt::format("{}: {}", names[i], difference));
      ++result.compared;
    }
  } catch (const std::exception& error) {
    result.error = error.what();
  }
  return result;
}

std::vector<std::string> transformer_names() {
  std::vector<std::string> names;
  for (const Architecture& one : architectures())
    for (const char* family : {"vit_", "swin_", "timm/vit_", "timm/deit", "timm/swin_"})
      if (one.name.starts_with(family))
        names.push_back(one.name);
  return names;
}

std::vector<std::string> tensors_of(const std::string& architecture) {
  std::vector<std::string> lines;
  for (const auto& [name, tensor] : outline(architecture, 1000))
    lines.push_back(name + " " + shape_of(tensor));
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string config_error(const std::string& architecture, const std::string& json) {
  try {
    (void)outline(described(architecture.empty() ? "transformers" : "timm", architecture, json), 2);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<long> headless_shape(const std::string& architecture, const std::string& json, int side) {
  const torch::NoGradGuard no_grad;
  Module module = build(described(architecture.empty() ? "transformers" : "timm", architecture, json), 0);
  const at::Tensor output = module.forward({at::zeros({1, 3, side, side})}).toTensor();
  return {output.sizes().begin(), output.sizes().end()};
}

std::string taken_for(const std::string& architecture) {
  const auto known = recognise(outline(architecture, 3));
  return known ? known->name : "";
}

void write_transformer(const std::string& architecture, const std::vector<std::string>& extra,
                       const std::string& file) {
  Module module = build(architecture, 3);
  randomise(module, 5);
  // As safetensors: the length of a header, which says where each tensor is, the header, and the numbers.
  nlohmann::json header = nlohmann::json::object();
  std::string numbers;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    const std::size_t start = numbers.size();
    const at::Tensor rows = tensor.detach().contiguous();
    numbers.append(static_cast<const char*>(rows.data_ptr()), rows.nbytes());
    header[name] = {{"dtype", rows.is_floating_point() ? "F32" : "I64"},
                    {"shape", rows.sizes().vec()},
                    {"data_offsets", {start, numbers.size()}}};
  };
  for (const auto& [name, tensor] : state_dict(module))
    add(name, tensor);
  for (const std::string& name : extra)
    add(name, at::zeros({4, 4}, at::kLong));
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << text << numbers;
}
