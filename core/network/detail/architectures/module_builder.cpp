#include "core/network/detail/architectures/module_builder.h"

#include <fmt/format.h>

using torch::jit::Module;

namespace scalescope {

std::string chain(const std::string& input, const std::vector<std::string>& children) {
  std::string expression = input;
  for (const std::string& child : children) // getattr, as the items of a Sequential are named "0", "1", ...
    expression = fmt::format("getattr(self, \"{}\").forward({})", child, expression);
  return expression;
}

Module ModuleBuilder::module(const std::string& type, const Children& children, const std::vector<std::string>& forward,
                             const Shapes& parameters, const Shapes& buffers) const {
  std::vector<Constant> zeros;
  for (const auto& [name, shape] : buffers)
    zeros.push_back({name, at::zeros(shape, options()), true});
  return module(type, children, "x", forward, parameters, zeros);
}

Module ModuleBuilder::module(const std::string& type, const Children& children, const std::string& arguments,
                             const std::vector<std::string>& forward, const Shapes& parameters,
                             const std::vector<Constant>& constants) const {
  Module module(c10::QualifiedName("__torch__." + type), unit_, /*shouldMangle=*/true);
  module.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& [name, shape] : parameters)
    module.register_parameter(name, at::zeros(shape, options()).requires_grad_(), false);
  for (const Constant& constant : constants) {
    const at::Tensor value = kind_ == Kind::outline ? constant.value.to(at::kMeta) : constant.value;
    if (constant.saved)
      module.register_buffer(constant.name, value);
    else
      module.register_attribute(constant.name, c10::TensorType::get(), value);
  }
  for (const auto& [name, child] : children)
    module.register_module(name, child);
  if (kind_ == Kind::runnable && !forward.empty())
    module.define(fmt::format("def forward(self, {}):\n  {}\n", arguments, fmt::join(forward, "\n  ")));
  return module;
}

at::TensorOptions ModuleBuilder::options() const {
  return at::device(kind_ == Kind::outline ? at::kMeta : at::kCPU).dtype(at::kFloat);
}

Module ModuleBuilder::sequential(const std::vector<Module>& items, const std::string& type) const {
  Children children;
  std::vector<std::string> names;
  for (const Module& item : items) {
    names.push_back(std::to_string(names.size()));
    children.emplace_back(names.back(), item);
  }
  return module(type, children, {"return " + chain("x", names)});
}

Module ModuleBuilder::convolution(const Convolution& c) const {
  const auto padding = [&](std::int64_t kernel) { return c.padded ? kernel / 2 : 0; };
  const std::string forward = fmt::format("return torch.conv2d(x, self.weight, {}, [{}, {}], [{}, {}], [1, 1], {})",
                                          c.bias ? "self.bias" : "None", c.stride, c.stride, padding(c.kernel[0]),
                                          padding(c.kernel[1]), c.groups);
  Shapes parameters = {{"weight", {c.out, c.in / c.groups, c.kernel[0], c.kernel[1]}}};
  if (c.bias)
    parameters.push_back({"bias", {c.out}});
  return module("torch.nn.modules.conv.Conv2d", {}, {forward}, parameters);
}

Module ModuleBuilder::batch_norm(std::int64_t channels, double epsilon) const {
  return module("torch.nn.modules.batchnorm.BatchNorm2d", {},
                {fmt::format("return torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, "
                             "self.training, 0.1, {}, True)",
                             epsilon)},
                {{"weight", {channels}}, {"bias", {channels}}},
                {{"running_mean", {channels}}, {"running_var", {channels}}});
}

Module ModuleBuilder::linear(std::int64_t in, std::int64_t out) const {
  return module("torch.nn.modules.linear.Linear", {}, {"return torch.linear(x, self.weight, self.bias)"},
                {{"weight", {out, in}}, {"bias", {out}}});
}

// Not in place, unlike in Python, because the layer's output is needed after the activation.
Module ModuleBuilder::relu() const { return module("torch.nn.modules.activation.ReLU", {}, {"return torch.relu(x)"}); }

Module ModuleBuilder::relu6() const {
  return module("torch.nn.modules.activation.ReLU6", {}, {"return torch.hardtanh(x, 0., 6.)"});
}

Module ModuleBuilder::max_pool(std::int64_t kernel, std::int64_t stride, std::int64_t padding) const {
  return module(
      "torch.nn.modules.pooling.MaxPool2d", {},
      {fmt::format("return torch.max_pool2d(x, [{0}, {0}], [{1}, {1}], [{2}, {2}])", kernel, stride, padding)});
}

Module ModuleBuilder::average_pool_to(std::int64_t side) const {
  return module("torch.nn.modules.pooling.AdaptiveAvgPool2d", {},
                {fmt::format("return torch.adaptive_avg_pool2d(x, [{0}, {0}])", side)});
}

Module ModuleBuilder::dropout(double probability) const {
  return module("torch.nn.modules.dropout.Dropout", {},
                {fmt::format("return torch.dropout(x, {}, self.training)", probability)});
}

} // namespace scalescope
