#include "core/network/detail/architectures/families.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

static Module basic(const ModuleBuilder& build, const Convolution& c) {
  return build.module("torchvision.models.inception.BasicConv2d",
                      {{"conv", build.convolution(c)}, {"bn", build.batch_norm(c.out, 0.001)}},
                      {"return torch.relu(" + chain("x", {"conv", "bn"}) + ")"});
}

/// Branches side by side; torchvision names a mixed block after its letter.
static Module mixed(const ModuleBuilder& build, const std::string& letter, const Children& children,
                    const std::vector<std::string>& branches, std::vector<std::string> statements = {}) {
  statements.push_back(fmt::format("return torch.cat([{}], 1)", fmt::join(branches, ", ")));
  return build.module("torchvision.models.inception.Inception" + letter, children, statements);
}

static const char* const average_pooled = "torch.avg_pool2d(x, [3, 3], [1, 1], [1, 1])";
static const char* const max_pooled = "torch.max_pool2d(x, [3, 3], [2, 2])";

static Module mixed_a(const ModuleBuilder& build, std::int64_t in, std::int64_t pool_features) {
  return mixed(build, "A",
               {{"branch1x1", basic(build, {.in = in, .out = 64})},
                {"branch5x5_1", basic(build, {.in = in, .out = 48})},
                {"branch5x5_2", basic(build, {.in = 48, .out = 64, .kernel = {5, 5}})},
                {"branch3x3dbl_1", basic(build, {.in = in, .out = 64})},
                {"branch3x3dbl_2", basic(build, {.in = 64, .out = 96, .kernel = {3, 3}})},
                {"branch3x3dbl_3", basic(build, {.in = 96, .out = 96, .kernel = {3, 3}})},
                {"branch_pool", basic(build, {.in = in, .out = pool_features})}},
               {chain("x", {"branch1x1"}), chain("x", {"branch5x5_1", "branch5x5_2"}),
                chain("x", {"branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"}),
                chain(average_pooled, {"branch_pool"})});
}

static Module mixed_b(const ModuleBuilder& build, std::int64_t in) {
  const Convolution last = {.in = 96, .out = 96, .kernel = {3, 3}, .stride = 2, .padded = false};
  return mixed(
      build, "B",
      {{"branch3x3", basic(build, {.in = in, .out = 384, .kernel = {3, 3}, .stride = 2, .padded = false})},
       {"branch3x3dbl_1", basic(build, {.in = in, .out = 64})},
       {"branch3x3dbl_2", basic(build, {.in = 64, .out = 96, .kernel = {3, 3}})},
       {"branch3x3dbl_3", basic(build, last)}},
      {chain("x", {"branch3x3"}), chain("x", {"branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"}), max_pooled});
}

static Module mixed_c(const ModuleBuilder& build, std::int64_t in, std::int64_t inner) {
  return mixed(build, "C",
               {{"branch1x1", basic(build, {.in = in, .out = 192})},
                {"branch7x7_1", basic(build, {.in = in, .out = inner})},
                {"branch7x7_2", basic(build, {.in = inner, .out = inner, .kernel = {1, 7}})},
                {"branch7x7_3", basic(build, {.in = inner, .out = 192, .kernel = {7, 1}})},
                {"branch7x7dbl_1", basic(build, {.in = in, .out = inner})},
                {"branch7x7dbl_2", basic(build, {.in = inner, .out = inner, .kernel = {7, 1}})},
                {"branch7x7dbl_3", basic(build, {.in = inner, .out = inner, .kernel = {1, 7}})},
                {"branch7x7dbl_4", basic(build, {.in = inner, .out = inner, .kernel = {7, 1}})},
                {"branch7x7dbl_5", basic(build, {.in = inner, .out = 192, .kernel = {1, 7}})},
                {"branch_pool", basic(build, {.in = in, .out = 192})}},
               {chain("x", {"branch1x1"}), chain("x", {"branch7x7_1", "branch7x7_2", "branch7x7_3"}),
                chain("x", {"branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5"}),
                chain(average_pooled, {"branch_pool"})});
}

