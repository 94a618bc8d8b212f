#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/stages.h"
#include "core/network/detail/architectures/timm_parts.h"

#include <fmt/format.h>

#include <cmath>

using torch::jit::Module;

namespace scalescope {

namespace {
/// What timm's EfficientNets and MobileNets of one kind share.
struct TimmKind {
  const char* stages;
  Nonlinearity activation;
  std::int64_t stem = 32;  ///< channels
  bool fixed_ends = false; ///< neither stem and head nor the depth of the first and the last stage are scaled
  double least = 0.9;      ///< see rounded_to_8
  std::int64_t hidden = 0; ///< channels of MobileNetV3's convolution behind the pooling; 0: the head is EfficientNet's
};

struct TimmEfficientNet {
  const char* name;
  const TimmKind& kind;
  int input_size;
  const char* preprocessing = "torch";
  double width = 1; ///< factor of the channels
  double depth = 1; ///< factor of the blocks
  /// Trained in TensorFlow: its "same" padding, which depends on the size of the image, and its batch norms.
  bool tensorflow = false;

  [[nodiscard]] double epsilon() const { return tensorflow ? 1e-3 : 1e-5; }
  [[nodiscard]] std::int64_t scaled(std::int64_t channels) const {
    return rounded_to_8(width * static_cast<double>(channels), kind.least);
  }
};

constexpr TimmKind mobile2{mobilenet_v2_stages, Nonlinearity::relu6};
constexpr TimmKind mobile3_small{mobilenet_v3_small_stages, Nonlinearity::hardswish, 16, false, 0.9, 1024};
constexpr TimmKind mobile3_large{mobilenet_v3_large_stages, Nonlinearity::hardswish, 16, false, 0.9, 1280};
constexpr TimmKind efficient{efficientnet_stages, Nonlinearity::silu};
constexpr TimmKind lite{efficientnet_lite_stages, Nonlinearity::relu6, 32, true};
constexpr TimmKind efficient2_base{efficientnet_v2_base_stages, Nonlinearity::silu, 32, false, 0};
constexpr TimmKind efficient2_s{efficientnet_v2_s_stages, Nonlinearity::silu, 24};
constexpr TimmKind efficient2_m{efficientnet_v2_m_stages, Nonlinearity::silu, 24};
constexpr TimmKind efficient2_l{efficientnet_v2_l_stages, Nonlinearity::silu, 32};

/// Makes the modules of one network.
class TimmBuilder {
 public:
  TimmBuilder(const ModuleBuilder& build, const TimmEfficientNet& net) : build_(build), net_(net) {}

  [[nodiscard]] Module convolution(const Convolution& c) const {
    if (!net_.tensorflow || c.stride == 1)
      return build_.convolution(c);
    return build_.module("timm.layers.conv2d_same.Conv2dSame", {},
                         {fmt::format("return torch.conv2d({0}, self.weight, None, [{1}, {1}], [0, 0], [1, 1], {2})",
                                      same_padded(c.kernel[0]), c.stride, c.groups)},
                         {{"weight", {c.out, c.in / c.groups, c.kernel[0], c.kernel[1]}}});
  }

  [[nodiscard]] Module norm(std::int64_t channels, Nonlinearity activation) const {
    return timm::batch_norm_act(build_, channels, activation, net_.epsilon());
  }

  /// @param in channels of the block, @param inner of its depthwise convolution.
  [[nodiscard]] Module squeeze(const Stage& stage, std::int64_t in, std::int64_t inner) const {
    if (!stage.squeeze)
      return build_.identity();
    const bool mobile = net_.kind.hidden > 0;
    const std::int64_t squeezed = mobile ? rounded_to_8(static_cast<double>(inner) / 4) : std::lround(in / 4.0);
    return build_.module(
        "timm.models._efficientnet_blocks.SqueezeExcite",
        {{"conv_reduce", build_.convolution({.in = inner, .out = squeezed, .bias = true})},
         {"act1", build_.activation(mobile ? Nonlinearity::relu : net_.kind.activation)},
         {"conv_expand", build_.convolution({.in = squeezed, .out = inner, .bias = true})},
         {"gate", build_.activation(mobile ? Nonlinearity::hardsigmoid : Nonlinearity::sigmoid)}},
        {"return x * " + chain("torch.mean(x, [2, 3], True)", {"conv_reduce", "act1", "conv_expand", "gate"})});
  }

