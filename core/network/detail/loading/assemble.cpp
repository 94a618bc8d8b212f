#include "core/network/detail/loading/assemble.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/graph/number_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>

using torch::jit::Module;

namespace scalescope {

using Tensors = std::map<std::string, at::Tensor>;

/// The outermost module that a tensor is in.
static std::string part_of(const std::string& name) { return name.substr(0, name.find('.')); }

/// Whether evaluation reads a tensor of this name. The last two are computed from a Swin's sizes; older versions of its
/// packages wrote them into files.
static bool is_used(const std::string& name) {
  return !name.ends_with("num_batches_tracked") && !name.starts_with("AuxLogits.") && !name.starts_with("aux1.") &&
         !name.starts_with("aux2.") && !name.ends_with("relative_position_index") && !name.ends_with("attn_mask");
}

/// A name as Python gives it today. torchvision's published DenseNets have those from when they could hold dots:
/// "denselayer1.norm.1.weight".
static std::string present_name(std::string name) {
  if (const std::size_t layer = name.find("denselayer"); layer != std::string::npos)
    for (const std::string part : {".norm.", ".conv."})
      if (const std::size_t at = name.find(part, layer);
          at != std::string::npos && std::isdigit(static_cast<unsigned char>(name[at + part.size()])) != 0)
        name.erase(at + part.size() - 1, 1);
  return name;
}

static Tensors by_name(const StateDict& tensors) { return Tensors(tensors.begin(), tensors.end()); }

namespace {
/// A built-in architecture without its head.
struct Backbone {
  BuiltIn built;
  Tensors tensors;             ///< of the meta device: names and shapes
  std::set<std::string> parts; ///< its outermost modules; what is beside them is head
};

/// How well a checkpoint fits a network.
struct Fit {
  std::size_t matching = 0;
  std::size_t misfits = 0;
  std::string first; ///< of the misfits: "its tensor layer3.2.conv1.weight is missing"

