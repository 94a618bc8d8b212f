#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/timm_parts.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

namespace {
struct Vgg {
  int layers;                      ///< as its name counts them: with the three of the classifier
  std::array<int, 5> convolutions; ///< of each stage
};
} // namespace

static Module vgg_features(const ModuleBuilder& build, const Vgg& net, bool norms) {
  static constexpr std::array<std::int64_t, 5> widths{64, 128, 256, 512, 512};
  std::vector<Module> features;
  std::int64_t channels = 3;
  for (std::size_t stage = 0; stage < widths.size(); ++stage) {
    for (int i = 0; i < net.convolutions[stage]; ++i) {
      features.push_back(build.convolution({.in = channels, .out = widths[stage], .kernel = {3, 3}, .bias = true}));
      if (norms)
        features.push_back(build.batch_norm(widths[stage]));
      features.push_back(build.relu());
      channels = widths[stage];
    }
    features.push_back(build.max_pool(2, 2));
  }
  return build.sequential(features);
}

static Module torchvisions_vgg(const ModuleBuilder& build, const Module& features, std::int64_t classes) {
  Children children = {{"features", features}};
  std::string forward = chain("x", {"features"});
  if (classes > 0) {
    children.emplace_back("avgpool", build.average_pool_to(7));
    children.emplace_back("classifier", build.sequential({build.linear(std::int64_t{512} * 7 * 7, 4096), build.relu(),
                                                          build.dropout(0.5), build.linear(4096, 4096), build.relu(),
                                                          build.dropout(0.5), build.linear(4096, classes)}));
    forward = chain("torch.flatten(" + chain(forward, {"avgpool"}) + ", 1)", {"classifier"});
  }
  return build.module("torchvision.models.vgg.VGG", children, {"return " + forward});
}

/// timm's classifier is convolutions, so that larger images give a map, which is pooled; smaller ones are enlarged.
static Module timms_vgg(const ModuleBuilder& build, const Module& features, std::int64_t classes) {
  Children children = {{"features", features}};
  if (classes > 0) {
    const Module head = build.module(
        "timm.models.vgg.ConvMlp",
        {{"fc1", build.convolution({.in = 512, .out = 4096, .kernel = {7, 7}, .padded = false, .bias = true})},
         {"act1", build.relu()},
         {"drop", build.dropout(0)},
         {"fc2", build.convolution({.in = 4096, .out = 4096, .bias = true})},
         {"act2", build.relu()}},
        {"return " + chain("torch.adaptive_avg_pool2d(x, [max(7, x.size(2)), max(7, x.size(3))])",
                           {"fc1", "act1", "drop", "fc2", "act2"})});
    children.emplace_back("pre_logits", head);
    children.emplace_back("head", timm::classifier_head(build, 4096, classes));
  }
  return build.sequence("timm.models.vgg.VGG", children);
}

std::vector<BuiltIn> vggs() {
  static constexpr std::array nets{Vgg{11, {1, 1, 2, 2, 2}}, Vgg{13, {2, 2, 2, 2, 2}}, Vgg{16, {2, 2, 3, 3, 3}},
                                   Vgg{19, {2, 2, 4, 4, 4}}};
  std::vector<BuiltIn> all;
  for (const bool timms : {false, true})
    for (const bool norms : {false, true})
      for (const Vgg& net : nets)
        all.push_back(
            {{.name = fmt::format("{}vgg{}{}", timms ? "timm/" : "", net.layers, norms ? "_bn" : ""),
              .input_size = 224,
              .preprocessing = "torch",
              .marks = norms ? std::vector<std::string>{"features.0.weight", "features.1.weight"}
                             : std::vector<std::string>{"features.0.weight", "features.2.weight", "features.3.weight"}},
             [&net, norms, timms](const ModuleBuilder& build, std::int64_t classes) {
               const Module features = vgg_features(build, net, norms);
               return timms ? timms_vgg(build, features, classes) : torchvisions_vgg(build, features, classes);
             }});
  return all;
}

} // namespace scalescope
