#include "core/network/detail/architectures/architectures.h"

#include "core/base/error.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/loading/assemble.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/jit/runtime/graph_iterator.h>

#include <cmath>
#include <map>

using torch::jit::Module;

namespace scalescope {

/// The groups of a module's convolution, from its code, because the shape of a weight does not determine them.
static std::int64_t groups_of(const Module& module) {
  for (const torch::jit::Method& method : module.get_methods()) {
    auto graph = method.graph();
    torch::jit::DepthFirstGraphNodeIterator nodes(graph);
    for (torch::jit::Node* node = nodes.next(); node != nullptr; node = nodes.next()) {
      const auto* schema = node->maybeSchema();
      const auto index = schema != nullptr ? schema->argumentIndexWithName("groups") : c10::nullopt;
      if (!index)
        continue;
      if (const auto groups = torch::jit::toIValue(node->input(*index));
          groups && groups->isInt() && groups->toInt() > 0)
        return groups->toInt();
    }
  }
  return 1;
}

/// Likewise of the convolutions in the network's own forward, by the names of their weights: the modules of a
/// torch.export archive have no code of their own.
static std::map<std::string, std::int64_t> groups_by_weight(const Module& network) {
  std::map<std::string, std::int64_t> groups;
  const auto forward = network.find_method("forward");
  if (!forward)
    return groups;
  const auto graph = forward->graph();
  for (const torch::jit::Node* node : graph->nodes()) {
    const auto* schema = node->maybeSchema();
    const auto place = schema != nullptr ? schema->argumentIndexWithName("groups") : c10::nullopt;
    if (!place || node->inputs().size() < 2 || node->input(1)->node()->kind() != torch::jit::prim::GetAttr)
      continue;
    if (const auto number = torch::jit::toIValue(node->input(*place)); number && number->isInt())
      groups[path_of(node->input(1), graph->inputs()[0])] = number->toInt();
  }
  return groups;
}

/// Channels of one group times the places a value goes to: the number of outputs that an input of the convolution
/// reaches.
static double fan_out(const Module& module, const at::Tensor& weight, std::int64_t groups) {
  const bool transposed = module.type()->name()->name().starts_with("ConvTranspose");
  const double channels = transposed ? static_cast<double>(weight.size(1))
                                     : static_cast<double>(weight.size(0)) / static_cast<double>(groups);
  return channels * static_cast<double>(weight[0][0].numel());
}

namespace {
/// Draws numbers as floats on the CPU for any type and device of the network, so that a seed gives the same numbers
/// everywhere.
class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

  at::Tensor normal(at::IntArrayRef shape, double standard_deviation) {
    return at::empty(shape, at::kFloat).normal_(0, standard_deviation, generator_);
  }
  at::Tensor uniform(at::IntArrayRef shape, double bound) {
    return at::empty(shape, at::kFloat).uniform_(-bound, bound, generator_);
  }
  /// A normal distribution truncated at two standard deviations, by inverting its distribution function.
  at::Tensor cut_normal(at::IntArrayRef shape, double standard_deviation) {
    return uniform(shape, std::erf(M_SQRT2)).erfinv_().mul_(M_SQRT2 * standard_deviation);
  }

 private:
  at::Generator generator_;
};
} // namespace

static at::Tensor draw(const Module& module, const std::string& name, const at::Tensor& old, double cut_normal,
                       std::int64_t groups, Drawing& drawing) {
  if (name.ends_with("bias"))
    return at::zeros(old.sizes());
  if (!name.ends_with("weight"))
    return drawing.normal(old.sizes(), 0.02);
  if (old.dim() < 2)
    return at::ones(old.sizes());
  if (cut_normal > 0)
    return drawing.cut_normal(old.sizes(), cut_normal);
  if (old.dim() == 2)
    return drawing.uniform(old.sizes(), 1 / std::sqrt(static_cast<double>(old.size(1))));
  return drawing.normal(old.sizes(), std::sqrt(2 / fan_out(module, old, groups)));
}

void randomise(Module& module, std::uint64_t seed) {
  if (module.parameters().size() == 0)
    throw Error("The network has no parameters to draw, because its weights are constants in its code: save it as "
                "TorchScript without torch.jit.freeze.");
  const torch::NoGradGuard no_grad;
  const auto architecture = recognise(state_dict(module));
  const double cut_normal = architecture ? architecture->cut_normal : 0;
  Drawing drawing(seed);
  const auto groups = groups_by_weight(module);
  for (const auto& [path, part] : module.named_modules()) {
    for (const auto& parameter : part.named_parameters(/*recurse=*/false))
      if (parameter.value.is_floating_point() && parameter.value.numel() > 0) {
        const auto known = groups.find(join_names(path, parameter.name));
        parameter.value.copy_(draw(part, parameter.name, parameter.value, cut_normal,
                                   known == groups.end() ? groups_of(part) : known->second, drawing));
      }
    for (const auto& buffer : part.named_buffers(/*recurse=*/false))
      if (buffer.name == "running_mean")
        buffer.value.zero_();
      else if (buffer.name == "running_var")
        buffer.value.fill_(1);
  }
}

} // namespace scalescope
