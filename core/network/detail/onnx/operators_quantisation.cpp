#include "core/network/detail/onnx/onnx_graph.h"

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

// A network that was quantised computes with numbers that were rounded to steps (https://onnx.ai/onnx/operators,
// QuantizeLinear). Here it computes in float32 with the same rounded numbers, not with 8 bits: quantised values are
// whole numbers in tensors of float32.

namespace scalescope {
namespace {

using torch::jit::Value;

// Scale or zero point, so that it fits its axis of the input.
at::Tensor by_axis(OnnxOperation& op, std::size_t i) {
  const at::Tensor& given = op.in(i).constant;
  if (!given.defined())
    op.refuse("computes its steps while it runs");
  if (op.get("block_size", std::int64_t{0}) != 0)
    op.refuse("has steps for blocks of an axis");
  const std::int64_t given_axis = op.get("axis", std::int64_t{1});
  const at::Tensor numbers = given.to(at::kFloat);
  if (numbers.numel() == 1)
    return numbers.reshape({});
  const std::int64_t axis = op.axis(given_axis, op.in(0).rank());
  if (numbers.dim() != 1)
    op.refuse("has steps for several axes");
  std::vector<std::int64_t> sizes(op.in(0).dims.size(), 1);
  sizes[static_cast<std::size_t>(axis)] = -1;
  return numbers.reshape(sizes);
}

Value* factor(OnnxOperation& op, const at::Tensor& numbers) {
  return numbers.dim() == 0 ? op.constant(numbers.item<double>()) : op.constant(numbers);
}

bool is_zero(const at::Tensor& numbers) { return numbers.eq(0).all().item<bool>(); }

// The smallest and the largest number of the type that values are rounded to.
std::pair<double, double> range_of(OnnxOperation& op) {
  const c10::ScalarType type = op.has(2)                                                            ? op.in(2).type
                               : op.get("output_dtype", std::int64_t{0}) == onnx::TensorProto::INT8 ? at::kChar
                                                                                                    : at::kByte;
  if (type == at::kByte)
    return {0, 255};
  if (type == at::kChar)
    return {-128, 127};
  if (type == at::kShort)
    return {-32768, 32767};
  op.refuse("rounds to numbers that have neither 8 nor 16 bits");
}

void quantize(OnnxOperation& op) {
  const auto [least, most] = range_of(op);
  (void)op.get("precision", std::int64_t{0}); // float32, whatever it says
  Value* x = op.op("round", {op.op("div", {op.tensor(0), factor(op, by_axis(op, 1))})});
  if (op.has(2))
    if (const at::Tensor zero = by_axis(op, 2); !is_zero(zero))
      x = op.op("add", {x, factor(op, zero)});
  op.give(op.op("clamp", {x, least, most}), op.in(0).dims, at::kFloat);
}

void dequantize(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const at::Tensor scale = by_axis(op, 1);
  const at::Tensor zero = op.has(2) ? by_axis(op, 2) : at::zeros({});
  (void)op.get("output_dtype", std::int64_t{0});
  if (value.tensor == nullptr && value.constant.defined()) { // weights
    OnnxValue made = value;
    made.constant = (value.constant.to(at::kFloat) - zero) * scale;
    made.type = at::kFloat;
    if (const auto end = made.initializer.rfind("_quantized"); end != std::string::npos) // ONNX Runtime calls it so
      made.initializer.erase(end);
    op.give(std::move(made));
    return;
  }
  Value* x = op.tensor(0);
  if (!is_zero(zero))
    x = op.op("sub", {x, factor(op, zero)});
  op.give(op.op("mul", {x, factor(op, scale)}), value.dims, at::kFloat);
}

} // namespace

const std::map<std::string, OnnxTranslation>& onnx_quantisation() {
  static const std::map<std::string, OnnxTranslation> all = {{"QuantizeLinear", quantize},
                                                             {"DequantizeLinear", dequantize}};
  return all;
}

} // namespace scalescope
