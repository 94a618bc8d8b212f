#include "core/base/error.h"
#include "core/network/detail/architectures/config_reader.h"
#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/transformer_parts.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {
namespace {

/// The arguments of timm's VisionTransformer, with its defaults.
struct Vit {
  std::int64_t image = 224;
  std::int64_t patch = 16;
  std::int64_t width = 768;
  std::int64_t depth = 12;
  std::int64_t heads = 12;
  double mlp_ratio = 4;
  bool swiglu = false; ///< mlp_layer=SwiGLUPacked
  bool silu = false;   ///< act_layer=SiLU; else GELU, also in a SwiGLU, as in timm
  bool qkv_bias = true;
  bool qk_norm = false;
  bool layer_scale = false; ///< init_values: the number is in the weights
  bool class_token = true;
  std::int64_t registers = 0; ///< reg_tokens
  bool embeds_class = true;   ///< not no_embed_class: the class token has a position
  bool pre_norm = false;
  bool final_norm = true;
  std::optional<bool> fc_norm =
      {}; ///< where the norm stands behind the pooling; not set: where it pools the mean or maximum
  std::string pool = "token";
  bool pool_prefix = false; ///< pool_include_prefix
  bool distilled = false;   ///< DeiT's token and head for what a teacher says
  double epsilon = 1e-6;

  [[nodiscard]] std::int64_t prefix() const { return (class_token ? 1 : 0) + (distilled ? 1 : 0) + registers; }
  [[nodiscard]] bool norm_behind_pooling() const { return fc_norm.value_or(pool == "avg" || pool == "max"); }
};

} // namespace

static Module vit_attention(const ModuleBuilder& build, const Vit& vit) {
  const auto norm = [&] {
    return vit.qk_norm ? layer_norm(build, vit.width / vit.heads, vit.epsilon) : identity(build);
  };
  AttentionText text = packed_attention(vit.heads, vit.width);
  text.query_norm = "q_norm";
  text.key_norm = "k_norm";
  text.dropout = "attn_drop";
  return build.module("timm.layers.attention.Attention",
                      {{"qkv", linear_layer(build, vit.width, 3 * vit.width, vit.qkv_bias)},
                       {"q_norm", norm()},
                       {"k_norm", norm()},
                       {"attn_drop", dropout(build)},
                       {"norm", identity(build)},
                       {"proj", linear_layer(build, vit.width, vit.width)},
                       {"proj_drop", dropout(build)}},
                      join({"qkv = " + call("qkv", "x")},
                           join(attention(text), {"return " + chain("attended", {"norm", "proj", "proj_drop"})})));
}

static Module vit_mlp(const ModuleBuilder& build, const Vit& vit) {
  const auto hidden = static_cast<std::int64_t>(static_cast<double>(vit.width) * vit.mlp_ratio);
  const std::int64_t inner = vit.swiglu ? hidden / 2 : hidden;
  const Children children = {
      {"fc1", linear_layer(build, vit.width, hidden)},
      {"act", vit.silu ? build.module("torch.nn.modules.activation.SiLU", {}, {"return torch.silu(x)"}) : gelu(build)},
      {"drop1", dropout(build)},
      {"norm", identity(build)},
      {"fc2", linear_layer(build, inner, vit.width)},
      {"drop2", dropout(build)}};
  if (!vit.swiglu)
    return build.module("timm.layers.mlp.Mlp", children,
                        {"return " + chain("x", {"fc1", "act", "drop1", "norm", "fc2", "drop2"})});
  // SwiGLU (Shazeer 2020), both halves from one linear layer.
  return build.module("timm.layers.mlp.GluMlp", children,
                      {"x = " + call("fc1", "x"),
                       fmt::format("x = {} * x[:, :, {}:]", call("act", fmt::format("x[:, :, :{}]", inner)), inner),
                       "return " + chain("x", {"drop1", "norm", "fc2", "drop2"})});
}

static Module vit_block(const ModuleBuilder& build, const Vit& vit) {
  const auto layer_scale = [&] {
    return vit.layer_scale ? build.module("timm.layers.layer_scale.LayerScale", {}, {"return x * self.gamma"},
                                          {{"gamma", {vit.width}}})
                           : identity(build);
  };
  return build.module("timm.models.vision_transformer.Block",
                      {{"norm1", layer_norm(build, vit.width, vit.epsilon)},
                       {"attn", vit_attention(build, vit)},
                       {"ls1", layer_scale()},
                       {"drop_path1", identity(build)},
                       {"norm2", layer_norm(build, vit.width, vit.epsilon)},
                       {"mlp", vit_mlp(build, vit)},
                       {"ls2", layer_scale()},
                       {"drop_path2", identity(build)}},
                      {"x = x + " + chain("x", {"norm1", "attn", "ls1", "drop_path1"}),
                       "return x + " + chain("x", {"norm2", "mlp", "ls2", "drop_path2"})});
}