  [[nodiscard]] Module block(const Stage& stage, std::int64_t in, std::int64_t out, std::int64_t stride) const {
    const Nonlinearity activation = stage.relu ? Nonlinearity::relu : net_.kind.activation;
    const std::int64_t inner = stage.kind == "ds" ? in : rounded_to_8(static_cast<double>(in) * stage.expansion);
    const std::array<std::int64_t, 2> kernel{stage.kernel, stage.kernel};
    const auto depthwise = [&] {
      return convolution({.in = inner, .out = inner, .kernel = kernel, .stride = stride, .groups = inner});
    };
    Children children;
    std::string type;
    if (stage.kind == "cn") {
      type = "ConvBnAct";
      children = {{"conv", convolution({.in = in, .out = out, .kernel = kernel, .stride = stride})},
                  {"bn1", norm(out, activation)},
                  {"aa", build_.identity()}};
    } else if (stage.kind == "ds") {
      type = "DepthwiseSeparableConv";
      children = {{"conv_dw", depthwise()},
                  {"bn1", norm(inner, activation)},
                  {"aa", build_.identity()},
                  {"se", squeeze(stage, in, inner)},
                  {"conv_pw", convolution({.in = inner, .out = out})},
                  {"bn2", norm(out, Nonlinearity::none)}};
    } else if (stage.kind == "ir") {
      type = "InvertedResidual";
      children = {{"conv_pw", convolution({.in = in, .out = inner})},
                  {"bn1", norm(inner, activation)},
                  {"conv_dw", depthwise()},
                  {"bn2", norm(inner, activation)},
                  {"aa", build_.identity()},
                  {"se", squeeze(stage, in, inner)},
                  {"conv_pwl", convolution({.in = inner, .out = out})},
                  {"bn3", norm(out, Nonlinearity::none)}};
    } else {
      type = "EdgeResidual";
      children = {{"conv_exp", convolution({.in = in, .out = inner, .kernel = kernel, .stride = stride})},
                  {"bn1", norm(inner, activation)},
                  {"aa", build_.identity()},
                  {"se", squeeze(stage, in, inner)},
                  {"conv_pwl", convolution({.in = inner, .out = out})},
                  {"bn2", norm(out, Nonlinearity::none)}};
    }
    const bool adds = stride == 1 && in == out;
    std::vector<std::string> path;
    for (const auto& child : children)
      path.push_back(child.first);
    children.emplace_back("drop_path", build_.identity());
    if (adds)
      path.emplace_back("drop_path");
    return build_.module("timm.models._efficientnet_blocks." + type, children,
                         {"return " + chain("x", path) + (adds ? " + x" : "")});
  }

  [[nodiscard]] Module network(std::int64_t classes) const {
    const TimmKind& kind = net_.kind;
    std::int64_t channels = kind.fixed_ends ? kind.stem : net_.scaled(kind.stem);
    Children children = {{"conv_stem", convolution({.in = 3, .out = channels, .kernel = {3, 3}, .stride = 2})},
                         {"bn1", norm(channels, kind.activation)}};
    std::vector<Module> blocks;
    const auto stages = read_stages(kind.stages);
    for (const auto& row : stages) {
      const bool fixed = kind.fixed_ends && (&row == &stages.front() || &row == &stages.back());
      std::vector<Module> items;
      for (const Stage& stage : row) {
        const std::int64_t out = net_.scaled(stage.channels);
        const int repeats = fixed ? stage.blocks : static_cast<int>(std::ceil(net_.depth * stage.blocks));
        for (int i = 0; i < repeats; ++i) {
          items.push_back(block(stage, channels, out, i == 0 ? stage.stride : 1));
          channels = out;
        }
      }
      blocks.push_back(build_.sequential(items));
    }
    if (kind.hidden > 0)
      add_mobile_end(children, blocks, channels, classes);
    else
      add_end(children, blocks, channels, classes);
    return build_.sequence(
        kind.hidden > 0 ? "timm.models.mobilenetv3.MobileNetV3" : "timm.models.efficientnet.EfficientNet", children);
  }

 private:
  void add_end(Children& children, const std::vector<Module>& blocks, std::int64_t channels,
               std::int64_t classes) const {
    const TimmKind& kind = net_.kind;
    const std::int64_t last = kind.fixed_ends ? 1280 : net_.scaled(1280);
    children.emplace_back("blocks", build_.sequential(blocks));
    children.emplace_back("conv_head", convolution({.in = channels, .out = last}));
    children.emplace_back("bn2", norm(last, kind.activation));
    if (classes == 0)
      return;
    children.emplace_back("global_pool", timm::global_pool(build_));
    children.emplace_back("classifier", build_.linear(last, classes));
  }

  void add_mobile_end(Children& children, std::vector<Module>& blocks, std::int64_t channels,
                      std::int64_t classes) const {
    const TimmKind& kind = net_.kind;
    const Stage last{.kind = "cn", .kernel = 1};
    blocks.push_back(build_.sequential({block(last, channels, 6 * channels, 1)}));
    children.emplace_back("blocks", build_.sequential(blocks));
    if (classes == 0)
      return;
    children.emplace_back("global_pool", timm::global_pool(build_, /*flattened=*/false));
    children.emplace_back("conv_head", build_.convolution({.in = 6 * channels, .out = kind.hidden, .bias = true}));
    children.emplace_back("norm_head", build_.identity());
    children.emplace_back("act2", build_.activation(kind.activation));
    children.emplace_back("flatten", build_.flatten());
    children.emplace_back("classifier", build_.linear(kind.hidden, classes));
  }

