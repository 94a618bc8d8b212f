#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/swin_parts.h"

#include <fmt/format.h>

#include <cmath>

using torch::jit::Module;

namespace scalescope {
namespace {
struct TorchvisionSwin {
  const char* name;
  std::int64_t width;
  std::array<std::int64_t, 4> depths;
  std::int64_t heads; ///< of the first stage; each next one has twice as many
  std::int64_t window;
  bool second; ///< Swin V2 (Liu et al. 2022): cosine attention, biases from a small network, norms behind the branches
  int image;
};
} // namespace

static constexpr double torchvision_swin_epsilon = 1e-5;

/// The places that Swin V2 computes its biases for: -8 to 8 along each side of a window, on a logarithmic scale.
static at::Tensor log_coordinates(std::int64_t window) {
  const at::Tensor line = at::arange(-(window - 1), window, at::kFloat) / (window - 1) * 8;
  const at::Tensor scaled = at::sign(line) * at::log2(at::abs(line) + 1) / 3;
  return at::stack(at::meshgrid({scaled, scaled}, "ij"), -1).unsqueeze(0);
}

static Module torchvision_window_attention(const ModuleBuilder& build, const TorchvisionSwin& swin, std::int64_t width,
                                           std::int64_t heads, bool shifts) {
  const std::int64_t rows = 2 * swin.window - 1;
  AttentionText text = packed_attention(heads, width);
  text.masked = shifts;
  text.scores = " + bias";
  std::string weights = "qkv = " + call("qkv", "windows");
  Children children = {{"qkv", build.linear(width, 3 * width)}, {"proj", build.linear(width, width)}};
  Shapes parameters;
  std::vector<std::string> bias;
  if (swin.second) {
    children.emplace_back(
        "cpb_mlp", build.sequential({build.linear(2, 512), build.relu(), linear_layer(build, 512, heads, false)}));
    parameters.push_back({"logit_scale", {heads, 1, 1}});
    bias = {fmt::format("table = {}.reshape([-1, {}])", call("cpb_mlp", "self.relative_coords_table"), heads),
            "bias = 16 * torch.sigmoid(" + relative_position_bias("table", swin.window) + ")"};
    text.scale = fmt::format("torch.exp(torch.clamp(self.logit_scale, None, {:.17g}))", std::log(100.0));
    text.unit_length = true;
    // Keys have no bias: Python overwrites it with zeros.
    weights = fmt::format("qkv = torch.linear(windows, self.qkv.weight, torch.cat([self.qkv.bias[:{0}], "
                          "torch.zeros_like(self.qkv.bias[:{0}]), self.qkv.bias[{1}:]]))",
                          width, 2 * width);
  } else {
    parameters.push_back({"relative_position_bias_table", {rows * rows, heads}});
    bias = {"bias = " + relative_position_bias("self.relative_position_bias_table", swin.window)};
  }
  const std::vector<std::string> attend =
      join(join(std::move(bias), {weights}), join(attention(text), {"windows = " + call("proj", "attended")}));
  const Windows windows = {.side = swin.window, .shift = shifts ? swin.window / 2 : 0};
  std::vector<Constant> constants = {{"relative_position_index", relative_position_index(swin.window), true}};
  if (swin.second)
    constants.push_back({"relative_coords_table", log_coordinates(swin.window), true});
  return build.module(swin.second ? "torchvision.models.swin_transformer.ShiftedWindowAttentionV2"
                                  : "torchvision.models.swin_transformer.ShiftedWindowAttention",
                      children, "x", join({"y = x"}, join(in_windows(windows, attend), {"return y"})), parameters,
                      constants);
}

static Module torchvision_swin(const ModuleBuilder& build, const TorchvisionSwin& swin, std::int64_t classes) {
  const auto norm = [&](std::int64_t channels) { return layer_norm(build, channels, torchvision_swin_epsilon); };
  const auto permute = [&](const char* order) {
    return build.module("torchvision.ops.misc.Permute", {}, {fmt::format("return x.permute({})", order)});
  };
  std::vector<Module> features = {
      build.sequential({patch_convolution(build, swin.width, 4), permute("[0, 2, 3, 1]"), norm(swin.width)})};
  std::int64_t width = swin.width;
  for (std::size_t stage = 0; stage < swin.depths.size(); ++stage) {
    if (stage > 0) {
      features.push_back(build.module(
          swin.second ? "torchvision.models.swin_transformer.PatchMergingV2"
                      : "torchvision.models.swin_transformer.PatchMerging",
          {{"reduction", linear_layer(build, 4 * width, 2 * width, false)},
           {"norm", norm((swin.second ? 2 : 4) * width)}},
          join(merged_patches(),
               {"return " + (swin.second ? chain("x", {"reduction", "norm"}) : chain("x", {"norm", "reduction"}))})));
      width *= 2;
    }
    std::vector<Module> blocks;
    for (std::int64_t i = 0; i < swin.depths.at(stage); ++i) {
      const Children children = {
          {"norm1", norm(width)},
          {"attn", torchvision_window_attention(build, swin, width, swin.heads << stage, i % 2 == 1)},
          {"stochastic_depth", dropout(build, "torchvision.ops.stochastic_depth.StochasticDepth")},
          {"norm2", norm(width)},
          {"mlp", build.sequential({build.linear(width, 4 * width), gelu(build), dropout(build),
                                    build.linear(4 * width, width), dropout(build)},
                                   "torchvision.ops.misc.MLP")}};
      const auto branch = [&](const char* normal, const char* layer) {
        return "x + " + (swin.second ? chain("x", {layer, normal, "stochastic_depth"})
                                     : chain("x", {normal, layer, "stochastic_depth"}));
      };
      blocks.push_back(build.module(swin.second ? "torchvision.models.swin_transformer.SwinTransformerBlockV2"
                                                : "torchvision.models.swin_transformer.SwinTransformerBlock",
                                    children, {"x = " + branch("norm1", "attn"), "return " + branch("norm2", "mlp")}));
    }
    features.push_back(build.sequential(blocks));
  }
  Children children = {{"features", build.sequential(features)}, {"norm", norm(width)}};
  std::string forward = chain("x", {"features", "norm"});
  if (classes > 0) {
    children.emplace_back("permute", permute("[0, 3, 1, 2]"));
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("flatten", build.module("torch.nn.modules.flatten.Flatten", {}, {"return x.flatten(1)"}));
    children.emplace_back("head", build.linear(width, classes));
    forward = chain(forward, {"permute", "avgpool", "flatten", "head"});
  }
  return build.module("torchvision.models.swin_transformer.SwinTransformer", children, {"return " + forward});
}

std::vector<BuiltIn> torchvision_swins() {
  std::vector<BuiltIn> all;
  for (const TorchvisionSwin& swin : {TorchvisionSwin{"swin_t", 96, {2, 2, 6, 2}, 3, 7, false, 224},
                                      {"swin_s", 96, {2, 2, 18, 2}, 3, 7, false, 224},
                                      {"swin_b", 128, {2, 2, 18, 2}, 4, 7, false, 224},
                                      {"swin_v2_t", 96, {2, 2, 6, 2}, 3, 8, true, 256},
                                      {"swin_v2_s", 96, {2, 2, 18, 2}, 3, 8, true, 256},
                                      {"swin_v2_b", 128, {2, 2, 18, 2}, 4, 8, true, 256}})
    all.push_back(
        {{.name = swin.name, .input_size = swin.image, .preprocessing = "torch", .limits = {.least_side = 4}},
         [=](const ModuleBuilder& build, std::int64_t classes) { return torchvision_swin(build, swin, classes); },
         {}});
  for (BuiltIn& one : all)
    one.about.marks = {"features.1.0.attn.qkv.weight", "features.3.0.attn.qkv.weight"};
  return all;
}

} // namespace scalescope
