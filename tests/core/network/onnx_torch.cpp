#include "tests/core/network/onnx_torch.h"

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/onnx/read_onnx.h"

#include <torch/csrc/jit/runtime/interpreter.h>

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
