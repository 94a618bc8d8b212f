#include "core/network/detail/graph/flat_graph.h"

#include "core/base/error.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/in_place.h"
#include "core/network/detail/graph/newer_operations.h"
#include "core/network/detail/graph/rewrites.h"

#include <fmt/format.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/scope.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/loop_unrolling.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole.h>
#include <torch/csrc/jit/passes/remove_dropout.h>
#include <torch/csrc/jit/passes/remove_exceptions.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <algorithm>
#include <map>

namespace scalescope {

using namespace torch::jit;

static const std::string scope_prefix = "module:";

bool has_module_scope(const Node* node) { return node->scopeName().rfind(scope_prefix, 0) == 0; }

namespace {

// Inlines every call of a module's method, and marks each module's output.
void inline_calls(Block* block, Value* self, const std::string& prefix) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node* call = *it++;
    for (Block* inner : call->blocks())
      inline_calls(inner, self, prefix);
    if (call->kind() != prim::CallMethod)
      continue;
    const auto type = call->input(0)->type()->cast<ClassType>();
    if (!type)
      continue;
    const std::string method = call->s(attr::name);
    const std::string path = path_of(call->input(0), self, prefix);
    auto callee = toGraphFunction(*type->findMethod(method)).graph()->copy();
    inline_calls(callee->block(), callee->inputs()[0], path);
    const ScopePtr scope = scope_of_module(path);
    for_each_node(callee->block(), [&](Node* node) {
      if (!has_module_scope(node))
        node->setScope(scope);
    });
    Graph& graph = *block->owningGraph();
    const WithInsertPoint here(call);
    const auto returned = insertGraph(graph, *callee, call->inputs());
    if (type->is_module() && method.rfind("forward", 0) == 0) // traced: forward, forward1, ... for further calls
      if (Value* tensor = first_tensor(graph, returned[0]))
        mark_output(graph, tensor, path);
    for (std::size_t i = 0; i < returned.size(); ++i)
      call->outputs()[i]->replaceAllUsesWith(returned[i]);
    call->destroy();
  }
}

// Nodes that came from functions (torch.nn.functional) take the module of the node before them.
void complete_scopes(Block* block, ScopePtr current) {
  for (Node* node : block->nodes()) {
    if (has_module_scope(node))
      current = node->scope();
    else
      node->setScope(current);
    for (Block* inner : node->blocks())
      complete_scopes(inner, current);
  }
}

// Parameters, buffers and attributes become constants. @param weights if not null, parameters and buffers become
// further inputs of the graph instead, and are listed here.
void insert_constants(Graph& graph, Value* self, const Module& module, std::vector<Weight>* weights) {
  std::map<std::string, Value*> known;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() != prim::GetAttr || node->output()->type()->cast<ClassType>())
      return;
    std::vector<std::string> names;
    const Value* value = node->output();
    for (; value != self && value->node()->kind() == prim::GetAttr; value = value->node()->input(0))
      names.push_back(value->node()->s(attr::name));
    if (value != self)
      return; // an attribute of something that is not a module of ours
    IValue attribute = module._ivalue();
    std::reverse(names.begin(), names.end());
    for (const std::string& name : names)
      attribute = attribute.toObject()->getAttr(name);
    if (attribute.isTensor())
      attribute = attribute.toTensor().detach();
    if (weights != nullptr && attribute.isTensor()) {
      Value*& input = known[fmt::format("{}", fmt::join(names, "."))];
      if (input == nullptr) {
        const TypePtr holder = node->input(0)->type();
        const auto slot = holder->expect<ClassType>()->getAttributeSlot(names.back());
        input = graph.addInput();
        input->setType(TensorType::create(attribute.toTensor())); // its sizes are constants
        weights->push_back({fmt::format("{}", fmt::join(names, ".")), attribute.toTensor(),
                            holder->expect<ClassType>()->is_parameter(slot), input});
      }
      node->output()->replaceAllUsesWith(input);
      return;
    }
    const WithInsertPoint here(node);
    if (const auto constant = tryInsertConstant(graph, attribute))
      node->output()->replaceAllUsesWith(*constant);
  });
}

