#include "core/network/detail/architectures/families.h"

using torch::jit::Module;

namespace scalescope {

static Module residual_block(const ModuleBuilder& build, std::int64_t in, std::int64_t planes, std::int64_t stride,
                             bool bottleneck) {
  const std::int64_t out = bottleneck ? 4 * planes : planes;
  Children children;
  std::vector<std::string> path;
  if (bottleneck) {
    children = {{"conv1", build.convolution({.in = in, .out = planes})},
                {"bn1", build.batch_norm(planes)},
                {"conv2", build.convolution({.in = planes, .out = planes, .kernel = {3, 3}, .stride = stride})},
                {"bn2", build.batch_norm(planes)},
                {"conv3", build.convolution({.in = planes, .out = out})},
                {"bn3", build.batch_norm(out)},
                {"relu", build.relu()}};
    path = {"conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3"};
  } else {
    children = {{"conv1", build.convolution({.in = in, .out = planes, .kernel = {3, 3}, .stride = stride})},
                {"bn1", build.batch_norm(planes)},
                {"relu", build.relu()},
                {"conv2", build.convolution({.in = planes, .out = planes, .kernel = {3, 3}})},
                {"bn2", build.batch_norm(planes)}};
    path = {"conv1", "bn1", "relu", "conv2", "bn2"};
  }
  std::string shortcut = "x";
  if (stride != 1 || in != out) {
    children.emplace_back("downsample", build.sequential({build.convolution({.in = in, .out = out, .stride = stride}),
                                                          build.batch_norm(out)}));
    shortcut = chain("x", {"downsample"});
  }
  return build.module(bottleneck ? "torchvision.models.resnet.Bottleneck" : "torchvision.models.resnet.BasicBlock",
                      children, {"return " + chain(chain("x", path) + " + " + shortcut, {"relu"})});
}

/// @param blocks residual blocks of each of the four stages.
/// @param bottleneck whether a block is three convolutions (1x1, 3x3, 1x1) instead of two.
static Module resnet(const ModuleBuilder& build, const std::array<int, 4>& blocks, bool bottleneck,
                     std::int64_t classes) {
  Children children = {
      {"conv1", build.convolution({.in = 3, .out = 64, .kernel = {7, 7}, .stride = 2})},
      {"bn1", build.batch_norm(64)},
      {"relu", build.relu()},
      {"maxpool", build.max_pool(3, 2, 1)},
  };
  std::int64_t channels = 64;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
    const std::int64_t planes = 64 << stage;
    std::vector<Module> items;
    for (int i = 0; i < blocks[stage]; ++i) {
      items.push_back(residual_block(build, channels, planes, stage > 0 && i == 0 ? 2 : 1, bottleneck));
      channels = bottleneck ? 4 * planes : planes;
    }
    children.emplace_back("layer" + std::to_string(stage + 1), build.sequential(items));
  }
  std::string forward = chain("x", {"conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("fc", build.linear(channels, classes));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"fc"});
  }
  return build.module("torchvision.models.resnet.ResNet", children, {"return " + forward});
}

static BuiltIn resnet_of(const char* name, const std::array<int, 4>& blocks, bool bottleneck) {
  return {{.name = name, .input_size = 224, .preprocessing = "torch"},
          [=](const ModuleBuilder& build, std::int64_t classes) { return resnet(build, blocks, bottleneck, classes); }};
}

std::vector<BuiltIn> resnets() {
  return {resnet_of("resnet18", {2, 2, 2, 2}, false), resnet_of("resnet34", {3, 4, 6, 3}, false),
          resnet_of("resnet50", {3, 4, 6, 3}, true), resnet_of("resnet101", {3, 4, 23, 3}, true),
          resnet_of("resnet152", {3, 8, 36, 3}, true)};
}

} // namespace scalescope
