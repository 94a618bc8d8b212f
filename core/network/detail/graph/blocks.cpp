#include "core/network/detail/graph/blocks.h"

#include "core/network/detail/graph/operations.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace scalescope {
namespace {

using namespace torch::jit;

// A module that returns a feature map; candidates are in the order in which the modules return.
struct Candidate {
  std::string module;
  const Value* value;
};

bool holds(const std::string& module, const std::string& other) { return other.rfind(module + ".", 0) == 0; }

bool is_composite(const std::string& module, const ModuleFacts& facts) {
  const auto weights = facts.weight_operations.find(module);
  return (weights != facts.weight_operations.end() && weights->second > 1) || facts.merging.count(module) != 0;
}

bool pools(const Node* node) {
  if (node->kind() != aten::mean)
    return node->kind() == aten::adaptive_avg_pool2d || node->kind() == aten::adaptive_max_pool2d;
  const auto dimensions = toIValue(node->input(1)); // two for a map; one may be the channels
  return dimensions && dimensions->isIntList() && dimensions->toIntVector().size() > 1;
}

// Where everything is pooled over all positions; null if that is nowhere.
const Node* find_global_pooling(const FlatGraph& flat, const std::set<const Value*>& cuts) {
  for (const Node* node : flat.graph->nodes())
    if (pools(node) && cuts.count(node->outputs()[0]) != 0)
      return node;
  return nullptr;
}

// The modules that are called once and return a map that leads to the output. A map of one position behind the pooling
// is a vector.
std::vector<Candidate> find_candidates(const FlatGraph& flat, const ValueShapes& shapes, const Node* pooling,
                                       const ModuleFacts& facts) {
  std::vector<Candidate> candidates;
  for (const ModuleOutput& output : flat.outputs) {
    const auto found = shapes.find(output.value);
    if (output.calls != 1 || found == shapes.end() || facts.needed.count(output.value->node()) == 0)
      continue;
    const auto& shape = found->second;
    const bool one_position =
        std::count_if(shape.begin(), shape.end(), [](std::int64_t side) { return side > 1; }) <= 1;
    const bool behind = pooling != nullptr && !output.value->node()->isBefore(pooling);
    if ((shape.size() == 3 || shape.size() == 2) && !(one_position && behind))
      candidates.push_back({output.module, output.value});
  }
  return candidates;
}

std::size_t depth_of(const std::string& module) {
  return static_cast<std::size_t>(std::count(module.begin(), module.end(), '.'));
}

// Of nested modules that return the same map, the one that is as deep as most blocks that are alone with theirs: a
// stage may hold one block only (EfficientNet), and a block may hold all it does in one Sequential (MobileNet). Without
// such a depth, the outermost.
std::vector<Candidate> choose_of_nested(const std::vector<Candidate>& found) {
  const auto are_nested = [](const Candidate& one, const Candidate& other) {
    return one.value == other.value && (holds(one.module, other.module) || holds(other.module, one.module));
  };
  std::map<std::size_t, int> depths;
  for (const Candidate& one : found)
    if (std::none_of(found.begin(), found.end(), [&](const Candidate& other) { return are_nested(one, other); }))
      ++depths[depth_of(one.module)];
  const auto usual =
      std::max_element(depths.begin(), depths.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto is_usual = [&](const Candidate& one) {
    return usual != depths.end() && depth_of(one.module) == usual->first;
  };
  std::vector<Candidate> chosen;
  for (const Candidate& one : found)
    if (is_usual(one) || std::none_of(found.begin(), found.end(), [&](const Candidate& other) {
          return are_nested(one, other) && (is_usual(other) || holds(other.module, one.module));
        }))
      chosen.push_back(one);
  return chosen;
}

// The rule for blocks. A block is a module that (1) returns a feature map (C x H x W, or positions x C) through which
// everything flows, and (2) is composite: holds several weight operations or a merge of paths. Of nested modules that
// return the same map one counts; a module that holds blocks with other outputs is not one itself. A module that is
// called several times has no one output and is never a block.
std::vector<Candidate> find_composites(const std::vector<Candidate>& candidates, const ModuleFacts& facts) {
  std::vector<Candidate> found;
  for (const auto& candidate : candidates) {
    if (candidate.value->node()->kind() == aten::mul)
      continue; // a gate inside a block (squeeze-and-excitation)
    if (is_composite(candidate.module, facts))
      found.push_back(candidate);
  }
  std::vector<Candidate> blocks;
  std::copy_if(found.begin(), found.end(), std::back_inserter(blocks), [&](const Candidate& one) {
    return std::none_of(found.begin(), found.end(), [&](const Candidate& other) {
      return holds(one.module, other.module) && other.value != one.value;
    });
  });
  return choose_of_nested(blocks);
}

// Between blocks, a module that convolves and pools is one as well (DenseNet's transitions). In front of them it is a
// stem.
void add_transitions(std::vector<Candidate>& blocks, const std::vector<Candidate>& candidates,
                     const ModuleFacts& facts) {
  if (blocks.empty())
    return;
  const auto runs_before = [](const Candidate& a, const Candidate& b) {
    return a.value->node()->isBefore(b.value->node());
  };
  const auto [first, last] = std::minmax_element(blocks.begin(), blocks.end(), runs_before);
  std::vector<Candidate> between;
  for (const Candidate& one : candidates)
    if (facts.pooling.count(one.module) != 0 && facts.weight_operations.count(one.module) != 0 &&
        runs_before(*first, one) && runs_before(one, *last) &&
        std::none_of(blocks.begin(), blocks.end(), [&](const Candidate& block) {
          return block.value == one.value || holds(block.module, one.module) || holds(one.module, block.module);
        }))
      between.push_back(one);
  blocks.insert(blocks.end(), between.begin(), between.end());
}

// Without blocks (VGG): of every convolution that everything flows through, the last layer before the next operation
// that is neither a normalisation nor an activation.
std::vector<Candidate> find_chains(const std::vector<Candidate>& candidates) {
  std::set<const Value*> values;
  for (const Candidate& candidate : candidates)
    values.insert(candidate.value);
  const auto convolves = [&](const Node* node) { // itself, or a module that goes on after its convolution (Keras)
    while (is_normalisation_or_activation(node) && !values.contains(node->input(0)))
      node = node->input(0)->node();
    return is_convolution(node);
  };
  std::vector<Candidate> chains;
  const Value* chain = nullptr; // what the current chain's last layer returned
  for (const auto& candidate : candidates) {
    const Node* node = candidate.value->node();
    if (convolves(node)) {
      chains.push_back(candidate);
      chain = candidate.value;
    } else if (chain != nullptr && is_normalisation_or_activation(node) && node->input(0) == chain) {
      chains.back() = candidate;
      chain = candidate.value;
    }
  }
  return chains;
}

// The last feature map before pooling, if no block returns it: what the last convolution's normalisation and activation
// (where they have a name of their own) make of it.
std::optional<Candidate> find_last_map(const FlatGraph& flat, const std::vector<Candidate>& candidates,
                                       const std::vector<Candidate>& blocks, const Node* pooling,
                                       const ModuleFacts& facts) {
  const Node* last_convolution = nullptr;
  bool behind = false; // some convolve behind the pooling too
  for (const Node* node : flat.graph->nodes()) {
    if (!is_convolution(node) || facts.needed.count(node) == 0)
      continue;
    if (pooling == nullptr || node->isBefore(pooling))
      last_convolution = node;
    else
      behind = true;
  }
  // Then a map behind the last block counts only if a convolution makes it, not for an activation alone.
  if (behind && last_convolution != nullptr && std::any_of(blocks.begin(), blocks.end(), [&](const Candidate& block) {
        return !block.value->node()->isBefore(last_convolution);
      }))
    last_convolution = nullptr;
  std::optional<Candidate> last;
  for (const auto& candidate : candidates) {
    const Node* node = candidate.value->node();
    if (last_convolution == nullptr || node->isBefore(last_convolution) ||
        !(is_convolution(node) || is_normalisation_or_activation(node) || is_merge(node)))
      continue;
    // A module around it may return the same map: then its name is the better one, unless it holds all the blocks.
    if (!last || candidate.value != last->value ||
        std::none_of(blocks.begin(), blocks.end(),
                     [&](const Candidate& block) { return holds(candidate.module, block.module); }))
      last = candidate;
  }
  if (last && std::any_of(blocks.begin(), blocks.end(), [&](const Candidate& b) { return b.value == last->value; }))
    last.reset();
  return last;
}

// The largest share of a network's weight operations that run in a stretch without a block.
double largest_gap(const FlatGraph& flat, const std::vector<Candidate>& blocks, const ModuleFacts& facts) {
  std::set<const Node*> ends;
  for (const Candidate& block : blocks)
    ends.insert(block.value->node());
  int all = 0;
  int since_block = 0;
  int largest = 0;
  for (const Node* node : flat.graph->nodes()) {
    if (is_weight_operation(node) && facts.needed.count(node) != 0) {
      ++all;
      largest = std::max(largest, ++since_block);
    }
    if (ends.count(node) != 0)
      since_block = 0;
  }
  return all == 0 ? 0 : static_cast<double>(largest) / all;
}

// In a network with parallel paths throughout, hardly any tensor is passed by all data. Then the blocks are the
// outermost composite modules. A module that returns the output of its last child (Sequential), or nothing
// (ModuleList), is only a container.
std::vector<Candidate> find_parts(const std::vector<Candidate>& candidates, const ModuleFacts& facts) {
  std::map<std::string, const Value*> maps;
  for (const Candidate& candidate : candidates)
    maps[candidate.module] = candidate.value;
  const auto only_holds = [&](const std::string& module) {
    if (module.empty() || maps.count(module) == 0)
      return true;
    return std::any_of(maps.begin(), maps.end(), [&](const auto& other) {
      return holds(module, other.first) && other.second == maps.at(module) && is_composite(other.first, facts);
    });
  };
  std::vector<Candidate> parts;
  for (const Candidate& candidate : candidates) {
    if (!is_composite(candidate.module, facts) || only_holds(candidate.module))
      continue;
    std::string around = candidate.module;
    bool inside_another = false;
    while (!around.empty() && !inside_another) {
      const auto dot = around.rfind('.');
      around = dot == std::string::npos ? std::string() : around.substr(0, dot);
      inside_another = !only_holds(around);
    }
    if (!inside_another)
      parts.push_back(candidate);
  }
  return parts;
}

} // namespace

std::vector<std::string> find_blocks(const FlatGraph& flat, const ValueShapes& shapes,
                                     const std::set<const Value*>& cuts, const ModuleFacts& facts) {
  const Node* pooling = find_global_pooling(flat, cuts);
  const std::vector<Candidate> maps = find_candidates(flat, shapes, pooling, facts);
  std::vector<Candidate> candidates;
  std::copy_if(maps.begin(), maps.end(), std::back_inserter(candidates),
               [&](const Candidate& candidate) { return cuts.count(candidate.value) != 0; });
  auto blocks = find_composites(candidates, facts);
  if (blocks.size() < 3) {
    const auto chains = find_chains(candidates);
    if (chains.size() > blocks.size())
      blocks = chains;
  }
  constexpr double most_of_it = 0.6;
  if (largest_gap(flat, blocks, facts) > most_of_it) {
    const auto parts = find_parts(maps, facts);
    if (parts.size() > blocks.size())
      blocks = parts;
  } else {
    add_transitions(blocks, candidates, facts);
  }
  if (const auto last = find_last_map(flat, candidates, blocks, pooling, facts))
    blocks.push_back(*last);
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Candidate& a, const Candidate& b) { return a.value->node()->isBefore(b.value->node()); });
  std::vector<std::string> names(blocks.size());
  std::transform(blocks.begin(), blocks.end(), names.begin(), [](const Candidate& block) { return block.module; });
  return names;
}

} // namespace scalescope