// The module outputs that the marks speak of. Marks inside a branch that is decided only at run time are dropped:
// whether such a module runs is not known.
std::vector<ModuleOutput> take_marks(Graph& graph) {
  std::vector<ModuleOutput> outputs;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() != prim::Print || !node->hasAttribute(attr::name))
      return;
    if (node->owningBlock() == graph.block()) {
      ModuleOutput output{node->s(attr::name), node->input(0), 1};
      const auto earlier = std::find_if(outputs.begin(), outputs.end(),
                                        [&](const ModuleOutput& other) { return other.module == output.module; });
      if (earlier != outputs.end()) {
        output.calls = earlier->calls + 1;
        outputs.erase(earlier);
      }
      outputs.push_back(output);
    }
    node->destroy();
  });
  return outputs;
}

// Every tensor that the network returns becomes an output of its own. @param names of the outputs, the way to each in
// what the network returns. @return those of the new ones.
std::vector<std::string> take_apart_outputs(Graph& graph, const std::vector<std::string>& names) {
  const WithInsertPoint end(graph.return_node());
  std::vector<HeldTensor> tensors;
  for (std::size_t i = 0; i < graph.outputs().size(); ++i)
    for (HeldTensor& held : tensors_in(graph, graph.outputs()[i]))
      tensors.push_back({join_names(names[i], held.name), held.value});
  while (!graph.outputs().empty())
    graph.eraseOutput(graph.outputs().size() - 1);
  std::vector<std::string> taken;
  for (const HeldTensor& held : tensors) {
    graph.registerOutput(held.value);
    taken.push_back(held.name);
  }
  return taken;
}

// Drops outputs that are no tensors. @throws Error if none is left.
void remove_unfinished(Graph& graph, std::vector<std::string>& names) {
  for (std::size_t i = names.size(); i-- > 0;)
    if (!graph.outputs()[i]->type()->isSubtypeOf(*TensorType::get())) {
      graph.eraseOutput(i);
      names.erase(names.begin() + static_cast<std::ptrdiff_t>(i));
    }
  if (names.empty())
    throw Error("The network returns no tensor, or only in a list or dict that is filled in a way that can't be "
                "followed; export a network that returns its output as a tensor.");
}

// Outputs of modules stay even if they reach no output of the network: they run and can be read.
void remove_dead_code(const FlatGraph& flat) {
  Graph& graph = *flat.graph;
  const std::size_t own = graph.outputs().size();
  for (const ModuleOutput& output : flat.outputs)
    graph.registerOutput(output.value);
  EliminateDeadCode(flat.graph);
  while (graph.outputs().size() > own)
    graph.eraseOutput(graph.outputs().size() - 1);
}

// A trace keeps the mode in which it was made; eval() does not change it.
void check_evaluation_mode(Graph& graph) {
  for_each_node(graph.block(), [](Node* node) {
    const bool is_norm = node->kind() == aten::batch_norm;
    if (!is_norm && node->kind() != aten::dropout && node->kind() != aten::feature_dropout)
      return;
    const auto training = toIValue(node->input(is_norm ? 5 : 2));
    if (training && training->isBool() && training->toBool())
      throw Error(
          fmt::format("The network was exported in training mode ({} in '{}' is active); call model.eval() before "
                      "it is exported.",
                      is_norm ? "batch norm" : "dropout", module_of(node)));
  });
}

} // namespace

std::vector<int> ImageLimits::nearest(int side) const {
  const int least = std::max(1, (least_side + step - 1) / step) * step;
  if (side < least)
    return {least};
  if (most_side > 0 && side > most_side)
    return {most_side / step * step};
  const int below = side / step * step;
  return most_side > 0 && below + step > most_side ? std::vector{below} : std::vector{below, below + step};
}

ScopePtr scope_of_module(const std::string& module) {
  return c10::make_intrusive<Scope>()->push(Symbol::scope(scope_prefix + module));
}

