#include "core/network/detail/onnx/run_onnx_node.h"

#include "core/network/detail/loading/unknown_operations.h"
#include "core/network/detail/onnx/run_onnx.h"

#include <fmt/format.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

namespace scalescope {

using namespace torch::jit;

static const Symbol run_onnx_kind = Symbol::fromQualString("scalescope::run_onnx");
static const Symbol run_onnx_name = Symbol::attr("operation");

// LibTorch finds it by its name from the first use on.
static void register_run_onnx() {
  static const RegisterOperators registered({Operator(
      "scalescope::run_onnx(str model, int result, Tensor[] inputs) -> Tensor",
      [](Stack& stack) {
        std::vector<at::Tensor> inputs = pop(stack).toTensorVector();
        const std::int64_t result = pop(stack).toInt();
        const IValue model = pop(stack);
        push(stack, run_onnx_operation(model.toStringRef(), result, inputs));
      },
      c10::AliasAnalysisKind::PURE_FUNCTION)});
}

Value* insert_run_onnx(Graph& graph, const std::string& model, std::int64_t result, const std::vector<Value*>& inputs,
                       const std::string& operation) {
  register_run_onnx();
  Value* list = graph.insertNode(graph.createList(TensorType::get(), inputs))->output();
  Node* node =
      graph.insertNode(graph.create(run_onnx_kind, {graph.insertConstant(model), graph.insertConstant(result), list}));
  node->s_(run_onnx_name, operation);
  node->output()->setType(TensorType::get());
  return node->output();
}

bool is_run_onnx(const Node* node) { return node->kind() == run_onnx_kind; }

const Node* first_run_onnx(const Graph& graph) {
  for (const Node* node : graph.nodes())
    if (is_run_onnx(node))
      return node;
  return nullptr;
}

std::string said_of_run_onnx(const Node* node, const std::string& layer) {
  return fmt::format("the operation {} {}", node->s(run_onnx_name), in_layer(layer));
}

} // namespace scalescope
