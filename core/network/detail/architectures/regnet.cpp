#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/timm_parts.h"

#include <fmt/format.h>

#include <cmath>

using torch::jit::Module;

namespace scalescope {

namespace {
/// Radosavovic et al. 2020. Torchvision and timm round the widths of the paper's formula differently, so they are
/// listed.
struct RegNet {
  const char* name;
  std::array<int, 4> blocks; ///< of each stage
  std::array<std::int64_t, 4> widths;
  std::int64_t group; ///< channels of one group, at most as many as the stage has

  /// Y: with squeeze and excitation.
  [[nodiscard]] bool squeezes() const {
    const std::string_view whole = name;
    return whole.find("net_y") != whole.npos || whole.find("nety") != whole.npos;
  }
};
constexpr std::array torchvisions_regnets{RegNet{"regnet_y_400mf", {1, 3, 6, 6}, {48, 104, 208, 440}, 8},
                                          RegNet{"regnet_y_800mf", {1, 3, 8, 2}, {64, 144, 320, 784}, 16},
                                          RegNet{"regnet_y_1_6gf", {2, 6, 17, 2}, {48, 120, 336, 888}, 24},
                                          RegNet{"regnet_y_3_2gf", {2, 5, 13, 1}, {72, 216, 576, 1512}, 24},
                                          RegNet{"regnet_y_8gf", {2, 4, 10, 1}, {224, 448, 896, 2016}, 56},
                                          RegNet{"regnet_y_16gf", {2, 4, 11, 1}, {224, 448, 1232, 3024}, 112},
                                          RegNet{"regnet_y_32gf", {2, 5, 12, 1}, {232, 696, 1392, 3712}, 232},
                                          RegNet{"regnet_x_400mf", {1, 2, 7, 12}, {32, 64, 160, 400}, 16},
                                          RegNet{"regnet_x_800mf", {1, 3, 7, 5}, {64, 128, 288, 672}, 16},
                                          RegNet{"regnet_x_1_6gf", {2, 4, 10, 2}, {72, 168, 408, 912}, 24},
                                          RegNet{"regnet_x_3_2gf", {2, 6, 15, 2}, {96, 192, 432, 1008}, 48},
                                          RegNet{"regnet_x_8gf", {2, 5, 15, 1}, {80, 240, 720, 1920}, 120},
                                          RegNet{"regnet_x_16gf", {2, 6, 13, 1}, {256, 512, 896, 2048}, 128},
                                          RegNet{"regnet_x_32gf", {2, 7, 13, 1}, {336, 672, 1344, 2520}, 168}};
constexpr std::array timms_regnets{RegNet{"timm/regnetx_002", {1, 1, 4, 7}, {24, 56, 152, 368}, 8},
                                   RegNet{"timm/regnetx_004", {1, 2, 7, 12}, {32, 64, 160, 384}, 16},
                                   RegNet{"timm/regnetx_006", {1, 3, 5, 7}, {48, 96, 240, 528}, 24},
                                   RegNet{"timm/regnetx_008", {1, 3, 7, 5}, {64, 128, 288, 672}, 16},
                                   RegNet{"timm/regnetx_016", {2, 4, 10, 2}, {72, 168, 408, 912}, 24},
                                   RegNet{"timm/regnetx_032", {2, 6, 15, 2}, {96, 192, 432, 1008}, 48},
                                   RegNet{"timm/regnetx_040", {2, 5, 14, 2}, {80, 240, 560, 1360}, 40},
                                   RegNet{"timm/regnetx_064", {2, 4, 10, 1}, {168, 392, 784, 1624}, 56},
                                   RegNet{"timm/regnetx_080", {2, 5, 15, 1}, {80, 240, 720, 1920}, 120},
                                   RegNet{"timm/regnetx_120", {2, 5, 11, 1}, {224, 448, 896, 2240}, 112},
                                   RegNet{"timm/regnetx_160", {2, 6, 13, 1}, {256, 512, 896, 2048}, 128},
                                   RegNet{"timm/regnetx_320", {2, 7, 13, 1}, {336, 672, 1344, 2520}, 168},
                                   RegNet{"timm/regnety_002", {1, 1, 4, 7}, {24, 56, 152, 368}, 8},
                                   RegNet{"timm/regnety_004", {1, 3, 6, 6}, {48, 104, 208, 440}, 8},
                                   RegNet{"timm/regnety_006", {1, 3, 7, 4}, {48, 112, 256, 608}, 16},
                                   RegNet{"timm/regnety_008", {1, 3, 8, 2}, {64, 128, 320, 768}, 16},
                                   RegNet{"timm/regnety_016", {2, 6, 17, 2}, {48, 120, 336, 888}, 24},
                                   RegNet{"timm/regnety_032", {2, 5, 13, 1}, {72, 216, 576, 1512}, 24},
                                   RegNet{"timm/regnety_040", {2, 6, 12, 2}, {128, 192, 512, 1088}, 64},
                                   RegNet{"timm/regnety_064", {2, 7, 14, 2}, {144, 288, 576, 1296}, 72},
                                   RegNet{"timm/regnety_080", {2, 4, 10, 1}, {168, 448, 896, 2016}, 56},
                                   RegNet{"timm/regnety_120", {2, 5, 11, 1}, {224, 448, 896, 2240}, 112},
                                   RegNet{"timm/regnety_160", {2, 4, 11, 1}, {224, 448, 1232, 3024}, 112},
                                   RegNet{"timm/regnety_320", {2, 5, 12, 1}, {232, 696, 1392, 3712}, 232}};

/// One block: from `in` to `out` channels.
struct RegNetBlock {
  std::int64_t in, out, stride;
  std::int64_t groups;
  std::int64_t squeezed; ///< channels of squeeze and excitation; 0: there is none

