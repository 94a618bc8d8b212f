// Networks of the Python package transformers, from the numbers in their config.json. Modules and parameters have the
// names of its version 4, which all versions write into files.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/architectures/config_reader.h"
#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/swin_parts.h"
#include "core/network/detail/architectures/transformer_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>

using torch::jit::Module;

namespace scalescope {
namespace {

/// What of a network the config.json asks for.
enum class Task { model, classification, classification_with_teacher };

/// Names of one model_type.
struct Names {
  std::string type;   ///< "vit"
  std::string prefix; ///< of its classes: "ViT"

  [[nodiscard]] std::string of(const std::string& part) const {
    return fmt::format("transformers.models.{0}.modeling_{0}.{1}{2}", type, prefix, part);
  }
};

/// The network without a head, and what a head needs of it.
struct Base {
  Module module;                   ///< returns last_hidden_state
  std::string features;            ///< an expression for what the head takes, of the last_hidden_state `x`
  std::int64_t width = 0;          ///< of the features
  bool classifier_in_list = false; ///< the classifier is a Flatten and a Linear
};

} // namespace

static Module module_list(const ModuleBuilder& build, const std::vector<Module>& items) {
  return build.sequential(items, "torch.nn.modules.container.ModuleList");
}

static Module dense(const ModuleBuilder& build, const std::string& type, std::int64_t in, std::int64_t out) {
  return build.module(type, {{"dense", build.linear(in, out)}, {"dropout", dropout(build)}},
                      {"return " + chain("x", {"dense", "dropout"})});
}

/// The same, and what stood in front of it is added.
static Module dense_and_add(const ModuleBuilder& build, const std::string& type, std::int64_t in, std::int64_t out) {
  return build.module(type, {{"dense", build.linear(in, out)}, {"dropout", dropout(build)}}, "x, before",
                      {"return " + chain("x", {"dense", "dropout"}) + " + before"}, {}, {});
}

static Module intermediate(const ModuleBuilder& build, const Names& names, std::int64_t in, std::int64_t out) {
  return build.module(names.of("Intermediate"),
                      {{"dense", build.linear(in, out)},
                       {"intermediate_act_fn", gelu(build, "transformers.activations.GELUActivation")}},
                      {"return " + chain("x", {"dense", "intermediate_act_fn"})});
}

static AttentionText separate_attention(std::int64_t heads, std::int64_t width) {
  return {.heads = heads,
          .width = width,
          .query = call("query", "x"),
          .key = call("key", "x"),
          .value = call("value", "x"),
          .dropout = "dropout"};
}

static Children queries_keys_values(const ModuleBuilder& build, std::int64_t width, bool bias) {
  return {{"query", linear_layer(build, width, width, bias)},
          {"key", linear_layer(build, width, width, bias)},
          {"value", linear_layer(build, width, width, bias)},
          {"dropout", dropout(build)}};
}

// --- ViT, DeiT and DINOv2 ---

namespace {
struct TokenNetwork {
  Names names = {};
  std::int64_t image = 224;
  std::int64_t patch = 16;
  std::int64_t width = 768;
  std::int64_t depth = 12;
  std::int64_t heads = 12;
  std::int64_t hidden = 3072;
  double epsilon = 1e-12;
  bool qkv_bias = true;
  bool dino = false;
  bool swiglu = false;
  bool mask_token = false;
  bool distilled = false; ///< DeiT has a distillation token
  std::int64_t registers = 0;
  bool pooler = false;
  std::int64_t pooled = 768;
};
} // namespace

static Module token_attention(const ModuleBuilder& build, const TokenNetwork& net) {
  const Names& names = net.names;
  const Module self = build.module(names.of("SelfAttention"), queries_keys_values(build, net.width, net.qkv_bias),
                                   join(attention(separate_attention(net.heads, net.width)), {"return attended"}));
  return build.module(names.of("Attention"),
                      {{"attention", self}, {"output", dense(build, names.of("SelfOutput"), net.width, net.width)}},
                      {"return " + chain("x", {"attention", "output"})});
}

static Module dino_mlp(const ModuleBuilder& build, const TokenNetwork& net) {
  if (net.swiglu) // Shazeer 2020, both halves from one linear layer
    return build.module(
        net.names.of("SwiGLUFFN"),
        {{"weights_in", build.linear(net.width, 2 * net.hidden)}, {"weights_out", build.linear(net.hidden, net.width)}},
        {"x = " + call("weights_in", "x"),
         "return " + call("weights_out", fmt::format("torch.silu(x[:, :, :{0}]) * x[:, :, {0}:]", net.hidden))});
  return build.module(net.names.of("MLP"),
                      {{"fc1", build.linear(net.width, net.hidden)},
                       {"activation", gelu(build, "transformers.activations.GELUActivation")},
                       {"fc2", build.linear(net.hidden, net.width)}},
                      {"return " + chain("x", {"fc1", "activation", "fc2"})});
}

static Module token_layer(const ModuleBuilder& build, const TokenNetwork& net) {
  const auto norm = [&] { return layer_norm(build, net.width, net.epsilon); };
  if (!net.dino)
    return build.module(
        net.names.of("Layer"),
        {{"attention", token_attention(build, net)},
         {"intermediate", intermediate(build, net.names, net.width, net.hidden)},
         {"output", dense_and_add(build, net.names.of("Output"), net.hidden, net.width)},
         {"layernorm_before", norm()},
         {"layernorm_after", norm()}},
        {"x = " + chain("x", {"layernorm_before", "attention"}) + " + x",
         fmt::format("return self.output.forward({}, x)", chain("x", {"layernorm_after", "intermediate"}))});
  const auto scale = [&] {
    return build.module(net.names.of("LayerScale"), {}, {"return x * self.lambda1"}, {{"lambda1", {net.width}}});
  };
  return build.module(net.names.of("Layer"),
                      {{"norm1", norm()},
                       {"attention", token_attention(build, net)},
                       {"layer_scale1", scale()},
                       {"drop_path", identity(build)},
                       {"norm2", norm()},
                       {"mlp", dino_mlp(build, net)},
                       {"layer_scale2", scale()}},
                      {"x = " + chain("x", {"norm1", "attention", "layer_scale1", "drop_path"}) + " + x",
                       "return " + chain("x", {"norm2", "mlp", "layer_scale2", "drop_path"}) + " + x"});
}

static Module token_embeddings(const ModuleBuilder& build, const TokenNetwork& net) {
  const std::int64_t prefix = net.distilled ? 2 : 1;
  const std::int64_t grid = net.image / net.patch;
  Shapes parameters = {{"cls_token", {1, 1, net.width}}};
  if (net.distilled)
    parameters.push_back({"distillation_token", {1, 1, net.width}});
  if (net.mask_token) // of training
    parameters.push_back({"mask_token", net.dino ? std::vector{std::int64_t{1}, net.width}
                                                 : std::vector{std::int64_t{1}, std::int64_t{1}, net.width}});
  if (net.registers > 0)
    parameters.push_back({"register_tokens", {1, net.registers, net.width}});
  parameters.push_back({"position_embeddings", {1, grid * grid + prefix, net.width}});
  const auto repeated = [](const char* name) { return fmt::format("self.{}.expand([x.size(0), -1, -1])", name); };
  // Registers have no positions.
  std::vector<std::string> forward =
      resampled({.parameter = "self.position_embeddings",
                 .prefix = prefix,
                 .grid = grid,
                 .width = net.width,
                 .patch = net.patch,
                 .kind = net.registers > 0 ? Positions::Kind::timm : Positions::Kind::transformers});
  forward.push_back(fmt::format("tokens = torch.cat([{}{}, {}], 1) + positions", repeated("cls_token"),
                                net.distilled ? ", " + repeated("distillation_token") : "",
                                call("patch_embeddings", "x")));
  if (net.registers > 0)
    forward.push_back(
        fmt::format("tokens = torch.cat([tokens[:, :1], {}, tokens[:, 1:]], 1)", repeated("register_tokens")));
  forward.push_back("return " + call("dropout", "tokens"));
  return build.module(
      net.names.of("Embeddings"),
      {{"patch_embeddings",
        build.module(net.names.of("PatchEmbeddings"), {{"projection", patch_convolution(build, net.width, net.patch)}},
                     {"return " + call("projection", "x") + ".flatten(2).transpose(1, 2)"})},
       {"dropout", dropout(build)}},
      forward, parameters);
}

static Base token_base(const ModuleBuilder& build, const TokenNetwork& net) {
  std::vector<Module> layers;
  for (std::int64_t i = 0; i < net.depth; ++i)
    layers.push_back(token_layer(build, net));
  Children children = {{"embeddings", token_embeddings(build, net)},
                       {"encoder", build.module(net.names.of("Encoder"), {{"layer", module_list(build, layers)}},
                                                {"return " + call("layer", "x")})},
                       {"layernorm", layer_norm(build, net.width, net.epsilon)}};
  if (net.pooler) // It is part of the file, but last_hidden_state does not go through it.
    children.emplace_back(
        "pooler",
        build.module(net.names.of("Pooler"),
                     {{"dense", build.linear(net.width, net.pooled)},
                      {"activation", build.module("torch.nn.modules.activation.Tanh", {}, {"return torch.tanh(x)"})}},
                     {"return " + chain("x[:, 0]", {"dense", "activation"})}));
  const std::string features =
      net.dino ? fmt::format("torch.cat([x[:, 0], torch.mean(x[:, {}:], [1])], 1)", 1 + net.registers) : "x[:, 0]";
  return {
      build.module(net.names.of("Model"), children, {"return " + chain("x", {"embeddings", "encoder", "layernorm"})}),
      features, net.dino ? 2 * net.width : net.width};
}

// --- Swin ---

namespace {
struct WindowNetwork {
  Names names = {};
  std::int64_t patch = 4;
  std::int64_t width = 96;
  std::vector<std::int64_t> depths = {};
  std::vector<std::int64_t> heads = {};
  std::int64_t window = 7;
  double mlp_ratio = 4;
  double epsilon = 1e-5;
  bool qkv_bias = true;
};
} // namespace

static Module window_layer(const ModuleBuilder& build, const WindowNetwork& net, std::int64_t width, std::int64_t heads,
                           bool shifts) {
  const Names& names = net.names;
  AttentionText text = separate_attention(heads, width);
  text.scores = " + " + relative_position_bias("self.relative_position_bias_table", net.window);
  text.masked = shifts;
  const std::int64_t rows = 2 * net.window - 1;
  const char* arguments = shifts ? "x, mask" : "x";
  const Module self =
      build.module(names.of("SelfAttention"), queries_keys_values(build, width, net.qkv_bias), arguments,
                   join(attention(text), {"return attended"}), {{"relative_position_bias_table", {rows * rows, heads}}},
                   {{"relative_position_index", relative_position_index(net.window)}});
  // "self" is a name that code can't use.
  const Module attention_module = build.module(
      names.of("Attention"), {{"self", self}, {"output", dense(build, names.of("SelfOutput"), width, width)}},
      arguments, {"return " + call("output", fmt::format("getattr(self, \"self\").forward({})", arguments))}, {}, {});
  const auto hidden = static_cast<std::int64_t>(net.mlp_ratio * static_cast<double>(width));
  return build.module(
      names.of("Layer"),
      {{"layernorm_before", layer_norm(build, width, net.epsilon)},
       {"attention", attention_module},
       {"drop_path", identity(build)},
       {"layernorm_after", layer_norm(build, width, net.epsilon)},
       {"intermediate", intermediate(build, names, width, hidden)},
       {"output", dense(build, names.of("Output"), hidden, width)}},
      join({"y = " + call("layernorm_before", "x")},
           join(in_windows({.side = net.window, .shift = shifts ? net.window / 2 : 0},
                           {fmt::format("windows = self.attention.forward(windows{})", shifts ? ", mask" : "")}),
                {"x = x + " + call("drop_path", "y"),
                 "return x + " + chain("x", {"layernorm_after", "intermediate", "output"})})));
}

/// Its maps are images x height x width x channels, where Python has the positions in one row.
static Base window_base(const ModuleBuilder& build, const WindowNetwork& net, bool pooler) {
  const Names& names = net.names;
  std::vector<Module> stages;
  std::int64_t width = net.width;
  for (std::size_t i = 0; i < net.depths.size(); ++i) {
    std::vector<Module> blocks;
    for (std::int64_t block = 0; block < net.depths[i]; ++block)
      blocks.push_back(window_layer(build, net, width, net.heads[i], block % 2 == 1));
    Children children = {{"blocks", module_list(build, blocks)}};
    std::vector<std::string> path = {"blocks"};
    if (i + 1 < net.depths.size()) {
      children.emplace_back("downsample",
                            build.module(names.of("PatchMerging"),
                                         {{"reduction", linear_layer(build, 4 * width, 2 * width, false)},
                                          {"norm", layer_norm(build, 4 * width, 1e-5)}},
                                         join(merged_patches(), {"return " + chain("x", {"norm", "reduction"})})));
      path.emplace_back("downsample");
      width *= 2;
    }
    stages.push_back(build.module(names.of("Stage"), children, {"return " + chain("x", path)}));
  }
  const auto missing = [&](int side) {
    return fmt::format("(x.size({0}) + {1}) // {2} * {2} - x.size({0})", side, net.patch - 1, net.patch);
  };
  const Module embeddings = build.module(
      names.of("Embeddings"),
      {{"patch_embeddings",
        build.module(names.of("PatchEmbeddings"), {{"projection", patch_convolution(build, net.width, net.patch)}},
                     {fmt::format("x = torch.constant_pad_nd(x, [0, {}, 0, {}], 0.)", missing(3), missing(2)),
                      "return " + call("projection", "x") + ".permute([0, 2, 3, 1])"})},
       {"norm", layer_norm(build, net.width, 1e-5)},
       {"dropout", dropout(build)}},
      {"return " + chain("x", {"patch_embeddings", "norm", "dropout"})});
  Children children = {{"embeddings", embeddings},
                       {"encoder", build.module(names.of("Encoder"), {{"layers", module_list(build, stages)}},
                                                {"return " + call("layers", "x")})},
                       {"layernorm", layer_norm(build, width, net.epsilon)}};
  if (pooler)
    children.emplace_back(
        "pooler", build.module("torch.nn.modules.pooling.AdaptiveAvgPool1d", {}, {"return torch.mean(x, [1, 2])"}));
  return {build.module(names.of("Model"), children, {"return " + chain("x", {"embeddings", "encoder", "layernorm"})}),
          "getattr(self." + names.type + ", \"pooler\").forward(x)", width};
}

// --- ConvNeXt ---

namespace {
struct ConvNextNumbers {
  Names names = {};
  std::int64_t patch = 4;
  std::vector<std::int64_t> widths = {};
  std::vector<std::int64_t> depths = {};
  bool layer_scale = true;
  double epsilon = 1e-12;
};
} // namespace

static Base convnext_base(const ModuleBuilder& build, const ConvNextNumbers& net) {
  const Names& names = net.names;
  const auto norm = [&](std::int64_t channels, bool channels_first) {
    const std::string normal = fmt::format("torch.layer_norm({}, [{}], self.weight, self.bias, 1e-06, False)",
                                           channels_first ? "x.permute([0, 2, 3, 1])" : "x", channels);
    return build.module(names.of("LayerNorm"), {},
                        {"return " + normal + (channels_first ? ".permute([0, 3, 1, 2])" : "")},
                        {{"weight", {channels}}, {"bias", {channels}}});
  };
  const auto layer = [&](std::int64_t width) {
    const Convolution depthwise = {.in = width, .out = width, .kernel = {7, 7}, .groups = width, .bias = true};
    Shapes parameters;
    if (net.layer_scale)
      parameters.push_back({"layer_scale_parameter", {width}});
    return build.module(
        names.of("Layer"),
        {{"dwconv", build.convolution(depthwise)},
         {"layernorm", norm(width, false)},
         {"pwconv1", build.linear(width, 4 * width)},
         {"act", gelu(build, "transformers.activations.GELUActivation")},
         {"pwconv2", build.linear(4 * width, width)},
         {"drop_path", identity(build)}},
        {"y = " + chain(call("dwconv", "x") + ".permute([0, 2, 3, 1])", {"layernorm", "pwconv1", "act", "pwconv2"}),
         fmt::format("y = {}", net.layer_scale ? "self.layer_scale_parameter * y" : "y"),
         "return x + " + call("drop_path", "y.permute([0, 3, 1, 2])")},
        parameters);
  };
  std::vector<Module> stages;
  for (std::size_t i = 0; i < net.widths.size(); ++i) {
    std::vector<Module> downsampling;
    if (i > 0)
      downsampling = {norm(net.widths[i - 1], true), build.convolution({.in = net.widths[i - 1],
                                                                        .out = net.widths[i],
                                                                        .kernel = {2, 2},
                                                                        .stride = 2,
                                                                        .padded = false,
                                                                        .bias = true})};
    std::vector<Module> layers;
    for (std::int64_t block = 0; block < net.depths[i]; ++block)
      layers.push_back(layer(net.widths[i]));
    stages.push_back(
        build.module(names.of("Stage"),
                     {{"downsampling_layer", module_list(build, downsampling)}, {"layers", module_list(build, layers)}},
                     {"return " + chain("x", {"downsampling_layer", "layers"})}));
  }
  const Module embeddings = build.module(names.of("Embeddings"),
                                         {{"patch_embeddings", patch_convolution(build, net.widths[0], net.patch)},
                                          {"layernorm", norm(net.widths[0], true)}},
                                         {"return " + chain("x", {"patch_embeddings", "layernorm"})});
  const std::int64_t width = net.widths.back();
  return {build.module(names.of("Model"),
                       {{"embeddings", embeddings},
                        {"encoder", build.module(names.of("Encoder"), {{"stages", module_list(build, stages)}},
                                                 {"return " + call("stages", "x")})},
                        {"layernorm", layer_norm(build, width, net.epsilon)}},
                       {"return " + chain("x", {"embeddings", "encoder"})}),
          "self.convnext.layernorm.forward(torch.mean(x, [2, 3]))", width};
}

// --- ResNet ---

namespace {
struct ResNetNumbers {
  Names names = {};
  std::int64_t stem = 64;
  std::vector<std::int64_t> widths = {};
  std::vector<std::int64_t> depths = {};
  bool bottleneck = true;
  bool stride_in_first = false;     ///< downsample_in_bottleneck
  bool first_stage_strides = false; ///< downsample_in_first_stage
};
} // namespace

static Base resnet_base(const ModuleBuilder& build, const ResNetNumbers& net) {
  const Names& names = net.names;
  const auto convolution = [&](std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                               bool active) {
    return build.module(
        names.of("ConvLayer"),
        {{"convolution", build.convolution({.in = in, .out = out, .kernel = {kernel, kernel}, .stride = stride})},
         {"normalization", build.batch_norm(out)},
         {"activation", active ? build.relu() : identity(build)}},
        {"return " + chain("x", {"convolution", "normalization", "activation"})});
  };
  const auto layer = [&](std::int64_t in, std::int64_t out, std::int64_t stride) {
    const std::int64_t inner = out / 4;
    const Module shortcut =
        stride == 1 && in == out
            ? identity(build)
            : build.module(names.of("ShortCut"),
                           {{"convolution", build.convolution({.in = in, .out = out, .stride = stride})},
                            {"normalization", build.batch_norm(out)}},
                           {"return " + chain("x", {"convolution", "normalization"})});
    const Module path =
        net.bottleneck ? build.sequential({convolution(in, inner, 1, net.stride_in_first ? stride : 1, true),
                                           convolution(inner, inner, 3, net.stride_in_first ? 1 : stride, true),
                                           convolution(inner, out, 1, 1, false)})
                       : build.sequential({convolution(in, out, 3, stride, true), convolution(out, out, 3, 1, false)});
    return build.module(names.of(net.bottleneck ? "BottleNeckLayer" : "BasicLayer"),
                        {{"shortcut", shortcut}, {"layer", path}, {"activation", build.relu()}},
                        {"return " + call("activation", call("layer", "x") + " + " + call("shortcut", "x"))});
  };
  std::vector<Module> stages;
  std::int64_t in = net.stem;
  for (std::size_t i = 0; i < net.widths.size(); ++i) {
    std::vector<Module> layers;
    for (std::int64_t block = 0; block < net.depths[i]; ++block) {
      layers.push_back(layer(in, net.widths[i], block == 0 && (i > 0 || net.first_stage_strides) ? 2 : 1));
      in = net.widths[i];
    }
    stages.push_back(
        build.module(names.of("Stage"), {{"layers", build.sequential(layers)}}, {"return " + call("layers", "x")}));
  }
  const Module embedder = build.module(
      names.of("Embeddings"), {{"embedder", convolution(3, net.stem, 7, 2, true)}, {"pooler", build.max_pool(3, 2, 1)}},
      {"return " + chain("x", {"embedder", "pooler"})});
  return {build.module(names.of("Model"),
                       {{"embedder", embedder},
                        {"encoder", build.module(names.of("Encoder"), {{"stages", module_list(build, stages)}},
                                                 {"return " + call("stages", "x")})},
                        {"pooler", build.average_pool_to(1)}},
                       {"return " + chain("x", {"embedder", "encoder"})}),
          "self.resnet.pooler.forward(x)", in, true};
}

// --- all ---

static Module with_head(const ModuleBuilder& build, const Names& names, const Base& base, Task task,
                        std::int64_t classes) {
  if (task == Task::model)
    return base.module;
  Children children = {{names.type, base.module}};
  std::vector<std::string> forward = {"x = " + call(names.type, "x")};
  if (classes == 0) {
    forward.emplace_back("return x");
  } else if (task == Task::classification_with_teacher) {
    children.emplace_back("cls_classifier", build.linear(base.width, classes));
    children.emplace_back("distillation_classifier", build.linear(base.width, classes));
    forward.push_back(fmt::format("return ({} + {}) / 2", call("cls_classifier", "x[:, 0]"),
                                  call("distillation_classifier", "x[:, 1]")));
  } else {
    const Module linear = build.linear(base.width, classes);
    children.emplace_back(
        "classifier",
        base.classifier_in_list
            ? build.sequential({build.module("torch.nn.modules.flatten.Flatten", {}, {"return x.flatten(1)"}), linear})
            : linear);
    forward.push_back("return " + call("classifier", base.features));
  }
  return build.module(
      names.of(task == Task::classification ? "ForImageClassification" : "ForImageClassificationWithTeacher"), children,
      forward);
}

/// What "architectures" asks for. Files without it are classifiers, as pipelines take them for.
static Task task_of(const nlohmann::json& config, const Names& names) {
  const auto found = config.find("architectures");
  if (found == config.end() || !found->is_array() || found->empty() || !found->front().is_string())
    return Task::classification;
  const auto name = found->front().get<std::string>();
  if (name == names.prefix + "ForImageClassification")
    return Task::classification;
  if (name == names.prefix + "Model")
    return Task::model;
  if (name == "DeiTForImageClassificationWithTeacher" && names.type == "deit")
    return Task::classification_with_teacher;
  throw Error(fmt::format("is of a {0}, where ScaleScope knows {1}Model and {1}ForImageClassification: {2}.",
                          for_terminal(name.substr(0, 80)), names.prefix, export_instead));
}

static void check_stages(const std::vector<std::int64_t>& depths, const std::vector<std::int64_t>& widths) {
  if (depths.size() != widths.size())
    throw Error(fmt::format("sets depths for {} stages, but hidden_sizes for {}: correct one of them.", depths.size(),
                            widths.size()));
}

static BuiltIn token_network(ConfigReader& read, const Names& names, Task task) {
  TokenNetwork net = {.names = names};
  net.dino = names.type.starts_with("dinov2");
  net.distilled = names.type == "deit";
  net.image = read.side("image_size", 224, 4096);
  net.patch = read.side("patch_size", net.dino && names.type == "dinov2" ? 14 : 16, 256);
  net.width = read.whole("hidden_size", 768, 1, 16384);
  net.depth = read.whole("num_hidden_layers", 12, 1, 256);
  net.heads = read.whole("num_attention_heads", 12, 1, 1024);
  net.epsilon = read.number("layer_norm_eps", net.dino ? 1e-6 : 1e-12, 0, 1);
  net.qkv_bias = read.flag("qkv_bias", true);
  net.swiglu = net.dino && read.flag("use_swiglu_ffn", false);
  if (!net.swiglu)
    read.only("hidden_act", "gelu");
  if (net.dino) {
    const auto hidden =
        static_cast<std::int64_t>(static_cast<double>(net.width) * read.number("mlp_ratio", 4, 0.01, 64));
    // SwiGLU keeps two thirds, rounded up to a multiple of 8.
    net.hidden = net.swiglu ? (static_cast<std::int64_t>(static_cast<double>(hidden) * 2 / 3) + 7) / 8 * 8 : hidden;
    net.mask_token = names.type != "dinov2" || read.flag("use_mask_token", true);
    net.registers = names.type == "dinov2" ? 0 : read.whole("num_register_tokens", 4, 1, 1024);
  } else {
    net.hidden = read.whole("intermediate_size", 3072, 1, 1 << 18);
    net.pooler = task == Task::model;
    net.pooled = read.whole("pooler_output_size", net.width, 1, 1 << 18);
    read.only("pooler_act", "tanh");
  }
  if (net.image % net.patch != 0)
    throw Error(fmt::format("sets image_size to {}, which is not a multiple of the patch_size {}: correct one of them.",
                            net.image, net.patch));
  if (net.width % net.heads != 0)
    throw Error(
        fmt::format("sets num_attention_heads to {}, which does not divide the hidden_size {}: correct one of them.",
                    net.heads, net.width));
  return {{.input_size = static_cast<int>(net.image), .limits = {.least_side = static_cast<int>(net.patch)}},
          [=](const ModuleBuilder& build, std::int64_t classes) {
            return with_head(build, names, token_base(build, net), task, classes);
          },
          {}};
}

static BuiltIn window_network(ConfigReader& read, const Names& names, Task task) {
  const std::int64_t image = read.side("image_size", 224, 4096);
  const WindowNetwork net = {.names = names,
                             .patch = read.side("patch_size", 4, 256),
                             .width = read.whole("embed_dim", 96, 1, 4096),
                             .depths = read.list("depths", {2, 2, 6, 2}, 1, 256),
                             .heads = read.list("num_heads", {3, 6, 12, 24}, 1, 1024),
                             .window = read.whole("window_size", 7, 1, 64),
                             .mlp_ratio = read.number("mlp_ratio", 4, 0.01, 64),
                             .epsilon = read.number("layer_norm_eps", 1e-5, 0, 1),
                             .qkv_bias = read.flag("qkv_bias", true)};
  read.only("hidden_act", "gelu");
  read.only("use_absolute_embeddings", false);
  check_swin(net.depths, net.heads, net.width, "embed_dim");
  return {{.input_size = static_cast<int>(image),
           .limits = {.least_side = least_side_of_swin(net.patch, net.window, net.depths.size())}},
          [=](const ModuleBuilder& build, std::int64_t classes) {
            return with_head(build, names, window_base(build, net, task == Task::model || classes > 0), task, classes);
          },
          {}};
}

static BuiltIn convnext_network(ConfigReader& read, const Names& names, Task task) {
  const std::int64_t image = read.side("image_size", 224, 4096);
  const ConvNextNumbers net = {.names = names,
                               .patch = read.side("patch_size", 4, 256),
                               .widths = read.list("hidden_sizes", {96, 192, 384, 768}, 1, 16384),
                               .depths = read.list("depths", {3, 3, 9, 3}, 1, 256),
                               .layer_scale = read.number("layer_scale_init_value", 1e-6, -1e6, 1e6) > 0,
                               .epsilon = read.number("layer_norm_eps", 1e-12, 0, 1)};
  read.only("hidden_act", "gelu");
  check_stages(net.depths, net.widths);
  return {{.input_size = static_cast<int>(image)},
          [=](const ModuleBuilder& build, std::int64_t classes) {
            return with_head(build, names, convnext_base(build, net), task, classes);
          },
          {}};
}

static BuiltIn resnet_network(ConfigReader& read, const Names& names, Task task) {
  ResNetNumbers net = {.names = names,
                       .stem = read.whole("embedding_size", 64, 1, 16384),
                       .widths = read.list("hidden_sizes", {256, 512, 1024, 2048}, 1, 16384),
                       .depths = read.list("depths", {3, 4, 6, 3}, 1, 256),
                       .stride_in_first = read.flag("downsample_in_bottleneck", false),
                       .first_stage_strides = read.flag("downsample_in_first_stage", false)};
  const std::string type = read.text("layer_type", "bottleneck");
  if (type != "bottleneck" && type != "basic")
    read.refuse("layer_type", "\"bottleneck\" and \"basic\"");
  net.bottleneck = type == "bottleneck";
  read.only("hidden_act", "relu");
  check_stages(net.depths, net.widths);
  if (net.bottleneck && net.widths.front() < 4)
    read.refuse("hidden_sizes", "at least 4 channels for layers of the type \"bottleneck\"");
  return {{.input_size = 224},
          [=](const ModuleBuilder& build, std::int64_t classes) {
            return with_head(build, names, resnet_base(build, net), task, classes);
          },
          {}};
}

BuiltIn transformers_architecture(const nlohmann::json& config) {
  using Reader = BuiltIn (*)(ConfigReader&, const Names&, Task);
  static const std::map<std::string, std::pair<std::string, Reader>> known = {
      {"convnext", {"ConvNext", convnext_network}},
      {"deit", {"DeiT", token_network}},
      {"dinov2", {"Dinov2", token_network}},
      {"dinov2_with_registers", {"Dinov2WithRegisters", token_network}},
      {"resnet", {"ResNet", resnet_network}},
      {"swin", {"Swin", window_network}},
      {"vit", {"ViT", token_network}}};
  ConfigReader read(config);
  const std::string type = read.text("model_type", "");
  const auto found = known.find(type);
  if (found == known.end()) {
    std::vector<std::string> types;
    for (const auto& [name, reader] : known)
      types.push_back(name);
    throw Error(fmt::format("is of the model_type '{}', where ScaleScope knows {}: {}.",
                            for_terminal(type.substr(0, 80)), fmt::join(types, ", "), export_instead));
  }
  read.only("num_channels", 3);
  const auto& [prefix, reader] = found->second;
  const Names names = {type, prefix};
  BuiltIn network = reader(read, names, task_of(config, names));
  network.about.name = "transformers/" + type;
  return network;
}

} // namespace scalescope
