#include "tests/core/network/write_onnx_torch.h"

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/loading/model_file.h"
#include "core/network/detail/onnx/check_onnx.h"
#include "core/network/detail/onnx/onnx.pb.h"
#include "core/network/detail/onnx/write_onnx.h"

#include <torch/csrc/jit/runtime/interpreter.h>

#include <fstream>
#include <stdexcept>

namespace written {

using namespace scalescope;

namespace {

struct Opened {
  FlatGraph flat;
  OnnxSettings settings;
};

Opened open(const Network& network) {
  torch::jit::Module module("Network");
  at::manual_seed(1);
  for (const auto& [name, sizes] : network.weights)
    module.register_parameter(name, at::rand(std::vector<std::int64_t>(sizes.begin(), sizes.end())) - 0.3, false);
  std::string code = "def forward(self, x):\n";
  for (std::size_t begin = 0; begin < network.code.size();) {
    const std::size_t end = std::min(network.code.find('\n', begin), network.code.size());
    code += "  " + network.code.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  module.define(code);
  module.eval();
  Opened opened{flatten(module), {}};
  opened.flat.limits = {
      .most_images = network.most_images, .least_side = network.only_side, .most_side = network.only_side};
  opened.settings = {.weights = named_weights(module), .side = network.side, .form = {.channels = network.channels}};
  opened.settings.provenance = R"({"source": "a test"})";
  return opened;
}

Opened open(const BuiltIn& network) {
  ModelSource source;
  source.architecture = network.architecture;
  source.random_weights = true;
  source.seed = 4;
  const LoadedModel loaded = load_model(source);
  Opened opened{flatten(loaded), {.weights = named_weights(loaded.module), .side = network.side}};
  for (const ModuleOutput& output : opened.flat.outputs)
    if (output.module == network.module && !network.module.empty()) {
      while (!opened.flat.graph->outputs().empty())
        opened.flat.graph->eraseOutput(opened.flat.graph->outputs().size() - 1);
      opened.flat.graph->registerOutput(output.value);
      opened.flat.output_names = {""};
    }
  return opened;
}

at::Tensor images_for(const Opened& opened, int n, int height, int width) {
  at::manual_seed(2);
  return at::randn({n, opened.settings.form.channels, height, width});
}

void write(const Opened& opened, const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::vector<int>>& batches) {
  std::ofstream(folder / (name + ".onnx"), std::ios::binary) << write_onnx(opened.flat, opened.settings);
  std::ofstream raw(folder / (name + ".raw"), std::ios::binary);
  const auto numbers = [&](const void* data, std::size_t bytes) {
    raw.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  };
  for (const auto& batch : batches) {
    const at::Tensor images = images_for(opened, batch[0], batch[1], batch[2]);
    torch::jit::Stack stack{images};
    torch::jit::InterpreterState(torch::jit::Code(opened.flat.graph, "test")).run(stack);
    const at::Tensor output = stack[0].toTensor().to(at::kFloat).contiguous();
    const std::int64_t ranks[] = {images.dim(), output.dim()};
    numbers(ranks, sizeof ranks);
    for (const at::Tensor& one : {images, output})
      numbers(one.sizes().data(), one.sizes().size() * sizeof(std::int64_t));
    for (const at::Tensor& one : {images, output})
      numbers(one.data_ptr<float>(), one.nbytes());
  }
}

std::optional<double> difference(const Opened& opened, int n, int height, int width) {
  return onnx_difference(write_onnx(opened.flat, opened.settings), opened.flat, images_for(opened, n, height, width));
}

std::vector<std::string> sides_of(const onnx::ValueInfoProto& value) {
  std::vector<std::string> sides;
  for (const auto& one : value.type().tensor_type().shape().dim())
    sides.push_back(one.has_dim_value() ? std::to_string(one.dim_value()) : one.dim_param());
  return sides;
}

} // namespace

std::string onnx_of(const Network& network) {
  const Opened opened = open(network);
  return write_onnx(opened.flat, opened.settings);
}
std::optional<double> difference(const Network& network, int n, int height, int width) {
  return difference(open(network), n, height, width);
}
void write(const Network& network, const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::vector<int>>& batches) {
  write(open(network), folder, name, batches);
}
std::string onnx_of(const BuiltIn& network) {
  const Opened opened = open(network);
  return write_onnx(opened.flat, opened.settings);
}
std::optional<double> difference(const BuiltIn& network, int n, int height, int width) {
  return difference(open(network), n, height, width);
}
void write(const BuiltIn& network, const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::vector<int>>& batches) {
  write(open(network), folder, name, batches);
}

Contents contents(const std::string& bytes) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes))
    throw std::runtime_error("the bytes are no ModelProto");
  Contents found;
  found.ir_version = model.ir_version();
  found.operator_set = model.opset_import(0).version();
  found.producer = model.producer_name();
  for (const auto& entry : model.metadata_props())
    if (entry.key() == "scalescope")
      found.provenance = entry.value();
  const onnx::GraphProto& graph = model.graph();
  found.input = sides_of(graph.input(0));
  found.output = sides_of(graph.output(0));
  for (const auto& output : graph.output())
    found.output_names.push_back(output.name());
  for (const auto& node : graph.node()) {
    found.nodes.push_back(node.name());
    found.kinds.push_back(node.op_type());
  }
  for (const auto& weight : graph.initializer())
    found.weights.push_back(weight.name());
  return found;
}

} // namespace written
