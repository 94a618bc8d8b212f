#include "core/network/detail/architectures/architectures.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/architectures/config_reader.h"
#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

using torch::jit::Module;

namespace scalescope {

static const std::vector<BuiltIn>& built_ins() {
  static const std::vector<BuiltIn> list = [] {
    std::vector<BuiltIn> all;
    for (const auto family : families)
      for (const BuiltIn& member : family())
        all.push_back(member);
    return all;
  }();
  return list;
}

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> list = [] {
    std::vector<Architecture> all;
    for (const BuiltIn& one : built_ins())
      all.push_back(one.about);
    return all;
  }();
  return list;
}

const Architecture* find_architecture(const std::string& name, bool timms) {
  if (timms)
    if (const Architecture* found = find_architecture("timm/" + name))
      return found;
  const auto& all = architectures();
  const auto found = std::ranges::find(all, name, &Architecture::name);
  return found == all.end() ? nullptr : &*found;
}

const BuiltIn& built_in(const std::string& architecture) {
  std::vector<std::string> known;
  for (const BuiltIn& one : built_ins()) {
    if (one.about.name == architecture)
      return one;
    known.push_back(one.about.name);
  }
  throw Error(
      fmt::format("There is no built-in architecture called '{}'; the nearest names are {}, and 'scalescope-cli "
                  "layers --list-architectures' lists all.",
                  for_terminal(architecture), fmt::join(nearest(architecture, known, 3), ", ")));
}

void check_architecture(const std::string& name) { (void)built_in(name); }

Module build(const std::string& architecture, std::int64_t classes) {
  return built_in(architecture).make(ModuleBuilder(ModuleBuilder::Kind::runnable), classes);
}

StateDict outline(const std::string& architecture, std::int64_t classes) {
  return outline(built_in(architecture), classes);
}

StateDict outline(const BuiltIn& architecture, std::int64_t classes) {
  const ModuleBuilder builder(ModuleBuilder::Kind::outline);
  StateDict tensors;
  for (auto& [name, shape] : builder.shapes(architecture.make(builder, classes)))
    tensors.emplace_back(name, at::empty(shape, at::device(at::kMeta).dtype(at::kFloat)));
  return tensors;
}

Module build(const BuiltIn& architecture, std::int64_t classes) {
  constexpr double most = 4e9; // parameters: 16 GB
  double parameters = 0;
  for (const auto& [name, tensor] : outline(architecture, classes))
    parameters += static_cast<double>(tensor.numel());
  if (parameters > most)
    throw Error(
        fmt::format("describes a network of {:.3g} parameters, where ScaleScope takes up to {:.3g}: correct its "
                    "numbers, or use a smaller network.",
                    parameters, most));
  return architecture.make(ModuleBuilder(ModuleBuilder::Kind::runnable), classes);
}

BuiltIn timm_architecture(const std::string& name, const nlohmann::json& model_args) {
  const auto& all = built_ins();
  for (const std::string& candidate : {"timm/" + name, name})
    for (const BuiltIn& one : all)
      if (one.about.name == candidate) {
        if (one.with)
          return one.with(model_args);
        nlohmann::json arguments = model_args;
        if (arguments.is_object() && arguments.value("global_pool", nlohmann::json()) == "avg") // as it is built
          arguments.erase("global_pool");
        ConfigReader read(arguments);
        read.ignore(
            {"num_classes", "drop_rate", "drop_path_rate", "in_chans", "pretrained", "checkpoint_path", "scriptable"});
        read.finish();
        return one;
      }
  std::vector<std::string> known;
  for (const BuiltIn& one : all)
    known.push_back(one.about.name);
  const std::string shown = for_terminal(name.substr(0, 80));
  throw Error(fmt::format("names the architecture '{}', which is not built in (the nearest that are: {}): {}.", shown,
                          fmt::join(nearest(shown, known, 3), ", "), export_instead));
}

StateDict state_dict(const Module& module) {
  StateDict all;
  for (const auto& entry : module.named_parameters())
    all.emplace_back(entry.name, entry.value);
  for (const auto& entry : module.named_buffers())
    all.emplace_back(entry.name, entry.value);
  return all;
}

} // namespace scalescope
