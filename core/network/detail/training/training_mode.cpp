#include "core/network/detail/training/training_mode.h"

#include "core/network/detail/graph/graph_walk.h"

#include <array>
#include <optional>
#include <string_view>

namespace scalescope {
namespace {

using namespace torch::jit;

// The input of a node that switches training mode.
std::optional<std::size_t> place_of_mode(const Node* node) {
  static constexpr std::array<std::string_view, 6> dropouts{"aten::dropout",         "aten::dropout_",
                                                            "aten::feature_dropout", "aten::feature_dropout_",
                                                            "aten::alpha_dropout",   "aten::feature_alpha_dropout"};
  const std::string_view kind = node->kind().toQualString();
  if (kind == "aten::batch_norm")
    return 5;
  return std::find(dropouts.begin(), dropouts.end(), kind) != dropouts.end() ? std::optional<std::size_t>(2)
                                                                             : std::nullopt;
}

} // namespace

void follow_training_mode(Module& module) {
  for (Module part : module.modules()) {
    if (!part.hasattr("training"))
      part.register_attribute("training", BoolType::get(), false);
    for (const Method& method : part.get_methods()) {
      const auto graph = method.graph();
      for_each_node(graph->block(), [&](Node* node) {
        const auto place = place_of_mode(node);
        if (!place || !toIValue(node->input(*place)))
          return;
        const WithInsertPoint here(node);
        Node* mode = graph->insertNode(graph->createGetAttr(graph->inputs()[0], "training"));
        node->replaceInput(*place, mode->output());
      });
    }
  }
}

} // namespace scalescope
