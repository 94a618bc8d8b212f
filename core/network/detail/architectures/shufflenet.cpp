#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

namespace {
struct ShuffleNet {
  const char* name;
  std::array<std::int64_t, 4> channels; ///< of the three stages, and of the last convolution
};
} // namespace

static Module shuffle_unit(const ModuleBuilder& build, std::int64_t in, std::int64_t out, std::int64_t stride) {
  const std::int64_t half = out / 2;
  const auto depthwise = [&](std::int64_t channels) {
    return build.convolution({.in = channels, .out = channels, .kernel = {3, 3}, .stride = stride, .groups = channels});
  };
  std::vector<Module> first; // of a unit that halves the map; else it passes half of the channels on
  if (stride > 1)
    first = {depthwise(in), build.batch_norm(in), build.convolution({.in = in, .out = half}), build.batch_norm(half),
             build.relu()};
  const Module second =
      build.sequential({build.convolution({.in = stride > 1 ? in : half, .out = half}), build.batch_norm(half),
                        build.relu(), depthwise(half), build.batch_norm(half),
                        build.convolution({.in = half, .out = half}), build.batch_norm(half), build.relu()});
  const std::string joined =
      stride > 1 ? fmt::format("x = torch.cat([{}, {}], 1)", chain("x", {"branch1"}), chain("x", {"branch2"}))
                 : fmt::format("x = torch.cat([x[:, :{0}], {1}], 1)", half,
                               chain(fmt::format("x[:, {}:]", half), {"branch2"}));
  return build.module("torchvision.models.shufflenetv2.InvertedResidual",
                      {{"branch1", build.sequential(first)}, {"branch2", second}},
                      {joined, // and the channels of the two are shuffled
                       fmt::format("y = torch.transpose(x.view([x.size(0), 2, {}, x.size(2), x.size(3)]), 1, 2)", half),
                       fmt::format("return torch.reshape(y, [x.size(0), {}, x.size(2), x.size(3)])", out)});
}

static Module shufflenet(const ModuleBuilder& build, const ShuffleNet& net, std::int64_t classes) {
  const auto stem = [&](const Convolution& c) {
    return build.sequential({build.convolution(c), build.batch_norm(c.out), build.relu()});
  };
  Children children = {{"conv1", stem({.in = 3, .out = 24, .kernel = {3, 3}, .stride = 2})},
                       {"maxpool", build.max_pool(3, 2, 1)}};
  std::int64_t channels = 24;
  for (std::size_t stage = 0; stage < 3; ++stage) {
    static constexpr std::array units{4, 8, 4};
    std::vector<Module> items;
    for (int i = 0; i < units.at(stage); ++i) {
      items.push_back(shuffle_unit(build, channels, net.channels.at(stage), i == 0 ? 2 : 1));
      channels = net.channels.at(stage);
    }
    children.emplace_back(fmt::format("stage{}", stage + 2), build.sequential(items));
  }
  children.emplace_back("conv5", stem({.in = channels, .out = net.channels[3]}));
  std::string forward = chain("x", {"conv1", "maxpool", "stage2", "stage3", "stage4", "conv5"});
  if (classes > 0) {
    children.emplace_back("fc", build.linear(net.channels[3], classes));
    forward = chain("torch.mean(" + forward + ", [2, 3])", {"fc"});
  }
  return build.module("torchvision.models.shufflenetv2.ShuffleNetV2", children, {"return " + forward});
}

std::vector<BuiltIn> shufflenets() {
  static constexpr std::array nets{
      ShuffleNet{"shufflenet_v2_x0_5", {48, 96, 192, 1024}}, ShuffleNet{"shufflenet_v2_x1_0", {116, 232, 464, 1024}},
      ShuffleNet{"shufflenet_v2_x1_5", {176, 352, 704, 1024}}, ShuffleNet{"shufflenet_v2_x2_0", {244, 488, 976, 2048}}};
  std::vector<BuiltIn> all;
  for (const ShuffleNet& net : nets)
    all.push_back(
        {{.name = net.name,
          .input_size = 224,
          .preprocessing = "torch",
          .marks = {"stage2.0.branch1.0.weight", "conv5.0.weight"}},
         [&net](const ModuleBuilder& build, std::int64_t classes) { return shufflenet(build, net, classes); }});
  return all;
}

} // namespace scalescope
