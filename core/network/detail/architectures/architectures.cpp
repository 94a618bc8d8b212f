#include "core/network/detail/architectures/architectures.h"

#include "core/base/error.h"
#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

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

const Architecture* architecture_of(const std::string& library, const std::string& name) {
  for (const std::string& wanted : {library + '/' + name, name})
    for (const Architecture& one : architectures())
      if (one.name == wanted)
        return &one;
  return nullptr;
}

static const BuiltIn& built_in(const std::string& architecture) {
  std::vector<std::string> known;
  for (const BuiltIn& one : built_ins()) {
    if (one.about.name == architecture)
      return one;
    known.push_back(one.about.name);
  }
  throw Error(
      fmt::format("There is no built-in architecture '{}': choose one of {}.", architecture, fmt::join(known, ", ")));
}

Module build(const std::string& architecture, std::int64_t classes) {
  return built_in(architecture).make(ModuleBuilder(ModuleBuilder::Kind::runnable), classes);
}

StateDict outline(const std::string& architecture, std::int64_t classes) {
  return state_dict(built_in(architecture).make(ModuleBuilder(ModuleBuilder::Kind::outline), classes));
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
