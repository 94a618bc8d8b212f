#include "core/network/detail/graph/input_form.h"

#include <vector>

namespace scalescope {
namespace {

using namespace torch::jit;

bool puts_channels_in_front(const Node* node) {
  if (node->kind() != aten::permute)
    return false;
  const auto order = toIValue(node->input(1));
  return order && order->isIntList() && order->toIntVector() == std::vector<std::int64_t>{0, 3, 1, 2};
}

void replace(FlatGraph& flat, Value* old, Value* now) {
  old->replaceAllUsesWith(now);
  for (ModuleOutput& output : flat.outputs)
    if (output.value == old)
      output.value = now;
}

} // namespace

at::Tensor as_taken(const at::Tensor& batch, const InputForm& form) {
  const at::Tensor channels = form.channels == 1 ? batch.slice(1, 0, 1) : batch;
  return form.channels_last ? channels.permute({0, 2, 3, 1}) : channels;
}

void adapt_input(FlatGraph& flat, const InputForm& form) {
  if (form == InputForm{})
    return;
  Graph& graph = *flat.graph;
  Value* images = graph.inputs()[0];
  Node* first = *graph.nodes().begin();
  const WithInsertPoint start(first);
  Value* taken = form.channels == 1 ? graph.insert(aten::slice, {images, 1, 0, 1, 1}) : images;
  std::vector<Node*> users; // of what the network was given before
  for (const Use& use : images->uses())
    if (use.user != taken->node())
      users.push_back(use.user);
  Value* given =
      form.channels_last ? graph.insert(aten::permute, {taken, std::vector<std::int64_t>{0, 2, 3, 1}}) : taken;
  for (ModuleOutput& output : flat.outputs)
    if (output.value == images)
      output.value = given;
  for (Node* user : users)
    if (form.channels_last && puts_channels_in_front(user))
      replace(flat, user->output(), taken);
    else
      user->replaceInputWith(images, given);
}

} // namespace scalescope
