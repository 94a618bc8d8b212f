#include "core/network/detail/architectures/families.h"

using torch::jit::Module;

namespace scalescope {

static Module fire(const ModuleBuilder& build, std::int64_t in, std::int64_t squeezed, std::int64_t expanded) {
  return build.module(
      "torchvision.models.squeezenet.Fire",
      {{"squeeze", build.convolution({.in = in, .out = squeezed, .bias = true})},
       {"squeeze_activation", build.relu()},
       {"expand1x1", build.convolution({.in = squeezed, .out = expanded, .bias = true})},
       {"expand1x1_activation", build.relu()},
       {"expand3x3", build.convolution({.in = squeezed, .out = expanded, .kernel = {3, 3}, .bias = true})},
       {"expand3x3_activation", build.relu()}},
      {"x = " + chain("x", {"squeeze", "squeeze_activation"}),
       "return torch.cat([" + chain("x", {"expand1x1", "expand1x1_activation"}) + ", " +
           chain("x", {"expand3x3", "expand3x3_activation"}) + "], 1)"});
}

/// @param old version 1.0, else 1.1.
static Module squeezenet(const ModuleBuilder& build, bool old, std::int64_t classes) {
  const std::int64_t side = old ? 7 : 3;
  std::int64_t channels = old ? 96 : 64;
  std::vector<Module> features = {
      build.convolution({.in = 3, .out = channels, .kernel = {side, side}, .stride = 2, .padded = false, .bias = true}),
      build.relu(), build.max_pool(3, 2, 0, true)};
  static constexpr std::array<std::array<std::int64_t, 2>, 8> fires = {
      {{16, 64}, {16, 64}, {32, 128}, {32, 128}, {48, 192}, {48, 192}, {64, 256}, {64, 256}}};
  for (std::size_t i = 0; i < fires.size(); ++i) {
    if (old ? i == 3 || i == 7 : i == 2 || i == 4)
      features.push_back(build.max_pool(3, 2, 0, true));
    features.push_back(fire(build, channels, fires.at(i)[0], fires.at(i)[1]));
    channels = 2 * fires.at(i)[1];
  }
  Children children = {{"features", build.sequential(features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("classifier", build.sequential({build.dropout(0.5),
                                                          build.convolution({.in = 512, .out = classes, .bias = true}),
                                                          build.relu(), build.average_pool_to(1)}));
    forward = "torch.flatten(" + chain(forward, {"classifier"}) + ", 1)";
  }
  return build.module("torchvision.models.squeezenet.SqueezeNet", children, {"return " + forward});
}

std::vector<BuiltIn> squeezenets() {
  std::vector<BuiltIn> all;
  for (const bool old : {true, false})
    all.push_back(
        {{.name = old ? "squeezenet1_0" : "squeezenet1_1",
          .input_size = 224,
          .preprocessing = "torch",
          .marks = {"features.3.squeeze.weight", "features.4.squeeze.weight"}},
         [old](const ModuleBuilder& build, std::int64_t classes) { return squeezenet(build, old, classes); }});
  return all;
}

} // namespace scalescope
