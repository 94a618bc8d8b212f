#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/timm_parts.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

namespace {
struct ConvNeXt {
  const char* size;
  std::array<int, 4> blocks;
  std::int64_t width;   ///< channels of the first stage; each next has twice as many
  double depth_dropped; ///< torchvision's stochastic depth at the last block
};
constexpr std::array convnext_sizes{ConvNeXt{"tiny", {3, 3, 9, 3}, 96, 0.1}, ConvNeXt{"small", {3, 3, 27, 3}, 96, 0.4},
                                    ConvNeXt{"base", {3, 3, 27, 3}, 128, 0.5},
                                    ConvNeXt{"large", {3, 3, 27, 3}, 192, 0.5}};
constexpr std::array convnextv2_sizes{ConvNeXt{"atto", {2, 2, 6, 2}, 40, 0}, ConvNeXt{"femto", {2, 2, 6, 2}, 48, 0},
                                      ConvNeXt{"pico", {2, 2, 6, 2}, 64, 0}, ConvNeXt{"nano", {2, 2, 8, 2}, 80, 0},
                                      ConvNeXt{"tiny", {3, 3, 9, 3}, 96, 0}, ConvNeXt{"base", {3, 3, 27, 3}, 128, 0}};

const char* const torchvisions_norm = "torchvision.models.convnext.LayerNorm2d";
const char* const timms_norm = "timm.layers.norm.LayerNorm2d";
} // namespace

/// A convolution of patches that do not overlap.
static Module patches(const ModuleBuilder& build, std::int64_t in, std::int64_t out, std::int64_t side) {
  return build.convolution(
      {.in = in, .out = out, .kernel = {side, side}, .stride = side, .padded = false, .bias = true});
}

static Module depthwise7(const ModuleBuilder& build, std::int64_t channels) {
  return build.convolution({.in = channels, .out = channels, .kernel = {7, 7}, .groups = channels, .bias = true});
}

static Module permutation(const ModuleBuilder& build, const char* order) {
  return build.module("torchvision.ops.misc.Permute", {}, {fmt::format("return torch.permute(x, {})", order)});
}

static Module torchvisions_block(const ModuleBuilder& build, std::int64_t channels, double dropped) {
  return build.module(
      "torchvision.models.convnext.CNBlock",
      {{"block",
        build.sequential({depthwise7(build, channels), permutation(build, "[0, 2, 3, 1]"), build.layer_norm(channels),
                          build.linear(channels, 4 * channels), build.activation(Nonlinearity::gelu),
                          build.linear(4 * channels, channels), permutation(build, "[0, 3, 1, 2]")})},
       {"stochastic_depth", build.stochastic_depth(dropped)}},
      {"return " + chain("self.layer_scale * " + chain("x", {"block"}), {"stochastic_depth"}) + " + x"},
      {{"layer_scale", {channels, 1, 1}}});
}