  [[nodiscard]] double share() const {
    return static_cast<double>(matching) / static_cast<double>(std::max<std::size_t>(1, matching + misfits));
  }
};

/// The architectures that fit a checkpoint best, and how well: more than one where they have the same tensors.
struct Best {
  std::vector<const Backbone*> backbones;
  double share = 0;
};
} // namespace

static Backbone backbone_of(const BuiltIn& built) {
  Backbone backbone = {built, by_name(outline(built, 0)), {}};
  for (const auto& [name, tensor] : backbone.tensors)
    backbone.parts.insert(part_of(name));
  return backbone;
}

/// Made when it is first needed: making all takes longer than reading a file.
static const Backbone& backbone_of(const Architecture& architecture) {
  static std::mutex mutex;
  static std::map<std::string, Backbone> made;
  const std::scoped_lock lock(mutex);
  auto place = made.find(architecture.name);
  if (place == made.end())
    place = made.emplace(architecture.name, backbone_of(built_in(architecture.name))).first;
  return place->second;
}

static std::string shape_text(const at::Tensor& tensor) { return fmt::format("({})", fmt::join(tensor.sizes(), ", ")); }

/// @param parts whose tensors must all have a place in the network.
static Fit fit(const StateDict& weights, const Tensors& network, const std::set<std::string>& parts) {
  Fit result;
  const auto misfit = [&](const auto& text) {
    if (result.misfits++ == 0)
      result.first = text();
  };
  std::set<std::string_view> given;
  for (const auto& [key, tensor] : weights) {
    const std::string& name = key;
    const at::Tensor& values = tensor;
    const auto place = network.find(name);
    if (place == network.end()) {
      if (is_used(name) && parts.contains(part_of(name)))
        misfit([&] { return fmt::format("its tensor {} has no place in one", name); });
      continue;
    }
    given.insert(name);
    if (values.sizes() != place->second.sizes())
      misfit([&] {
        return fmt::format("its tensor {} has the shape {} where {} is needed", name, shape_text(values),
                           shape_text(place->second));
      });
    else if (!values.is_floating_point() && is_used(name))
      misfit([&] {
        return fmt::format("its tensor {} holds numbers of type {} where floating point is needed", name,
                           c10::toString(values.scalar_type()));
      });
    else
      ++result.matching;
  }
  for (const auto& [key, tensor] : network)
    if (const std::string& name = key; !given.contains(name))
      misfit([&] { return fmt::format("its tensor {} is missing", name); });
  return result;
}

/// Of several with the same tensors leaves the one that is named, or those that are no other's twin.
static void settle(std::vector<const Backbone*>& all, const std::string& named) {
  if (const auto found = std::ranges::find(all, named, [](const Backbone* one) { return one->built.about.name; });
      found != all.end()) {
    all = {*found};
    return;
  }
  const std::vector<const Backbone*> tied = all;
  std::erase_if(all, [&](const Backbone* one) {
    return std::ranges::any_of(
        tied, [&](const Backbone* other) { return one->built.about.same_as == other->built.about.name; });
  });
}

/// @param named the one to take of several with the same tensors.
static Best nearest(const StateDict& weights, const std::string& named) {
  std::unordered_set<std::string_view> names;
  for (const auto& [name, tensor] : weights)
    names.insert(name);
  Best best;
  for (const Architecture& architecture : architectures()) {
    const auto is_there = [&](const std::string& mark) { return names.contains(mark); };
    if (!architecture.marks.empty() && std::ranges::none_of(architecture.marks, is_there))
      continue;
    const Backbone& backbone = backbone_of(architecture);
    const double share = fit(weights, backbone.tensors, backbone.parts).share();
    if (share > best.share)
      best = {{}, share};
    if (share == best.share && share > 0)
      best.backbones.push_back(&backbone);
  }
  settle(best.backbones, named);
  return best;
}

/// At least this share of the tensors fits a checkpoint that is damaged or was changed, whose message should name what
/// is wrong. For a related architecture (ResNeSt) it should say that it is unknown.
constexpr double share_of_same = 0.85;

std::optional<Architecture> recognise(const StateDict& weights, const std::string& named) {
  const Best best = nearest(weights, named);
  return best.share > share_of_same && best.backbones.size() == 1 ? std::optional(best.backbones[0]->built.about)
                                                                  : std::nullopt;
}

std::optional<Architecture> recognise_without_norms(const StateDict& weights, const std::string& named) {
  const auto factors = [](const auto& tensors) { // of convolutions and linear layers
    Tensors kept;
    for (const auto& [name, tensor] : tensors)
      if (tensor.dim() >= 2)
        kept.emplace(name, tensor);
    return kept;
  };
  const Tensors given = factors(weights);
  std::vector<const Backbone*> fitting;
  for (const Architecture& architecture : architectures()) {
    const auto is_there = [&](const std::string& mark) { return given.contains(mark); };
    if (!architecture.marks.empty() && std::ranges::none_of(architecture.marks, is_there))
      continue;
    const Backbone& backbone = backbone_of(architecture);
    const Tensors needed = factors(backbone.tensors);
    if (fit(StateDict(given.begin(), given.end()), needed, backbone.parts).misfits == 0)
      fitting.push_back(&backbone);
  }
  settle(fitting, named);
  return fitting.size() == 1 ? std::optional(fitting[0]->built.about) : std::nullopt;
}

/// The tensors whose names begin with a prefix, without it.
static StateDict under(const StateDict& weights, const std::string& prefix) {
  StateDict tensors;
  for (const auto& [name, tensor] : weights)
    if (name.starts_with(prefix))
      tensors.emplace_back(present_name(name.substr(prefix.size())), tensor);
  return tensors;
}

/// Where in a checkpoint a built-in network may be: what stands before the names of its tensors ("", "model.",
/// "module.encoder_q."). Those of averaged weights and of a teacher come first.
static std::vector<std::string> prefixes_in(const StateDict& weights, const Backbone* stated) {
  constexpr std::size_t most = 20;         // of a harmful file
  std::unordered_set<std::string> anchors; // tensors that show where a network begins
  const auto add_ends = [&](const Tensors& tensors) {
    anchors.insert({tensors.begin()->first, tensors.rbegin()->first});
  };
  if (stated != nullptr)
    add_ends(stated->tensors);
  else
    for (const Architecture& architecture : architectures())
      if (architecture.marks.empty())
        add_ends(backbone_of(architecture).tensors);
      else
        anchors.insert(architecture.marks.begin(), architecture.marks.end());
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
  Best best;
  std::string prefix;
  StateDict tensors; ///< without the prefix

  [[nodiscard]] const Backbone& backbone() const { return *best.backbones[0]; }
};
} // namespace

/// @param stated the only one to try; null: all.
static Match best_match(const StateDict& weights, const std::string& named, const Backbone* stated) {
  Match match;
  for (const std::string& prefix : prefixes_in(weights, stated)) {
    StateDict tensors = under(weights, prefix);
    Best best = stated == nullptr ? nearest(tensors, named)
                                  : Best{{stated}, fit(tensors, stated->tensors, stated->parts).share()};
    if (match.best.backbones.empty() || best.share > match.best.share)
      match = {std::move(best), prefix, std::move(tensors)};
  }
  return match;
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
  const auto& [backbones, share] = match.best;
  if (share <= share_of_same)
    throw Error(fmt::format("{} holds weights of an architecture that is not built in ('scalescope-cli layers "
                            "--list-architectures' lists those that are{}): export the network as TorchScript in "
                            "Python, torch.jit.script(model).save(file), and open that file.",
                            source,
                            share > 0.5 ? fmt::format("; the nearest is {}", match.backbone().built.about.name) : ""));
  if (backbones.size() > 1) {
    std::vector<std::string> names;
    for (const Backbone* backbone : backbones)
      names.push_back(backbone->built.about.name);
    throw Error(fmt::format("{} holds weights that fit {}, which compute different numbers with them; say on the "
                            "command line with --arch which of them it is.",
                            source, fmt::join(names, " and ")));
  }
  const Fit found = fit(match.tensors, match.backbone().tensors, match.backbone().parts);
  if (found.misfits == 0)
    return;
  const std::string& name = match.backbone().built.about.name;
  if (const std::string length = other_length(match.tensors, match.backbone()); !length.empty())
    throw Error(fmt::format("{} looks like a {}, but {}: export the network as TorchScript in Python and open that "
                            "file.",
                            source, name, length));
  throw Error(fmt::format("{} looks like a {}, but {}{}: if it is one, save its state_dict again; else export the "
                          "network as TorchScript in Python and open that file.",
                          source, name, found.first,
                          found.misfits > 1 ? fmt::format(" (and {} more do not fit)", found.misfits - 1) : ""));
}

