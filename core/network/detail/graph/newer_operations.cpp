#include "core/network/detail/graph/newer_operations.h"

#include "core/network/detail/graph/graph_walk.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/scope.h>
#include <torch/jit.h>
#include <torch/library.h>
#include <torch/script.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace scalescope {

using namespace torch::jit;

namespace {

// As torch.nn.functional documents them. 11 is torch.bool. A row that a mask hides altogether gives 0, as in PyTorch
// since 2.5. A branch that is decided at run time would keep OpenVINO from running a network, so what is known of the
// mask comes as constants: whether it is boolean (else its type is asked for), and whether it is a constant.
constexpr const char* definitions = R"(
def attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor], dropout_p: float,
              is_causal: bool, scale: Optional[float], enable_gqa: bool, boolean: bool, constant: bool) -> Tensor:
    if scale is None:
        query = query * query.size(-1) ** -0.5
    else:
        query = query * scale
    if enable_gqa:
        groups = query.size(-3) // key.size(-3)
        key = torch.repeat_interleave(key, groups, -3)
        value = torch.repeat_interleave(value, groups, -3)
    weights = torch.matmul(query, torch.transpose(key, -2, -1))
    if is_causal:
        seen = torch.tril(torch.ones([query.size(-2), key.size(-2)], dtype=11, device=query.device))
        weights = torch.masked_fill(weights, torch.logical_not(seen), float("-inf"))
    if attn_mask is None:
        weights = torch.softmax(weights, -1)
    else:
        if boolean or attn_mask.dtype == 11:
            hidden = torch.logical_not(attn_mask)
            weights = torch.masked_fill(weights, hidden, float("-inf"))
        else:
            hidden = torch.eq(attn_mask, float("-inf"))
            weights = weights + attn_mask
        weights = torch.softmax(weights, -1)
        nothing_seen = torch.all(hidden, -1, True)
        if not constant or bool(torch.any(nothing_seen)):
            weights = torch.masked_fill(weights, nothing_seen, 0.)
    if dropout_p > 0.:
        weights = torch.dropout(weights, dropout_p, True)
    return torch.matmul(weights, value)

def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor],
                                 dropout_p: float, is_causal: bool, scale: Optional[float],
                                 enable_gqa: bool) -> Tensor:
    return attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa, False, True)

