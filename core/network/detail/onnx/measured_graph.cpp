#include "core/network/detail/onnx/measured_graph.h"

#include "core/base/error.h"
#include "core/network/detail/graph/graph_run.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace scalescope::to_onnx {
namespace {

using namespace torch::jit;

// Their results depend on the shape and type of the first input only, beside the other inputs.
bool reads_shape_only(const Node* node) {
  static const std::set<std::string> kinds = {
      "aten::size",      "aten::dim",      "aten::len",       "aten::numel",      "aten::stride",
      "prim::dtype",     "prim::device",   "prim::layout",    "prim::is_cuda",    "aten::is_floating_point",
      "aten::ones_like", "aten::new_ones", "aten::new_full",  "aten::zeros_like", "aten::new_zeros",
      "aten::full_like", "aten::sym_size", "prim::is_nested", "aten::is_complex"};
  return kinds.count(node->kind().toQualString()) != 0;
}

bool is_whole(const at::Tensor& tensor) { return tensor.dim() == 0 && at::isIntegralType(tensor.scalar_type(), false); }

bool any_varies(const TensorFacts& tensor) {
  return std::any_of(tensor.sizes.begin(), tensor.sizes.end(),
                     [&](const Sizes& one) { return one != tensor.sizes[0]; });
}

void note(TensorFacts& facts, const at::Tensor& tensor) {
  facts.type = tensor.scalar_type();
  facts.sizes.push_back(tensor.sizes().vec());
}

} // namespace

bool Extent::varies() const {
  return std::any_of(in_runs.begin(), in_runs.end(), [&](std::int64_t one) { return one != in_runs[0]; });
}

MeasuredGraph::MeasuredGraph(const FlatGraph& flat, const InputForm& form, int side) : flat_(flat), form_(form) {
  const torch::NoGradGuard no_gradients;
  const Graph& graph = *flat.graph;
  for (const Value* output : graph.outputs())
    needed_.insert(output->node());
  find_needed(graph.block());
  of_pixels_.insert(graph.inputs()[0]);

  const ImageLimits& limits = flat.limits;
  const std::int64_t n = limits.most_images != 1 && run(2, side, side) ? 2 : 1;
  if (n == 1)
    (void)run(1, side, side);
  if (images_.empty())
    throw Error(fmt::format("The network can't run on an empty image of {0} x {0} pixels, so it can't be written as "
                            "ONNX; give the size that it takes with --input-size.",
                            side));
  if (n == 2 && (limits.most_images == 0 || limits.most_images >= 3))
    (void)run(3, side, side);
  // Odd first: a padding that is zero for even sides is not zero for these.
  for (const int other : {side + side / 2 + 5, side + side / 2, 2 * side, side + 32, side / 2}) {
    if (!limits.takes(other) || other == side || !run(n, other, other))
      continue;
    takes_oblong_ = run(n, other, side);
    break;
  }
  settle(graph.block());
}

// Backwards, from the nodes that are needed already.
void MeasuredGraph::find_needed(const Block* block) {
  const auto nodes = block->nodes();
  for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
    const Node* node = *it;
    if (needed_.count(node) == 0)
      continue;
    for (const Value* input : node->inputs())
      needed_.insert(input->node());
    for (const Block* inner : node->blocks()) {
      for (const Value* output : inner->outputs())
        needed_.insert(output->node());
      find_needed(inner);
    }
  }
}

// @return whether the graph takes such images.
bool MeasuredGraph::run(std::int64_t n, int height, int width) {
  const Sizes sizes =
      form_.channels_last ? Sizes{n, height, width, form_.channels} : Sizes{n, form_.channels, height, width};
  std::map<const Value*, Facts> facts = facts_;
  const auto keep = [&](const Value* value, const c10::IValue& now) {
    const Node* node = value->node();
    const auto depends = [&](const Value* input) { return of_pixels_.count(input) != 0; };
    const auto inputs = node->inputs();
    bool of_pixels = value == flat_.graph->inputs()[0] ||
                     std::any_of(inputs.begin() + (reads_shape_only(node) ? 1 : 0), inputs.end(), depends);
    if (node->kind() == prim::If)
      for (const Block* inner : node->blocks())
        of_pixels |= std::any_of(inner->outputs().begin(), inner->outputs().end(), depends);
    if (of_pixels)
      of_pixels_.insert(value);
    Facts& known = facts[value];
    known.of_pixels = of_pixels;
    if (now.isTensor() && now.toTensor().defined()) {
      if (!known.tensor)
        known.tensor.emplace();
      note(*known.tensor, now.toTensor());
      if (!of_pixels && is_whole(now.toTensor()))
        known.numbers.push_back(now.toTensor().item<std::int64_t>());
    } else if (now.isTensorList()) {
      const auto list = now.toTensorVector();
      known.list.resize(list.size());
      for (std::size_t i = 0; i < list.size(); ++i)
        note(known.list[i], list[i]);
    } else if (now.isInt() && !of_pixels) {
      known.numbers.push_back(now.toInt());
    }
    if (!of_pixels && known.constant.isNone())
      known.constant = now;
  };
  try {
    run_by_nodes(*flat_.graph, {at::zeros(sizes)}, keep, [&](const Node* node) { return needs(node); });
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) { // it takes no such images
    return false;
  }
  facts_ = std::move(facts);
  images_.push_back(sizes);
  return true;
}

// What varies: the images, sides of tensors that were not the same in all runs, and what is computed from them. Numbers
// that happened to be the same in all runs (a padding of 0) vary too.
void MeasuredGraph::settle(const Block* block) {
  const auto varies = [&](const Value* value) { return facts_.at(value).varies; };
  for (const Node* node : block->nodes()) {
    if (!needs(node))
      continue;
    const auto inputs = node->inputs();
    bool any = false;
    if (node->kind() == prim::If && facts_.count(node->output(0)) != 0) {
      if (const Block* taken = branch_of(node)) {
        settle(taken);
        for (std::size_t i = 0; i < node->outputs().size(); ++i)
          facts_.at(node->output(i)).varies = varies(taken->outputs()[i]);
        continue;
      }
      any = true;
    } else if (reads_shape_only(node) && facts_.at(inputs[0]).tensor) {
      const TensorFacts& tensor = *facts_.at(inputs[0]).tensor;
      const std::string kind = node->kind().toQualString();
      if (kind == "aten::size" && inputs.size() == 2 && !varies(inputs[1])) {
        const std::int64_t dimension = facts_.at(inputs[1]).constant.toInt();
        Extent extent;
        for (const Sizes& one : tensor.sizes)
          extent.in_runs.push_back(
              one.at(static_cast<std::size_t>(dimension < 0 ? dimension + std::ssize(one) : dimension)));
        any = extent.varies();
      } else {
        const bool of_sides = kind == "aten::size" || kind == "aten::len" || kind == "aten::numel" ||
                              kind == "aten::stride" || kind.ends_with("_like");
        any = (of_sides && any_varies(tensor)) || std::any_of(inputs.begin() + 1, inputs.end(), varies);
      }
    } else {
      any = std::any_of(inputs.begin(), inputs.end(), varies);
    }
    for (const Value* output : node->outputs()) {
      Facts& facts = facts_[output];
      facts.varies = any;
      if (any)
        facts.constant = {};
    }
  }
}

const Block* MeasuredGraph::branch_of(const Node* branching) const {
  const Facts& condition = facts_.at(branching->input(0));
  return condition.varies ? nullptr : branching->blocks()[condition.constant.toBool() ? 0 : 1];
}

} // namespace scalescope::to_onnx