static Module mixed_d(const ModuleBuilder& build, std::int64_t in) {
  const auto last = [](std::int64_t out) {
    return Convolution{.in = 192, .out = out, .kernel = {3, 3}, .stride = 2, .padded = false};
  };
  return mixed(build, "D",
               {{"branch3x3_1", basic(build, {.in = in, .out = 192})},
                {"branch3x3_2", basic(build, last(320))},
                {"branch7x7x3_1", basic(build, {.in = in, .out = 192})},
                {"branch7x7x3_2", basic(build, {.in = 192, .out = 192, .kernel = {1, 7}})},
                {"branch7x7x3_3", basic(build, {.in = 192, .out = 192, .kernel = {7, 1}})},
                {"branch7x7x3_4", basic(build, last(192))}},
               {chain("x", {"branch3x3_1", "branch3x3_2"}),
                chain("x", {"branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4"}), max_pooled});
}

static Module mixed_e(const ModuleBuilder& build, std::int64_t in) {
  return mixed(
      build, "E",
      {{"branch1x1", basic(build, {.in = in, .out = 320})},
       {"branch3x3_1", basic(build, {.in = in, .out = 384})},
       {"branch3x3_2a", basic(build, {.in = 384, .out = 384, .kernel = {1, 3}})},
       {"branch3x3_2b", basic(build, {.in = 384, .out = 384, .kernel = {3, 1}})},
       {"branch3x3dbl_1", basic(build, {.in = in, .out = 448})},
       {"branch3x3dbl_2", basic(build, {.in = 448, .out = 384, .kernel = {3, 3}})},
       {"branch3x3dbl_3a", basic(build, {.in = 384, .out = 384, .kernel = {1, 3}})},
       {"branch3x3dbl_3b", basic(build, {.in = 384, .out = 384, .kernel = {3, 1}})},
       {"branch_pool", basic(build, {.in = in, .out = 192})}},
      {chain("x", {"branch1x1"}), chain("single", {"branch3x3_2a"}), chain("single", {"branch3x3_2b"}),
       chain("double", {"branch3x3dbl_3a"}), chain("double", {"branch3x3dbl_3b"}),
       chain(average_pooled, {"branch_pool"})},
      {"single = " + chain("x", {"branch3x3_1"}), "double = " + chain("x", {"branch3x3dbl_1", "branch3x3dbl_2"})});
}

static Module inception_v3(const ModuleBuilder& build, std::int64_t classes) {
  Children children = {
      {"Conv2d_1a_3x3", basic(build, {.in = 3, .out = 32, .kernel = {3, 3}, .stride = 2, .padded = false})},
      {"Conv2d_2a_3x3", basic(build, {.in = 32, .out = 32, .kernel = {3, 3}, .padded = false})},
      {"Conv2d_2b_3x3", basic(build, {.in = 32, .out = 64, .kernel = {3, 3}})},
      {"maxpool1", build.max_pool(3, 2)},
      {"Conv2d_3b_1x1", basic(build, {.in = 64, .out = 80})},
      {"Conv2d_4a_3x3", basic(build, {.in = 80, .out = 192, .kernel = {3, 3}, .padded = false})},
      {"maxpool2", build.max_pool(3, 2)},
      {"Mixed_5b", mixed_a(build, 192, 32)},
      {"Mixed_5c", mixed_a(build, 256, 64)},
      {"Mixed_5d", mixed_a(build, 288, 64)},
      {"Mixed_6a", mixed_b(build, 288)},
      {"Mixed_6b", mixed_c(build, 768, 128)},
      {"Mixed_6c", mixed_c(build, 768, 160)},
      {"Mixed_6d", mixed_c(build, 768, 160)},
      {"Mixed_6e", mixed_c(build, 768, 192)},
      {"Mixed_7a", mixed_d(build, 768)},
      {"Mixed_7b", mixed_e(build, 1280)},
      {"Mixed_7c", mixed_e(build, 2048)}};
  std::vector<std::string> path;
  for (const auto& child : children)
    path.push_back(child.first);
  std::string forward = chain("x", path);
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(1));
    children.emplace_back("dropout", build.dropout(0.5));
    children.emplace_back("fc", build.linear(2048, classes));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool", "dropout"}) + ", 1)", {"fc"});
  }
  return build.module("torchvision.models.inception.Inception3", children, {"return " + forward});
}

std::vector<BuiltIn> inceptions() {
  return {{{.name = "inception_v3",
            .input_size = 299,
            .preprocessing = "tf",
            .may_convert_input = true,
            .cut_normal = 0.1,
            .marks = {"Conv2d_1a_3x3.conv.weight", "Mixed_5b.branch1x1.conv.weight"}},
           inception_v3}};
}

} // namespace scalescope
