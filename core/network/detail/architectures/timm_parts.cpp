#include "core/network/detail/architectures/timm_parts.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope::timm {

Module batch_norm_act(const ModuleBuilder& build, std::int64_t channels, Nonlinearity activation, double epsilon) {
  const std::string norm = fmt::format(
      "torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, self.training, 0.1, "
      "{}, True)",
      epsilon);
  return build.module("timm.layers.norm_act.BatchNormAct2d",
                      {{"drop", build.identity()}, {"act", build.activation(activation)}},
                      {"return " + chain(norm, {"drop", "act"})}, {{"weight", {channels}}, {"bias", {channels}}},
                      {{"running_mean", {channels}}, {"running_var", {channels}}});
}

Module conv_norm_act(const ModuleBuilder& build, const Convolution& c, Nonlinearity activation) {
  return build.sequence("timm.layers.conv_bn_act.ConvNormAct",
                        {{"conv", build.convolution(c)}, {"bn", batch_norm_act(build, c.out, activation)}});
}

Module squeeze_excitation(const ModuleBuilder& build, std::int64_t channels, std::int64_t squeezed) {
  return build.module("timm.layers.squeeze_excite.SEModule",
                      {{"fc1", build.convolution({.in = channels, .out = squeezed, .bias = true})},
                       {"bn", build.identity()},
                       {"act", build.relu()},
                       {"fc2", build.convolution({.in = squeezed, .out = channels, .bias = true})},
                       {"gate", build.activation(Nonlinearity::sigmoid)}},
                      {"return x * " + chain("torch.mean(x, [2, 3], True)", {"fc1", "bn", "act", "fc2", "gate"})});
}

Module global_pool(const ModuleBuilder& build, bool flattened) {
  return build.sequence(
      "timm.layers.adaptive_avgmax_pool.SelectAdaptivePool2d",
      {{"pool", build.average_pool_to(1)}, {"flatten", flattened ? build.flatten() : build.identity()}});
}

Module classifier_head(const ModuleBuilder& build, std::int64_t channels, std::int64_t classes) {
  return build.sequence("timm.layers.classifier.ClassifierHead", {{"global_pool", global_pool(build)},
                                                                  {"drop", build.dropout(0)},
                                                                  {"fc", build.linear(channels, classes)},
                                                                  {"flatten", build.identity()}});
}

} // namespace scalescope::timm
