#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

#include <cmath>

using torch::jit::Module;

namespace scalescope {

static Module batch_norm(const ModuleBuilder& build, std::int64_t channels) { return build.batch_norm(channels, 1e-3); }

/// TensorFlow's "same" padding for an odd kernel: at stride 2, an even side gets one row less at the front. The Python
/// package computes it once, for the nominal input size; here it depends on the input, so that every size is padded
/// correctly.
static Module same_padding(const ModuleBuilder& build, std::int64_t kernel, std::int64_t stride) {
  if (kernel == 1)
    return build.module("efficientnet_lite_pytorch.utils.Identity", {}, {"return x"});
  const std::int64_t after = kernel / 2;
  const auto before = [&](int dimension) {
    return stride == 1 ? fmt::to_string(after) : fmt::format("{} + x.size({}) % 2", after - 1, dimension);
  };
  return build.module(
      "torch.nn.modules.padding.ZeroPad2d", {},
      {fmt::format("return torch.constant_pad_nd(x, [{0}, {2}, {1}, {2}], 0.)", before(3), before(2), after)});
}

static Module same_convolution(const ModuleBuilder& build, const Convolution& c) {
  return build.module("efficientnet_lite_pytorch.utils.Conv2dStaticSamePadding",
                      {{"static_padding", same_padding(build, c.kernel[0], c.stride)}},
                      {fmt::format("return torch.conv2d({0}, self.weight, None, [{1}, {1}], [0, 0], [1, 1], {2})",
                                   chain("x", {"static_padding"}), c.stride, c.groups)},
                      {{"weight", {c.out, c.in / c.groups, c.kernel[0], c.kernel[1]}}});
}

static Module inverted_bottleneck(const ModuleBuilder& build, std::int64_t in, std::int64_t out, std::int64_t expansion,
                                  std::int64_t kernel, std::int64_t stride) {
  const std::int64_t hidden = in * expansion;
  Children children;
  std::vector<std::string> path;
  if (expansion != 1) {
    children = {{"_expand_conv", same_convolution(build, {.in = in, .out = hidden})},
                {"_bn0", batch_norm(build, hidden)}};
    path = {"_expand_conv", "_bn0", "_swish"};
  }
  const Convolution depthwise = {
      .in = hidden, .out = hidden, .kernel = {kernel, kernel}, .stride = stride, .groups = hidden};
  children.emplace_back("_depthwise_conv", same_convolution(build, depthwise));
  children.emplace_back("_bn1", batch_norm(build, hidden));
  children.emplace_back("_project_conv", same_convolution(build, {.in = hidden, .out = out}));
  children.emplace_back("_bn2", batch_norm(build, out));
  children.emplace_back("_swish", build.relu6()); // the package's name, though Lite has no swish
  path.insert(path.end(), {"_depthwise_conv", "_bn1", "_swish", "_project_conv", "_bn2"});
  return build.module("efficientnet_lite_pytorch.model.MBConvBlock", children,
                      {"return " + chain("x", path) + (stride == 1 && in == out ? " + x" : "")});
}

static Module efficientnet_lite(const ModuleBuilder& build, double width, double depth, double dropout,
                                std::int64_t classes) {
  struct Row {
    int blocks;
    std::int64_t kernel, stride, expansion, channels;
  };
  static constexpr std::array<Row, 7> stages = {{{1, 3, 1, 1, 16},
                                                 {2, 3, 2, 6, 24},
                                                 {2, 5, 2, 6, 40},
                                                 {3, 3, 2, 6, 80},
                                                 {3, 5, 1, 6, 112},
                                                 {4, 5, 2, 6, 192},
                                                 {1, 3, 1, 6, 320}}};

  Children blocks;
  std::int64_t channels = 32;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Row& stage = stages[i];
    // Lite scales neither the depth of the first and the last stage, nor the stem and the head.
    const bool fixed = i == 0 || i + 1 == stages.size();
    const int repeats = fixed ? stage.blocks : static_cast<int>(std::ceil(depth * stage.blocks));
    const std::int64_t out = std::lround(std::floor(width * static_cast<double>(stage.channels) / 8 + 0.5)) * 8;
    for (int block = 0; block < repeats; ++block) {
      blocks.emplace_back(
          std::to_string(blocks.size()),
          inverted_bottleneck(build, channels, out, stage.expansion, stage.kernel, block == 0 ? stage.stride : 1));
      channels = out;
    }
  }
  std::string through_blocks = chain("x", {"_conv_stem", "_bn0", "_swish"});
  for (const auto& block : blocks)
    through_blocks = fmt::format("getattr(self._blocks, \"{}\").forward({})", block.first, through_blocks);
  std::string forward = chain(through_blocks, {"_conv_head", "_bn1", "_swish"});

  Children children = {{"_conv_stem", same_convolution(build, {.in = 3, .out = 32, .kernel = {3, 3}, .stride = 2})},
                       {"_bn0", batch_norm(build, 32)},
                       {"_blocks", build.module("torch.nn.modules.container.ModuleList", blocks, {})},
                       {"_conv_head", same_convolution(build, {.in = channels, .out = 1280})},
                       {"_bn1", batch_norm(build, 1280)}};
  if (classes > 0) {
    children.emplace_back("_avg_pooling", build.average_pool_to(1));
    children.emplace_back("_dropout", build.dropout(dropout));
    children.emplace_back("_fc", build.linear(1280, classes));
    forward = chain("torch.flatten(" + chain(forward, {"_avg_pooling"}) + ", 1)", {"_dropout", "_fc"});
  }
  children.emplace_back("_swish", build.relu6());
  return build.module("efficientnet_lite_pytorch.model.EfficientNet", children, {"return " + forward});
}

static BuiltIn efficientnet_lite_of(const char* name, int input_size, double width, double depth, double dropout) {
  return {{.name = name,
           .input_size = input_size,
           .preprocessing = "tf",
           .marks = {"_conv_stem.weight", "_blocks.0._depthwise_conv.weight"}},
          [=](const ModuleBuilder& build, std::int64_t classes) {
            return efficientnet_lite(build, width, depth, dropout, classes);
          }};
}

std::vector<BuiltIn> efficientnet_lites() {
  return {efficientnet_lite_of("efficientnet_lite0", 224, 1.0, 1.0, 0.2),
          efficientnet_lite_of("efficientnet_lite1", 240, 1.0, 1.1, 0.2),
          efficientnet_lite_of("efficientnet_lite2", 260, 1.1, 1.2, 0.3)};
}

} // namespace scalescope
