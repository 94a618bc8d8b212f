#include "core/network/detail/architectures/families.h"

using torch::jit::Module;

namespace scalescope {

static Module alexnet(const ModuleBuilder& build, std::int64_t classes) {
  const auto convolution = [&](std::int64_t in, std::int64_t out, std::int64_t side) {
    return build.convolution({.in = in, .out = out, .kernel = {side, side}, .bias = true});
  };
  const Module first = build.module("torch.nn.modules.conv.Conv2d", {},
                                    {"return torch.conv2d(x, self.weight, self.bias, [4, 4], [2, 2])"},
                                    {{"weight", {64, 3, 11, 11}}, {"bias", {64}}});
  Children children = {
      {"features",
       build.sequential({first, build.relu(), build.max_pool(3, 2), convolution(64, 192, 5), build.relu(),
                         build.max_pool(3, 2), convolution(192, 384, 3), build.relu(), convolution(384, 256, 3),
                         build.relu(), convolution(256, 256, 3), build.relu(), build.max_pool(3, 2)})}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(6));
    children.emplace_back(
        "classifier",
        build.sequential({build.dropout(0.5), build.linear(std::int64_t{256} * 6 * 6, 4096), build.relu(),
                          build.dropout(0.5), build.linear(4096, 4096), build.relu(), build.linear(4096, classes)}));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"classifier"});
  }
  return build.module("torchvision.models.alexnet.AlexNet", children, {"return " + forward});
}

std::vector<BuiltIn> alexnets() {
  return {{{.name = "alexnet",
            .input_size = 224,
            .preprocessing = "torch",
            .marks = {"features.0.weight", "features.3.weight"}},
           alexnet}};
}

} // namespace scalescope
