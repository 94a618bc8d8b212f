#include "core/base/error.h"
#include "core/network/detail/architectures/config_reader.h"
#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/swin_parts.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

std::vector<std::string> in_windows(const Windows& windows, const std::vector<std::string>& attend) {
  const std::int64_t m = windows.side;
  std::vector<std::string> statements = {
      "h = y.size(1)",
      "w = y.size(2)",
      fmt::format("rows = (h + {}) // {}", m - 1, m),
      fmt::format("columns = (w + {}) // {}", m - 1, m),
  };
  const std::string pad =
      fmt::format("y = torch.constant_pad_nd(y, [0, 0, 0, columns * {0} - w, 0, rows * {0} - h], 0.)", m);
  const std::string crop = "y = y[:, :h, :w]";
  const bool shifts = windows.shift > 0;
  if (shifts) {
    // A map of one window is not shifted.
    statements.push_back(fmt::format("down = min({}, (rows - 1) * {})", windows.shift, m));
    statements.push_back(fmt::format("right = min({}, (columns - 1) * {})", windows.shift, m));
  }
  const std::string roll = "y = torch.roll(y, [-down, -right], [1, 2])";
  const std::string roll_back = "y = torch.roll(y, [down, right], [1, 2])";
  if (!windows.pads_first && shifts)
    statements.push_back(roll);
  statements.push_back(pad);
  if (windows.pads_first && shifts)
    statements.push_back(roll);
  statements.push_back(fmt::format(
      "windows = y.reshape([y.size(0), rows, {0}, columns, {0}, y.size(3)]).permute([0, 1, 3, 2, 4, 5])", m));
  statements.push_back(fmt::format("windows = windows.reshape([-1, {}, y.size(3)])", m * m));
  if (shifts) {
    // Positions that the shift brought together from opposite sides of the map do not attend to each other: the map is
    // divided into regions by its last window and by the shift, numbered here along each side.
    for (const auto& [axis, side, count, shift] : {std::array{"y[0, :, 0, 0]", "down_regions", "rows", "down"},
                                                   {"y[0, 0, :, 0]", "right_regions", "columns", "right"}}) {
      statements.push_back(fmt::format("{} = torch.cumsum(torch.ones_like({}), 0)", side, axis)); // from 1
      statements.push_back(
          fmt::format("{0} = torch.gt({0}, ({1} - 1) * {2}).type_as({0}) + torch.gt({0}, {1} * {2} - {3}).type_as({0})",
                      side, count, m, shift));
    }
    statements.push_back(fmt::format(
        "regions = (down_regions.unsqueeze(1) * 3 + right_regions.unsqueeze(0)).reshape([rows, {0}, columns, {0}])",
        m));
    statements.push_back(fmt::format("regions = regions.permute([0, 2, 1, 3]).reshape([-1, {}])", m * m));
    statements.emplace_back("mask = torch.ne(regions.unsqueeze(1), regions.unsqueeze(2)).type_as(y) * -100.");
  }
  statements = join(statements, attend);
  statements.push_back(fmt::format(
      "y = windows.reshape([y.size(0), rows, columns, {0}, {0}, y.size(3)]).permute([0, 1, 3, 2, 4, 5])", m));
  statements.push_back(fmt::format("y = y.reshape([y.size(0), rows * {0}, columns * {0}, y.size(5)])", m));
  if (windows.pads_first && shifts)
    statements.push_back(roll_back);
  statements.push_back(crop);
  if (!windows.pads_first && shifts)
    statements.push_back(roll_back);
  return statements;
}

at::Tensor relative_position_index(std::int64_t window) {
  const at::Tensor place = at::arange(window * window);
  const at::Tensor row = at::floor_divide(place, window);
  const at::Tensor column = place - row * window;
  const auto differences = [&](const at::Tensor& along) {
    return along.unsqueeze(1) - along.unsqueeze(0) + (window - 1);
  };
  return (differences(row) * (2 * window - 1) + differences(column)).flatten();
}

std::string relative_position_bias(const std::string& table, std::int64_t window) {
  return fmt::format("{0}.index_select(0, self.relative_position_index).reshape([{1}, {1}, -1]).permute([2, 0, 1])"
                     ".unsqueeze(0)",
                     table, window * window);
}

std::vector<std::string> merged_patches() {
  return {"x = torch.constant_pad_nd(x, [0, 0, 0, x.size(2) % 2, 0, x.size(1) % 2], 0.)",
          "x = x.reshape([x.size(0), x.size(1) // 2, 2, x.size(2) // 2, 2, x.size(3)])",
          "x = x.permute([0, 1, 3, 4, 2, 5]).flatten(3)"};
}