def self_attention(query: Tensor, num_head: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor,
                   proj_bias: Tensor, average: bool) -> Tuple[Tensor, Tensor]:
    images = query.size(0)
    tokens = query.size(1)
    width = query.size(2)
    qkv = torch.linear(query, qkv_weight, qkv_bias)
    parts = torch.permute(torch.reshape(qkv, [images, tokens, 3, num_head, width // num_head]), [2, 0, 3, 1, 4])
    q = torch.select(parts, 0, 0) * (width // num_head) ** -0.5
    weights = torch.softmax(torch.matmul(q, torch.transpose(torch.select(parts, 0, 1), -2, -1)), -1)
    heads = torch.matmul(weights, torch.select(parts, 0, 2))
    joined = torch.reshape(torch.transpose(heads, 1, 2), [images, tokens, width])
    if average:
        weights = torch.mean(weights, [1])
    return torch.linear(joined, proj_weight, proj_bias), weights

def rms_norm(input: Tensor, normalized_shape: List[int], weight: Optional[Tensor], eps: Optional[float]) -> Tensor:
    least = 1.1920928955078125e-07
    if eps is not None:
        least = eps
    if len(normalized_shape) == 1:
        squares = torch.mean(input * input, [-1], True)
    else:
        dims: List[int] = []
        for i in range(len(normalized_shape)):
            dims.append(-1 - i)
        squares = torch.mean(input * input, dims, True)
    normed = input * torch.rsqrt(squares + least)
    if weight is not None:
        normed = normed * weight
    return normed
)";

const CompilationUnit& compiled() {
  static const auto unit = torch::jit::compile(definitions);
  return *unit;
}

// Runs an operation that this LibTorch lacks; its arguments lie on the stack in the order of the schema.
void run_definition(const c10::OperatorHandle& operation, Stack* stack) {
  compiled().find_function(c10::QualifiedName(operation.schema().name().substr(6)))->run(*stack);
}

// A function in place of a node, whose results are those of the node.
void put(Node* node, const char* function, std::vector<Value*> inputs) {
  Graph& graph = *node->owningGraph();
  auto body = toGraphFunction(*compiled().find_function(c10::QualifiedName(function))).graph()->copy();
  for_each_node(body->block(), [&](Node* inner) { inner->setScope(node->scope()); });
  const WithInsertPoint here(node);
  std::vector<Value*> results = insertGraph(graph, *body, inputs);
  if (node->outputs().size() > 1)
    results = graph.insertNode(graph.createTupleUnpack(results[0]))->outputs().vec();
  for (std::size_t i = 0; i < node->outputs().size(); ++i)
    node->outputs()[i]->replaceAllUsesWith(results[i]);
  node->destroy();
}

// What nn.MultiheadAttention calls in evaluation. Attention to other tokens, and masks, stay as they are.
void write_out_multi_head(Node* node) {
  const Value* mask = node->input(9);
  if (node->input(0) != node->input(1) || node->input(0) != node->input(2) ||
      !(mask->type()->kind() == c10::TypeKind::NoneType || mask->mustBeNone()))
    return;
  put(node, "self_attention",
      {node->input(0), node->input(4), node->input(5), node->input(6), node->input(7), node->input(8),
       node->input(11)});
}

// Whether a mask is boolean for certain.
bool is_boolean(const Value* mask) {
  static const std::set<std::string> compares = {
      "aten::gt",       "aten::lt",       "aten::ge",          "aten::le",         "aten::eq",         "aten::ne",
      "aten::isneginf", "aten::isfinite", "aten::logical_not", "aten::logical_or", "aten::logical_and"};
  static const std::set<std::string> keeps = {"aten::unsqueeze", "aten::squeeze",    "aten::slice",
                                              "aten::select",    "aten::expand",     "aten::reshape",
                                              "aten::view",      "aten::transpose",  "aten::permute",
                                              "aten::expand_as", "aten::contiguous", "aten::bitwise_not"};
  const Node* node = mask->node();
  for (; keeps.contains(node->kind().toQualString()); node = node->input(0)->node()) {
  }
  return compares.contains(node->kind().toQualString());
}

// The arguments of the definition `attention`.
std::vector<Value*> inputs_of_attention(Node* node) {
  Graph& graph = *node->owningGraph();
  const WithInsertPoint here(node);
  constexpr std::size_t most = 10;
  std::vector<Value*> inputs;
  inputs.reserve(most);
  for (Value* input : node->inputs())
    inputs.push_back(input);
  if (inputs.size() == 6) // LibTorch 2.0 has no scale,
    inputs.push_back(graph.insertConstant(c10::IValue()));
  if (inputs.size() == 7) // and up to 2.4 no groups
    inputs.push_back(graph.insertConstant(false));
  const Value* mask = node->input(3);
  inputs.push_back(graph.insertConstant(is_boolean(mask)));
  inputs.push_back(graph.insertConstant(mask->node()->kind() == prim::Constant));
  return inputs;
}

} // namespace

void register_newer_operations() {
  static const auto registered = [] {
    auto library = std::make_unique<torch::Library>(torch::Library::FRAGMENT, "aten", c10::nullopt, __FILE__, __LINE__);
    for (const char* schema :
         {"scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float "
          "dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
          "rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor"}) {
      const std::string name = std::string("aten::") + std::string(schema).substr(0, std::string(schema).find('('));
      if (!c10::Dispatcher::singleton().findSchema({name, ""}))
        library->def(torch::schema(schema, c10::AliasAnalysisKind::FROM_SCHEMA),
                     torch::CppFunction::makeFromBoxedFunction<&run_definition>());
    }
    return library;
  }();
}

void write_out_attention(Graph& graph) {
  for_each_node(graph.block(), [](Node* node) {
    const std::string operation = node->kind().toQualString();
    if (operation == "aten::_native_multi_head_attention")
      write_out_multi_head(node);
    else if (operation == "aten::rms_norm")
      put(node, "rms_norm", node->inputs().vec());
    else if (operation == "aten::scaled_dot_product_attention")
      put(node, "attention", inputs_of_attention(node));
  });
}

} // namespace scalescope
