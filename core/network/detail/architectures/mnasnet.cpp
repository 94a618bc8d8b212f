#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/stages.h"

using torch::jit::Module;

namespace scalescope {

namespace {
struct MnasNet {
  const char* name;
  double width; ///< factor of the channels
};
} // namespace

static Module mnasnet_block(const ModuleBuilder& build, const Stage& stage, std::int64_t in, std::int64_t out,
                            std::int64_t stride) {
  const std::int64_t inner = in * static_cast<std::int64_t>(stage.expansion);
  const Convolution depthwise = {
      .in = inner, .out = inner, .kernel = {stage.kernel, stage.kernel}, .stride = stride, .groups = inner};
  const Module layers = build.sequential(
      {build.convolution({.in = in, .out = inner}), build.batch_norm(inner), build.relu(), build.convolution(depthwise),
       build.batch_norm(inner), build.relu(), build.convolution({.in = inner, .out = out}), build.batch_norm(out)});
  return build.module("torchvision.models.mnasnet._InvertedResidual", {{"layers", layers}},
                      {"return " + chain("x", {"layers"}) + (stride == 1 && in == out ? " + x" : "")});
}

/// Tan et al. 2019, MnasNet-B1; torchvision scales the stem as well (its version 2).
static Module mnasnet(const ModuleBuilder& build, double width, std::int64_t classes) {
  const std::int64_t stem = rounded_to_8(32 * width);
  std::int64_t channels = rounded_to_8(16 * width);
  std::vector<Module> layers = {build.convolution({.in = 3, .out = stem, .kernel = {3, 3}, .stride = 2}),
                                build.batch_norm(stem),
                                build.relu(),
                                build.convolution({.in = stem, .out = stem, .kernel = {3, 3}, .groups = stem}),
                                build.batch_norm(stem),
                                build.relu(),
                                build.convolution({.in = stem, .out = channels}),
                                build.batch_norm(channels)};
  for (const auto& row : read_stages("ir_r3_k3_s2_e3_c24 ir_r3_k5_s2_e3_c40 ir_r3_k5_s2_e6_c80 ir_r2_k3_s1_e6_c96 "
                                     "ir_r4_k5_s2_e6_c192 ir_r1_k3_s1_e6_c320")) {
    const Stage& stage = row[0];
    const std::int64_t out = rounded_to_8(width * static_cast<double>(stage.channels));
    std::vector<Module> blocks;
    for (int i = 0; i < stage.blocks; ++i) {
      blocks.push_back(mnasnet_block(build, stage, channels, out, i == 0 ? stage.stride : 1));
      channels = out;
    }
    layers.push_back(build.sequential(blocks));
  }
  for (const Module& layer : {build.convolution({.in = channels, .out = 1280}), build.batch_norm(1280), build.relu()})
    layers.push_back(layer);
  Children children = {{"layers", build.sequential(layers)}};
  std::string forward = chain("x", {"layers"});
  if (classes > 0) {
    children.emplace_back("classifier", build.sequential({build.dropout(0.2), build.linear(1280, classes)}));
    forward = chain("torch.mean(" + forward + ", [2, 3])", {"classifier"});
  }
  return build.module("torchvision.models.mnasnet.MNASNet", children, {"return " + forward});
}

std::vector<BuiltIn> mnasnets() {
  static constexpr std::array nets{MnasNet{"mnasnet0_5", 0.5}, MnasNet{"mnasnet0_75", 0.75}, MnasNet{"mnasnet1_0", 1.0},
                                   MnasNet{"mnasnet1_3", 1.3}};
  std::vector<BuiltIn> all;
  for (const MnasNet& net : nets)
    all.push_back(
        {{.name = net.name,
          .input_size = 224,
          .preprocessing = "torch",
          .marks = {"layers.0.weight", "layers.8.0.layers.0.weight"}},
         [&net](const ModuleBuilder& build, std::int64_t classes) { return mnasnet(build, net.width, classes); }});
  return all;
}

} // namespace scalescope
