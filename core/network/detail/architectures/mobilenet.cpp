#include "core/network/detail/architectures/families.h"

using torch::jit::Module;

namespace scalescope {

static Module convolution_norm_relu6(const ModuleBuilder& build, const Convolution& c) {
  return build.sequential({build.convolution(c), build.batch_norm(c.out), build.relu6()},
                          "torchvision.ops.misc.Conv2dNormActivation");
}

static Module inverted_residual(const ModuleBuilder& build, std::int64_t in, std::int64_t out, std::int64_t expansion,
                                std::int64_t stride) {
  const std::int64_t hidden = in * expansion;
  std::vector<Module> items;
  if (expansion != 1)
    items.push_back(convolution_norm_relu6(build, {.in = in, .out = hidden}));
  items.push_back(convolution_norm_relu6(
      build, {.in = hidden, .out = hidden, .kernel = {3, 3}, .stride = stride, .groups = hidden}));
  items.push_back(build.convolution({.in = hidden, .out = out}));
  items.push_back(build.batch_norm(out));
  return build.module("torchvision.models.mobilenetv2.InvertedResidual", {{"conv", build.sequential(items)}},
                      {(stride == 1 && in == out ? "return x + " : "return ") + chain("x", {"conv"})});
}

static Module mobilenet_v2(const ModuleBuilder& build, std::int64_t classes) {
  struct Stage {
    std::int64_t expansion, channels;
    int blocks;
    std::int64_t stride;
  };
  std::vector<Module> features = {convolution_norm_relu6(build, {.in = 3, .out = 32, .kernel = {3, 3}, .stride = 2})};
  std::int64_t channels = 32;
  for (const Stage& stage : {Stage{1, 16, 1, 1}, Stage{6, 24, 2, 2}, Stage{6, 32, 3, 2}, Stage{6, 64, 4, 2},
                             Stage{6, 96, 3, 1}, Stage{6, 160, 3, 2}, Stage{6, 320, 1, 1}}) {
    for (int i = 0; i < stage.blocks; ++i) {
      features.push_back(
          inverted_residual(build, channels, stage.channels, stage.expansion, i == 0 ? stage.stride : 1));
      channels = stage.channels;
    }
  }
  features.push_back(convolution_norm_relu6(build, {.in = channels, .out = 1280}));

  Children children = {{"features", build.sequential(features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("classifier", build.sequential({build.dropout(0.2), build.linear(1280, classes)}));
    forward = chain("torch.flatten(torch.adaptive_avg_pool2d(" + forward + ", [1, 1]), 1)", {"classifier"});
  }
  return build.module("torchvision.models.mobilenetv2.MobileNetV2", children, {"return " + forward});
}

std::vector<BuiltIn> mobilenets() {
  return {{{.name = "mobilenet_v2", .input_size = 224, .preprocessing = "torch"}, mobilenet_v2}};
}

} // namespace scalescope
