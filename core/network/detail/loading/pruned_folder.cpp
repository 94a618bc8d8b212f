#include "core/network/detail/loading/pruned_folder.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/truncation/truncated_module.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

using torch::jit::Module;

namespace scalescope {

using nlohmann::json;

json to_json(const PrunedEntry& entry) {
  json written{{"library", entry.library},
               {"classes", entry.classes},
               {"calls", entry.calls},
               {"provenance", json::parse(to_json(entry.provenance))}};
  if (entry.pooling)
    written["pooling"] = {{"positions", entry.pooling->positions},
                          {"skipped", entry.pooling->skipped},
                          {"class_token", entry.pooling->class_token},
                          {"mean", entry.pooling->mean}};
  return written;
}

static bool is_possible(const PrunedEntry& entry) {
  constexpr std::int64_t most = 1'000'000;
  const auto fits = [](std::int64_t number, std::int64_t largest) { return number >= 0 && number <= largest; };
  if (std::ranges::find(pruned_libraries, entry.library) == pruned_libraries.end() || !fits(entry.classes, most) ||
      !fits(entry.calls - 1, most) || entry.provenance.layer.empty() ||
      (entry.provenance.output == "map") == entry.pooling.has_value())
    return false;
  return !entry.pooling ||
         (fits(entry.pooling->skipped, most) && entry.pooling->positions.size() <= 2 &&
          std::ranges::all_of(entry.pooling->positions, [](std::int64_t axis) { return axis >= 1 && axis <= 3; }));
}

PrunedEntry pruned_entry(const json& written, const std::filesystem::path& file) {
  std::optional<PrunedEntry> entry;
  try {
    if (auto provenance = provenance_from_json(written.at("provenance").dump())) {
      entry = {.library = written.at("library"),
               .classes = written.at("classes"),
               .calls = written.at("calls"),
               .provenance = std::move(*provenance)};
      if (written.contains("pooling")) {
        const json& pooling = written.at("pooling");
        entry->pooling = Pooling{.positions = pooling.at("positions"),
                                 .skipped = pooling.at("skipped"),
                                 .class_token = pooling.at("class_token"),
                                 .mean = pooling.at("mean")};
      }
    }
  } catch (const json::exception&) {
    entry.reset();
  }
  if (!entry || !is_possible(*entry))
    throw Error(fmt::format("{} has an entry 'scalescope' that ScaleScope did not write, so it is not known where the "
                            "network was pruned; prune the original again.",
                            file.string()));
  return *entry;
}

bool has_module(const Module& network, const std::string& name) {
  Module found = network;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    const std::string part = name.substr(at, end - at);
    if (!found.hasattr(part) || !found.attr(part).isModule())
      return false;
    found = found.attr(part).toModule();
    at = end + 1;
  }
  return true;
}

// With the sizes of the readout that the file holds; its numbers follow with the other tensors.
static std::optional<LinearReadout> readout_in(const PrunedEntry& entry, const StateDict& weights) {
  if (entry.provenance.output != "scale")
    return std::nullopt;
  LinearReadout readout;
  for (const auto& [name, tensor] : weights) {
    if (name == "scale.weight" && tensor.dim() == 2)
      readout.weights.resize(static_cast<std::size_t>(tensor.size(1)));
    if (name == "scale_minimum" && tensor.dim() == 1)
      readout.least.resize(static_cast<std::size_t>(tensor.size(0)));
  }
  readout.largest = readout.least;
  return readout;
}

Assembled assemble_pruned(const BuiltIn& whole, const PrunedEntry& entry, const StateDict& weights,
                          const std::filesystem::path& folder) {
  const std::string& layer = entry.provenance.layer;
  const auto refuse = [&](const std::string& why) {
    throw Error(fmt::format("{} is a {} that was pruned after {}, says its config.json, but {}; prune the original "
                            "again.",
                            folder.string(), whole.about.name, for_terminal(layer), why));
  };
  const Module built = build(whole, entry.classes);
  if (!has_module(built, layer))
    refuse("such a network has no layer of that name");
  Module part = truncated_module(built, {layer, entry.pooling, readout_in(entry, weights)}).module;
  const std::map<std::string, at::Tensor> given(weights.begin(), weights.end());
  std::set<std::string> places;
  for (const auto& [name, tensor] : state_dict(part)) {
    const auto found = given.find(name);
    if (found == given.end())
      refuse(fmt::format("its tensor {} is missing", name));
    if (found->second.sizes() != tensor.sizes())
      refuse(fmt::format("its tensor {} has the shape ({}) where ({}) is needed", name,
                         fmt::join(found->second.sizes(), ", "), fmt::join(tensor.sizes(), ", ")));
    if (found->second.is_floating_point() != tensor.is_floating_point())
      refuse(fmt::format("its tensor {} holds numbers of another type", name));
    places.insert(name);
  }
  for (const auto& [name, tensor] : given)
    if (!places.contains(name))
      refuse(fmt::format("its tensor {} has no place in one", for_terminal(name)));
  std::vector<std::string> notes;
  std::map<std::string, at::ScalarType> types = fill(part, given, notes);
  return {std::move(part), whole.about, entry.classes, std::move(types), std::move(notes)};
}

} // namespace scalescope
