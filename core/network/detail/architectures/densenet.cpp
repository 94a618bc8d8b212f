#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

namespace {
struct DenseNet {
  const char* name;
  std::int64_t growth; ///< channels that each layer adds
  std::array<int, 4> layers;
  std::int64_t stem; ///< channels
};
} // namespace

/// A layer gets the maps of all layers before it as one tensor; in Python, as a list that it joins.
static Module dense_block(const ModuleBuilder& build, int layers, std::int64_t channels, std::int64_t growth) {
  Children children;
  std::vector<std::string> forward;
  for (int i = 0; i < layers; ++i) {
    const std::string name = fmt::format("denselayer{}", i + 1);
    children.emplace_back(
        name, build.sequence("torchvision.models.densenet._DenseLayer",
                             {{"norm1", build.batch_norm(channels)},
                              {"relu1", build.relu()},
                              {"conv1", build.convolution({.in = channels, .out = 4 * growth})},
                              {"norm2", build.batch_norm(4 * growth)},
                              {"relu2", build.relu()},
                              {"conv2", build.convolution({.in = 4 * growth, .out = growth, .kernel = {3, 3}})}}));
    forward.push_back("x = torch.cat([x, " + chain("x", {name}) + "], 1)");
    channels += growth;
  }
  forward.emplace_back("return x");
  return build.module("torchvision.models.densenet._DenseBlock", children, forward);
}

static Module densenet(const ModuleBuilder& build, const DenseNet& net, std::int64_t classes) {
  std::int64_t channels = net.stem;
  Children features = {{"conv0", build.convolution({.in = 3, .out = channels, .kernel = {7, 7}, .stride = 2})},
                       {"norm0", build.batch_norm(channels)},
                       {"relu0", build.relu()},
                       {"pool0", build.max_pool(3, 2, 1)}};
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    features.emplace_back(fmt::format("denseblock{}", i + 1), dense_block(build, net.layers[i], channels, net.growth));
    channels += net.layers[i] * net.growth;
    if (i + 1 == net.layers.size())
      break;
    features.emplace_back(fmt::format("transition{}", i + 1),
                          build.sequence("torchvision.models.densenet._Transition",
                                         {{"norm", build.batch_norm(channels)},
                                          {"relu", build.relu()},
                                          {"conv", build.convolution({.in = channels, .out = channels / 2})},
                                          {"pool", build.module("torch.nn.modules.pooling.AvgPool2d", {},
                                                                {"return torch.avg_pool2d(x, [2, 2], [2, 2])"})}}));
    channels /= 2;
  }
  features.emplace_back("norm5", build.batch_norm(channels));
  Children children = {{"features", build.sequence("torch.nn.modules.container.Sequential", features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("classifier", build.linear(channels, classes));
    forward = chain("torch.flatten(torch.adaptive_avg_pool2d(torch.relu(" + forward + "), [1, 1]), 1)", {"classifier"});
  }
  return build.module("torchvision.models.densenet.DenseNet", children, {"return " + forward});
}

std::vector<BuiltIn> densenets() {
  static constexpr std::array nets{
      DenseNet{"densenet121", 32, {6, 12, 24, 16}, 64}, DenseNet{"densenet161", 48, {6, 12, 36, 24}, 96},
      DenseNet{"densenet169", 32, {6, 12, 32, 32}, 64}, DenseNet{"densenet201", 32, {6, 12, 48, 32}, 64}};
  std::vector<BuiltIn> all;
  for (const DenseNet& net : nets)
    all.push_back({{.name = net.name,
                    .input_size = 224,
                    .preprocessing = "torch",
                    .marks = {"features.conv0.weight", "features.norm5.weight"}},
                   [&net](const ModuleBuilder& build, std::int64_t classes) { return densenet(build, net, classes); }});
  return all;
}

} // namespace scalescope
