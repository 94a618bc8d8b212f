#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

static Module googlenet_convolution(const ModuleBuilder& build, const Convolution& c) {
  return build.module("torchvision.models.googlenet.BasicConv2d",
                      {{"conv", build.convolution(c)}, {"bn", build.batch_norm(c.out, 0.001)}},
                      {"return torch.relu(" + chain("x", {"conv", "bn"}) + ")"});
}

/// Channels of an Inception module's branches: 1x1; 3x3, after a reduction; "5x5" (in torchvision 3x3 too), after a
/// reduction; and behind the pooling.
using GoogLeNetBranches = std::array<std::int64_t, 6>;

static Module googlenet_inception(const ModuleBuilder& build, std::int64_t in, const GoogLeNetBranches& out) {
  const auto convolution = [&](std::int64_t from, std::int64_t to, std::int64_t side) {
    return googlenet_convolution(build, {.in = from, .out = to, .kernel = {side, side}});
  };
  return build.module("torchvision.models.googlenet.Inception",
                      {{"branch1", convolution(in, out[0], 1)},
                       {"branch2", build.sequential({convolution(in, out[1], 1), convolution(out[1], out[2], 3)})},
                       {"branch3", build.sequential({convolution(in, out[3], 1), convolution(out[3], out[4], 3)})},
                       {"branch4", build.sequential({build.max_pool(3, 1, 1, true), convolution(in, out[5], 1)})}},
                      {fmt::format("return torch.cat([{}, {}, {}, {}], 1)", chain("x", {"branch1"}),
                                   chain("x", {"branch2"}), chain("x", {"branch3"}), chain("x", {"branch4"}))});
}

static Module googlenet(const ModuleBuilder& build, std::int64_t classes) {
  struct Mixed {
    const char* name;
    GoogLeNetBranches branches;
    std::int64_t pooled = 0; ///< kernel of the pooling behind it; 0: there is none
  };
  static constexpr std::array mixed{
      Mixed{"3a", {64, 96, 128, 16, 32, 32}},        Mixed{"3b", {128, 128, 192, 32, 96, 64}, 3},
      Mixed{"4a", {192, 96, 208, 16, 48, 64}},       Mixed{"4b", {160, 112, 224, 24, 64, 64}},
      Mixed{"4c", {128, 128, 256, 24, 64, 64}},      Mixed{"4d", {112, 144, 288, 32, 64, 64}},
      Mixed{"4e", {256, 160, 320, 32, 128, 128}, 2}, Mixed{"5a", {256, 160, 320, 32, 128, 128}},
      Mixed{"5b", {384, 192, 384, 48, 128, 128}}};
  Children children = {{"conv1", googlenet_convolution(build, {.in = 3, .out = 64, .kernel = {7, 7}, .stride = 2})},
                       {"maxpool1", build.max_pool(3, 2, 0, true)},
                       {"conv2", googlenet_convolution(build, {.in = 64, .out = 64})},
                       {"conv3", googlenet_convolution(build, {.in = 64, .out = 192, .kernel = {3, 3}})},
                       {"maxpool2", build.max_pool(3, 2, 0, true)}};
  std::int64_t channels = 192;
  for (const Mixed& one : mixed) {
    children.emplace_back(std::string("inception") + one.name, googlenet_inception(build, channels, one.branches));
    channels = one.branches[0] + one.branches[2] + one.branches[4] + one.branches[5];
    if (one.pooled > 0)
      children.emplace_back(one.pooled == 3 ? "maxpool3" : "maxpool4", build.max_pool(one.pooled, 2, 0, true));
  }
  std::vector<std::string> path;
  for (const auto& child : children)
    path.push_back(child.first);
  std::string forward = chain("x", path);
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("dropout", build.dropout(0.2));
    children.emplace_back("fc", build.linear(channels, classes));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"dropout", "fc"});
  }
  return build.module("torchvision.models.googlenet.GoogLeNet", children, {"return " + forward});
}

std::vector<BuiltIn> googlenets() {
  return {{{.name = "googlenet",
            .input_size = 224,
            .preprocessing = "tf",
            .may_convert_input = true,
            .marks = {"conv1.conv.weight", "inception3a.branch1.conv.weight"}},
           googlenet}};
}

} // namespace scalescope
