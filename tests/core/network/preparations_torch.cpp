#include "tests/core/network/preparations_torch.h"

#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/graph_plan.h"
#include "core/network/detail/loading/model_file.h"

#include <map>
#include <stdexcept>

namespace preparations {

using namespace scalescope;

// Each architecture is built once.
static const FlatGraph& open(const std::string& architecture) {
  static std::map<std::string, FlatGraph> opened;
  const auto [at, is_new] = opened.try_emplace(architecture);
  if (is_new) {
    ModelSource source;
    source.architecture = architecture;
    source.random_weights = true;
    at->second = flatten(load_model(source).module);
  }
  return at->second;
}

std::vector<Activation> run(const std::string& architecture, const std::vector<std::string>& modules, Way way,
                            std::span<const float> images, int n, int side) {
  const FlatGraph& flat = open(architecture);
  std::vector<Wanted> wanted;
  for (const auto& module : modules)
    for (const ModuleOutput& output : flat.outputs)
      if (output.module == module)
        wanted.push_back({output.value, Tap::Map});
  if (wanted.size() != modules.size())
    throw std::logic_error("no such modules in " + architecture);
  const Preparation preparation = way == Way::Reference ? Preparation::None
                                  : way == Way::OneDnn  ? Preparation::OneDnn
                                                        : Preparation::Accelerator;
  const Precision precision = way == Way::AcceleratorBFloat16 ? Precision::BFloat16 : Precision::Float32;
  const LibTorchPlan plan(make_plan(flat, wanted), {c10::kCPU, precision, preparation});
  return plan.run(images, n, side, side);
}

std::string bfloat16_unavailable() { return libtorch_unavailable(Precision::BFloat16); }

} // namespace preparations
