#include "core/network/detail/architectures/module_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

using torch::jit::Module;

namespace scalescope {

std::string chain(const std::string& input, const std::vector<std::string>& children) {
  std::string expression = input;
  for (const std::string& child : children) // getattr, as the items of a Sequential are named "0", "1", ...
    expression = fmt::format("getattr(self, \"{}\").forward({})", child, expression);
  return expression;
}

std::string same_padded(std::int64_t kernel) {
  return fmt::format("torch.constant_pad_nd(x, [{0} + x.size(3) % 2, {1}, {0} + x.size(2) % 2, {1}], 0.)",
                     kernel / 2 - 1, kernel / 2);
}

ModuleBuilder::ModuleBuilder(Kind kind)
    : kind_(kind), types_(std::make_shared<std::unordered_map<std::string, c10::ClassTypePtr>>()),
      noted_(std::make_shared<std::unordered_map<const void*, Noted>>()) {}

/// Two modules can have one type if it runs the same code on attributes of the same names and types.
static std::string key_of(const std::string& type, const Children& children, const std::string& arguments,
                          const std::vector<std::string>& forward, const Shapes& parameters,
                          const std::vector<Constant>& constants) {
  std::string key = type + '\n' + arguments;
  for (const std::string& line : forward)
    key += '\n' + line;
  key += '\0';
  for (const auto& [name, shape] : parameters)
    key += name + ',';
  key += '\0';
  for (const Constant& constant : constants)
    key += constant.name + (constant.saved ? "," : "!,");
  for (const auto& [name, child] : children)
    key += name + ':' + child.type()->name()->qualifiedName() + ',';
  return key;
}

Module ModuleBuilder::module(const std::string& type, const Children& children, const std::vector<std::string>& forward,
                             const Shapes& parameters, const Shapes& buffers) const {
  if (kind_ == Kind::outline)
    return note(children, parameters, buffers);
  std::vector<Constant> zeros;
  for (const auto& [name, shape] : buffers)
    zeros.push_back({name, at::zeros(shape), true});
  return module(type, children, "x", forward, parameters, zeros);
}

Module ModuleBuilder::module(const std::string& type, const Children& children, const std::string& arguments,
                             const std::vector<std::string>& forward, const Shapes& parameters,
                             const std::vector<Constant>& constants) const {
  if (kind_ == Kind::outline) {
    Shapes saved;
    for (const Constant& constant : constants)
      if (constant.saved)
        saved.emplace_back(constant.name, constant.value.sizes().vec());
    return note(children, parameters, saved);
  }
  // One without a forward may be given one of its own later.
  c10::ClassTypePtr own;
  c10::ClassTypePtr& shared =
      forward.empty() ? own : (*types_)[key_of(type, children, arguments, forward, parameters, constants)];
  const bool is_new = shared == nullptr;
  Module module =
      is_new ? Module(c10::QualifiedName("__torch__." + type), unit_, /*shouldMangle=*/true) : Module(unit_, shared);
  module.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& [name, shape] : parameters)
    module.register_parameter(name, at::zeros(shape).requires_grad_(), false);
  for (const Constant& constant : constants)
    if (constant.saved)
      module.register_buffer(constant.name, constant.value);
    else
      module.register_attribute(constant.name, c10::TensorType::get(), constant.value);
  for (const auto& [name, child] : children)
    module.register_module(name, child);
  if (is_new && !forward.empty())
    module.define(fmt::format("def forward(self, {}):\n  {}\n", arguments, fmt::join(forward, "\n  ")));
  shared = module.type();
  return module;
}

Module ModuleBuilder::note(const Children& children, const Shapes& parameters, const Shapes& buffers) const {
  static const auto unit = std::make_shared<torch::jit::CompilationUnit>();
  static const c10::ClassTypePtr type = c10::ClassType::create("__torch__.Outline", unit, /*is_module=*/true);
  const Module module(unit, type);
  Noted& noted = noted_->try_emplace(module._ivalue().get(), Noted{module, children, parameters}).first->second;
  noted.tensors.insert(noted.tensors.end(), buffers.begin(), buffers.end());
  return module;
}

void ModuleBuilder::add_buffer(Module& module, const std::string& name, const at::Tensor& values) const {
  if (kind_ == Kind::outline)
    noted_->at(module._ivalue().get()).tensors.emplace_back(name, values.sizes().vec());
  else
    module.register_buffer(name, values);
}

Shapes ModuleBuilder::shapes(const Module& module) const {
  Shapes all;
  list(module, "", all);
  return all;
}