static Module torchvisions_convnext(const ModuleBuilder& build, const ConvNeXt& net, std::int64_t classes) {
  std::int64_t channels = net.width;
  std::vector<Module> features = {
      build.sequential({patches(build, 3, channels, 4), build.layer_norm_2d(channels, torchvisions_norm)},
                       "torchvision.ops.misc.Conv2dNormActivation")};
  const int all = net.blocks[0] + net.blocks[1] + net.blocks[2] + net.blocks[3];
  int number = 0;
  for (const int blocks : net.blocks) {
    if (number > 0) {
      features.push_back(build.sequential(
          {build.layer_norm_2d(channels, torchvisions_norm), patches(build, channels, 2 * channels, 2)}));
      channels *= 2;
    }
    std::vector<Module> stage;
    for (int i = 0; i < blocks; ++i)
      stage.push_back(torchvisions_block(build, channels, net.depth_dropped * number++ / (all - 1)));
    features.push_back(build.sequential(stage));
  }
  Children children = {{"features", build.sequential(features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("classifier", build.sequential({build.layer_norm_2d(channels, torchvisions_norm),
                                                          build.flatten(), build.linear(channels, classes)}));
    forward = chain(forward, {"avgpool", "classifier"});
  }
  return build.module("torchvision.models.convnext.ConvNeXt", children, {"return " + forward});
}

/// The two layers behind the depthwise convolution. timm's smaller networks of version 2 make them convolutions.
static Module timms_mlp(const ModuleBuilder& build, std::int64_t channels, bool version2, bool convolutions) {
  const auto layer = [&](std::int64_t in, std::int64_t out) {
    return convolutions ? build.convolution({.in = in, .out = out, .bias = true}) : build.linear(in, out);
  };
  Module normalised = build.identity();
  if (version2) { // Woo et al. 2023, equation 4
    const char* const positions = convolutions ? "[2, 3]" : "[1, 2]";
    const char* const shape = convolutions ? "[1, -1, 1, 1]" : "[1, 1, 1, -1]";
    normalised =
        build.module("timm.layers.grn.GlobalResponseNorm", {},
                     {fmt::format("g = torch.norm(x, 2, {}, True)", positions),
                      fmt::format("n = g / (torch.mean(g, [{}], True) + 1e-06)", convolutions ? 1 : -1),
                      fmt::format("return x + (self.bias.view({0}) + self.weight.view({0}) * (x * n))", shape)},
                     {{"weight", {4 * channels}}, {"bias", {4 * channels}}});
  }
  return build.sequence(version2 ? "timm.layers.mlp.GlobalResponseNormMlp" : "timm.layers.mlp.Mlp",
                        {{"fc1", layer(channels, 4 * channels)},
                         {"act", build.activation(Nonlinearity::gelu)},
                         {"drop1", build.dropout(0)},
                         {version2 ? "grn" : "norm", normalised},
                         {"fc2", layer(4 * channels, channels)},
                         {"drop2", build.dropout(0)}});
}

static Module timms_block(const ModuleBuilder& build, std::int64_t channels, bool version2, bool convolutions) {
  std::string value = chain("x", {"conv_dw"});
  value = convolutions ? chain(value, {"norm", "mlp"})
                       : "torch.permute(" + chain("torch.permute(" + value + ", [0, 2, 3, 1])", {"norm", "mlp"}) +
                             ", [0, 3, 1, 2])";
  Shapes parameters;
  if (!version2) {
    value = "torch.mul(" + value + ", self.gamma.reshape([1, -1, 1, 1]))";
    parameters = {{"gamma", {channels}}};
  }
  return build.module("timm.models.convnext.ConvNeXtBlock",
                      {{"conv_dw", depthwise7(build, channels)},
                       {"norm", convolutions ? build.layer_norm_2d(channels, timms_norm) : build.layer_norm(channels)},
                       {"mlp", timms_mlp(build, channels, version2, convolutions)},
                       {"shortcut", build.identity()},
                       {"drop_path", build.identity()}},
                      {"return " + chain(value, {"drop_path"}) + " + " + chain("x", {"shortcut"})}, parameters);
}

static Module timms_convnext(const ModuleBuilder& build, const ConvNeXt& net, bool version2, std::int64_t classes) {
  const bool convolutions = version2 && net.width < 96;
  std::int64_t channels = net.width;
  Children children = {
      {"stem", build.sequential({patches(build, 3, channels, 4), build.layer_norm_2d(channels, timms_norm)})}};
  std::vector<Module> stages;
  for (const int blocks : net.blocks) {
    Module downsample = build.identity();
    if (!stages.empty()) {
      downsample =
          build.sequential({build.layer_norm_2d(channels, timms_norm), patches(build, channels, 2 * channels, 2)});
      channels *= 2;
    }
    std::vector<Module> items;
    for (int i = 0; i < blocks; ++i)
      items.push_back(timms_block(build, channels, version2, convolutions));
    stages.push_back(build.sequence("timm.models.convnext.ConvNeXtStage",
                                    {{"downsample", downsample}, {"blocks", build.sequential(items)}}));
  }
  children.emplace_back("stages", build.sequential(stages));
  children.emplace_back("norm_pre", build.identity());
  if (classes > 0)
    children.emplace_back("head", build.sequence("timm.layers.classifier.NormMlpClassifierHead",
                                                 {{"global_pool", timm::global_pool(build, /*flattened=*/false)},
                                                  {"norm", build.layer_norm_2d(channels, timms_norm)},
                                                  {"flatten", build.flatten()},
                                                  {"pre_logits", build.identity()},
                                                  {"drop", build.dropout(0)},
                                                  {"fc", build.linear(channels, classes)}}));
  return build.sequence("timm.models.convnext.ConvNeXt", children);
}

std::vector<BuiltIn> convnexts() {
  std::vector<BuiltIn> all;
  for (const ConvNeXt& net : convnext_sizes)
    all.push_back({{.name = std::string("convnext_") + net.size,
                    .input_size = 224,
                    .preprocessing = "torch",
                    .marks = {"features.0.0.weight", "features.1.0.layer_scale"}},
                   [&net](const ModuleBuilder& build, std::int64_t classes) {
                     return torchvisions_convnext(build, net, classes);
                   }});
  const auto add = [&](const ConvNeXt& net, bool version2) {
    all.push_back({{.name = std::string(version2 ? "timm/convnextv2_" : "timm/convnext_") + net.size,
                    .input_size = 224,
                    .preprocessing = "torch",
                    .marks = {"stem.0.weight", "stages.0.blocks.0.conv_dw.weight"}},
                   [&net, version2](const ModuleBuilder& build, std::int64_t classes) {
                     return timms_convnext(build, net, version2, classes);
                   }});
  };
  for (const ConvNeXt& net : convnext_sizes)
    add(net, false);
  for (const ConvNeXt& net : convnextv2_sizes)
    add(net, true);
  return all;
}

} // namespace scalescope
