#include "core/network/detail/graph/token_forms.h"

#include "core/network/detail/graph/operations.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

// The tensors that a node joins along the second dimension; empty if it does something else.
std::vector<Value*> joined_by(Node* node) {
  if (node->kind() != aten::cat && node->kind() != Symbol::fromQualString("aten::concat"))
    return {};
  const auto dimension = toIValue(node->input(1));
  if (!dimension || !dimension->isInt() || (dimension->toInt() != 1 && dimension->toInt() != -2) ||
      node->input(0)->node()->kind() != prim::ListConstruct)
    return {};
  return node->input(0)->node()->inputs().vec();
}

// A stretch of tokens.
struct Stretch {
  std::int64_t tokens = 0;
  bool patches = false;
};
using Sequence = std::vector<Stretch>;

class TokenReader {
 public:
  TokenReader(const FlatGraph& flat, const ValueShapes& shapes) : flat_(flat), shapes_(shapes) {}

  std::map<std::int64_t, TokenForm> read() {
    find_grids();
    from_images_.insert(flat_.graph->inputs().begin(), flat_.graph->inputs().end());
    for (Node* node : flat_.graph->nodes()) {
      const auto inputs = data_inputs(node);
      if (std::ranges::any_of(inputs, [&](const Value* value) { return from_images_.contains(value); }))
        from_images_.insert(node->outputs().begin(), node->outputs().end());
      read_join(node);
    }
    for (const auto& [value, shape] : shapes_)
      if (shape.size() == 2 && !forms_.contains(shape[0]) && !other_.contains(shape[0]))
        if (const auto grid = grid_of(shape[0]))
          forms_[shape[0]] = *grid;
    for (const std::int64_t tokens : other_)
      forms_.erase(tokens);
    return forms_;
  }

 private:
  void find_grids() {
    for (const Node* node : flat_.graph->nodes())
      if (is_convolution(node))
        if (const auto shape = shapes_.find(node->output()); shape != shapes_.end() && shape->second.size() == 3)
          grids_[shape->second[1] * shape->second[2]] = {0, false, static_cast<int>(shape->second[1]),
                                                         static_cast<int>(shape->second[2])};
  }

  // Patches: the positions of a convolution's map. Linear layers that embed patches leave only their number.
  [[nodiscard]] std::optional<TokenForm> grid_of(std::int64_t tokens) const {
    if (tokens < 2)
      return std::nullopt;
    if (const auto known = grids_.find(tokens); known != grids_.end())
      return known->second;
    const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(tokens))));
    if (side * side != tokens)
      return std::nullopt;
    return TokenForm{0, false, static_cast<int>(side), static_cast<int>(side)};
  }

  [[nodiscard]] std::int64_t tokens_of(const Value* value) const {
    const auto shape = shapes_.find(value);
    return shape == shapes_.end() || shape->second.size() != 2 ? 0 : shape->second[0];
  }

  // The sequence that was joined before and that a value holds, maybe changed, but in the same order.
  [[nodiscard]] const Sequence* earlier(const Value* value) const {
    constexpr int furthest = 20;
    for (int step = 0; step < furthest; ++step) {
      if (const auto known = joined_.find(value); known != joined_.end())
        return &known->second;
      const auto inputs = data_inputs(value->node());
      const auto next = std::ranges::find_if(inputs, [&](const Value* input) { return from_images_.contains(input); });
      if (next == inputs.end())
        return nullptr;
      value = *next;
    }
    return nullptr;
  }

  // The stretches of one of the joined tensors; nothing where they are not known.
  [[nodiscard]] std::optional<Sequence> stretches(const Value* value) const {
    const std::int64_t tokens = tokens_of(value);
    if (tokens == 0)
      return std::nullopt;
    if (!from_images_.contains(value))
      return Sequence{{tokens, false}};
    if (const Node* node = value->node(); node->kind() == aten::slice) {
      const Sequence* whole = earlier(node->input(0));
      const auto start = toIValue(node->input(2));
      if (whole != nullptr && start && (start->isInt() || start->isNone()))
        return part(*whole, start->isInt() ? start->toInt() : 0, tokens);
    }
    if (const Sequence* whole = earlier(value); whole != nullptr && total(*whole) == tokens)
      return *whole;
    if (grid_of(tokens))
      return Sequence{{tokens, true}};
    return std::nullopt;
  }

  static std::int64_t total(const Sequence& sequence) {
    std::int64_t sum = 0;
    for (const Stretch& stretch : sequence)
      sum += stretch.tokens;
    return sum;
  }

  static std::optional<Sequence> part(const Sequence& whole, std::int64_t start, std::int64_t tokens) {
    if (start < 0)
      start += total(whole);
    Sequence taken;
    for (const Stretch& stretch : whole) {
      const std::int64_t skipped = std::min(start, stretch.tokens);
      start -= skipped;
      const std::int64_t left = std::min(stretch.tokens - skipped, tokens);
      tokens -= left;
      if (left > 0)
        taken.push_back({left, stretch.patches});
    }
    return tokens == 0 && start == 0 ? std::optional(taken) : std::nullopt;
  }

  void read_join(Node* node) {
    const auto parts = joined_by(node);
    const std::int64_t all = parts.empty() ? 0 : tokens_of(node->output());
    if (all == 0 || !from_images_.contains(node->output()))
      return;
    Sequence sequence;
    for (const Value* part : parts) {
      const auto one = stretches(part);
      if (!one) {
        other_.insert(all);
        return;
      }
      sequence.insert(sequence.end(), one->begin(), one->end());
    }
    joined_[node->output()] = sequence;
    const auto form = form_of(sequence);
    const auto known = forms_.find(all);
    if (!form || (known != forms_.end() && !(known->second == *form)))
      other_.insert(all);
    else
      forms_[all] = *form;
  }

  [[nodiscard]] std::optional<TokenForm> form_of(const Sequence& sequence) const {
    const auto patches = std::ranges::find_if(sequence, &Stretch::patches);
    if (patches == sequence.end() || patches + 1 != sequence.end())
      return std::nullopt;
    TokenForm form = *grid_of(patches->tokens);
    for (auto front = sequence.begin(); front != patches; ++front)
      form.first += static_cast<int>(front->tokens);
    form.class_token = sequence.front().tokens == 1 && !sequence.front().patches;
    return form;
  }

  const FlatGraph& flat_;
  const ValueShapes& shapes_;
  std::map<std::int64_t, TokenForm> grids_; // of the convolutions' maps, by their number of positions
  std::set<const Value*> from_images_;      // what depends on them
  std::map<const Value*, Sequence> joined_;
  std::map<std::int64_t, TokenForm> forms_;
  std::set<std::int64_t> other_; // numbers of tokens that stand for no one known order
};

} // namespace

std::vector<Value*> joined_sequences(const FlatGraph& flat) {
  std::vector<Value*> values;
  for (Node* node : flat.graph->nodes())
    if (const auto parts = joined_by(node); !parts.empty()) {
      values.insert(values.end(), parts.begin(), parts.end());
      values.push_back(node->output());
    }
  return values;
}

std::map<std::int64_t, TokenForm> token_forms(const FlatGraph& flat, const ValueShapes& shapes) {
  return TokenReader(flat, shapes).read();
}

} // namespace scalescope