  const ModuleBuilder& build_;
  const TimmEfficientNet& net_;
};
} // namespace

std::vector<BuiltIn> timm_efficientnets() {
  static constexpr std::array nets{
      TimmEfficientNet{"timm/efficientnet_b0", efficient, 224},
      TimmEfficientNet{"timm/efficientnet_b1", efficient, 240, "tf", 1.0, 1.1},
      TimmEfficientNet{"timm/efficientnet_b2", efficient, 256, "torch", 1.1, 1.2},
      TimmEfficientNet{"timm/efficientnet_b3", efficient, 288, "torch", 1.2, 1.4},
      TimmEfficientNet{"timm/efficientnet_b4", efficient, 320, "torch", 1.4, 1.8},
      TimmEfficientNet{"timm/efficientnet_b5", efficient, 448, "torch", 1.6, 2.2},
      TimmEfficientNet{"timm/efficientnet_b6", efficient, 528, "torch", 1.8, 2.6},
      TimmEfficientNet{"timm/efficientnet_b7", efficient, 600, "torch", 2.0, 3.1},
      TimmEfficientNet{"timm/tf_efficientnet_b0", efficient, 224, "torch", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_efficientnet_b1", efficient, 240, "torch", 1.0, 1.1, true},
      TimmEfficientNet{"timm/tf_efficientnet_b2", efficient, 260, "torch", 1.1, 1.2, true},
      TimmEfficientNet{"timm/tf_efficientnet_b3", efficient, 300, "torch", 1.2, 1.4, true},
      TimmEfficientNet{"timm/tf_efficientnet_b4", efficient, 380, "torch", 1.4, 1.8, true},
      TimmEfficientNet{"timm/tf_efficientnet_b5", efficient, 456, "torch", 1.6, 2.2, true},
      TimmEfficientNet{"timm/tf_efficientnet_b6", efficient, 528, "torch", 1.8, 2.6, true},
      TimmEfficientNet{"timm/tf_efficientnet_b7", efficient, 600, "torch", 2.0, 3.1, true},
      TimmEfficientNet{"timm/efficientnet_lite0", lite, 224},
      TimmEfficientNet{"timm/efficientnet_lite1", lite, 240, "torch", 1.0, 1.1},
      TimmEfficientNet{"timm/efficientnet_lite2", lite, 260, "torch", 1.1, 1.2},
      TimmEfficientNet{"timm/efficientnet_lite3", lite, 300, "torch", 1.2, 1.4},
      TimmEfficientNet{"timm/efficientnet_lite4", lite, 380, "torch", 1.4, 1.8},
      TimmEfficientNet{"timm/tf_efficientnet_lite0", lite, 224, "tf", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_efficientnet_lite1", lite, 240, "tf", 1.0, 1.1, true},
      TimmEfficientNet{"timm/tf_efficientnet_lite2", lite, 260, "tf", 1.1, 1.2, true},
      TimmEfficientNet{"timm/tf_efficientnet_lite3", lite, 300, "tf", 1.2, 1.4, true},
      TimmEfficientNet{"timm/tf_efficientnet_lite4", lite, 380, "tf", 1.4, 1.8, true},
      TimmEfficientNet{"timm/efficientnetv2_s", efficient2_s, 288},
      TimmEfficientNet{"timm/efficientnetv2_m", efficient2_m, 320},
      TimmEfficientNet{"timm/efficientnetv2_l", efficient2_l, 384},
      TimmEfficientNet{"timm/tf_efficientnetv2_s", efficient2_s, 300, "tf", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_efficientnetv2_m", efficient2_m, 384, "tf", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_efficientnetv2_l", efficient2_l, 384, "tf", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_efficientnetv2_b0", efficient2_base, 192, "torch", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_efficientnetv2_b1", efficient2_base, 192, "torch", 1.0, 1.1, true},
      TimmEfficientNet{"timm/tf_efficientnetv2_b2", efficient2_base, 208, "torch", 1.1, 1.2, true},
      TimmEfficientNet{"timm/tf_efficientnetv2_b3", efficient2_base, 240, "tf", 1.2, 1.4, true},
      TimmEfficientNet{"timm/mobilenetv2_100", mobile2, 224},
      TimmEfficientNet{"timm/mobilenetv3_small_100", mobile3_small, 224},
      TimmEfficientNet{"timm/mobilenetv3_large_100", mobile3_large, 224},
      TimmEfficientNet{"timm/tf_mobilenetv3_small_100", mobile3_small, 224, "tf", 1.0, 1.0, true},
      TimmEfficientNet{"timm/tf_mobilenetv3_large_100", mobile3_large, 224, "tf", 1.0, 1.0, true}};
  std::vector<BuiltIn> all;
  for (const TimmEfficientNet& net : nets)
    all.push_back({{.name = net.name,
                    .input_size = net.input_size,
                    .preprocessing = net.preprocessing,
                    .marks = {"conv_stem.weight", "blocks.2.0.conv_pwl.weight"}},
                   [&net](const ModuleBuilder& build, std::int64_t classes) {
                     return TimmBuilder(build, net).network(classes);
                   }});
  return all;
}

} // namespace scalescope
