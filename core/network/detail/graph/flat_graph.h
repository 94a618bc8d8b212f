#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// What a module returned: a value of the flat graph.
struct ModuleOutput {
  std::string module; ///< full name, as named_modules() gives it
  torch::jit::Value* value = nullptr;
  int calls = 1; ///< how often the module was called; `value` is from the last call
};

/// The images that a network takes, where its file says so.
struct ImageLimits {
  std::int64_t most_images = 0; ///< at once; 0: any number
  bool exactly = false;         ///< no fewer at once than most_images either
  int least_side = 0;           ///< in pixels
  int most_side = 0;            ///< 0: any
  int step = 1;                 ///< the side is a multiple of this
  [[nodiscard]] bool takes(int side) const {
    return side >= least_side && (most_side == 0 || side <= most_side) && side % step == 0;
  }
  /// The sides next to one that it does not take: one or two.
  [[nodiscard]] std::vector<int> nearest(int side) const;
};

/// A network as one flat list of ATen operations: calls inlined, weights as constants, no branches on constants left,
/// no operation in place. Its only input is the batch, its outputs are the tensors that the network returns. Every
/// node's scope is the full name of the module it came from (see module_of).
struct FlatGraph {
  std::shared_ptr<torch::jit::Graph> graph;
  std::vector<ModuleOutput> outputs;     ///< in the order in which the modules returned
  std::vector<std::string> output_names; ///< one for each of the graph's outputs: "" where it is the only one, else
                                         ///< its place or key ("1", "logits", "0.1")
  ImageLimits limits;
};

/// @throws Error if the network can't be flattened: it takes more than one input or returns no tensor.
[[nodiscard]] FlatGraph flatten(const torch::jit::Module& module);

/// A parameter or buffer that a graph reads.
struct Weight {
  std::string name; ///< full, as named_parameters() gives it
  at::Tensor tensor;
  bool is_parameter = false; ///< else a buffer
  torch::jit::Value* value = nullptr;
};

/// Likewise, but parameters and buffers are inputs of the graph behind the batch. @param weights receives them, in the
/// order of these inputs. @throws Error as flatten().
[[nodiscard]] FlatGraph flatten_with_weights(const torch::jit::Module& module, std::vector<Weight>& weights);

/// The scope of a module's nodes in a graph that is to be flattened.
[[nodiscard]] torch::jit::ScopePtr scope_of_module(const std::string& module);

/// Notes in a graph that is to be flattened, at its insert point, that a module returns this tensor.
void mark_output(torch::jit::Graph& graph, torch::jit::Value* tensor, const std::string& module);

/// What the marks in a graph say that a module returned last; null if there are none of it.
[[nodiscard]] torch::jit::Value* marked_output(torch::jit::Graph& graph, const std::string& module);

/// Leaves a flat graph one of its outputs.
void keep_output(FlatGraph& flat, std::size_t index);

/// The full name of the module that a node of a flat graph came from.
[[nodiscard]] std::string module_of(const torch::jit::Node* node);
/// Whether a node tells it: of a graph that is to be flattened, only those of files without code of their modules do.
[[nodiscard]] bool has_module_scope(const torch::jit::Node* node);

} // namespace scalescope
