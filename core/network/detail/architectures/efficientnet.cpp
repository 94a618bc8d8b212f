#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/stages.h"

#include <cmath>

using torch::jit::Module;

namespace scalescope {

namespace {
/// One of torchvision's EfficientNets.
struct EfficientNet {
  const char* name;
  int input_size;
  double width; ///< factor of the channels
  double depth; ///< factor of the blocks
  double dropout;
  double epsilon; ///< of the batch norms
  const char* stages = efficientnet_stages;
  std::int64_t stem = 32; ///< channels
  std::int64_t last = 0;  ///< channels of the last convolution; 0: four times those of the last stage
  const char* preprocessing = "torch";
};
} // namespace

/// @param dropped probability that training drops the block.
static Module mbconv(const ModuleBuilder& build, const EfficientNet& net, const Stage& stage, std::int64_t in,
                     std::int64_t out, std::int64_t stride, double dropped) {
  const bool fused = stage.kind == "er" || stage.kind == "cn";
  const std::int64_t inner = rounded_to_8(static_cast<double>(in) * stage.expansion);
  const std::array<std::int64_t, 2> kernel{stage.kernel, stage.kernel};
  std::vector<Module> layers;
  if (fused) {
    layers.push_back(
        build.convolution_norm({.in = in, .out = inner == in ? out : inner, .kernel = kernel, .stride = stride},
                               Nonlinearity::silu, net.epsilon));
  } else {
    if (inner != in)
      layers.push_back(build.convolution_norm({.in = in, .out = inner}, Nonlinearity::silu, net.epsilon));
    layers.push_back(
        build.convolution_norm({.in = inner, .out = inner, .kernel = kernel, .stride = stride, .groups = inner},
                               Nonlinearity::silu, net.epsilon));
    layers.push_back(
        build.squeeze_excitation(inner, std::max<std::int64_t>(1, in / 4), Nonlinearity::silu, Nonlinearity::sigmoid));
  }
  if (!fused || inner != in)
    layers.push_back(build.convolution_norm({.in = inner, .out = out}, Nonlinearity::none, net.epsilon));
  const bool adds = stride == 1 && in == out;
  return build.module(
      fused ? "torchvision.models.efficientnet.FusedMBConv" : "torchvision.models.efficientnet.MBConv",
      {{"block", build.sequential(layers)}, {"stochastic_depth", build.stochastic_depth(dropped)}},
      {adds ? "return " + chain("x", {"block", "stochastic_depth"}) + " + x" : "return " + chain("x", {"block"})});
}

static Module efficientnet(const ModuleBuilder& build, const EfficientNet& net, std::int64_t classes) {
  const auto stages = read_stages(net.stages);
  std::int64_t channels = rounded_to_8(static_cast<double>(net.stem) * net.width);
  std::vector<int> repeats;
  int all = 0;
  for (const auto& stage : stages)
    all += repeats.emplace_back(static_cast<int>(std::ceil(net.depth * stage[0].blocks)));
  std::vector<Module> features = {build.convolution_norm({.in = 3, .out = channels, .kernel = {3, 3}, .stride = 2},
                                                         Nonlinearity::silu, net.epsilon)};
  int number = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i][0];
    const std::int64_t out = rounded_to_8(net.width * static_cast<double>(stage.channels));
    std::vector<Module> blocks;
    for (int block = 0; block < repeats[i]; ++block) {
      blocks.push_back(mbconv(build, net, stage, channels, out, block == 0 ? stage.stride : 1, 0.2 * number++ / all));
      channels = out;
    }
    features.push_back(build.sequential(blocks));
  }
  const std::int64_t last = net.last == 0 ? 4 * channels : net.last;
  features.push_back(build.convolution_norm({.in = channels, .out = last}, Nonlinearity::silu, net.epsilon));
  Children children = {{"features", build.sequential(features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("classifier", build.sequential({build.dropout(net.dropout), build.linear(last, classes)}));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"classifier"});
  }
  return build.module("torchvision.models.efficientnet.EfficientNet", children, {"return " + forward});
}

std::vector<BuiltIn> efficientnets() {
  static constexpr std::array nets{
      EfficientNet{"efficientnet_b0", 224, 1.0, 1.0, 0.2, 1e-5},
      EfficientNet{"efficientnet_b1", 240, 1.0, 1.1, 0.2, 1e-5},
      EfficientNet{"efficientnet_b2", 288, 1.1, 1.2, 0.3, 1e-5},
      EfficientNet{"efficientnet_b3", 300, 1.2, 1.4, 0.3, 1e-5},
      EfficientNet{"efficientnet_b4", 380, 1.4, 1.8, 0.4, 1e-5},
      EfficientNet{"efficientnet_b5", 456, 1.6, 2.2, 0.4, 1e-3},
      EfficientNet{"efficientnet_b6", 528, 1.8, 2.6, 0.5, 1e-3},
      EfficientNet{"efficientnet_b7", 600, 2.0, 3.1, 0.5, 1e-3},
      EfficientNet{"efficientnet_v2_s", 384, 1, 1, 0.2, 1e-3, efficientnet_v2_s_stages, 24, 1280},
      EfficientNet{"efficientnet_v2_m", 480, 1, 1, 0.3, 1e-3, efficientnet_v2_m_stages, 24, 1280},
      EfficientNet{"efficientnet_v2_l", 480, 1, 1, 0.4, 1e-3, efficientnet_v2_l_stages, 32, 1280, "tf"}};
  std::vector<BuiltIn> all;
  for (const EfficientNet& net : nets)
    all.push_back(
        {{.name = net.name,
          .input_size = net.input_size,
          .preprocessing = net.preprocessing,
          .marks = {"features.0.0.weight", "features.1.0.block.0.0.weight"}},
         [&net](const ModuleBuilder& build, std::int64_t classes) { return efficientnet(build, net, classes); }});
  return all;
}

} // namespace scalescope
