#include "core/network/detail/onnx/composed_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace scalescope {
namespace {

onnx::AttributeProto float_attribute(const char* name, double value) {
  onnx::AttributeProto attribute;
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(static_cast<float>(value));
  return attribute;
}

onnx::AttributeProto int_attribute(const char* name, std::int64_t value) {
  onnx::AttributeProto attribute;
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
  return attribute;
}

// The steps of one operator.
class Steps {
 public:
  explicit Steps(const onnx::NodeProto& node) : node_(node) {}

  [[nodiscard]] int input_count() const { return node_.input_size(); }
  [[nodiscard]] std::string in(int i) const { return i < node_.input_size() ? node_.input(i) : std::string(); }
  [[nodiscard]] bool has(int i) const { return !in(i).empty(); }

  /// Null if the operator has none of that name.
  [[nodiscard]] const onnx::AttributeProto* attribute(const std::string& name) const {
    const auto found =
        std::ranges::find_if(node_.attribute(), [&](const onnx::AttributeProto& one) { return one.name() == name; });
    return found != node_.attribute().end() ? &*found : nullptr;
  }
  [[nodiscard]] double real(const std::string& name, double otherwise) const {
    const auto* found = attribute(name);
    return found != nullptr ? static_cast<double>(found->f()) : otherwise;
  }
  [[nodiscard]] bool flag(const std::string& name) const {
    const auto* found = attribute(name);
    return found != nullptr && found->i() != 0;
  }
  /// All attributes but these.
  [[nodiscard]] std::vector<onnx::AttributeProto> attributes(const std::set<std::string>& without = {}) const {
    std::vector<onnx::AttributeProto> all;
    for (const auto& one : node_.attribute())
      if (!without.contains(one.name()))
        all.push_back(one);
    return all;
  }

  std::string add(const char* type, const std::vector<std::string>& inputs,
                  const std::vector<onnx::AttributeProto>& attributes = {}) {
    onnx::NodeProto& step = steps_.emplace_back();
    step.set_op_type(type);
    step.mutable_input()->Assign(inputs.begin(), inputs.end());
    while (step.input_size() > 0 && step.input(step.input_size() - 1).empty())
      step.mutable_input()->RemoveLast();
    for (const auto& attribute : attributes)
      *step.add_attribute() = attribute;
    return *step.add_output() = fmt::format("/{}", steps_.size());
  }
  std::string constant(double value) { return add("Constant", {}, {float_attribute("value_float", value)}); }
  std::string dequantized(int value, int scale, int zero, std::int64_t axis = 1) {
    return add("DequantizeLinear", {in(value), in(scale), in(zero)}, {int_attribute("axis", axis)});
  }
  /// A bias in steps of the product of two scales, the second of which may have one for each channel.
  std::string dequantized_bias(int value, int scale, int by_channel) {
    return add("DequantizeLinear", {add("DequantizeLinear", {in(value), in(scale)}), in(by_channel)},
               {int_attribute("axis", 0)});
  }
  /// Whole numbers minus their one zero point, which may be computed.
  std::string centred(int value, int zero) {
    if (!has(zero))
      return floating(value);
    onnx::AttributeProto one;
    one.set_name("value_ints");
    one.set_type(onnx::AttributeProto::INTS);
    one.add_ints(1);
    return add("Sub", {floating(value), add("Reshape", {floating(zero), add("Constant", {}, {one})})});
  }
  std::string floating(int value) { return add("Cast", {in(value)}, {int_attribute("to", onnx::TensorProto::FLOAT)}); }
  /// Weights minus their zero points, of which there may be one for each channel.
  std::string centred_weights(int value, int zero, std::int64_t axis) {
    return add("DequantizeLinear", {in(value), constant(1), in(zero)}, {int_attribute("axis", axis)});
  }
  void quantized_result(const std::string& value, int scale, int zero) {
    result(add("QuantizeLinear", {value, in(scale), in(zero)}));
  }
  /// The next result of the operator.
  void result(const std::string& value) {
    if (results_ < node_.output_size() && !node_.output(results_).empty()) {
      onnx::NodeProto& step = steps_.emplace_back();
      step.set_op_type("Identity");
      step.add_input(value);
      step.add_output(node_.output(results_));
    }
    ++results_;
  }
  [[nodiscard]] std::vector<onnx::NodeProto> take() { return std::move(steps_); }

