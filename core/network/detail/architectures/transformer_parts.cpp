#include "core/network/detail/architectures/transformer_parts.h"

#include <fmt/format.h>

#include <cmath>

using torch::jit::Module;

namespace scalescope {

Module layer_norm(const ModuleBuilder& build, std::int64_t channels, double epsilon) {
  return build.module(
      "torch.nn.modules.normalization.LayerNorm", {},
      {fmt::format("return torch.layer_norm(x, [{}], self.weight, self.bias, {:e}, False)", channels, epsilon)},
      {{"weight", {channels}}, {"bias", {channels}}});
}

Module linear_layer(const ModuleBuilder& build, std::int64_t in, std::int64_t out, bool bias, const std::string& type) {
  Shapes parameters = {{"weight", {out, in}}};
  if (bias)
    parameters.push_back({"bias", {out}});
  return build.module(type, {}, {fmt::format("return torch.linear(x, self.weight, {})", bias ? "self.bias" : "None")},
                      parameters);
}

Module patch_convolution(const ModuleBuilder& build, std::int64_t out, std::int64_t patch, bool bias) {
  return build.convolution(
      {.in = 3, .out = out, .kernel = {patch, patch}, .stride = patch, .padded = false, .bias = bias});
}

Module identity(const ModuleBuilder& build) {
  return build.module("torch.nn.modules.linear.Identity", {}, {"return x"});
}

Module dropout(const ModuleBuilder& build, const std::string& type) { return build.module(type, {}, {"return x"}); }

Module gelu(const ModuleBuilder& build, const std::string& type) {
  return build.module(type, {}, {"return torch.gelu(x)"});
}

std::string call(const std::string& child, const std::string& input) { return chain(input, {child}); }

AttentionText packed_attention(std::int64_t heads, std::int64_t width) {
  const auto part = [&](int i) { return fmt::format("qkv[:, :, {}:{}]", i * width, (i + 1) * width); };
  return {.heads = heads, .width = width, .query = part(0), .key = part(1), .value = part(2)};
}

std::vector<std::string> attention(const AttentionText& text) {
  const std::int64_t side = text.width / text.heads;
  const auto heads = [&](const std::string& name, const std::string& norm) {
    const std::string split =
        fmt::format("{0}.reshape([{0}.size(0), {0}.size(1), {1}, {2}]).transpose(1, 2)", name, text.heads, side);
    return fmt::format("{} = {}", name, norm.empty() ? split : call(norm, split));
  };
  std::vector<std::string> statements = {"q = " + text.query,         "k = " + text.key,         "v = " + text.value,
                                         heads("q", text.query_norm), heads("k", text.key_norm), heads("v", "")};
  if (text.unit_length) // as torch.nn.functional.normalize does
    for (const char* name : {"q", "k"})
      statements.push_back(fmt::format("{0} = {0} / torch.clamp_min(torch.norm({0}, 2, [-1], True), 1e-12)", name));
  if (text.scale.empty())
    statements.push_back(fmt::format("weights = torch.matmul(q * {:.17g}, k.transpose(-2, -1)){}",
                                     1 / std::sqrt(static_cast<double>(side)), text.scores));
  else
    statements.push_back(fmt::format("weights = torch.matmul(q, k.transpose(-2, -1)) * {}{}", text.scale, text.scores));
  if (text.masked)
    statements.push_back(
        fmt::format("weights = (weights.reshape([-1, mask.size(0), {0}, mask.size(1), mask.size(1)]) + "
                    "mask.unsqueeze(1).unsqueeze(0)).reshape([-1, {0}, mask.size(1), mask.size(1)])",
                    text.heads));
  statements.push_back("weights = " +
                       (text.softmax.empty() ? "torch.softmax(weights, -1)" : call(text.softmax, "weights")));
  if (!text.dropout.empty())
    statements.push_back("weights = " + call(text.dropout, "weights"));
  statements.emplace_back("attended = torch.matmul(weights, v).transpose(1, 2)");
  statements.push_back(
      fmt::format("attended = attended.reshape([attended.size(0), attended.size(1), {}])", text.width));
  return statements;
}

std::vector<std::string> resampled(const Positions& p) {
  const char* function = p.kind == Positions::Kind::timm ? "_upsample_bicubic2d_aa" : "upsample_bicubic2d";
  const char* corners = p.kind == Positions::Kind::torchvision ? "True" : "False";
  std::vector<std::string> statements = {
      fmt::format("positions = {}[:, {}:].reshape([1, {}, {}, {}]).permute([0, 3, 1, 2])", p.parameter, p.prefix,
                  p.grid, p.grid, p.width),
      fmt::format("positions = torch.{}(positions, [x.size(2) // {}, x.size(3) // {}], {}, None, None)", function,
                  p.patch, p.patch, corners),
      fmt::format("positions = positions.permute([0, 2, 3, 1]).reshape([1, -1, {}])", p.width)};
  if (p.prefix > 0)
    statements.push_back(fmt::format("positions = torch.cat([{}[:, :{}], positions], 1)", p.parameter, p.prefix));
  return statements;
}

std::vector<std::string> join(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

} // namespace scalescope