namespace {

/// The arguments of timm's SwinTransformer.
struct Swin {
  std::int64_t image = 224;
  std::int64_t window = 7;
  std::int64_t width = 96;
  std::vector<std::int64_t> depths = {2, 2, 6, 2};
  std::vector<std::int64_t> heads = {3, 6, 12, 24};
};

constexpr std::int64_t swin_patch = 4;
constexpr double swin_epsilon = 1e-5;

} // namespace

static Module timm_window_attention(const ModuleBuilder& build, std::int64_t width, std::int64_t heads,
                                    std::int64_t window, bool shifts) {
  AttentionText text = packed_attention(heads, width);
  text.scores = " + " + relative_position_bias("self.relative_position_bias_table", window);
  text.masked = shifts;
  text.softmax = "softmax";
  text.dropout = "attn_drop";
  // The index is no buffer, because timm writes none into its files.
  return build.module(
      "timm.models.swin_transformer.WindowAttention",
      {{"qkv", build.linear(width, 3 * width)},
       {"attn_drop", dropout(build)},
       {"proj", build.linear(width, width)},
       {"proj_drop", dropout(build)},
       {"softmax", build.module("torch.nn.modules.activation.Softmax", {}, {"return torch.softmax(x, -1)"})}},
      shifts ? "x, mask" : "x",
      join({"qkv = " + call("qkv", "x")},
           join(attention(text), {"return " + chain("attended", {"proj", "proj_drop"})})),
      {{"relative_position_bias_table", {(2 * window - 1) * (2 * window - 1), heads}}},
      {{"relative_position_index", relative_position_index(window)}});
}

static Module timm_swin_block(const ModuleBuilder& build, const Swin& swin, std::int64_t width, std::int64_t heads,
                              bool shifts) {
  const Windows windows = {.side = swin.window, .shift = shifts ? swin.window / 2 : 0, .pads_first = false};
  const Module mlp = build.module("timm.layers.mlp.Mlp",
                                  {{"fc1", build.linear(width, 4 * width)},
                                   {"act", gelu(build)},
                                   {"drop1", dropout(build)},
                                   {"norm", identity(build)},
                                   {"fc2", build.linear(4 * width, width)},
                                   {"drop2", dropout(build)}},
                                  {"return " + chain("x", {"fc1", "act", "drop1", "norm", "fc2", "drop2"})});
  return build.module(
      "timm.models.swin_transformer.SwinTransformerBlock",
      {{"norm1", layer_norm(build, width, swin_epsilon)},
       {"attn", timm_window_attention(build, width, heads, swin.window, shifts)},
       {"drop_path1", identity(build)},
       {"norm2", layer_norm(build, width, swin_epsilon)},
       {"mlp", mlp},
       {"drop_path2", identity(build)}},
      join({"y = " + call("norm1", "x")},
           join(in_windows(windows, {shifts ? "windows = self.attn.forward(windows, mask)"
                                            : "windows = self.attn.forward(windows)"}),
                {"x = x + " + call("drop_path1", "y"), "return x + " + chain("x", {"norm2", "mlp", "drop_path2"})})));
}

static Module timm_swin(const ModuleBuilder& build, const Swin& swin, std::int64_t classes) {
  std::vector<Module> stages;
  std::int64_t width = swin.width;
  for (std::size_t i = 0; i < swin.depths.size(); ++i) {
    Module downsample = identity(build);
    if (i > 0) {
      downsample = build.module("timm.models.swin_transformer.PatchMerging",
                                {{"norm", layer_norm(build, 4 * width, swin_epsilon)},
                                 {"reduction", linear_layer(build, 4 * width, 2 * width, false)}},
                                join(merged_patches(), {"return " + chain("x", {"norm", "reduction"})}));
      width *= 2;
    }
    std::vector<Module> blocks;
    for (std::int64_t block = 0; block < swin.depths[i]; ++block)
      blocks.push_back(timm_swin_block(build, swin, width, swin.heads[i], block % 2 == 1));
    stages.push_back(build.module("timm.models.swin_transformer.SwinTransformerStage",
                                  {{"downsample", downsample}, {"blocks", build.sequential(blocks)}},
                                  {"return " + chain("x", {"downsample", "blocks"})}));
  }
  Children children = {
      {"patch_embed", build.module("timm.layers.patch_embed.PatchEmbed",
                                   {{"proj", patch_convolution(build, swin.width, swin_patch)},
                                    {"norm", layer_norm(build, swin.width, swin_epsilon)}},
                                   {"return " + call("norm", call("proj", "x") + ".permute([0, 2, 3, 1])")})},
      {"layers", build.sequential(stages)},
      {"norm", layer_norm(build, width, swin_epsilon)}};
  std::string forward = chain("x", {"patch_embed", "layers", "norm"});
  if (classes > 0) {
    const Module pooling = build.module("timm.layers.adaptive_avgmax_pool.SelectAdaptivePool2d",
                                        {{"pool", build.module("timm.layers.adaptive_avgmax_pool.FastAdaptiveAvgPool",
                                                               {}, {"return torch.mean(x, [1, 2])"})},
                                         {"flatten", identity(build)}},
                                        {"return " + chain("x", {"pool", "flatten"})});
    children.emplace_back("head", build.module("timm.layers.classifier.ClassifierHead",
                                               {{"global_pool", pooling},
                                                {"drop", dropout(build)},
                                                {"fc", build.linear(width, classes)},
                                                {"flatten", identity(build)}},
                                               {"return " + chain("x", {"global_pool", "drop", "fc", "flatten"})}));
    forward = chain(forward, {"head"});
  }
  return build.module("timm.models.swin_transformer.SwinTransformer", children, {"return " + forward});
}