// A mark keeps a module's output through the passes: a prim::Print with the module's name as attribute, which stays in
// place because it has a side effect. take_marks removes the marks.
void mark_output(Graph& graph, Value* tensor, const std::string& module) {
  Node* mark = graph.insertNode(graph.create(prim::Print, {tensor}, 0));
  mark->s_(attr::name, module);
}

Value* marked_output(Graph& graph, const std::string& module) {
  for (Node* node : graph.nodes().reverse())
    if (node->kind() == prim::Print && node->hasAttribute(attr::name) && node->s(attr::name) == module)
      return node->input(0);
  return nullptr;
}

static FlatGraph flatten(const Module& module, std::vector<Weight>* weights) {
  const auto method = module.find_method("forward");
  if (!method)
    throw Error("The archive has no forward method, so there is nothing to run; export the whole network.");
  auto graph = method->graph()->copy();
  if (graph->inputs().size() < 2)
    throw Error("The network's forward takes no image batch; export a network whose forward takes one tensor.");

  const ScopePtr itself = scope_of_module("");
  for_each_node(graph->block(), [&](Node* node) {
    if (!has_module_scope(node))
      node->setScope(itself);
  });
  inline_calls(graph->block(), graph->inputs()[0], "");
  Inline(*graph);
  complete_scopes(graph->block(), itself);
  // Arguments beside the batch take their defaults, or None where it is allowed.
  while (graph->inputs().size() > 2) {
    Value* extra = graph->inputs().back();
    if (extra->hasUses()) {
      const auto& arguments = method->function().getSchema().arguments();
      const std::size_t index = graph->inputs().size() - 1;
      IValue value;
      if (index < arguments.size() && arguments[index].default_value())
        value = *arguments[index].default_value();
      else if (!extra->type()->cast<OptionalType>() && extra->type() != NoneType::get())
        throw Error("The network's forward takes more than one tensor; export a network whose forward takes the image "
                    "batch only.");
      const WithInsertPoint start(graph->block()->nodes().front());
      extra->replaceAllUsesWith(graph->insertConstant(value));
    }
    graph->eraseInput(graph->inputs().size() - 1);
  }
  insert_constants(*graph, graph->inputs()[0], module, weights);
  std::vector<std::string> names = take_apart_outputs(*graph, {""});
  remove_warnings(*graph);
  write_out_attention(*graph);
  // Twice: taking out exceptions (shape checks) makes branches constant, which frees more to fold.
  for (int pass = 0; pass < 2; ++pass) {
    decide_types(*graph);
    ConstantPropagation(graph);
    EliminateExceptions(graph);
    PeepholeOptimize(graph);
    UnrollConstantLoops(graph);
    RemoveListMutation(graph);
    remove_appends(*graph);
    LowerAllTuples(graph);
    EliminateDeadCode(graph);
  }
  check_evaluation_mode(*graph);
  removeDropout(graph);
  number_paddings(*graph);
  restrict_convolutions(*graph);
  simplify_sides(*graph);
  if (graph->inputs()[0]->hasUses())
    throw Error("The network calls a part of itself in a way that can't be followed (an interface or an object that "
                "is not a module); export it with torch.jit.trace.");
  graph->eraseInput(0);
  remove_in_place_operations(graph);
  names = take_apart_outputs(*graph, names); // lists and dicts that grew step by step are whole now
  remove_unfinished(*graph, names);

  FlatGraph flat{graph, take_marks(*graph), std::move(names), {}};
  remove_dead_code(flat);
  return flat;
}

FlatGraph flatten(const Module& module) { return flatten(module, nullptr); }

FlatGraph flatten_with_weights(const Module& module, std::vector<Weight>& weights) { return flatten(module, &weights); }

void keep_output(FlatGraph& flat, std::size_t index) {
  Value* kept = flat.graph->outputs()[index];
  while (!flat.graph->outputs().empty())
    flat.graph->eraseOutput(flat.graph->outputs().size() - 1);
  flat.graph->registerOutput(kept);
  flat.output_names = {flat.output_names[index]};
}

std::string module_of(const Node* node) {
  const std::string scope = node->scopeName();
  return scope.rfind(scope_prefix, 0) == 0 ? scope.substr(scope_prefix.size()) : std::string();
}

} // namespace scalescope