/// The same where a config.json says what it is.
static void check_stated(const Match& match, const std::string& source) {
  const Backbone& stated = match.backbone();
  const Fit found = fit(match.tensors, stated.tensors, stated.parts);
  if (found.matching == 0)
    throw Error(fmt::format("{} is a {}, says its config.json, but none of its weights fits one; use the weights that "
                            "belong to the config.json.",
                            source, stated.built.about.name));
  if (found.misfits > 0)
    throw Error(fmt::format("{} is a {}, says its config.json, but {}{}; use the weights that belong to the "
                            "config.json.",
                            source, stated.built.about.name, found.first,
                            found.misfits > 1 ? fmt::format(" (and {} more do not fit)", found.misfits - 1) : ""));
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

static bool fits_head(const StateDict& head, const Backbone& backbone, std::int64_t classes) {
  Tensors places = by_name(outline(backbone.built, classes));
  std::erase_if(places, [&](const auto& place) { return backbone.tensors.contains(place.first); });
  std::set<std::string> parts;
  for (const auto& [name, tensor] : head)
    parts.insert(part_of(name));
  return fit(head, places, parts).misfits == 0;
}

/// The number of classes with which the architecture's head is this one; 0 if there is none. A weight or a bias of the
/// classifier has a row for every class; which tensor that is depends on the order of the file.
static std::int64_t classes_of(const StateDict& head, const Backbone& backbone) {
  constexpr std::size_t most = 10; // to try
  std::vector<std::int64_t> tried;
  for (auto one = head.rbegin(); one != head.rend() && tried.size() < most; ++one) {
    const at::Tensor& tensor = one->second;
    // Only a dense tensor really has memory for its number of rows.
    const bool has_rows = tensor.dim() > 0 && tensor.numel() > 0 && tensor.is_non_overlapping_and_dense();
    const std::int64_t classes = has_rows ? tensor.size(0) : 1;
    if (std::ranges::find(tried, classes) != tried.end())
      continue;
    if (fits_head(head, backbone, classes))
      return classes;
    tried.push_back(classes);
  }
  return 0;
}

std::map<std::string, at::ScalarType> fill(const Module& module, const Tensors& given,
                                           std::vector<std::string>& notes) {
  const torch::NoGradGuard no_grad; // parameters may be written
  std::map<std::string, at::ScalarType> types;
  std::set<std::string> names;
  for (const auto& [name, tensor] : state_dict(module)) {
    const at::Tensor& from = given.at(name);
    if (tensor.is_floating_point() && from.scalar_type() != at::kFloat) {
      names.insert(name_of_type(from.scalar_type()));
      if (from.scalar_type() != at::kDouble)
        types.emplace(name, from.scalar_type());
    }
    tensor.copy_(from);
  }
  if (!names.empty())
    notes.push_back(
        fmt::format("Its weights of type {} are converted, and it runs in float32.", fmt::join(names, ", ")));
  return types;
}

Assembled assemble(const StateDict& weights, const std::string& source, const std::string& named,
                   const BuiltIn* stated) {
  std::optional<Backbone> only;
  if (stated != nullptr)
    only = backbone_of(*stated);
  const Match match = best_match(weights, named, only ? &*only : nullptr);
  if (only)
    check_stated(match, source);
  else
    check_fit(match, source);
  const Backbone& backbone = match.backbone();
  StateDict head;
  for (const auto& entry : match.tensors)
    if (is_used(entry.first) && !backbone.parts.contains(part_of(entry.first)))
      head.push_back(entry);

  std::int64_t classes = 0;
  std::vector<std::string> notes;
  say_prefix(weights, match, notes);
  if (head.empty()) {
    notes.push_back(fmt::format("{} has no head: the layers end with the last feature map.", source));
  } else if (classes = classes_of(head, backbone); classes == 0) {
    notes.push_back(
        fmt::format("Its head ({}) is not the one of {} and was left out: the layers end with the last feature map.",
                    owners(head), backbone.built.about.name));
  }

  Module module = build(backbone.built, classes);
  std::map<std::string, at::ScalarType> types = fill(module, by_name(match.tensors), notes);
  return {std::move(module), backbone.built.about, classes, std::move(types), std::move(notes)};
}

} // namespace scalescope