/// From the image to the tokens with their positions, in `tokens`.
static std::vector<std::string> vit_tokens(const Vit& vit) {
  const std::int64_t embedded = vit.embeds_class ? vit.prefix() : 0;
  const Positions positions = {
      .prefix = embedded, .grid = vit.image / vit.patch, .width = vit.width, .patch = vit.patch};
  std::vector<std::string> statements = join({"tokens = " + call("patch_embed", "x")}, resampled(positions));
  std::vector<std::string> joined;
  for (const auto& [exists, name] :
       {std::pair{vit.class_token, "cls_token"}, {vit.distilled, "dist_token"}, {vit.registers > 0, "reg_token"}})
    if (exists)
      joined.push_back(fmt::format("self.{}.expand([x.size(0), -1, -1])", name));
  joined.emplace_back("tokens");
  const std::string add = "tokens = tokens + positions";
  const std::string concatenate = fmt::format("tokens = torch.cat([{}], 1)", fmt::join(joined, ", "));
  statements.push_back(vit.embeds_class ? concatenate : add);
  statements.push_back(vit.embeds_class ? add : concatenate);
  return statements;
}

/// What the head makes of the tokens.
static std::string vit_pooled(const Vit& vit, const std::string& tokens) {
  const std::string patches = fmt::format("{}[:, {}:]", tokens, vit.pool_prefix ? 0 : vit.prefix());
  if (vit.pool == "token")
    return tokens + "[:, 0]";
  return fmt::format("torch.{}({}, [1])", vit.pool == "avg" ? "mean" : "amax", patches);
}

static Module vision_transformer(const ModuleBuilder& build, const Vit& vit, std::int64_t classes) {
  std::vector<Module> blocks;
  for (std::int64_t i = 0; i < vit.depth; ++i)
    blocks.push_back(vit_block(build, vit));
  const bool behind = vit.norm_behind_pooling();
  const auto norm = [&](bool there) { return there ? layer_norm(build, vit.width, vit.epsilon) : identity(build); };
  Children children = {
      {"patch_embed", build.module("timm.layers.patch_embed.PatchEmbed",
                                   {{"proj", patch_convolution(build, vit.width, vit.patch, !vit.pre_norm)},
                                    {"norm", identity(build)}},
                                   {"return " + call("norm", call("proj", "x") + ".flatten(2).transpose(1, 2)")})},
      {"pos_drop", dropout(build)},
      {"patch_drop", identity(build)},
      {"norm_pre", norm(vit.pre_norm)},
      {"blocks", build.sequential(blocks)},
      {"norm", norm(vit.final_norm && !behind)}};
  Shapes parameters;
  if (vit.class_token)
    parameters.push_back({"cls_token", {1, 1, vit.width}});
  if (vit.registers > 0)
    parameters.push_back({"reg_token", {1, vit.registers, vit.width}});
  const std::int64_t grid = vit.image / vit.patch;
  parameters.push_back({"pos_embed", {1, grid * grid + (vit.embeds_class ? vit.prefix() : 0), vit.width}});
  if (vit.distilled)
    parameters.push_back({"dist_token", {1, 1, vit.width}});
  std::vector<std::string> forward =
      join(vit_tokens(vit), {"x = " + chain("tokens", {"pos_drop", "patch_drop", "norm_pre", "blocks", "norm"})});
  // A norm behind the pooling belongs to the features, not to the classifier.
  if (classes > 0 || (behind && vit.final_norm)) {
    children.emplace_back("fc_norm", norm(vit.final_norm && behind));
    children.emplace_back("head_drop", dropout(build));
    if (classes == 0) {
      forward.push_back("return " + chain(vit_pooled(vit, "x"), {"fc_norm", "head_drop"}));
    } else {
      children.emplace_back("head", build.linear(vit.width, classes));
      if (vit.distilled) {
        children.emplace_back("head_dist", build.linear(vit.width, classes));
        forward.push_back(fmt::format("return ({} + {}) / 2", chain("x[:, 0]", {"head_drop", "head"}),
                                      chain("x[:, 1]", {"head_drop", "head_dist"})));
      } else {
        forward.push_back("return " + chain(vit_pooled(vit, "x"), {"fc_norm", "head_drop", "head"}));
      }
    }
  } else {
    forward.emplace_back("return x");
  }
  return build.module(vit.distilled ? "timm.models.deit.VisionTransformerDistilled"
                                    : "timm.models.vision_transformer.VisionTransformer",
                      children, forward, parameters);
}

