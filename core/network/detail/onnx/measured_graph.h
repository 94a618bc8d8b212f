#pragma once
// What runs on empty images tell of the values of a flat graph.

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/network.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace scalescope::to_onnx {

using Sizes = std::vector<std::int64_t>;

/// One tensor in all runs.
struct TensorFacts {
  c10::ScalarType type = c10::ScalarType::Float;
  std::vector<Sizes> sizes; ///< in each run
};

/// One value in all runs.
struct Facts {
  bool varies = true;                ///< with the images, or with their number or size
  bool of_pixels = true;             ///< it depends on what the images show
  c10::IValue constant;              ///< its value, if it doesn't vary
  std::optional<TensorFacts> tensor; ///< of a tensor
  std::vector<TensorFacts> list;     ///< of a list of tensors
  std::vector<std::int64_t> numbers; ///< of a whole number, or a tensor of one, in each run
};

/// A number that stays, or has another value in each run: {3, 3, 3, 3}.
struct Extent {
  std::vector<std::int64_t> in_runs;
  [[nodiscard]] bool varies() const;
};

/// The needed part of a flat graph, run on up to four batches: two of another number of images, one of another size,
/// and one that is not square.
class MeasuredGraph {
 public:
  /// @param side of images that the graph takes. @throws Error if it doesn't take them.
  MeasuredGraph(const FlatGraph& flat, const InputForm& form, int side);

  [[nodiscard]] const Facts& of(const torch::jit::Value* value) const { return facts_.at(value); }
  /// Whether a node leads to an output.
  [[nodiscard]] bool needs(const torch::jit::Node* node) const { return needed_.count(node) != 0; }
  /// The branch that all runs take; null if that is decided by the images or their size.
  [[nodiscard]] const torch::jit::Block* branch_of(const torch::jit::Node* branching) const;
  /// The images: their number, then channels, height and width in the graph's order.
  [[nodiscard]] const std::vector<Sizes>& images() const { return images_; }
  /// Whether height and width may differ.
  [[nodiscard]] bool takes_oblong() const { return takes_oblong_; }

 private:
  void find_needed(const torch::jit::Block* block);
  bool run(std::int64_t n, int height, int width);
  void settle(const torch::jit::Block* block);

  const FlatGraph& flat_;
  InputForm form_;
  bool takes_oblong_ = false;
  std::vector<Sizes> images_;
  std::set<const torch::jit::Node*> needed_;
  std::set<const torch::jit::Value*> of_pixels_;
  std::map<const torch::jit::Value*, Facts> facts_;
};

} // namespace scalescope::to_onnx