  [[nodiscard]] bool projects() const { return in != out || stride != 1; }
  [[nodiscard]] Convolution shortcut() const { return {.in = in, .out = out, .stride = stride}; }
  [[nodiscard]] Convolution first() const { return {.in = in, .out = out}; }
  [[nodiscard]] Convolution second() const {
    return {.in = out, .out = out, .kernel = {3, 3}, .stride = stride, .groups = groups};
  }
  [[nodiscard]] Convolution third() const { return {.in = out, .out = out}; }
};
using MakeRegNetBlock = Module (*)(const ModuleBuilder&, const RegNetBlock&);
} // namespace

static Module torchvisions_regnet_block(const ModuleBuilder& build, const RegNetBlock& block) {
  Children transform = {{"a", build.convolution_norm(block.first(), Nonlinearity::relu)},
                        {"b", build.convolution_norm(block.second(), Nonlinearity::relu)}};
  if (block.squeezed > 0)
    transform.emplace_back(
        "se", build.squeeze_excitation(block.out, block.squeezed, Nonlinearity::relu, Nonlinearity::sigmoid));
  transform.emplace_back("c", build.convolution_norm(block.third(), Nonlinearity::none));
  Children children;
  if (block.projects())
    children.emplace_back("proj", build.convolution_norm(block.shortcut(), Nonlinearity::none));
  children.emplace_back("f", build.sequence("torchvision.models.regnet.BottleneckTransform", transform));
  children.emplace_back("activation", build.relu());
  const std::string shortcut = block.projects() ? chain("x", {"proj"}) : "x";
  return build.module("torchvision.models.regnet.ResBottleneckBlock", children,
                      {"return " + chain(shortcut + " + " + chain("x", {"f"}), {"activation"})});
}

static Module timms_regnet_block(const ModuleBuilder& build, const RegNetBlock& block) {
  return build.module(
      "timm.models.regnet.Bottleneck",
      {{"conv1", timm::conv_norm_act(build, block.first(), Nonlinearity::relu)},
       {"conv2", timm::conv_norm_act(build, block.second(), Nonlinearity::relu)},
       {"se", block.squeezed > 0 ? timm::squeeze_excitation(build, block.out, block.squeezed) : build.identity()},
       {"conv3", timm::conv_norm_act(build, block.third(), Nonlinearity::none)},
       {"act3", build.relu()},
       {"downsample",
        block.projects() ? timm::conv_norm_act(build, block.shortcut(), Nonlinearity::none) : build.identity()},
       {"drop_path", build.identity()}},
      {"return " +
       chain(chain("x", {"conv1", "conv2", "se", "conv3", "drop_path"}) + " + " + chain("x", {"downsample"}),
             {"act3"})});
}

/// @param block_name format of the name of a block, from its stage, and its place from 0 and from 1.
static Children regnet_stages(const ModuleBuilder& build, const RegNet& net, const char* stage_name,
                              const char* stage_type, const char* block_name, MakeRegNetBlock make) {
  Children stages;
  std::int64_t channels = 32;
  for (std::size_t stage = 0; stage < net.blocks.size(); ++stage) {
    const std::int64_t out = net.widths[stage];
    Children items;
    for (int i = 0; i < net.blocks[stage]; ++i) {
      const RegNetBlock block{
          channels, out, i == 0 ? 2 : 1, out / std::min(out, net.group),
          net.squeezes() ? static_cast<std::int64_t>(std::nearbyint(static_cast<double>(channels) / 4)) : 0};
      items.emplace_back(fmt::format(fmt::runtime(block_name), stage + 1, i, i + 1), make(build, block));
      channels = out;
    }
    stages.emplace_back(fmt::format("{}{}", stage_name, stage + 1), build.sequence(stage_type, items));
  }
  return stages;
}

static Module torchvisions_regnet(const ModuleBuilder& build, const RegNet& net, std::int64_t classes) {
  const Children stages = regnet_stages(build, net, "block", "torchvision.models.regnet.AnyStage", "block{0}-{1}",
                                        torchvisions_regnet_block);
  Children children = {
      {"stem", build.convolution_norm({.in = 3, .out = 32, .kernel = {3, 3}, .stride = 2}, Nonlinearity::relu, 1e-5,
                                      "torchvision.models.regnet.SimpleStemIN")},
      {"trunk_output", build.sequence("torch.nn.modules.container.Sequential", stages)}};
  std::string forward = chain("x", {"stem", "trunk_output"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("fc", build.linear(net.widths.back(), classes));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"fc"});
  }
  return build.module("torchvision.models.regnet.RegNet", children, {"return " + forward});
}