 private:
  const onnx::NodeProto& node_;
  std::vector<onnx::NodeProto> steps_;
  int results_ = 0;
};

// x, its scale and zero point; w, its; scale and zero point of y; a bias in steps of both scales.
void qlinear_conv(Steps& s) {
  std::string bias;
  if (s.has(8))
    bias = s.dequantized_bias(8, 1, 4);
  const std::string y =
      s.add("Conv", {s.dequantized(0, 1, 2), s.dequantized(3, 4, 5, 0), bias}, s.attributes({"channels_last"}));
  s.quantized_result(y, 6, 7);
}

void qlinear_matmul(Steps& s) {
  s.quantized_result(s.add("MatMul", {s.dequantized(0, 1, 2), s.dequantized(3, 4, 5)}), 6, 7);
}

// As Gemm; the result is not quantised if it has no scale.
void qgemm(Steps& s) {
  std::string bias;
  if (s.has(6))
    bias = s.add("Mul", {s.dequantized_bias(6, 1, 4), s.constant(s.real("alpha", 1))});
  const std::string b = s.dequantized(3, 4, 5, s.flag("transB") ? 0 : 1);
  const std::string y = s.add("Gemm", {s.dequantized(0, 1, 2), b, bias}, s.attributes());
  if (s.has(7))
    s.quantized_result(y, 7, 8);
  else
    s.result(y);
}

std::function<void(Steps&)> qlinear_of_two(const char* type) {
  return [type](Steps& s) { s.quantized_result(s.add(type, {s.dequantized(0, 1, 2), s.dequantized(3, 4, 5)}), 6, 7); };
}

std::function<void(Steps&)> qlinear_of_one(const char* type) {
  return [type](Steps& s) {
    s.quantized_result(s.add(type, {s.dequantized(0, 1, 2)}, s.attributes({"channels_last", "opset"})), 3, 4);
  };
}

// Scale and zero point of y; then each tensor with its.
void qlinear_concat(Steps& s) {
  std::vector<std::string> parts;
  for (int i = 2; i + 2 < s.input_count(); i += 3)
    parts.push_back(s.dequantized(i, i + 1, i + 2));
  s.quantized_result(s.add("Concat", parts, s.attributes()), 0, 1);
}

void conv_integer(Steps& s) { s.result(s.add("Conv", {s.centred(0, 2), s.centred_weights(1, 3, 0)}, s.attributes())); }

void matmul_integer(Steps& s) { s.result(s.add("MatMul", {s.centred(0, 2), s.centred_weights(1, 3, 1)})); }

// To 0 ... 255, over all values.
void dynamic_quantize_linear(Steps& s) {
  const auto all = std::vector{int_attribute("keepdims", 0)};
  const std::string zero = s.constant(0);
  const std::string least = s.add("Min", {s.add("ReduceMin", {s.in(0)}, all), zero});
  const std::string most = s.add("Max", {s.add("ReduceMax", {s.in(0)}, all), zero});
  const std::string step = s.add("Div", {s.add("Sub", {most, least}), s.constant(255)});
  // 1 where all values are 0, as ONNX Runtime has it.
  const std::string scale = s.add(
      "Add", {step, s.add("Cast", {s.add("Equal", {step, zero})}, {int_attribute("to", onnx::TensorProto::FLOAT)})});
  const std::string from = s.add("Div", {s.add("Neg", {least}), scale});
  const std::string first = s.add("Round", {s.add("Clip", {from, zero, s.constant(255)})});
  const std::string steps = s.add("Add", {s.add("Round", {s.add("Div", {s.in(0), scale})}), first});
  s.result(s.add("Clip", {steps, zero, s.constant(255)}));
  s.result(scale);
  s.result(first);
}

// An activation that was joined with what is before it.
std::string activated(Steps& s, const std::string& x) {
  const auto* type = s.attribute("activation");
  const auto* numbers = s.attribute("activation_params");
  const auto given = [&](int i, float otherwise) { // FusedConv has a list, FusedGemm names
    if (numbers != nullptr)
      return i < numbers->floats_size() ? numbers->floats(i) : otherwise;
    return static_cast<float>(s.real(i == 0 ? "activation_alpha" : "activation_beta", otherwise));
  };
  if (type == nullptr || type->s().empty())
    return x;
  if (type->s() == "LeakyRelu")
    return s.add("LeakyRelu", {x}, {float_attribute("alpha", given(0, 0.01F))});
  if (type->s() == "HardSigmoid")
    return s.add("HardSigmoid", {x},
                 {float_attribute("alpha", given(0, 0.2F)), float_attribute("beta", given(1, 0.5F))});
  if (type->s() == "Clip")
    return s.add("Clip", {x, s.constant(given(0, -3.4e38F)), s.constant(given(1, 3.4e38F))});
  return s.add(type->s().c_str(), {x}); // Relu, Tanh, Sigmoid
}

void fused_conv(Steps& s) {
  std::string y = s.add("Conv", {s.in(0), s.in(1), s.in(2)}, s.attributes({"activation", "activation_params"}));
  if (s.has(3))
    y = s.add("Add", {y, s.in(3)});
  s.result(activated(s, y));
}

void fused_gemm(Steps& s) {
  const std::string y = s.add("Gemm", {s.in(0), s.in(1), s.in(2)},
                              s.attributes({"activation", "activation_alpha", "activation_beta", "activation_gamma"}));
  s.result(activated(s, y));
}

void bias_gelu(Steps& s) { s.result(s.add("Gelu", {s.add("Add", {s.in(0), s.in(1)})})); }

void fast_gelu(Steps& s) {
  onnx::AttributeProto tanh;
  tanh.set_name("approximate");
  tanh.set_type(onnx::AttributeProto::STRING);
  tanh.set_s("tanh");
  s.result(s.add("Gelu", {s.has(1) ? s.add("Add", {s.in(0), s.in(1)}) : s.in(0)}, {tanh}));
}

void quick_gelu(Steps& s) {
  const std::string gate = s.add("Sigmoid", {s.add("Mul", {s.in(0), s.constant(s.real("alpha", 1.702))})});
  s.result(s.add("Mul", {s.in(0), gate}));
}

// Input, skip, gamma, beta, bias; of its four results the sum is the last.
void skip_layer_normalization(Steps& s) {
  std::string sum = s.add("Add", {s.in(0), s.in(1)});
  if (s.has(4))
    sum = s.add("Add", {sum, s.in(4)});
  s.result(
      s.add("LayerNormalization", {sum, s.in(2), s.in(3)}, {float_attribute("epsilon", s.real("epsilon", 1e-12))}));
  s.result("");
  s.result("");
  s.result(sum);
}

using Composition = std::function<void(Steps&)>;

const std::map<std::string, Composition>& standard() {
  static const std::map<std::string, Composition> all = {{"QLinearConv", qlinear_conv},
                                                         {"QLinearMatMul", qlinear_matmul},
                                                         {"ConvInteger", conv_integer},
                                                         {"MatMulInteger", matmul_integer},
                                                         {"DynamicQuantizeLinear", dynamic_quantize_linear}};
  return all;
}

const std::map<std::string, Composition>& of_onnx_runtime() {
  static const std::map<std::string, Composition> all = {
      {"QLinearConv", qlinear_conv},
      {"QGemm", qgemm},
      {"QLinearAdd", qlinear_of_two("Add")},
      {"QLinearMul", qlinear_of_two("Mul")},
      {"QLinearAveragePool", qlinear_of_one("AveragePool")},
      {"QLinearGlobalAveragePool", qlinear_of_one("GlobalAveragePool")},
      {"QLinearLeakyRelu", qlinear_of_one("LeakyRelu")},
      {"QLinearSigmoid", qlinear_of_one("Sigmoid")},
      {"QLinearConcat", qlinear_concat},
      {"FusedConv", fused_conv},
      {"FusedGemm", fused_gemm},
      {"BiasGelu", bias_gelu},
      {"Gelu", [](Steps& s) { s.result(s.add("Gelu", {s.in(0)})); }},
      {"FastGelu", fast_gelu},
      {"QuickGelu", quick_gelu},
      {"SkipLayerNormalization", skip_layer_normalization}};
  return all;
}

} // namespace

std::vector<onnx::NodeProto> composed_of(const onnx::NodeProto& node) {
  const bool is_standard = node.domain().empty() || node.domain() == "ai.onnx";
  if (!is_standard && node.domain() != "com.microsoft")
    return {};
  const auto& known = is_standard ? standard() : of_onnx_runtime();
  const auto found = known.find(node.op_type());
  Steps steps(node);
  if (found == known.end() || steps.flag("channels_last"))
    return {};
  found->second(steps);
  return steps.take();
}

} // namespace scalescope
