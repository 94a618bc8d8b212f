#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/transformer_parts.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {
namespace {
struct TorchvisionVit {
  const char* name;
  std::int64_t patch, depth, heads, width, hidden;
};
} // namespace

static constexpr double torchvision_vit_epsilon = 1e-6;

/// torch.nn.MultiheadAttention of x with itself. Python does not call its module out_proj, but reads its weights.
static Module multihead_attention(const ModuleBuilder& build, std::int64_t width, std::int64_t heads) {
  return build.module("torch.nn.modules.activation.MultiheadAttention",
                      {{"out_proj", linear_layer(build, width, width, true,
                                                 "torch.nn.modules.linear.NonDynamicallyQuantizableLinear")}},
                      join({"qkv = torch.linear(x, self.in_proj_weight, self.in_proj_bias)"},
                           join(attention(packed_attention(heads, width)), {"return " + call("out_proj", "attended")})),
                      {{"in_proj_weight", {3 * width, width}}, {"in_proj_bias", {3 * width}}});
}

static Module torchvision_vit(const ModuleBuilder& build, const TorchvisionVit& vit, std::int64_t classes) {
  const auto norm = [&] { return layer_norm(build, vit.width, torchvision_vit_epsilon); };
  Children layers;
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < vit.depth; ++i) {
    names.push_back(fmt::format("encoder_layer_{}", i));
    const Module mlp = build.sequential({build.linear(vit.width, vit.hidden), gelu(build), dropout(build),
                                         build.linear(vit.hidden, vit.width), dropout(build)},
                                        "torchvision.models.vision_transformer.MLPBlock");
    layers.emplace_back(names.back(),
                        build.module("torchvision.models.vision_transformer.EncoderBlock",
                                     {{"ln_1", norm()},
                                      {"self_attention", multihead_attention(build, vit.width, vit.heads)},
                                      {"dropout", dropout(build)},
                                      {"ln_2", norm()},
                                      {"mlp", mlp}},
                                     {"x = " + chain("x", {"ln_1", "self_attention", "dropout"}) + " + x",
                                      "return x + " + chain("x", {"ln_2", "mlp"})}));
  }
  constexpr std::int64_t image = 224;
  const std::int64_t grid = image / vit.patch;
  // Beside the tokens it takes the image, whose size says how many positions there are.
  const Module encoder = build.module(
      "torchvision.models.vision_transformer.Encoder",
      {{"dropout", dropout(build)},
       {"layers", build.module("torch.nn.modules.container.Sequential", layers, {"return " + chain("x", names)})},
       {"ln", norm()}},
      "tokens, x",
      join(resampled({.parameter = "self.pos_embedding",
                      .grid = grid,
                      .width = vit.width,
                      .patch = vit.patch,
                      .kind = Positions::Kind::torchvision}),
           {"return " + chain("tokens + positions", {"dropout", "layers", "ln"})}),
      {{"pos_embedding", {1, grid * grid + 1, vit.width}}}, {});
  Children children = {{"conv_proj", patch_convolution(build, vit.width, vit.patch)}, {"encoder", encoder}};
  std::vector<std::string> forward = {"tokens = " + call("conv_proj", "x") + ".flatten(2).permute([0, 2, 1])",
                                      "tokens = torch.cat([self.class_token.expand([x.size(0), -1, -1]), tokens], 1)",
                                      "tokens = self.encoder.forward(tokens, x)"};
  if (classes > 0) {
    children.emplace_back("heads",
                          build.module("torch.nn.modules.container.Sequential",
                                       {{"head", build.linear(vit.width, classes)}}, {"return " + call("head", "x")}));
    forward.push_back("return " + call("heads", "tokens[:, 0]"));
  } else {
    forward.emplace_back("return tokens");
  }
  return build.module("torchvision.models.vision_transformer.VisionTransformer", children, forward,
                      {{"class_token", {1, 1, vit.width}}});
}

std::vector<BuiltIn> torchvision_vits() {
  std::vector<BuiltIn> all;
  for (const TorchvisionVit& vit : {TorchvisionVit{"vit_b_16", 16, 12, 12, 768, 3072},
                                    {"vit_b_32", 32, 12, 12, 768, 3072},
                                    {"vit_l_16", 16, 24, 16, 1024, 4096},
                                    {"vit_l_32", 32, 24, 16, 1024, 4096},
                                    {"vit_h_14", 14, 32, 16, 1280, 5120}}) {
    const int patch = static_cast<int>(vit.patch);
    all.push_back(
        {{.name = vit.name,
          .input_size = 224,
          .preprocessing = "torch",
          .limits = {.least_side = patch, .step = patch}},
         [=](const ModuleBuilder& build, std::int64_t classes) { return torchvision_vit(build, vit, classes); },
         {}});
  }
  for (BuiltIn& one : all)
    one.about.marks = {"encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
                       "encoder.layers.encoder_layer_1.self_attention.in_proj_weight"};
  return all;
}

} // namespace scalescope
