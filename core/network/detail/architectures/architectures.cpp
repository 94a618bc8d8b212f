#include "core/network/detail/architectures/architectures.h"

#include "core/base/error.h"
#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

namespace {
struct Entry {
  Architecture about;
  Module (*write)(const ModuleBuilder&, std::int64_t classes);
};
} // namespace

template <int a, int b, int c, int d, bool bottleneck>
static Module write_resnet(const ModuleBuilder& builder, std::int64_t classes) {
  return resnet(builder, {a, b, c, d}, bottleneck, classes);
}

static const std::vector<Entry>& entries() {
  static const std::vector<Entry> table = {
      {{"resnet18", 224, "torch"}, write_resnet<2, 2, 2, 2, false>},
      {{"resnet34", 224, "torch"}, write_resnet<3, 4, 6, 3, false>},
      {{"resnet50", 224, "torch"}, write_resnet<3, 4, 6, 3, true>},
      {{"resnet101", 224, "torch"}, write_resnet<3, 4, 23, 3, true>},
      {{"resnet152", 224, "torch"}, write_resnet<3, 8, 36, 3, true>},
      {{"inception_v3", 299, "tf"}, inception_v3},
      {{"vgg16", 224, "torch"}, vgg16},
      {{"mobilenet_v2", 224, "torch"}, mobilenet_v2},
      {{"efficientnet_lite0", 224, "tf"},
       [](const ModuleBuilder& b, std::int64_t classes) { return efficientnet_lite(b, 1.0, 1.0, 0.2, classes); }},
      {{"efficientnet_lite1", 240, "tf"},
       [](const ModuleBuilder& b, std::int64_t classes) { return efficientnet_lite(b, 1.0, 1.1, 0.2, classes); }},
      {{"efficientnet_lite2", 260, "tf"},
       [](const ModuleBuilder& b, std::int64_t classes) { return efficientnet_lite(b, 1.1, 1.2, 0.3, classes); }},
  };
  return table;
}

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> list = [] {
    std::vector<Architecture> all;
    for (const Entry& entry : entries())
      all.push_back(entry.about);
    return all;
  }();
  return list;
}

static const Entry& entry_of(const std::string& architecture) {
  std::vector<std::string> known;
  for (const Entry& entry : entries()) {
    if (entry.about.name == architecture)
      return entry;
    known.push_back(entry.about.name);
  }
  throw Error(
      fmt::format("There is no built-in architecture '{}': choose one of {}.", architecture, fmt::join(known, ", ")));
}

Module build(const std::string& architecture, std::int64_t classes) {
  return entry_of(architecture).write(ModuleBuilder(ModuleBuilder::Kind::runnable), classes);
}

StateDict outline(const std::string& architecture, std::int64_t classes) {
  return state_dict(entry_of(architecture).write(ModuleBuilder(ModuleBuilder::Kind::outline), classes));
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
