#include "core/network/detail/truncation/truncated_module.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/network/detail/architectures/module_builder.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/input_form.h"
#include "core/network/detail/graph/pooling.h"
#include "core/network/detail/loading/model_file.h"
#include "core/network/detail/onnx/check_onnx.h"
#include "core/network/detail/onnx/run_onnx_node.h"
#include "core/network/detail/onnx/write_onnx.h"
#include "core/network/detail/truncation/layer_call.h"
#include "core/network/detail/truncation/needed_nodes.h"
#include "core/network/detail/truncation/rebuild_module.h"
#include "core/network/detail/writing/write_exported_program.h"
#include "core/network/detail/writing/write_folder.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <optional>
#include <sstream>

namespace scalescope {
namespace {

using namespace torch::jit;

// What the layer returns (its first tensor), with its call at the top of the graph; null if it can't be found.
Value* output_of(Graph& graph, const Module& module, const std::string& layer) {
  if (layer.empty()) {
    const WithInsertPoint end(graph.return_node());
    return first_tensor(graph, graph.outputs()[0]);
  }
  if (Value* marked = marked_output(graph, layer); marked != nullptr)
    return marked;
  Node* call = bring_up_call(graph, module, layer);
  if (call == nullptr)
    return nullptr;
  const WithInsertPoint behind(call->next());
  return first_tensor(graph, call->output());
}

// Reduces a forward to the part that leads to the layer; its output is the layer's tensor.
void cut_behind(Graph& graph, const Module& module, const std::string& layer) {
  Value* output = output_of(graph, module, layer);
  if (output == nullptr)
    throw Error(fmt::format("The network calls its layer '{}' in a loop, or in a branch that is decided only at run "
                            "time, so it can't be pruned there; export it with torch.jit.trace.",
                            layer));
  while (!graph.outputs().empty())
    graph.eraseOutput(graph.outputs().size() - 1);
  graph.registerOutput(output);
  // Not left to remove_unneeded_nodes: an operation in place behind the layer would count as one on its output.
  while (graph.return_node()->prev() != output->node())
    graph.return_node()->prev()->destroy();
  settle_branches(graph, module);
  remove_unneeded_nodes(graph);
}

void pool(Graph& graph, const Pooling& pooling) {
  const WithInsertPoint end(graph.return_node());
  graph.return_node()->replaceInput(0, insert_pooling(graph, graph.outputs()[0], pooling));
}

// The name of a new submodule, which no other attribute has.
std::string free_name(const Module& module, std::string name) {
  while (module.hasattr(name))
    name += '_';
  return name;
}

Module linear_layer(const LinearReadout& readout) {
  const auto channels = static_cast<std::int64_t>(readout.weights.size());
  Module layer = ModuleBuilder(ModuleBuilder::Kind::runnable).linear(channels, 1);
  const torch::NoGradGuard no_gradients;
  const auto doubles = at::tensor(readout.weights, at::kDouble);
  layer.attr("weight").toTensor().copy_(doubles.view({1, channels}));
  layer.attr("bias").toTensor().fill_(readout.intercept);
  return layer;
}

// Reads an attribute of the module itself.
Value* insert_attribute(Graph& graph, const std::string& name, const c10::TypePtr& type) {
  Node* itself = graph.insertNode(graph.create(prim::GetAttr, {graph.inputs()[0]}));
  return itself->s_(attr::name, name)->output()->setType(type);
}

// Calls a submodule on the output.
void append(Graph& graph, const std::string& name, const Module& layer) {
  const WithInsertPoint end(graph.return_node());
  Value* itself = insert_attribute(graph, name, layer.type());
  Node* call = graph.insertNode(graph.create(prim::CallMethod, {itself, graph.outputs()[0]}));
  call->s_(attr::name, "forward")->output()->setType(TensorType::get());
  graph.return_node()->replaceInput(0, call->output());
}

// Clips the output to the range, whose ends become buffers: they move to a GPU with the network.
void clip(Module& module, Graph& graph, const std::string& name, const LinearReadout& readout) {
  const WithInsertPoint end(graph.return_node());
  const auto bound = [&](const char* which, const std::vector<float>& values, c10::Symbol operation) {
    const std::string buffer = free_name(module, name + which);
    module.register_buffer(buffer, at::tensor(values));
    graph.return_node()->replaceInput(
        0, graph.insert(operation, {graph.outputs()[0], insert_attribute(graph, buffer, TensorType::get())}));
  };
  bound("_minimum", readout.least, aten::maximum);
  bound("_maximum", readout.largest, aten::minimum);
}

std::string parent_of(const std::string& layer) {
  const auto dot = layer.rfind('.');
  return dot == std::string::npos ? std::string() : layer.substr(0, dot);
}

} // namespace

Cut cut_of(const Truncation& truncation) {
  Cut cut{truncation.layer.name, {}, truncation.readout};
  if (truncation.reduction == Reduction::Pooled)
    cut.pooling = pooling_of(truncation.layer, truncation.tokens);
  return cut;
}

TruncatedModule truncated_module(const Module& original, const Cut& cut) {
  const auto forward = original.get_method("forward").graph()->copy();
  cut_behind(*forward, original, cut.layer);
  if (const Node* node = first_run_onnx(*forward))
    throw Error(fmt::format("The layer '{}' needs {}, which only OpenVINO runs, so the network can't be pruned or "
                            "trained there; choose a layer before it.",
                            cut.layer, said_of_run_onnx(node, module_of(node))));
  if (cut.pooling)
    pool(*forward, *cut.pooling);
  TruncatedModule made{
      rebuild_module(original, forward, parent_of(cut.layer)), {}, original._ivalue()->compilation_unit()};
  if (cut.readout) {
    made.readout = free_name(original, "scale");
    if (!cut.readout->least.empty())
      clip(made.module, *forward, made.readout, *cut.readout);
    const Module readout = linear_layer(*cut.readout);
    made.module.register_module(made.readout, readout);
    append(*forward, made.readout, readout);
  }
  return made;
}

std::string archive_of(const Module& module, Provenance provenance) {
  provenance.scalescope = scalescope_version();
  provenance.libtorch = libtorch_version();
  std::ostringstream archive;
  module.save(archive, {{provenance_file, to_json(provenance)}});
  return std::move(archive).str();
}

// Makes values of a graph pass that were rounded to steps. @return whether there were any.
static bool remove_rounding(Graph& graph) {
  bool any = false;
  for (auto node = graph.nodes().begin(); node != graph.nodes().end();) {
    Node* one = *node++;
    if (one->kind() != aten::round || !one->output()->type()->isSubtypeOf(*TensorType::get()))
      continue;
    one->output()->replaceAllUsesWith(one->input(0));
    one->destroy();
    any = true;
  }
  return any;
}

// Written and run once.
static std::string onnx_of(const Module& part, const InputForm& form, Provenance provenance) {
  provenance.scalescope = scalescope_version();
  provenance.libtorch = libtorch_version();
  FlatGraph flat = flatten(part);
  keep_output(flat, 0);
  const int side = provenance.input_size;
  const OnnxSettings settings{
      .weights = named_weights(part), .side = side, .form = form, .provenance = to_json(provenance)};
  std::string bytes = write_onnx(flat, settings);
  at::Generator generator = at::detail::createCPUGenerator(1);
  const at::Tensor images = as_taken(at::randn({2, 3, side, side}, generator), form);
  constexpr double tolerance = 1e-3;
  std::optional<double> difference = onnx_difference(bytes, flat, images);
  // In a quantised network the last digit decides to which of two steps a value is rounded, and a few layers on all
  // differ. So the rounding is left out on both sides; all else is compared.
  if (difference && remove_rounding(*flat.graph))
    difference = onnx_difference(write_onnx(flat, settings), flat, images);
  if (difference && !(*difference <= tolerance))
    throw Error(fmt::format("OpenVINO computes something else with the ONNX file than LibTorch with the network (a "
                            "relative difference of {:.1e}), so nothing was written; choose another --format.",
                            *difference));
  return bytes;
}

std::string truncated_archive(const ModelSource& source, const Truncation& cut, Provenance provenance,
                              const WriteAs& how) {
  const LoadedModel loaded = load_module(source);
  const Module part = truncated_module(loaded.module, cut_of(cut)).module;
  if (how.format == NetworkFormat::TorchScript)
    return archive_of(part, std::move(provenance));
  if (how.format == NetworkFormat::Onnx)
    return onnx_of(part, how.form, std::move(provenance));
  return write_exported_program(part,
                                {.side = provenance.input_size,
                                 .channels = how.form.channels,
                                 .channels_last = how.form.channels_last,
                                 .most_images = loaded.limits.most_images},
                                std::move(provenance));
}

FolderFiles truncated_folder(const ModelSource& source, const Truncation& cut, Provenance provenance) {
  return write_folder(load_module(source), cut, std::move(provenance));
}

void check_folder_format(const std::string& name, const std::string& architecture) {
  if (architecture.empty())
    throw Error(fmt::format("{} can't be written as a folder, because its architecture is not one that ScaleScope "
                            "knows, and Python needs that to build it; choose --format torchscript, pt2 or onnx.",
                            name));
}

} // namespace scalescope
