#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/timm_parts.h"

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

/// In torchvision's, norm and activation are two modules; in timm's, the norm holds the activation.
enum class From { torchvision, timm };
} // namespace

/// @param number at the end of their names: "norm1", "relu1"
static void add_norm_act(Children& children, const ModuleBuilder& build, From from, const std::string& number,
                         std::int64_t channels) {
  if (from == From::timm) {
    children.emplace_back("norm" + number, timm::batch_norm_act(build, channels, Nonlinearity::relu));
    return;
  }
  children.emplace_back("norm" + number, build.batch_norm(channels));
  children.emplace_back("relu" + number, build.relu());
}

static std::string class_of(From from, const std::string& name) {
  return from == From::timm ? "timm.models.densenet." + name : "torchvision.models.densenet._" + name;
}

/// A layer gets the maps of all layers before it as one tensor; in Python, as a list that it joins.
static Module dense_block(const ModuleBuilder& build, From from, int layers, std::int64_t channels,
                          std::int64_t growth) {
  Children children;
  std::vector<std::string> forward;
  for (int i = 0; i < layers; ++i) {
    Children steps;
    add_norm_act(steps, build, from, "1", channels);
    steps.emplace_back("conv1", build.convolution({.in = channels, .out = 4 * growth}));
    add_norm_act(steps, build, from, "2", 4 * growth);
    steps.emplace_back("conv2", build.convolution({.in = 4 * growth, .out = growth, .kernel = {3, 3}}));
    const std::string name = fmt::format("denselayer{}", i + 1);
    children.emplace_back(name, build.sequence(class_of(from, "DenseLayer"), steps));
    forward.push_back("x = torch.cat([x, " + chain("x", {name}) + "], 1)");
    channels += growth;
  }
  forward.emplace_back("return x");
  return build.module(class_of(from, "DenseBlock"), children, forward);
}

/// Halves channels and sides.
static Module transition(const ModuleBuilder& build, From from, std::int64_t channels) {
  Children steps;
  add_norm_act(steps, build, from, "", channels);
  steps.emplace_back("conv", build.convolution({.in = channels, .out = channels / 2}));
  steps.emplace_back(
      "pool", build.module("torch.nn.modules.pooling.AvgPool2d", {}, {"return torch.avg_pool2d(x, [2, 2], [2, 2])"}));
  return build.sequence(from == From::timm ? "timm.models.densenet.DenseTransition" : class_of(from, "Transition"),
                        steps);
}

static Module densenet(const ModuleBuilder& build, From from, const DenseNet& net, std::int64_t classes) {
  std::int64_t channels = net.stem;
  Children features = {{"conv0", build.convolution({.in = 3, .out = channels, .kernel = {7, 7}, .stride = 2})}};
  add_norm_act(features, build, from, "0", channels);
  features.emplace_back("pool0", build.max_pool(3, 2, 1));
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    features.emplace_back(fmt::format("denseblock{}", i + 1),
                          dense_block(build, from, net.layers[i], channels, net.growth));
    channels += net.layers[i] * net.growth;
    if (i + 1 == net.layers.size())
      break;
    features.emplace_back(fmt::format("transition{}", i + 1), transition(build, from, channels));
    channels /= 2;
  }
  add_norm_act(features, build, from, "5", channels);
  if (from == From::torchvision)
    features.pop_back(); // the last activation is in the network's own forward
  Children children = {{"features", build.sequence("torch.nn.modules.container.Sequential", features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0 && from == From::timm) {
    children.emplace_back("global_pool", timm::global_pool(build));
    children.emplace_back("head_drop", build.dropout(0));
    children.emplace_back("classifier", build.linear(channels, classes));
    forward = chain(forward, {"global_pool", "head_drop", "classifier"});
  } else if (classes > 0) {
    children.emplace_back("classifier", build.linear(channels, classes));
    forward = chain("torch.flatten(torch.adaptive_avg_pool2d(torch.relu(" + forward + "), [1, 1]), 1)", {"classifier"});
  }
  return build.module(from == From::timm ? "timm.models.densenet.DenseNet" : "torchvision.models.densenet.DenseNet",
                      children, {"return " + forward});
}

std::vector<BuiltIn> densenets() {
  static constexpr std::array nets{
      DenseNet{"densenet121", 32, {6, 12, 24, 16}, 64}, DenseNet{"densenet161", 48, {6, 12, 36, 24}, 96},
      DenseNet{"densenet169", 32, {6, 12, 32, 32}, 64}, DenseNet{"densenet201", 32, {6, 12, 48, 32}, 64}};
  std::vector<BuiltIn> all;
  for (const From from : {From::torchvision, From::timm})
    for (const DenseNet& net : nets)
      all.push_back({{.name = from == From::timm ? fmt::format("timm/{}", net.name) : net.name,
                      .input_size = 224,
                      .preprocessing = "torch",
                      .same_as = from == From::timm ? net.name : "",
                      .marks = {"features.conv0.weight", "features.norm5.weight"}},
                     [&net, from](const ModuleBuilder& build, std::int64_t classes) {
                       return densenet(build, from, net, classes);
                     }});
  return all;
}

} // namespace scalescope
