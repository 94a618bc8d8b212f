#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/stages.h"

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
  std::vector<Module> features = {convolution_norm_relu6(build, {.in = 3, .out = 32, .kernel = {3, 3}, .stride = 2})};
  std::int64_t channels = 32;
  for (const auto& row : read_stages(mobilenet_v2_stages)) {
    const Stage& stage = row[0];
    for (int i = 0; i < stage.blocks; ++i) {
      features.push_back(inverted_residual(build, channels, stage.channels, static_cast<std::int64_t>(stage.expansion),
                                           i == 0 ? stage.stride : 1));
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

static Module mobilenet_v3_block(const ModuleBuilder& build, const Stage& stage, std::int64_t in, std::int64_t stride) {
  constexpr double epsilon = 1e-3;
  const Nonlinearity activation = stage.relu ? Nonlinearity::relu : Nonlinearity::hardswish;
  const std::int64_t inner = rounded_to_8(static_cast<double>(in) * stage.expansion);
  std::vector<Module> layers;
  if (inner != in)
    layers.push_back(build.convolution_norm({.in = in, .out = inner}, activation, epsilon));
  layers.push_back(build.convolution_norm(
      {.in = inner, .out = inner, .kernel = {stage.kernel, stage.kernel}, .stride = stride, .groups = inner},
      activation, epsilon));
  if (stage.squeeze)
    layers.push_back(build.squeeze_excitation(inner, rounded_to_8(static_cast<double>(inner) / 4), Nonlinearity::relu,
                                              Nonlinearity::hardsigmoid));
  layers.push_back(build.convolution_norm({.in = inner, .out = stage.channels}, Nonlinearity::none, epsilon));
  return build.module("torchvision.models.mobilenetv3.InvertedResidual", {{"block", build.sequential(layers)}},
                      {"return " + chain("x", {"block"}) + (stride == 1 && in == stage.channels ? " + x" : "")});
}

static Module mobilenet_v3(const ModuleBuilder& build, const char* stages, std::int64_t hidden, std::int64_t classes) {
  std::int64_t channels = 16;
  std::vector<Module> features = {
      build.convolution_norm({.in = 3, .out = channels, .kernel = {3, 3}, .stride = 2}, Nonlinearity::hardswish, 1e-3)};
  for (const auto& row : read_stages(stages))
    for (const Stage& stage : row)
      for (int i = 0; i < stage.blocks; ++i) {
        features.push_back(mobilenet_v3_block(build, stage, channels, i == 0 ? stage.stride : 1));
        channels = stage.channels;
      }
  features.push_back(build.convolution_norm({.in = channels, .out = 6 * channels}, Nonlinearity::hardswish, 1e-3));
  Children children = {{"features", build.sequential(features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back(
        "classifier", build.sequential({build.linear(6 * channels, hidden), build.activation(Nonlinearity::hardswish),
                                        build.dropout(0.2), build.linear(hidden, classes)}));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"classifier"});
  }
  return build.module("torchvision.models.mobilenetv3.MobileNetV3", children, {"return " + forward});
}

std::vector<BuiltIn> mobilenets() {
  const auto version3 = [](const char* name, const char* stages, std::int64_t hidden) {
    return BuiltIn{
        {.name = name,
         .input_size = 224,
         .preprocessing = "torch",
         .marks = {"features.0.0.weight", "features.1.block.0.0.weight"}},
        [=](const ModuleBuilder& build, std::int64_t classes) { return mobilenet_v3(build, stages, hidden, classes); }};
  };
  return {{{.name = "mobilenet_v2",
            .input_size = 224,
            .preprocessing = "torch",
            .marks = {"features.0.0.weight", "features.1.conv.0.0.weight"}},
           mobilenet_v2},
          version3("mobilenet_v3_small", mobilenet_v3_small_stages, 1024),
          version3("mobilenet_v3_large", mobilenet_v3_large_stages, 1280)};
}

} // namespace scalescope