static BuiltIn vit_of(const Architecture& about, const Vit& vit);

/// timm's model_args.
static BuiltIn vit_with(Architecture about, Vit vit, const nlohmann::json& arguments) {
  ConfigReader read(arguments);
  vit.image = read.side("img_size", vit.image, 4096);
  vit.patch = read.side("patch_size", vit.patch, 256);
  vit.width = read.whole("embed_dim", vit.width, 1, 16384);
  vit.depth = read.whole("depth", vit.depth, 1, 256);
  vit.heads = read.whole("num_heads", vit.heads, 1, 1024);
  vit.mlp_ratio = read.number("mlp_ratio", vit.mlp_ratio, 0.01, 64);
  vit.qkv_bias = read.flag("qkv_bias", vit.qkv_bias);
  vit.qk_norm = read.flag("qk_norm", vit.qk_norm);
  if (read.has("init_values")) // Python takes 0 for none
    vit.layer_scale = read.number("init_values", 1, 0, 1e6) != 0;
  vit.class_token = read.flag("class_token", vit.class_token);
  vit.registers = read.whole("reg_tokens", vit.registers, 0, 1024);
  vit.embeds_class = !read.flag("no_embed_class", !vit.embeds_class);
  vit.pre_norm = read.flag("pre_norm", vit.pre_norm);
  vit.final_norm = read.flag("final_norm", vit.final_norm);
  if (read.has("fc_norm"))
    vit.fc_norm = read.flag("fc_norm", false);
  vit.pool = read.text("global_pool", vit.pool);
  if (vit.pool != "token" && vit.pool != "avg" && vit.pool != "max")
    read.refuse("global_pool", "\"token\", \"avg\" and \"max\"");
  vit.pool_prefix = read.flag("pool_include_prefix", vit.pool_prefix);
  if (read.has("mlp_layer")) {
    vit.swiglu = read.text("mlp_layer", "") == "SwiGLUPacked";
    if (!vit.swiglu)
      read.refuse("mlp_layer", "\"SwiGLUPacked\"");
  }
  const std::string activation = read.text("act_layer", vit.silu ? "silu" : "gelu");
  if (activation != "silu" && activation != "gelu")
    read.refuse("act_layer", "\"gelu\" and \"silu\"");
  vit.silu = activation == "silu";
  read.only("in_chans", 3);
  read.only("pos_embed", "learn");
  read.only("proj_bias", true);
  read.only("scale_attn_norm", false);
  read.only("scale_mlp_norm", false);
  read.only("dynamic_img_pad", false);
  // What changes with the size of the images does so here, too, and without being asked.
  read.ignore({"num_classes", "dynamic_img_size", "strict_img_size", "drop_rate", "pos_drop_rate", "patch_drop_rate",
               "proj_drop_rate", "attn_drop_rate", "drop_path_rate", "weight_init", "fix_init"});
  read.finish();
  if (vit.image % vit.patch != 0)
    throw Error(fmt::format("sets img_size to {}, which is not a multiple of the patch size {}: correct one of them.",
                            vit.image, vit.patch));
  if (vit.width % vit.heads != 0)
    throw Error(fmt::format("sets num_heads to {}, which does not divide embed_dim, {}: correct one of them.",
                            vit.heads, vit.width));
  if (!vit.class_token && (vit.pool == "token" || vit.distilled))
    throw Error("sets class_token to false, but global_pool to \"token\": the class token is needed for this pooling, "
                "so correct one of them.");
  if (vit.distilled && vit.pool != "token")
    read.refuse("global_pool", "\"token\" for an architecture with a distillation token");
  if (vit.distilled && vit.registers > 0)
    read.refuse("reg_tokens", "0 for an architecture with a distillation token");
  about.input_size = static_cast<int>(vit.image);
  return vit_of(about, vit);
}

static BuiltIn vit_of(const Architecture& about, const Vit& vit) {
  Architecture known = about;
  known.limits = {.least_side = static_cast<int>(vit.patch), .step = static_cast<int>(vit.patch)};
  return {known,
          [=](const ModuleBuilder& build, std::int64_t classes) { return vision_transformer(build, vit, classes); },
          [=](const nlohmann::json& arguments) { return vit_with(known, vit, arguments); }};
}

