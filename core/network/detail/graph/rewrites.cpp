#include "core/network/detail/graph/rewrites.h"

#include "core/network/detail/graph/graph_walk.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace scalescope {

using namespace torch::jit;

namespace {

// list.append(tensor), list += [tensor, ...], list.extend([tensor, ...]).
bool grows(const Node* node) {
  const bool joins =
      node->kind() == Symbol::fromQualString("aten::add_") || node->kind() == Symbol::fromQualString("aten::extend");
  return (node->kind() == aten::append || (joins && node->input(1)->node()->kind() == prim::ListConstruct)) &&
         node->input(0)->node()->kind() == prim::ListConstruct;
}

void remove_appends(Block* block) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node* append = *it++;
    for (Block* inner : append->blocks())
      remove_appends(inner);
    if (!grows(append) || append->input(0)->node()->owningBlock() != block)
      continue;
    Value* list = append->input(0);
    // Whoever keeps the list itself would see it grow.
    const bool is_kept = std::any_of(list->uses().begin(), list->uses().end(), [&](const Use& use) {
      return use.user->maybeSchema() == nullptr ||
             (writes_to(use.user, use.offset) && !(grows(use.user) && use.offset == 0)) ||
             use.user->owningBlock() != block;
    });
    if (is_kept)
      continue;
    std::vector<Value*> elements(list->node()->inputs().begin(), list->node()->inputs().end());
    if (append->kind() == aten::append)
      elements.push_back(append->input(1));
    else
      elements.insert(elements.end(), append->input(1)->node()->inputs().begin(),
                      append->input(1)->node()->inputs().end());
    Graph& graph = *block->owningGraph();
    const auto type = list->type()->expectRef<ListType>().getElementType();
    Value* grown = graph.createList(type, elements)->insertBefore(append)->output();
    if (!append->outputs().empty())
      append->output()->replaceAllUsesWith(grown);
    list->replaceAllUsesAfterNodeWith(append, grown);
    append->destroy();
  }
}

} // namespace

void remove_warnings(Graph& graph) {
  for_each_node(graph.block(), [](Node* node) {
    if (node->kind() == aten::warn)
      node->destroy();
  });
}

void decide_types(Graph& graph) {
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() != prim::isinstance)
      return;
    const TypePtr type = node->input()->type();
    const auto& asked = node->tys(attr::types);
    const bool is_one =
        std::any_of(asked.begin(), asked.end(), [&](const TypePtr& t) { return type->isSubtypeOf(*t); });
    const bool may_be_one =
        type->kind() == TypeKind::AnyType || type->kind() == TypeKind::UnionType ||
        type->kind() == TypeKind::OptionalType ||
        std::any_of(asked.begin(), asked.end(), [&](const TypePtr& t) { return t->isSubtypeOf(*type); });
    if (!is_one && may_be_one)
      return;
    const WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(graph.insertConstant(is_one));
  });
}

void remove_appends(Graph& graph) { remove_appends(graph.block()); }

void number_paddings(Graph& graph) {
  for_each_node(graph.block(), [&](Node* node) {
    const bool by_mode = node->kind() == Symbol::fromQualString("aten::_convolution_mode"); // what a trace holds
    if (!by_mode && node->kind() != aten::conv2d)
      return;
    const auto padding = toIValue(node->input(4));
    const auto weight = toIValue(node->input(1));
    const auto dilation = toIValue(node->input(5));
    if (!padding || !padding->isString() || !weight || !weight->isTensor() || weight->toTensor().dim() != 4 ||
        !dilation)
      return;
    std::vector<std::int64_t> numbers{0, 0};
    if (padding->toStringRef() == "same")
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const auto steps = dilation->toIntVector();
        const auto all =
            steps[steps.size() == 2 ? axis : 0] * (weight->toTensor().size(2 + static_cast<int>(axis)) - 1);
        if (all % 2 != 0)
          return;
        numbers[axis] = all / 2;
      }
    const WithInsertPoint here(node);
    Value* by_number = graph.insertConstant(numbers);
    Node* numbered = by_mode ? node->replaceWithNewSymbol(aten::conv2d) : node;
    numbered->replaceInput(4, by_number);
    if (by_mode)
      node->destroy();
  });
}

void restrict_convolutions(Graph& graph) {
  // The last inputs of aten::_convolution: benchmark, deterministic, cudnn_enabled, allow_tf32 (since LibTorch 1.7).
  constexpr std::size_t first = 9;
  constexpr std::array allowed{false, true, true, false};
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() != aten::_convolution)
      return;
    const WithInsertPoint here(node);
    for (std::size_t i = first; i < node->inputs().size(); ++i)
      node->replaceInput(i, graph.insertConstant(allowed.at(i - first)));
  });
}

void simplify_sides(Graph& graph) {
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == prim::ListUnpack) {
      Node* list = node->input()->node();
      std::int64_t first = 0;
      if (list->kind() == aten::slice) {
        const auto start = toIValue(list->input(1));
        const auto step = toIValue(list->input(3));
        if (!start || !start->isInt() || start->toInt() != -static_cast<std::int64_t>(node->outputs().size()) ||
            !step || step->toInt() != 1)
          return;
        first = start->toInt();
        list = list->input(0)->node();
      }
      if (list->kind() != aten::size || list->inputs().size() != 1)
        return;
      const WithInsertPoint here(list); // later the tensor may have another shape
      for (std::size_t i = 0; i < node->outputs().size(); ++i)
        node->outputs()[i]->replaceAllUsesWith(
            graph.insert(aten::size, {list->input(0), first + static_cast<std::int64_t>(i)}));
    } else if (node->kind() == aten::ceil && node->output()->type() == IntType::get() &&
               node->input()->node()->kind() == aten::div) {
      Value* above = node->input()->node()->input(0);
      Value* below = node->input()->node()->input(1);
      const auto divisor = toIValue(below);
      if (above->type() != IntType::get() || !divisor || !divisor->isInt() || divisor->toInt() <= 0)
        return;
      const WithInsertPoint here(node);
      Value* less = graph.insert(aten::sub, {below, 1});
      node->output()->replaceAllUsesWith(graph.insert(aten::floordiv, {graph.insert(aten::add, {above, less}), below}));
    }
  });
}

} // namespace scalescope
