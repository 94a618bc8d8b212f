#include "tests/core/network/onnx_torch.h"

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/onnx/onnx.pb.h"
#include "core/network/detail/onnx/read_onnx.h"

#include <torch/csrc/jit/runtime/interpreter.h>

#include <fstream>
#include <set>

using namespace scalescope;

OnnxRun run_onnx(const std::string& file, const std::vector<float>& images, const std::vector<std::int64_t>& shape) {
  const torch::NoGradGuard no_grad;
  OnnxRun run;
  try {
    const ExportedProgram program = read_onnx(file);
    if (program.ends_early) { // it would run, but return something else
      run.error = program.notes.back();
      return run;
    }
    const FlatGraph flat = flatten(program.module);
    torch::jit::Stack stack{at::tensor(images).reshape(shape)};
    torch::jit::InterpreterState(torch::jit::Code(flat.graph, "")).run(stack);
    const at::Tensor output = stack.at(0).toTensor();
    run.shape = output.sizes().vec();
    const at::Tensor values = output.to(at::kFloat).contiguous();
    run.values.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  } catch (const std::exception& e) {
    run.error = e.what();
  }
  return run;
}

std::vector<std::string> onnx_operations(const std::string& file) {
  std::set<std::string> names;
  const FlatGraph flat = flatten(read_onnx(file).module);
  for (const torch::jit::Node* node : flat.graph->nodes())
    names.insert(node->kind().toQualString());
  return {names.begin(), names.end()};
}

void write_chain(const std::string& file, int operations) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  onnx::GraphProto& graph = *model.mutable_graph();
  const auto named = [](onnx::ValueInfoProto& value, const std::string& name) -> onnx::TypeProto::Tensor& {
    value.set_name(name);
    return *value.mutable_type()->mutable_tensor_type();
  };
  onnx::TypeProto::Tensor& images = named(*graph.add_input(), "0");
  images.set_elem_type(onnx::TensorProto::FLOAT);
  for (const int side : {1, 3, 6, 6})
    images.mutable_shape()->add_dim()->set_dim_value(side);
  for (int i = 0; i < operations; ++i) {
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type("Relu");
    node.add_input(std::to_string(i));
    node.add_output(std::to_string(i + 1));
  }
  named(*graph.add_output(), std::to_string(operations)).set_elem_type(onnx::TensorProto::FLOAT);
  std::ofstream out(file, std::ios::binary);
  model.SerializeToOstream(&out);
}
