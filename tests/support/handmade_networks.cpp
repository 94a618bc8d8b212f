#include "tests/support/handmade_networks.h"

#include <torch/script.h>

#include <string>

namespace handmade {

using torch::jit::Module;

namespace {

// @param weight output x input channels x height x width.
Module convolution(const std::string& type, const at::Tensor& weight, const at::Tensor& bias, bool padded) {
  Module layer(type);
  layer.register_parameter("weight", weight, false);
  layer.register_parameter("bias", bias, false);
  const std::string around = std::to_string(padded ? weight.size(2) / 2 : 0);
  layer.define("def forward(self, x):\n"
               "  return torch.conv2d(x, self.weight, self.bias, [1, 1], [" +
               around + ", " + around + "])\n");
  return layer;
}

// Positive weights that sum to about 1, another choice for each channel.
Module blur(const std::string& type, std::int64_t inputs, std::int64_t side, bool padded) {
  at::Tensor weight = at::arange(4 * inputs * side * side, at::kFloat).mul(0.7).sin().add(1.5);
  weight = weight.div(1.5 * static_cast<double>(inputs * side * side)).view({4, inputs, side, side});
  return convolution(type, weight, at::zeros(4), padded);
}

} // namespace

void write_known_answers(const std::filesystem::path& file) {
  Module invariant("Invariant");
  invariant.define("def forward(self, x):\n"
                   "  red, green, blue = torch.chunk(x, 3, 1)\n"
                   "  return torch.mean(red * blue, [2, 3], True) / torch.mean(red, [2, 3], True)\n");
  Module network("KnownAnswers");
  network.register_module("area", convolution("Area", at::tensor({3.F, 0.F, 0.F, 0.F, 1.F, 0.F}).view({2, 3, 1, 1}),
                                              at::tensor({1.F, 0.F}), false));
  network.register_module("invariant", invariant);
  network.define("def forward(self, x):\n"
                 "  return torch.mean(self.area.forward(x) + self.invariant.forward(x), [2, 3])\n");
  network.eval();
  network.save(file.string());
}

void write_several_outputs(const std::filesystem::path& file) {
  Module network("SeveralOutputs");
  network.register_module("first", blur("First", 3, 3, true));
  network.define("def forward(self, x):\n"
                 "  first = self.first.forward(x)\n"
                 "  means = torch.mean(first, [2, 3])\n"
                 "  return {'map': first, 'logits': means, 'other': means[:, :2]}\n");
  network.eval();
  network.save(file.string());
}

void write_linear_head(const std::filesystem::path& file, bool with_head) {
  Module network("LinearHead");
  const at::Tensor weight = at::diag(at::tensor({3.F, 1.F, 1.F})).view({3, 3, 1, 1});
  network.register_module("area", convolution("Area", weight, at::tensor({1.F, 0.F, 0.F}), false));
  Module head("Head");
  head.register_parameter("weight", at::tensor({2.F, -1.F, 0.5F, -1.F, 1.F, 8.F}).view({2, 3}), false);
  head.define("def forward(self, x):\n  return torch.matmul(x, self.weight.t())\n");
  network.register_module("head", head);
  network.define(with_head ? "def forward(self, x):\n"
                             "  return self.head.forward(torch.mean(self.area.forward(x), [2, 3]))\n"
                           : "def forward(self, x):\n  return self.area.forward(x)\n");
  network.eval();
  network.save(file.string());
}

void write_smooth(const std::filesystem::path& file, float change) {
  Module network("Smooth");
  const auto weight = [](std::int64_t inputs) {
    return at::arange(4 * inputs * 9, at::kFloat).mul(1.3).sin().mul(0.4).view({4, inputs, 3, 3});
  };
  network.register_module("first", convolution("First", weight(3), at::tensor({0.1F, change, 0.2F, 0.F}), true));
  network.register_module("second", convolution("Second", weight(4), at::zeros(4), true));
  network.register_parameter("head", at::arange(12, at::kFloat).mul(2.1).sin().mul(2).view({3, 4}), false);
  network.define("def forward(self, x):\n"
                 "  y = torch.tanh(self.second.forward(torch.tanh(self.first.forward(x))))\n"
                 "  return torch.matmul(torch.mean(y, [2, 3]), self.head.t())\n");
  network.eval();
  network.save(file.string());
}

void write_patches(const std::filesystem::path& file, bool class_token) {
  Module patches("Patches");
  patches.register_parameter("token", at::tensor({100.F, 200.F, 300.F}).view({1, 1, 3}), false);
  patches.define(std::string("def forward(self, x):\n"
                             "  y = torch.transpose(torch.flatten(torch.avg_pool2d(x, [8, 8]), 2), 1, 2)\n") +
                 (class_token ? "  return torch.cat([self.token.expand(y.size(0), 1, 3), y], 1)\n" : "  return y\n"));
  Module network("Network");
  network.register_module("patches", patches);
  network.define("def forward(self, x):\n  return torch.mean(self.patches.forward(x), [1])\n");
  network.eval();
  network.save(file.string());
}

void write_pair(const std::filesystem::path& file) {
  Module pair("Pair");
  pair.define("def forward(self, x):\n  return torch.stack([torch.mean(x, [2, 3]), torch.amax(x, [2, 3])])\n");
  Module network("Network");
  network.register_module("pair", pair);
  network.define("def forward(self, x):\n  return torch.mean(self.pair.forward(x), [0])\n");
  network.eval();
  network.save(file.string());
}

scalescope::Network open_known_answers(const std::filesystem::path& file, int side) {
  scalescope::ModelSource source;
  source.file = file;
  scalescope::RunOptions options;
  options.engine = scalescope::Engine::LibTorch;
  options.input_size = side;
  options.threads = 2;
  return scalescope::Network::open(source, options);
}

void write_convolutions(const std::filesystem::path& file, bool padded) {
  Module network("Convolutions");
  network.register_module("first", blur("First", 3, 3, padded));
  network.register_module("second", blur("Second", 4, 3, padded));
  std::string forward = "self.second.forward(self.first.forward(x))";
  if (padded) {
    network.register_module("third", blur("Third", 4, 9, padded));
    forward = "self.third.forward(" + forward + ")";
  }
  network.define("def forward(self, x):\n  return torch.mean(" + forward + ", [2, 3])\n");
  network.eval();
  network.save(file.string());
}

} // namespace handmade
