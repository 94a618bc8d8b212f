#include "core/network/detail/architectures/families.h"

using torch::jit::Module;

namespace scalescope {

static Module vgg16(const ModuleBuilder& build, std::int64_t classes) {
  struct Stage {
    int convolutions;
    std::int64_t channels;
  };
  std::vector<Module> features;
  std::int64_t channels = 3;
  for (const Stage& stage : {Stage{2, 64}, Stage{2, 128}, Stage{3, 256}, Stage{3, 512}, Stage{3, 512}}) {
    for (int i = 0; i < stage.convolutions; ++i) {
      features.push_back(build.convolution({.in = channels, .out = stage.channels, .kernel = {3, 3}, .bias = true}));
      features.push_back(build.relu());
      channels = stage.channels;
    }
    features.push_back(build.max_pool(2, 2));
  }
  Children children = {{"features", build.sequential(features)}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(7));
    children.emplace_back("classifier", build.sequential({build.linear(channels * 7 * 7, 4096), build.relu(),
                                                          build.dropout(0.5), build.linear(4096, 4096), build.relu(),
                                                          build.dropout(0.5), build.linear(4096, classes)}));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"classifier"});
  }
  return build.module("torchvision.models.vgg.VGG", children, {"return " + forward});
}

std::vector<BuiltIn> vggs() { return {{{.name = "vgg16", .input_size = 224, .preprocessing = "torch"}, vgg16}}; }

} // namespace scalescope