static Module timms_regnet(const ModuleBuilder& build, const RegNet& net, std::int64_t classes) {
  Children children = {
      {"stem", timm::conv_norm_act(build, {.in = 3, .out = 32, .kernel = {3, 3}, .stride = 2}, Nonlinearity::relu)}};
  for (const auto& stage : regnet_stages(build, net, "s", "timm.models.regnet.RegStage", "b{2}", timms_regnet_block))
    children.push_back(stage);
  children.emplace_back("final_conv", build.identity());
  if (classes > 0)
    children.emplace_back("head", timm::classifier_head(build, net.widths.back(), classes));
  return build.sequence("timm.models.regnet.RegNet", children);
}

std::vector<BuiltIn> regnets() {
  std::vector<BuiltIn> all;
  for (const RegNet& net : torchvisions_regnets)
    all.push_back({{.name = net.name,
                    .input_size = 224,
                    .preprocessing = "torch",
                    .marks = {"stem.0.weight", "trunk_output.block1.block1-0.f.a.0.weight"}},
                   [&net](const ModuleBuilder& build, std::int64_t classes) {
                     return torchvisions_regnet(build, net, classes);
                   }});
  for (const RegNet& net : timms_regnets)
    all.push_back(
        {{.name = net.name,
          .input_size = 224,
          .preprocessing = "torch",
          .marks = {"stem.conv.weight", "s1.b1.conv1.conv.weight"}},
         [&net](const ModuleBuilder& build, std::int64_t classes) { return timms_regnet(build, net, classes); }});
  return all;
}

} // namespace scalescope