void ModuleBuilder::list(const Module& module, const std::string& prefix, Shapes& into) const {
  const Noted& noted = noted_->at(module._ivalue().get());
  for (const auto& [name, shape] : noted.tensors)
    into.emplace_back(prefix + name, shape);
  for (const auto& [name, child] : noted.children)
    list(child, prefix + name + '.', into);
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

Module ModuleBuilder::sequence(const std::string& type, const Children& children) const {
  std::vector<std::string> names;
  for (const auto& child : children)
    names.push_back(child.first);
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

static std::string normalised(const char* x, std::int64_t channels, double epsilon) {
  return fmt::format("torch.layer_norm({}, [{}], self.weight, self.bias, {})", x, channels, epsilon);
}

Module ModuleBuilder::layer_norm(std::int64_t channels, double epsilon) const {
  return module("torch.nn.modules.normalization.LayerNorm", {}, {"return " + normalised("x", channels, epsilon)},
                {{"weight", {channels}}, {"bias", {channels}}});
}

Module ModuleBuilder::layer_norm_2d(std::int64_t channels, const std::string& type) const {
  return module(
      type, {},
      {"return torch.permute(" + normalised("torch.permute(x, [0, 2, 3, 1])", channels, 1e-6) + ", [0, 3, 1, 2])"},
      {{"weight", {channels}}, {"bias", {channels}}});
}

Module ModuleBuilder::linear(std::int64_t in, std::int64_t out) const {
  return module("torch.nn.modules.linear.Linear", {}, {"return torch.linear(x, self.weight, self.bias)"},
                {{"weight", {out, in}}, {"bias", {out}}});
}

// Not in place, unlike in Python, because the layer's output is needed after the activation.
Module ModuleBuilder::activation(Nonlinearity kind) const {
  struct Facts {
    const char* type;
    const char* value;
  };
  static constexpr std::array<Facts, 8> facts = {{{"linear.Identity", "x"},
                                                  {"activation.ReLU", "torch.relu(x)"},
                                                  {"activation.ReLU6", "torch.hardtanh(x, 0., 6.)"},
                                                  {"activation.SiLU", "torch.silu(x)"},
                                                  {"activation.Hardswish", "torch.hardswish(x)"},
                                                  {"activation.GELU", "torch.gelu(x)"},
                                                  {"activation.Sigmoid", "torch.sigmoid(x)"},
                                                  {"activation.Hardsigmoid", "torch.hardsigmoid(x)"}}};
  const Facts& one = facts.at(static_cast<std::size_t>(kind));
  return module(std::string("torch.nn.modules.") + one.type, {}, {std::string("return ") + one.value});
}

Module ModuleBuilder::max_pool(std::int64_t kernel, std::int64_t stride, std::int64_t padding, bool ceil) const {
  return module("torch.nn.modules.pooling.MaxPool2d", {},
                {fmt::format("return torch.max_pool2d(x, [{0}, {0}], [{1}, {1}], [{2}, {2}]{3})", kernel, stride,
                             padding, ceil ? ", [1, 1], True" : "")});
}

Module ModuleBuilder::average_pool_to(std::int64_t side) const {
  return module("torch.nn.modules.pooling.AdaptiveAvgPool2d", {},
                {fmt::format("return torch.adaptive_avg_pool2d(x, [{0}, {0}])", side)});
}

Module ModuleBuilder::dropout(double probability) const {
  return module("torch.nn.modules.dropout.Dropout", {},
                {fmt::format("return torch.dropout(x, {:#}, self.training)", probability)});
}

Module ModuleBuilder::flatten() const {
  return module("torch.nn.modules.flatten.Flatten", {}, {"return torch.flatten(x, 1)"});
}

Module ModuleBuilder::stochastic_depth(double probability) const {
  const char* const type = "torchvision.ops.stochastic_depth.StochasticDepth";
  if (probability == 0)
    return module(type, {}, {"return x"});
  return module(type, {},
                {"if self.training:",
                 "  kept = torch.rand([x.size(0), 1, 1, 1], dtype=x.dtype, device=x.device).lt(" +
                     fmt::format("{0}).to(x.dtype) / {0}", 1 - probability),
                 "  return x * kept", "return x"});
}

Module ModuleBuilder::convolution_norm(const Convolution& c, Nonlinearity activation, double epsilon,
                                       const std::string& type) const {
  std::vector<Module> items = {convolution(c), batch_norm(c.out, epsilon)};
  if (activation != Nonlinearity::none)
    items.push_back(this->activation(activation));
  return sequential(items, type);
}

Module ModuleBuilder::squeeze_excitation(std::int64_t channels, std::int64_t squeezed, Nonlinearity activation,
                                         Nonlinearity gate) const {
  return module("torchvision.ops.misc.SqueezeExcitation",
                {{"avgpool", average_pool_to(1)},
                 {"fc1", convolution({.in = channels, .out = squeezed, .bias = true})},
                 {"fc2", convolution({.in = squeezed, .out = channels, .bias = true})},
                 {"activation", this->activation(activation)},
                 {"scale_activation", this->activation(gate)}},
                {"return " + chain("x", {"avgpool", "fc1", "activation", "fc2", "scale_activation"}) + " * x"});
}

} // namespace scalescope
