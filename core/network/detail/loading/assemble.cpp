#include "core/network/detail/loading/assemble.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <map>
#include <set>

using torch::jit::Module;

namespace scalescope {

using Tensors = std::map<std::string, at::Tensor>;

/// The outermost module that a tensor is in.
static std::string part_of(const std::string& name) { return name.substr(0, name.find('.')); }

/// Whether evaluation reads a tensor of this name.
static bool is_used(const std::string& name) {
  return !name.ends_with("num_batches_tracked") && !name.starts_with("AuxLogits.");
}

static Tensors by_name(const StateDict& tensors) { return Tensors(tensors.begin(), tensors.end()); }

namespace {
/// A built-in architecture without its head.
struct Backbone {
  Architecture architecture;
  Tensors tensors;             ///< of the meta device: names and shapes
  std::set<std::string> parts; ///< its outermost modules; what is beside them is head
};

/// How well a checkpoint fits a network.
struct Fit {
  std::size_t matching = 0;
  std::vector<std::string> misfits; ///< "its tensor layer3.2.conv1.weight is missing"

  [[nodiscard]] double share() const {
    return static_cast<double>(matching) / static_cast<double>(matching + misfits.size());
  }
};
} // namespace

static const std::vector<Backbone>& backbones() {
  static const std::vector<Backbone> all = [] {
    std::vector<Backbone> list;
    for (const Architecture& architecture : architectures()) {
      Backbone backbone = {architecture, by_name(outline(architecture.name, 0)), {}};
      for (const auto& [name, tensor] : backbone.tensors)
        backbone.parts.insert(part_of(name));
      list.push_back(std::move(backbone));
    }
    return list;
  }();
  return all;
}

static std::string shape_text(const at::Tensor& tensor) { return fmt::format("({})", fmt::join(tensor.sizes(), ", ")); }

/// @param parts whose tensors must all have a place in the network.
static Fit fit(const StateDict& weights, const Tensors& network, const std::set<std::string>& parts) {
  Fit result;
  std::set<std::string> given;
  for (const auto& [name, tensor] : weights) {
    const auto place = network.find(name);
    if (place == network.end()) {
      if (is_used(name) && parts.contains(part_of(name)))
        result.misfits.push_back(fmt::format("its tensor {} has no place in one", name));
      continue;
    }
    given.insert(name);
    if (tensor.sizes() != place->second.sizes())
      result.misfits.push_back(fmt::format("its tensor {} has the shape {} where {} is needed", name,
                                           shape_text(tensor), shape_text(place->second)));
    else if (!tensor.is_floating_point())
      result.misfits.push_back(fmt::format("its tensor {} holds numbers of type {} where floating point is needed",
                                           name, c10::toString(tensor.scalar_type())));
    else
      ++result.matching;
  }
  for (const auto& [name, tensor] : network)
    if (!given.contains(name))
      result.misfits.push_back(fmt::format("its tensor {} is missing", name));
  return result;
}

/// The architecture that fits best, if all but a few tensors fit. For a damaged or changed checkpoint the message
/// should name the wrong tensor; for a related architecture (ResNeXt, VGG13) it should say that it is unknown.
static const Backbone* nearest(const StateDict& weights) {
  const Backbone* best = nullptr;
  double best_share = 0.85;
  for (const Backbone& backbone : backbones()) {
    const double share = fit(weights, backbone.tensors, backbone.parts).share();
    if (share > best_share) {
      best = &backbone;
      best_share = share;
    }
  }
  return best;
}

std::optional<Architecture> recognise(const StateDict& weights) {
  const Backbone* found = nearest(weights);
  return found != nullptr ? std::optional(found->architecture) : std::nullopt;
}

static const Backbone& nearest_or_throw(const StateDict& weights, const std::string& source) {
  const Backbone* found = nearest(weights);
  if (found == nullptr) {
    std::vector<std::string> known;
    for (const Architecture& architecture : architectures())
      known.push_back(architecture.name);
    throw Error(
        fmt::format("{} holds weights of an architecture that is not built in (known are {}): export the network "
                    "as TorchScript in Python, torch.jit.script(model).save(file), and open that file.",
                    source, fmt::join(known, ", ")));
  }
  const auto misfits = fit(weights, found->tensors, found->parts).misfits;
  if (!misfits.empty())
    throw Error(
        fmt::format("{} looks like a {}, but {}{}: save its state_dict again, or export the network as TorchScript "
                    "in Python and open that file.",
                    source, found->architecture.name, misfits.front(),
                    misfits.size() > 1 ? fmt::format(" (and {} more do not fit)", misfits.size() - 1) : ""));
  return *found;
}

/// The modules that hold these tensors: "fc.0, fc.2".
static std::string owners(const StateDict& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    std::string owner = name.substr(0, name.rfind('.'));
    if (names.empty() || names.back() != owner)
      names.push_back(std::move(owner));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The last tensor of a classifier, a weight or a bias, has a row for every class.
static std::int64_t classes_of(const StateDict& head) {
  const at::Tensor& last = head.back().second;
  // Only a dense tensor really has memory for its number of rows.
  return last.dim() > 0 && last.numel() > 0 && last.is_non_overlapping_and_dense() ? last.size(0) : 1;
}

static bool fits_head(const StateDict& head, const Backbone& backbone) {
  Tensors places = by_name(outline(backbone.architecture.name, classes_of(head)));
  std::erase_if(places, [&](const auto& place) { return backbone.tensors.contains(place.first); });
  std::set<std::string> parts;
  for (const auto& [name, tensor] : head)
    parts.insert(part_of(name));
  return fit(head, places, parts).misfits.empty();
}

Assembled assemble(const StateDict& weights, const std::string& source) {
  const Backbone& backbone = nearest_or_throw(weights, source);
  StateDict head;
  for (const auto& entry : weights)
    if (is_used(entry.first) && !backbone.parts.contains(part_of(entry.first)))
      head.push_back(entry);

  std::int64_t classes = 0;
  std::vector<std::string> notes;
  if (head.empty()) {
    notes.push_back(fmt::format("{} has no head: the layers end with the last feature map.", source));
  } else if (fits_head(head, backbone)) {
    classes = classes_of(head);
  } else {
    notes.push_back(
        fmt::format("Its head ({}) is not the one of {} and was left out: the layers end with the last feature map.",
                    owners(head), backbone.architecture.name));
  }

  Module module = build(backbone.architecture.name, classes);
  const Tensors given = by_name(weights);
  const torch::NoGradGuard no_grad; // parameters may be written
  for (const auto& [name, tensor] : state_dict(module))
    tensor.copy_(given.at(name));
  return {std::move(module), backbone.architecture, std::move(notes)};
}

} // namespace scalescope