std::vector<BuiltIn> timm_vits() {
  struct Size {
    const char* name;
    std::int64_t width, depth, heads;
    double mlp_ratio = 4;
  };
  static constexpr Size tiny = {"tiny", 192, 12, 3};
  static constexpr Size small = {"small", 384, 12, 6};
  static constexpr Size medium = {"medium", 512, 12, 8};
  static constexpr Size base = {"base", 768, 12, 12};
  static constexpr Size large = {"large", 1024, 24, 16};
  static constexpr Size huge = {"huge", 1280, 32, 16};
  static constexpr Size giant = {"giant", 1408, 40, 16, 48.0 / 11};
  static constexpr Size gigantic = {"gigantic", 1664, 48, 16, 64.0 / 13};
  static constexpr Size giant_of_dino = {"giant", 1536, 40, 24, 2.66667 * 2};
  std::vector<BuiltIn> all;
  /// @param pattern "timm/vit_{}_patch16_224"
  /// @param preprocessing "" where weights of that name were published with several
  const auto add = [&](const char* pattern, const Size& size, const char* preprocessing, Vit vit,
                       const std::string& same_as = "") {
    vit.width = size.width;
    vit.depth = size.depth;
    vit.heads = size.heads;
    vit.mlp_ratio = size.mlp_ratio;
    all.push_back(vit_of({.name = fmt::format(fmt::runtime(pattern), size.name),
                          .input_size = static_cast<int>(vit.image),
                          .preprocessing = preprocessing,
                          .same_as = same_as},
                         vit));
  };
  const Vit plain = {};
  for (const Size& size : {tiny, small, base, large})
    add("timm/vit_{}_patch16_224", size, size.width == tiny.width ? "tf" : "", plain);
  for (const Size& size : {tiny, small, base, large})
    add("timm/vit_{}_patch16_384", size, "tf", {.image = 384});
  for (const Size& size : {small, base, large}) {
    add("timm/vit_{}_patch32_224", size, "tf", {.patch = 32});
    add("timm/vit_{}_patch32_384", size, "tf", {.image = 384, .patch = 32});
  }
  add("timm/vit_{}_patch8_224", small, "torch", {.patch = 8});
  add("timm/vit_{}_patch8_224", base, "", {.patch = 8});
  for (const Size& size : {large, huge, giant, gigantic})
    add("timm/vit_{}_patch14_224", size, "", {.patch = 14});
  const Vit clip = {.pre_norm = true, .epsilon = 1e-5};
  add("timm/vit_{}_patch16_clip_224", base, "", clip);
  for (const auto& [size, patch] : {std::pair{base, 32}, {large, 14}, {huge, 14}}) {
    Vit vit = clip;
    vit.patch = patch;
    add(patch == 32 ? "timm/vit_{}_patch32_clip_224" : "timm/vit_{}_patch14_clip_224", size, "", vit);
  }
  for (const Size& size : {small, base, large, giant_of_dino}) {
    const bool swiglu = size.width == giant_of_dino.width;
    add("timm/vit_{}_patch14_dinov2", size, "torch",
        {.image = 518, .patch = 14, .swiglu = swiglu, .silu = swiglu, .layer_scale = true});
    add("timm/vit_{}_patch14_reg4_dinov2", size, "torch",
        {.image = 518,
         .patch = 14,
         .swiglu = swiglu,
         .silu = swiglu,
         .layer_scale = true,
         .registers = 4,
         .embeds_class = false});
  }
  for (const Size& size : {tiny, small, base}) {
    add("timm/deit_{}_patch16_224", size, "torch", plain, fmt::format("timm/vit_{}_patch16_224", size.name));
    add("timm/deit_{}_distilled_patch16_224", size, "torch", {.distilled = true});
  }
  add("timm/deit_{}_patch16_384", base, "torch", {.image = 384}, "timm/vit_base_patch16_384");
  add("timm/deit_{}_distilled_patch16_384", base, "torch", {.image = 384, .distilled = true});
  for (const int image : {224, 384})
    for (const Size& size : {small, medium, base, large})
      if (image == 224 || size.width != medium.width)
        add(image == 224 ? "timm/deit3_{}_patch16_224" : "timm/deit3_{}_patch16_384", size, "torch",
            {.image = image, .layer_scale = true, .embeds_class = false});
  add("timm/deit3_{}_patch14_224", huge, "torch", {.patch = 14, .layer_scale = true, .embeds_class = false});
  for (BuiltIn& one : all)
    one.about.marks = {"blocks.0.attn.qkv.weight", "blocks.1.attn.qkv.weight"};
  return all;
}

} // namespace scalescope
