#include "core/network/detail/architectures/families.h"

using torch::jit::Module;

namespace scalescope {

namespace {
struct ResNet {
  const char* name;
  std::array<int, 4> blocks; ///< residual blocks of each stage
  bool bottleneck;           ///< whether a block is three convolutions (1x1, 3x3, 1x1) instead of two
  std::int64_t groups = 1;   ///< of a bottleneck's 3x3 convolution
  std::int64_t width = 64;   ///< channels of one group in the first stage
};
} // namespace

static Module residual_block(const ModuleBuilder& build, const ResNet& net, std::int64_t in, std::int64_t planes,
                             std::int64_t stride) {
  const std::int64_t out = net.bottleneck ? 4 * planes : planes;
  Children children;
  std::vector<std::string> path;
  if (net.bottleneck) {
    const std::int64_t inner = planes * net.width / 64 * net.groups;
    children = {{"conv1", build.convolution({.in = in, .out = inner})},
                {"bn1", build.batch_norm(inner)},
                {"conv2", build.convolution(
                              {.in = inner, .out = inner, .kernel = {3, 3}, .stride = stride, .groups = net.groups})},
                {"bn2", build.batch_norm(inner)},
                {"conv3", build.convolution({.in = inner, .out = out})},
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
  return build.module(net.bottleneck ? "torchvision.models.resnet.Bottleneck" : "torchvision.models.resnet.BasicBlock",
                      children, {"return " + chain(chain("x", path) + " + " + shortcut, {"relu"})});
}

static Module resnet(const ModuleBuilder& build, const ResNet& net, std::int64_t classes) {
  Children children = {
      {"conv1", build.convolution({.in = 3, .out = 64, .kernel = {7, 7}, .stride = 2})},
      {"bn1", build.batch_norm(64)},
      {"relu", build.relu()},
      {"maxpool", build.max_pool(3, 2, 1)},
  };
  std::int64_t channels = 64;
  for (std::size_t stage = 0; stage < net.blocks.size(); ++stage) {
    const std::int64_t planes = 64 << stage;
    std::vector<Module> items;
    for (int i = 0; i < net.blocks[stage]; ++i) {
      items.push_back(residual_block(build, net, channels, planes, stage > 0 && i == 0 ? 2 : 1));
      channels = net.bottleneck ? 4 * planes : planes;
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

std::vector<BuiltIn> resnets() {
  static constexpr std::array nets{ResNet{"resnet18", {2, 2, 2, 2}, false},
                                   ResNet{"resnet34", {3, 4, 6, 3}, false},
                                   ResNet{"resnet50", {3, 4, 6, 3}, true},
                                   ResNet{"resnet101", {3, 4, 23, 3}, true},
                                   ResNet{"resnet152", {3, 8, 36, 3}, true},
                                   ResNet{"resnext50_32x4d", {3, 4, 6, 3}, true, 32, 4},
                                   ResNet{"resnext101_32x8d", {3, 4, 23, 3}, true, 32, 8},
                                   ResNet{"resnext101_64x4d", {3, 4, 23, 3}, true, 64, 4},
                                   ResNet{"wide_resnet50_2", {3, 4, 6, 3}, true, 1, 128},
                                   ResNet{"wide_resnet101_2", {3, 4, 23, 3}, true, 1, 128}};
  std::vector<BuiltIn> all;
  for (const ResNet& net : nets)
    all.push_back({{.name = net.name,
                    .input_size = 224,
                    .preprocessing = "torch",
                    .marks = {"layer1.0.conv1.weight", "layer4.1.conv1.weight"}},
                   [&net](const ModuleBuilder& build, std::int64_t classes) { return resnet(build, net, classes); }});
  return all;
}

} // namespace scalescope
