#include "core/network/detail/loading/assemble.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/graph/number_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <span>

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

static Backbone backbone_of(const Architecture& architecture) {
  Backbone backbone = {architecture, by_name(outline(architecture.name, 0)), {}};
  for (const auto& [name, tensor] : backbone.tensors)
    backbone.parts.insert(part_of(name));
  return backbone;
}

static const std::vector<Backbone>& backbones() {
  static const std::vector<Backbone> all = [] {
    std::vector<Backbone> list;
    for (const Architecture& architecture : architectures())
      list.push_back(backbone_of(architecture));
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

/// The architecture that fits best, and how well.
static std::pair<const Backbone*, double> nearest(const StateDict& weights, std::span<const Backbone> among) {
  std::pair<const Backbone*, double> best = {nullptr, 0};
  for (const Backbone& backbone : among)
    if (const double share = fit(weights, backbone.tensors, backbone.parts).share(); share > best.second)
      best = {&backbone, share};
  return best;
}

/// At least this share of the tensors fits a checkpoint that is damaged or was changed, whose message should name what
/// is wrong. For a related architecture (ResNeXt, VGG13) it should say that it is unknown.
constexpr double share_of_same = 0.85;

std::optional<Architecture> recognise(const StateDict& weights) {
  const auto [found, share] = nearest(weights, backbones());
  return share > share_of_same ? std::optional(found->architecture) : std::nullopt;
}

/// The tensors whose names begin with a prefix, without it.
static StateDict under(const StateDict& weights, const std::string& prefix) {
  StateDict tensors;
  for (const auto& [name, tensor] : weights)
    if (name.starts_with(prefix))
      tensors.emplace_back(name.substr(prefix.size()), tensor);
  return tensors;
}

/// Where in a checkpoint a built-in network may be: what stands before the names of its tensors ("", "model.",
/// "module.encoder_q."). Those of averaged weights and of a teacher come first.
static std::vector<std::string> prefixes_in(const StateDict& weights, std::span<const Backbone> among) {
  constexpr std::size_t most = 20; // of a harmful file
  std::set<std::string> anchors;   // tensors that show where a network begins
  for (const Backbone& backbone : among)
    for (const auto& [name, tensor] : {*backbone.tensors.begin(), *backbone.tensors.rbegin()})
      anchors.insert(name);
  std::vector<std::string> prefixes = {""};
  for (const auto& [name, tensor] : weights)
    for (std::size_t dot = name.find('.'), parts = 0; dot != std::string::npos && parts < most;
         dot = name.find('.', dot + 1), ++parts)
      if (anchors.contains(name.substr(dot + 1)) && prefixes.size() < most)
        if (const std::string prefix = name.substr(0, dot + 1); std::ranges::find(prefixes, prefix) == prefixes.end())
          prefixes.push_back(prefix);
  std::ranges::stable_partition(prefixes, [](const std::string& prefix) {
    return prefix.find("teacher") != std::string::npos || prefix.find("ema") != std::string::npos;
  });
  return prefixes;
}

namespace {
/// What fits best in a checkpoint.
struct Match {
  const Backbone* backbone = nullptr;
  double share = 0;
  std::string prefix;
  StateDict tensors; ///< without the prefix
};
} // namespace

static Match best_match(const StateDict& weights, std::span<const Backbone> among) {
  Match best;
  for (const std::string& prefix : prefixes_in(weights, among)) {
    StateDict tensors = under(weights, prefix);
    if (const auto [backbone, share] = nearest(tensors, among); best.backbone == nullptr || share > best.share)
      best = {backbone, share, prefix, std::move(tensors)};
  }
  return best;
}

/// The first numbered list of modules that is longer or shorter than the architecture's: "layer4 has 3 blocks, not 2";
/// "" if there is none.
static std::string other_length(const StateDict& weights, const Backbone& backbone) {
  const auto count = [](const auto& tensors, const std::string& list) {
    std::set<std::string> items;
    for (const auto& [name, tensor] : tensors)
      if (name.starts_with(list + '.'))
        items.insert(name.substr(0, name.find('.', list.size() + 1)));
    return items.size();
  };
  for (const auto& [name, tensor] : backbone.tensors)
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      const std::string list = name.substr(0, dot);
      if (dot + 1 == name.size() || std::isdigit(static_cast<unsigned char>(name[dot + 1])) == 0)
        continue;
      const std::size_t given = count(weights, list);
      const std::size_t needed = count(backbone.tensors, list);
      if (given > 0 && given != needed)
        return fmt::format("{} has {} {}, not {}", list, given, given == 1 ? "block" : "blocks", needed);
    }
  return {};
}

static void check_fit(const Match& match, const std::string& source) {
  if (match.backbone == nullptr || match.share <= share_of_same) {
    std::vector<std::string> known;
    for (const Architecture& architecture : architectures())
      known.push_back(architecture.name);
    throw Error(
        fmt::format("{} holds weights of an architecture that is not built in (known are {}{}): export the network "
                    "as TorchScript in Python, torch.jit.script(model).save(file), and open that file.",
                    source, fmt::join(known, ", "),
                    match.share > 0.5 ? fmt::format("; the nearest is {}", match.backbone->architecture.name) : ""));
  }
  const auto misfits = fit(match.tensors, match.backbone->tensors, match.backbone->parts).misfits;
  if (misfits.empty())
    return;
  const std::string& name = match.backbone->architecture.name;
  if (const std::string length = other_length(match.tensors, *match.backbone); !length.empty())
    throw Error(fmt::format("{} looks like a {}, but {}: export the network as TorchScript in Python and open that "
                            "file.",
                            source, name, length));
  throw Error(fmt::format("{} looks like a {}, but {}{}: if it is one, save its state_dict again; else export the "
                          "network as TorchScript in Python and open that file.",
                          source, name, misfits.front(),
                          misfits.size() > 1 ? fmt::format(" (and {} more do not fit)", misfits.size() - 1) : ""));
}

/// The same where a config.json says what it is.
static void check_stated(const Match& match, const Architecture& stated, const std::string& source) {
  if (match.backbone == nullptr)
    throw Error(fmt::format("{} is a {}, says its config.json, but none of its weights fits one; use the weights that "
                            "belong to the config.json.",
                            source, stated.name));
  const auto misfits = fit(match.tensors, match.backbone->tensors, match.backbone->parts).misfits;
  if (!misfits.empty())
    throw Error(fmt::format("{} is a {}, says its config.json, but {}{}; use the weights that belong to the "
                            "config.json.",
                            source, stated.name, misfits.front(),
                            misfits.size() > 1 ? fmt::format(" (and {} more do not fit)", misfits.size() - 1) : ""));
}

/// How the weights were found, if they are not all that the checkpoint holds.
static void say_prefix(const StateDict& weights, const Match& match, std::vector<std::string>& notes) {
  if (match.prefix.empty())
    return;
  std::vector<std::string> others;
  for (const auto& [name, tensor] : weights)
    if (!name.starts_with(match.prefix))
      others.push_back(for_terminal(name));
  std::string rest;
  if (!others.empty()) {
    const std::size_t count = others.size();
    others.resize(std::min<std::size_t>(count, 3));
    rest = fmt::format("; {} not used: {}{}", count == 1 ? "one other is" : fmt::format("{} others are", count),
                       fmt::join(others, ", "), count > others.size() ? ", ..." : "");
  }
  notes.push_back(
      fmt::format("Its weights are the tensors whose names begin with '{}'{}.", for_terminal(match.prefix), rest));
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

Assembled assemble(const StateDict& weights, const std::string& source, const Architecture* stated) {
  std::vector<Backbone> only;
  if (stated != nullptr)
    only.push_back(backbone_of(*stated));
  const Match match = best_match(weights, stated != nullptr ? std::span<const Backbone>(only) : backbones());
  if (stated != nullptr)
    check_stated(match, *stated, source);
  else
    check_fit(match, source);
  const Backbone& backbone = *match.backbone;
  StateDict head;
  for (const auto& entry : match.tensors)
    if (is_used(entry.first) && !backbone.parts.contains(part_of(entry.first)))
      head.push_back(entry);

  std::int64_t classes = 0;
  std::vector<std::string> notes;
  say_prefix(weights, match, notes);
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
  const Tensors given = by_name(match.tensors);
  const torch::NoGradGuard no_grad; // parameters may be written
  std::set<std::string> types;
  for (const auto& [name, tensor] : state_dict(module)) {
    if (const at::Tensor& from = given.at(name); from.scalar_type() != at::kFloat)
      types.insert(name_of_type(from.scalar_type()));
    tensor.copy_(given.at(name));
  }
  if (!types.empty())
    notes.push_back(
        fmt::format("Its weights of type {} are converted, and it runs in float32.", fmt::join(types, ", ")));
  return {std::move(module), backbone.architecture, classes, std::move(notes)};
}

} // namespace scalescope