static BuiltIn swin_of(const Architecture& about, const Swin& swin);

static BuiltIn swin_with(Architecture about, Swin swin, const nlohmann::json& arguments) {
  ConfigReader read(arguments);
  swin.image = read.side("img_size", swin.image, 4096);
  swin.window = read.side("window_size", swin.window, 64);
  swin.width = read.whole("embed_dim", swin.width, 1, 4096);
  swin.depths = read.list("depths", swin.depths, 1, 256);
  swin.heads = read.list("num_heads", swin.heads, 1, 1024);
  read.only("patch_size", swin_patch);
  read.only("in_chans", 3);
  read.only("mlp_ratio", 4);
  read.only("qkv_bias", true);
  read.only("global_pool", "avg");
  read.only("always_partition", false);
  read.only("head_dim", nullptr);
  read.ignore({"num_classes", "strict_img_size", "dynamic_img_size", "drop_rate", "proj_drop_rate", "attn_drop_rate",
               "drop_path_rate", "weight_init"});
  read.finish();
  check_swin(swin.depths, swin.heads, swin.width, "embed_dim");
  about.input_size = static_cast<int>(swin.image);
  return swin_of(about, swin);
}

void check_swin(const std::vector<std::int64_t>& depths, const std::vector<std::int64_t>& heads, std::int64_t width,
                const char* name_of_width) {
  if (depths.size() != heads.size())
    throw Error(fmt::format("sets depths for {} stages, but num_heads for {}: correct one of them.", depths.size(),
                            heads.size()));
  if (depths.size() > 6)
    throw Error(
        fmt::format("sets depths for {} stages, where ScaleScope knows up to 6: {}.", depths.size(), export_instead));
  for (std::size_t i = 0; i < heads.size(); ++i)
    if (const std::int64_t channels = width << i; channels % heads[i] != 0)
      throw Error(fmt::format(
          "sets num_heads of stage {} to {}, which does not divide its {} channels ({} is {}): correct one of "
          "them.",
          i + 1, heads[i], channels, name_of_width, width));
}

int least_side_of_swin(std::int64_t patch, std::int64_t window, std::size_t stages) {
  return static_cast<int>(patch * (((window - 1) << (stages - 1)) + 1));
}

static BuiltIn swin_of(const Architecture& about, const Swin& swin) {
  Architecture known = about;
  known.limits = {.least_side = (least_side_of_swin(swin_patch, swin.window, swin.depths.size()) + 3) / 4 * 4,
                  .step = swin_patch};
  return {known, [=](const ModuleBuilder& build, std::int64_t classes) { return timm_swin(build, swin, classes); },
          [=](const nlohmann::json& arguments) { return swin_with(known, swin, arguments); }};
}

std::vector<BuiltIn> timm_swins() {
  std::vector<BuiltIn> all;
  const auto add = [&](const char* name, std::int64_t width, std::int64_t depth, std::int64_t heads,
                       std::int64_t window) {
    const int image = window == 7 ? 224 : 384;
    all.push_back(swin_of({.name = name, .input_size = image, .preprocessing = "torch"},
                          {.image = image,
                           .window = window,
                           .width = width,
                           .depths = {2, 2, depth, 2},
                           .heads = {heads, 2 * heads, 4 * heads, 8 * heads}}));
  };
  add("timm/swin_tiny_patch4_window7_224", 96, 6, 3, 7);
  add("timm/swin_small_patch4_window7_224", 96, 18, 3, 7);
  add("timm/swin_base_patch4_window7_224", 128, 18, 4, 7);
  add("timm/swin_base_patch4_window12_384", 128, 18, 4, 12);
  add("timm/swin_large_patch4_window7_224", 192, 18, 6, 7);
  add("timm/swin_large_patch4_window12_384", 192, 18, 6, 12);
  for (BuiltIn& one : all)
    one.about.marks = {"layers.0.blocks.0.attn.qkv.weight", "layers.1.blocks.0.attn.qkv.weight"};
  return all;
}

} // namespace scalescope
