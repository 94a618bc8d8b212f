#include "core/network/detail/architectures/families.h"
#include "core/network/detail/architectures/timm_parts.h"

using torch::jit::Module;

namespace scalescope {

namespace {
/// timm's ResNet-50 with changes that give it other parameters than torchvision's.
struct TimmResNet {
  const char* name;
  bool deep;            ///< "d": three convolutions of 3x3 begin it, and shortcuts pool before they convolve
  bool squeeze = false; ///< squeeze and excitation
};
} // namespace

static Module timm_shortcut(const ModuleBuilder& build, const TimmResNet& net, std::int64_t in, std::int64_t out,
                            std::int64_t stride) {
  if (!net.deep)
    return build.sequential({build.convolution({.in = in, .out = out, .stride = stride}), build.batch_norm(out)});
  const Module pool = stride == 1 ? build.identity()
                                  : build.module("torch.nn.modules.pooling.AvgPool2d", {},
                                                 {"return torch.avg_pool2d(x, [2, 2], [2, 2], [0, 0], True, False)"});
  return build.sequential({pool, build.convolution({.in = in, .out = out}), build.batch_norm(out)});
}

static Module timm_bottleneck(const ModuleBuilder& build, const TimmResNet& net, std::int64_t in, std::int64_t planes,
                              std::int64_t stride) {
  const std::int64_t out = 4 * planes;
  Children children = {{"conv1", build.convolution({.in = in, .out = planes})},
                       {"bn1", build.batch_norm(planes)},
                       {"act1", build.relu()},
                       {"conv2", build.convolution({.in = planes, .out = planes, .kernel = {3, 3}, .stride = stride})},
                       {"bn2", build.batch_norm(planes)},
                       {"drop_block", build.identity()},
                       {"act2", build.relu()},
                       {"aa", build.identity()},
                       {"conv3", build.convolution({.in = planes, .out = out})},
                       {"bn3", build.batch_norm(out)}};
  if (net.squeeze)
    children.emplace_back("se", timm::squeeze_excitation(build, out, out / 16));
  std::vector<std::string> path;
  for (const auto& child : children)
    path.push_back(child.first);
  children.emplace_back("act3", build.relu());
  std::string shortcut = "x";
  if (stride != 1 || in != out) {
    children.emplace_back("downsample", timm_shortcut(build, net, in, out, stride));
    shortcut = chain("x", {"downsample"});
  }
  return build.module("timm.models.resnet.Bottleneck", children,
                      {"return " + chain(chain("x", path) + " + " + shortcut, {"act3"})});
}

static Module timm_resnet50(const ModuleBuilder& build, const TimmResNet& net, std::int64_t classes) {
  const auto stem = [&](std::int64_t in, std::int64_t out, std::int64_t stride) {
    return build.convolution({.in = in, .out = out, .kernel = {3, 3}, .stride = stride});
  };
  Children children = {
      {"conv1", net.deep ? build.sequential({stem(3, 32, 2), build.batch_norm(32), build.relu(), stem(32, 32, 1),
                                             build.batch_norm(32), build.relu(), stem(32, 64, 1)})
                         : build.convolution({.in = 3, .out = 64, .kernel = {7, 7}, .stride = 2})},
      {"bn1", build.batch_norm(64)},
      {"act1", build.relu()},
      {"maxpool", build.max_pool(3, 2, 1)}};
  std::int64_t channels = 64;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    static constexpr std::array blocks{3, 4, 6, 3};
    const std::int64_t planes = 64 << stage;
    std::vector<Module> items;
    for (int i = 0; i < blocks.at(stage); ++i) {
      items.push_back(timm_bottleneck(build, net, channels, planes, stage > 0 && i == 0 ? 2 : 1));
      channels = 4 * planes;
    }
    children.emplace_back("layer" + std::to_string(stage + 1), build.sequential(items));
  }
  if (classes > 0) {
    children.emplace_back("global_pool", timm::global_pool(build));
    children.emplace_back("fc", build.linear(channels, classes));
  }
  return build.sequence("timm.models.resnet.ResNet", children);
}

std::vector<BuiltIn> timm_resnets() {
  static constexpr std::array nets{TimmResNet{"timm/resnet50d", true}, TimmResNet{"timm/seresnet50", false, true}};
  std::vector<BuiltIn> all;
  for (const TimmResNet& net : nets)
    all.push_back(
        {{.name = net.name,
          .input_size = 224,
          .preprocessing = "torch",
          .marks = {"layer1.0.conv1.weight", "layer4.1.conv1.weight"}},
         [&net](const ModuleBuilder& build, std::int64_t classes) { return timm_resnet50(build, net, classes); }});
  return all;
}

} // namespace scalescope
