#include "core/network/detail/loading/unreadable.h"
#include "core/network/detail/onnx/onnx_graph.h"

#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

// Each function translates one operator of https://onnx.ai/onnx/operators.

namespace scalescope {
namespace {

using namespace torch::jit;
using Ints = std::vector<std::int64_t>;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Whether a JIT value is computed by an operation of that name from `from`; the other input then is a known number.
std::optional<double> by_number(const Value* value, const char* name, const Value* from) {
  const Node* node = value->node();
  if (node->kind() != Symbol::aten(name) || node->inputs().size() < 2)
    return std::nullopt;
  for (const std::size_t i : {0U, 1U})
    if (node->input(i) == from)
      if (const auto number = toIValue(node->input(1 - i))) {
        if (number->isDouble() || number->isInt())
          return number->isInt() ? static_cast<double>(number->toInt()) : number->toDouble();
        if (number->isTensor() && number->toTensor().numel() == 1)
          return number->toTensor().to(at::kDouble).item<double>();
      }
  return std::nullopt;
}

bool near(std::optional<double> number, double wanted) {
  return number && std::abs(*number - wanted) < 1e-4 * std::abs(wanted);
}

// Arithmetic.

// A number that is known, or that a shape gives; null if the input is a tensor of several elements or a parameter.
Value* as_number(OnnxOperation& op, std::size_t i) {
  const OnnxValue& value = op.in(i);
  if (value.is_numbers && value.numbers.size() == 1)
    return value.numbers[0];
  if (value.tensor == nullptr && value.constant.defined() && value.constant.dim() == 0)
    return op.numbers(i)[0];
  return nullptr;
}

void arithmetic(OnnxOperation& op, const char* name, const std::string& role) {
  Value* left = as_number(op, 0);
  Value* right = as_number(op, 1);
  const std::vector<std::int64_t> dims = broadcast(op.in(0).dims, op.in(1).dims);
  const c10::ScalarType type = op.in(left != nullptr ? 1 : 0).type;
  const std::string kind = name;
  const bool whole = kind == "div" && !c10::isFloatingType(type);
  if (right != nullptr && left == nullptr && !whole) {
    Value* x = op.tensor(0, role);
    op.give(op.op(name, {x, right}), dims, type);
  } else if (left != nullptr && right == nullptr && !whole && (kind != "pow")) {
    Value* x = op.tensor(1, role);
    Value* result = kind == "sub"   ? op.op("rsub", {x, left})
                    : kind == "div" ? op.op("mul", {op.op("reciprocal", {x}), left})
                                    : op.op(name, {x, left});
    op.give(result, dims, type);
  } else {
    Value* a = op.tensor(0, role);
    Value* b = op.tensor(1, role);
    op.give(whole ? op.op("div", {a, b}, {NamedValue("rounding_mode", std::string("trunc"))}) : op.op(name, {a, b}),
            dims, type);
  }
}

// x * sigmoid(x), x * hardsigmoid(x) and Erf's half of GELU: PyTorch has one operation for each.
bool activation_in_two(OnnxOperation& op) {
  for (const std::size_t i : {0U, 1U}) {
    if (!op.has(0) || !op.has(1) || op.in(i).tensor == nullptr)
      return false;
    Value* one = op.in(i).tensor;
    const Node* node = one->node();
    const Value* other = op.in(1 - i).tensor;
    if (other != nullptr && node->inputs().size() == 1 && node->input(0) == other) {
      if (node->kind() == aten::sigmoid) {
        op.give(op.op("silu", {op.tensor(1 - i)}), op.in(0).dims, op.in(0).type);
        return true;
      }
      if (node->kind() == aten::hardsigmoid) {
        op.give(op.op("hardswish", {op.tensor(1 - i)}), op.in(0).dims, op.in(0).type);
        return true;
      }
    }
    // GELU: x * (1 + erf(x / sqrt 2)) * 0.5, with the half in any place.
    const auto erf_of = [](const Value* sum) -> const Value* { // x of 1 + erf(x / sqrt 2)
      if (sum->node()->kind() != aten::add)
        return nullptr;
      const Value* erf = sum->node()->input(0);
      if (erf->node()->kind() != aten::erf || !near(by_number(sum, "add", erf), 1))
        return nullptr;
      const Value* scaled = erf->node()->input(0);
      const Node* by = scaled->node();
      if (by->inputs().size() != 2)
        return nullptr;
      const Value* x = by->input(0);
      return near(by_number(scaled, "div", x), std::sqrt(2.0)) || near(by_number(scaled, "mul", x), std::sqrt(0.5))
                 ? x
                 : nullptr;
    };
    const Value* of = nullptr;
    Value* half = as_number(op, 1 - i);
    if (half != nullptr && node->kind() == aten::mul && toIValue(half) && toIValue(half)->isDouble() &&
        near(toIValue(half)->toDouble(), 0.5)) { // (x * (1 + erf)) * 0.5
      for (const std::size_t k : {0U, 1U})
        if (const Value* x = erf_of(node->input(k)); x != nullptr && node->input(1 - k) == x)
          of = x;
    } else if (other != nullptr) { // (x * 0.5) * (1 + erf), x * ((1 + erf) * 0.5)
      if (const Value* x = erf_of(one); x != nullptr && near(by_number(other, "mul", x), 0.5))
        of = x;
      for (const Value* inner : node->inputs())
        if (const Value* x = inner->type()->isSubtypeOf(*TensorType::get()) ? erf_of(inner) : nullptr;
            x != nullptr && other == x && near(by_number(one, "mul", inner), 0.5))
          of = x;
    }
    if (of != nullptr) {
      op.give(op.op("gelu", {const_cast<Value*>(of)}, {NamedValue("approximate", std::string("none"))}),
              op.in(0).dims.size() >= op.in(1).dims.size() ? op.in(0).dims : op.in(1).dims, op.in(i).type);
      return true;
    }
  }
  return false;
}

void multiply(OnnxOperation& op) {
  if (!activation_in_two(op))
    arithmetic(op, "mul", "scale");
}

void compare(OnnxOperation& op, const char* name) {
  Value* number = as_number(op, 1);
  Value* a = op.tensor(0);
  op.give(op.op(name, {a, number != nullptr ? number : op.tensor(1)}), broadcast(op.in(0).dims, op.in(1).dims),
          at::kBool);
}

void logical(OnnxOperation& op, const char* name) {
  op.give(op.op(name, {op.tensor(0), op.tensor(1)}), broadcast(op.in(0).dims, op.in(1).dims), at::kBool);
}

// Of any number of tensors.
void fold(OnnxOperation& op, const char* name, bool mean) {
  Value* all = op.tensor(0, "bias");
  Ints dims = op.in(0).dims;
  for (std::size_t i = 1; i < op.input_count(); ++i) {
    all = op.op(name, {all, op.tensor(i, "bias")});
    dims = broadcast(dims, op.in(i).dims);
  }
  if (mean && op.input_count() > 1)
    all = op.op("div", {all, static_cast<double>(op.input_count())});
  op.give(all, dims, op.in(0).type);
}

// Activations.

void clip(OnnxOperation& op) {
  double least = -infinity;
  double most = infinity;
  if (op.version < 11) {
    least = op.get("min", least);
    most = op.get("max", most);
  } else {
    for (const std::size_t i : {1U, 2U})
      if (op.has(i)) {
        const auto number = op.known_number(i);
        if (!number)
          op.refuse("computes its limits while it runs");
        (i == 1 ? least : most) = *number;
      }
  }
  constexpr double no_limit = 3e38; // the largest number in float32 is none
  const bool below = least > -no_limit;
  const bool above = most < no_limit;
  if (!c10::isFloatingType(op.in(0).type) && (below || above))
    op.refuse("limits whole numbers");
  Value* x = op.tensor(0);
  if (below && above)
    op.give_like(op.op("hardtanh", {x, least, most}));
  else if (below)
    op.give_like(least == 0 ? op.op("relu", {x}) : op.op("clamp_min", {x, least}));
  else
    op.give_like(above ? op.op("clamp_max", {x, most}) : x);
}

void hard_sigmoid(OnnxOperation& op) {
  const double alpha = op.get("alpha", 0.2);
  const double beta = op.get("beta", 0.5);
  Value* x = op.tensor(0);
  if (near(alpha, 1.0 / 6) && near(beta, 0.5))
    op.give_like(op.op("hardsigmoid", {x}));
  else
    op.give_like(op.op("hardtanh", {op.op("add", {op.op("mul", {x, alpha}), beta}), 0.0, 1.0}));
}

void prelu(OnnxOperation& op) {
  const at::Tensor slope = op.in(1).constant;
  const std::int64_t rank = op.in(0).rank();
  Value* x = op.tensor(0);
  const bool by_channel = slope.defined() && slope.dim() <= rank - 1 && slope.dim() > 0 &&
                          slope.size(0) == slope.numel() && slope.dim() == rank - 1;
  if (slope.defined() && (slope.numel() == 1 || by_channel)) {
    op.give_like(op.op("prelu", {x, op.parameter(1, slope.reshape({-1}).contiguous(), "weight")}));
    return;
  }
  Value* negative = op.op("mul", {op.op("clamp_max", {x, 0.0}), op.tensor(1, "weight")});
  op.give_like(op.op("add", {op.op("clamp_min", {x, 0.0}), negative}));
}

void gelu(OnnxOperation& op) {
  op.give_like(op.op("gelu", {op.tensor(0)}, {NamedValue("approximate", op.get("approximate", std::string("none")))}));
}

void softplus(OnnxOperation& op) { op.give_like(op.op("softplus", {op.tensor(0), 1.0, 20.0})); }

void thresholded_relu(OnnxOperation& op) {
  op.give_like(op.op("threshold", {op.tensor(0), op.get("alpha", 1.0), 0.0}));
}

void softsign(OnnxOperation& op) {
  Value* x = op.tensor(0);
  op.give_like(op.op("div", {x, op.op("add", {op.op("abs", {x}), 1.0})}));
}

void swish(OnnxOperation& op) {
  Value* x = op.tensor(0);
  const double alpha = op.get("alpha", 1.0);
  op.give_like(alpha == 1 ? op.op("silu", {x}) : op.op("mul", {x, op.op("sigmoid", {op.op("mul", {x, alpha})})}));
}

void softmax(OnnxOperation& op, const char* name) {
  const std::int64_t rank = op.in(0).rank();
  const std::int64_t axis = op.axis(op.get("axis", op.version < 13 ? std::int64_t{1} : std::int64_t{-1}), rank);
  Value* x = op.tensor(0);
  bool one = axis == rank - 1 || op.version >= 13; // of one dimension
  for (std::int64_t i = axis + 1; i < rank && !one; ++i)
    if (op.in(0).dims[static_cast<std::size_t>(i)] != 1)
      break;
    else
      one = i == rank - 1;
  if (one) {
    op.give_like(op.op(name, {x, axis, op.none()}));
    return;
  }
  // Before version 13 it is over all dimensions from the axis on.
  Value* flat = op.op("flatten", {x, axis, -1});
  op.give_like(op.op("reshape_as", {op.op(name, {flat, axis, op.none()}), x}));
}

// Windows: convolutions and pooling.

struct Window {
  Ints kernel;
  Ints strides;
  Ints dilations;
  std::vector<Value*> before; // padding, by axis
  std::vector<Value*> behind;
  bool symmetric = true; // and known
  Ints padding;          // then
};

void check_sides(const OnnxOperation& op, const Ints& sides, std::size_t axes) {
  if (sides.size() != axes || std::ranges::any_of(sides, [](std::int64_t side) { return side < 1 || side > 1 << 20; }))
    throw damaged(fmt::format("its operation {} in the layer '{}' has impossible sizes", op.node.op_type(), op.layer));
}

Window window_of(OnnxOperation& op, const Ints& kernel) {
  const std::size_t axes = 2;
  if (op.in(0).rank() != 4)
    op.refuse(fmt::format("works on {} dimensions, not on images", op.in(0).rank()));
  Window window;
  window.kernel = op.list("kernel_shape", kernel);
  window.strides = op.list("strides", Ints(axes, 1));
  window.dilations = op.list("dilations", Ints(axes, 1));
  check_sides(op, window.kernel, axes);
  check_sides(op, window.strides, axes);
  check_sides(op, window.dilations, axes);
  const std::string by = op.get("auto_pad", std::string("NOTSET"));
  Ints pads = op.list("pads", Ints(2 * axes, 0));
  if (pads.size() != 2 * axes || std::ranges::any_of(pads, [](std::int64_t pad) { return pad < 0 || pad > 1 << 20; }))
    throw damaged(fmt::format("its operation {} in the layer '{}' has impossible sizes", op.node.op_type(), op.layer));
  if (by == "VALID")
    pads = Ints(2 * axes, 0);
  else if (by != "NOTSET" && by != "SAME_UPPER" && by != "SAME_LOWER" && !by.empty())
    op.refuse("has an auto_pad that is not known");
  for (std::size_t i = 0; i < axes; ++i) {
    Value* before = op.constant(pads[i]);
    Value* behind = op.constant(pads[axes + i]);
    if (by.starts_with("SAME")) {
      const std::int64_t spread = (window.kernel[i] - 1) * window.dilations[i] + 1;
      const std::int64_t stride = window.strides[i];
      Value* all = op.constant(spread - 1);
      if (stride > 1) {
        Value* in = op.size(0, static_cast<std::int64_t>(2 + i));
        Value* out = op.calculate("div", op.calculate("add", in, op.constant(stride - 1)), op.constant(stride));
        Value* reached = op.calculate(
            "add", op.calculate("mul", op.calculate("sub", out, op.constant(std::int64_t{1})), op.constant(stride)),
            op.constant(spread));
        all = op.calculate("max", op.calculate("sub", reached, in), op.constant(std::int64_t{0}));
      }
      Value* less = op.calculate("div", all, op.constant(std::int64_t{2}));
      Value* more = op.calculate("sub", all, less);
      before = by == "SAME_UPPER" ? less : more;
      behind = by == "SAME_UPPER" ? more : less;
    }
    window.before.push_back(before);
    window.behind.push_back(behind);
    const auto a = known_int(before);
    const auto b = known_int(behind);
    window.symmetric = window.symmetric && a && b && *a == *b;
    window.padding.push_back(a.value_or(0));
  }
  return window;
}

Value* padded(OnnxOperation& op, Value* x, const Window& window, double with) {
  return op.op("constant_pad_nd",
               {x, op.list_of({window.before[1], window.behind[1], window.before[0], window.behind[0]}), with});
}

Ints sizes_after(const OnnxOperation& op, const Window& window, std::int64_t channels, bool ceil = false) {
  Ints dims{op.in(0).dims[0], channels, -1, -1};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t in = op.in(0).dims[2 + i];
    const auto before = known_int(window.before[i]);
    const auto behind = known_int(window.behind[i]);
    if (in > 0 && before && behind && !ceil)
      dims[2 + i] = (in + *before + *behind - (window.kernel[i] - 1) * window.dilations[i] - 1) / window.strides[i] + 1;
  }
  return dims;
}

void conv(OnnxOperation& op) {
  const Ints& weight = op.in(1).dims;
  if (weight.size() != 4)
    op.refuse(fmt::format("has weights of {} dimensions, not for images", weight.size()));
  const Window window = window_of(op, {weight[2], weight[3]});
  const std::int64_t groups = op.get("group", std::int64_t{1});
  if (groups < 1)
    throw damaged("a convolution has no groups");
  Value* x = op.tensor(0);
  if (!window.symmetric)
    x = padded(op, x, window, 0);
  Value* w = op.tensor(1, "weight");
  Value* b = op.has(2) ? op.tensor(2, "bias") : op.none();
  op.give(op.op("conv2d",
                {x, w, b, window.strides, window.symmetric ? window.padding : Ints{0, 0}, window.dilations, groups}),
          sizes_after(op, window, weight[0]), op.in(0).type);
}

void conv_transpose(OnnxOperation& op) {
  const Ints& weight = op.in(1).dims;
  if (weight.size() != 4 || op.in(0).rank() != 4)
    op.refuse(fmt::format("works on {} dimensions, not on images", op.in(0).rank()));
  if (op.has("output_shape"))
    op.refuse("states the size of its output");
  const Ints kernel = op.list("kernel_shape", {weight[2], weight[3]});
  const Ints strides = op.list("strides", {1, 1});
  const Ints dilations = op.list("dilations", {1, 1});
  const Ints more = op.list("output_padding", {0, 0});
  Ints pads = op.list("pads", {0, 0, 0, 0});
  check_sides(op, kernel, 2);
  check_sides(op, strides, 2);
  check_sides(op, dilations, 2);
  if (pads.size() != 4 || more.size() != 2)
    throw damaged("a transposed convolution has impossible sizes");
  const std::string by = op.get("auto_pad", std::string("NOTSET"));
  if (by.starts_with("SAME"))
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t all = (kernel[i] - 1) * dilations[i] + 1 + more[i] - strides[i];
      if (all < 0)
        op.refuse("has strides larger than its kernel");
      pads[i] = by == "SAME_UPPER" ? all / 2 : all - all / 2;
      pads[2 + i] = all - pads[i];
    }
  const bool symmetric = pads[0] == pads[2] && pads[1] == pads[3];
  Value* x = op.tensor(0);
  Value* w = op.tensor(1, "weight");
  Value* b = op.has(2) ? op.tensor(2, "bias") : op.none();
  Value* y = op.op("conv_transpose2d", {x, w, b, strides, symmetric ? Ints{pads[0], pads[1]} : Ints{0, 0}, more,
                                        op.get("group", std::int64_t{1}), dilations});
  if (!symmetric)
    for (std::size_t i = 0; i < 2; ++i) {
      Value* end = op.calculate("sub", op.op("size", {y, static_cast<std::int64_t>(2 + i)}), op.constant(pads[2 + i]));
      y = op.op("slice", {y, static_cast<std::int64_t>(2 + i), pads[i], end, 1});
    }
  const std::int64_t groups = std::max<std::int64_t>(1, op.get("group", std::int64_t{1}));
  op.give(y, {op.in(0).dims[0], weight[1] < 0 ? -1 : weight[1] * groups, -1, -1}, op.in(0).type);
}

void max_pool(OnnxOperation& op) {
  const Window window = window_of(op, {});
  const bool ceil = op.get("ceil_mode", std::int64_t{0}) != 0;
  Value* x = op.tensor(0);
  // ATen takes no padding of more than half a kernel.
  bool own = window.symmetric;
  for (std::size_t i = 0; i < 2; ++i)
    own = own && 2 * window.padding[i] <= window.kernel[i];
  if (!own && ceil)
    op.refuse("rounds up (ceil_mode) with padding that differs from side to side");
  if (!own)
    x = padded(op, x, window, -infinity);
  op.give(op.op("max_pool2d",
                {x, window.kernel, window.strides, own ? window.padding : Ints{0, 0}, window.dilations, ceil}),
          sizes_after(op, window, op.in(0).dims[1], ceil), op.in(0).type);
}

void average_pool(OnnxOperation& op) {
  const Window window = window_of(op, {});
  if (std::ranges::any_of(window.dilations, [](std::int64_t d) { return d != 1; }))
    op.refuse("has dilations");
  const bool ceil = op.get("ceil_mode", std::int64_t{0}) != 0;
  const bool counts = op.get("count_include_pad", std::int64_t{0}) != 0;
  bool own = window.symmetric;
  for (std::size_t i = 0; i < 2; ++i)
    own = own && 2 * window.padding[i] <= window.kernel[i];
  if (!own && ceil)
    op.refuse("rounds up (ceil_mode) with padding that differs from side to side");
  const auto pool = [&](Value* x, const Ints& padding) {
    return op.op("avg_pool2d", {x, window.kernel, window.strides, padding, ceil, counts, op.none()});
  };
  const Ints dims = sizes_after(op, window, op.in(0).dims[1], ceil);
  Value* x = op.tensor(0);
  if (own) {
    op.give(pool(x, window.padding), dims, op.in(0).type);
    return;
  }
  Value* y = pool(padded(op, x, window, 0), {0, 0});
  if (!counts) // divided by the whole kernel, where only what lies inside counts
    y = op.op("div", {y, pool(padded(op, op.op("ones_like", {x}), window, 0), {0, 0})});
  op.give(y, dims, op.in(0).type);
}

void lp_pool(OnnxOperation& op) {
  const Window window = window_of(op, {});
  const auto p = static_cast<double>(op.get("p", std::int64_t{2}));
  if (op.get("ceil_mode", std::int64_t{0}) != 0 || std::ranges::any_of(window.dilations, [](auto d) { return d != 1; }))
    op.refuse("has ceil_mode or dilations");
  Value* x = op.op("pow", {op.op("abs", {op.tensor(0)}), p});
  Value* y = op.op("avg_pool2d", {padded(op, x, window, 0), window.kernel, window.strides, Ints{0, 0}, false, true,
                                  op.constant(std::int64_t{1})});
  op.give(op.op("pow", {y, 1 / p}), sizes_after(op, window, op.in(0).dims[1]), op.in(0).type);
}

void global_pool(OnnxOperation& op, bool max) {
  const std::int64_t rank = op.in(0).rank();
  Value* x = op.tensor(0);
  Ints dims = op.in(0).dims;
  Ints axes;
  for (std::int64_t i = 2; i < rank; ++i) {
    axes.push_back(i);
    dims[static_cast<std::size_t>(i)] = 1;
  }
  if (rank == 4 && !max)
    op.give(op.op("adaptive_avg_pool2d", {x, Ints{1, 1}}), dims, op.in(0).type);
  else
    op.give(max ? op.op("amax", {x, axes, true}) : op.op("mean", {x, axes, true}), dims, op.in(0).type);
}

// Normalisation.

void batch_norm(OnnxOperation& op) {
  if (op.get("training_mode", std::int64_t{0}) != 0 || op.get("spatial", std::int64_t{1}) != 1)
    throw Unreadable(fmt::format("was exported in training mode (a batch norm in '{}' is active)", op.layer),
                     "call model.eval() before it is exported");
  Value* x = op.tensor(0);
  Value* weight = op.tensor(1, "weight");
  Value* bias = op.tensor(2, "bias");
  Value* mean = op.tensor(3, "running_mean", true);
  Value* variance = op.tensor(4, "running_var", true);
  op.give_like(op.op("batch_norm", {x, weight, bias, mean, variance, false, 0.1, op.get("epsilon", 1e-5), true}));
}

void instance_norm(OnnxOperation& op) {
  op.give_like(op.op("instance_norm", {op.tensor(0), op.tensor(1, "weight"), op.tensor(2, "bias"), op.none(), op.none(),
                                       true, 0.1, op.get("epsilon", 1e-5), true}));
}

void group_norm(OnnxOperation& op) {
  const std::int64_t groups = op.get("num_groups", std::int64_t{0});
  const std::int64_t channels = op.in(0).dims.size() > 1 ? op.in(0).dims[1] : -1;
  if (groups < 1)
    throw damaged("a group norm has no groups");
  std::array<Value*, 2> by{};
  for (const std::size_t i : {1U, 2U}) {
    at::Tensor factor = op.in(i).constant;
    const char* role = i == 1 ? "weight" : "bias";
    if (op.version >= 21) {
      by[i - 1] = op.tensor(i, role);
      continue;
    }
    if (!factor.defined() || channels < 1 || channels % groups != 0 || factor.dim() != 1 || factor.size(0) != groups)
      op.refuse("computes its factors while it runs");
    by[i - 1] = op.parameter(i, factor.repeat_interleave(channels / groups), role);
  }
  op.give_like(op.op("group_norm", {op.tensor(0), groups, by[0], by[1], op.get("epsilon", 1e-5), true}));
}

void layer_norm(OnnxOperation& op) {
  const std::int64_t rank = op.in(0).rank();
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{-1}), rank);
  Ints shape = op.in(1).dims;
  if (static_cast<std::int64_t>(shape.size()) != rank - axis ||
      std::ranges::any_of(shape, [](std::int64_t side) { return side < 1; }))
    op.refuse("has factors of another size than what it normalises");
  op.give_like(op.op("layer_norm", {op.tensor(0), shape, op.tensor(1, "weight"),
                                    op.has(2) ? op.tensor(2, "bias") : op.none(), op.get("epsilon", 1e-5), true}));
}

void rms_norm(OnnxOperation& op) {
  const std::int64_t rank = op.in(0).rank();
  Ints axes;
  for (std::int64_t i = op.axis(op.get("axis", std::int64_t{-1}), rank); i < rank; ++i)
    axes.push_back(i);
  Value* x = op.tensor(0);
  Value* mean = op.op("mean", {op.op("mul", {x, x}), axes, true});
  Value* y = op.op("mul", {x, op.op("rsqrt", {op.op("add", {mean, op.get("epsilon", 1e-5)})})});
  op.give_like(op.op("mul", {y, op.tensor(1, "weight")}));
}

// Over channels, as torch.nn.functional.local_response_norm computes it.
void lrn(OnnxOperation& op) {
  const std::int64_t size = op.get("size", std::int64_t{0});
  if (op.in(0).rank() != 4 || size < 1 || size > 1 << 16 || size % 2 == 0)
    op.refuse("does not reach as far to one side as to the other");
  Value* x = op.tensor(0);
  Value* squares = op.op("unsqueeze", {op.op("mul", {x, x}), 1});
  squares = op.op("constant_pad_nd", {squares, Ints{0, 0, 0, 0, (size - 1) / 2, size / 2}, 0.0});
  Value* mean = op.op(
      "squeeze",
      {op.op("avg_pool3d", {squares, Ints{size, 1, 1}, Ints{1, 1, 1}, Ints{0, 0, 0}, false, true, op.none()}), 1});
  Value* sum = op.op("add", {op.op("mul", {mean, op.get("alpha", 1e-4)}), op.get("bias", 1.0)});
  op.give_like(op.op("div", {x, op.op("pow", {sum, op.get("beta", 0.75)})}));
}

void lp_norm(OnnxOperation& op) {
  const std::int64_t p = op.get("p", std::int64_t{2});
  Value* x = op.tensor(0);
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{-1}), op.in(0).rank());
  Value* norm = op.op("linalg_vector_norm", {x, static_cast<double>(p), Ints{axis}, true});
  op.give_like(op.op("div", {x, op.op("clamp_min", {norm, 1e-30})})); // nought stays nought
}

// Products.

void matmul(OnnxOperation& op) {
  const Ints& a = op.in(0).dims;
  const Ints& b = op.in(1).dims;
  Ints dims;
  if (a.size() < 2 || b.size() < 2) {
    if (a.empty() || b.empty())
      throw damaged("a matrix product has a number as factor");
    dims = a.size() == 1 ? b : a;
    dims.erase(dims.end() - (a.size() == 1 ? 2 : 1), a.size() == 1 ? dims.end() - 1 : dims.end());
    if (a.size() == 1 && b.size() == 1)
      dims.clear();
  } else {
    dims = broadcast(Ints(a.begin(), a.end() - 2), Ints(b.begin(), b.end() - 2));
    dims.push_back(a[a.size() - 2]);
    dims.push_back(b.back());
  }
  Value* x = op.tensor(0);
  const OnnxValue& weight = op.in(1);
  if (weight.tensor == nullptr && !weight.initializer.empty() && weight.constant.dim() == 2)
    op.give(op.op("linear", {x, op.parameter(1, weight.constant.t().contiguous(), "weight"), op.none()}), dims,
            op.in(0).type);
  else
    op.give(op.op("matmul", {x, op.tensor(1, "weight")}), dims, op.in(0).type);
}

void gemm(OnnxOperation& op) {
  const bool turn_a = op.get("transA", std::int64_t{0}) != 0;
  const bool turn_b = op.get("transB", std::int64_t{0}) != 0;
  const double alpha = op.get("alpha", 1.0);
  const double beta = op.get("beta", 1.0);
  if (op.in(0).rank() != 2 || op.in(1).rank() != 2)
    throw damaged("a matrix product (Gemm) has factors that are no matrices");
  Value* x = op.tensor(0);
  if (turn_a)
    x = op.op("t", {x});
  const OnnxValue& weight = op.in(1);
  const Ints dims{op.in(0).dims[turn_a ? 1 : 0], weight.dims[turn_b ? 0 : 1]};
  if (weight.tensor == nullptr && !weight.initializer.empty() && alpha == 1 && (beta == 1 || !op.has(2)) &&
      (!op.has(2) || op.in(2).rank() == 1)) {
    Value* w = turn_b ? op.tensor(1, "weight") : op.parameter(1, weight.constant.t().contiguous(), "weight");
    op.give(op.op("linear", {x, w, op.has(2) ? op.tensor(2, "bias") : op.none()}), dims, op.in(0).type);
    return;
  }
  Value* w = op.tensor(1, "weight");
  Value* y = op.op("matmul", {x, turn_b ? op.op("t", {w}) : w});
  if (alpha != 1)
    y = op.op("mul", {y, alpha});
  if (op.has(2)) {
    Value* c = op.tensor(2, "bias");
    y = op.op("add", {y, beta == 1 ? c : op.op("mul", {c, beta})});
  }
  op.give(y, dims, op.in(0).type);
}

void einsum(OnnxOperation& op) {
  std::vector<Value*> tensors;
  for (std::size_t i = 0; i < op.input_count(); ++i)
    tensors.push_back(op.tensor(i, "weight"));
  std::string equation = op.get("equation", std::string());
  std::erase(equation, ' ');
  const auto arrow = equation.find("->");
  if (arrow == std::string::npos || equation.find("...") != std::string::npos)
    op.refuse("names no dimensions for its result");
  op.give(op.op("einsum", {equation, op.list_of(tensors, true)}), Ints(equation.size() - arrow - 2, -1), op.in(0).type);
}

// Of version 23, without a cache of keys and values.
void attention(OnnxOperation& op) {
  for (std::size_t i = 4; i < op.input_count(); ++i)
    if (op.has(i))
      op.refuse("has a cache of keys and values");
  if (op.get("is_causal", std::int64_t{0}) != 0 || op.get("softcap", 0.0) != 0 || op.node.output_size() > 1)
    op.refuse("is causal, capped, or gives more than its output");
  std::array<Value*, 3> parts{op.tensor(0), op.tensor(1), op.tensor(2)};
  const Ints dims = op.in(0).dims;
  Ints heads{op.get("q_num_heads", std::int64_t{0}), op.get("kv_num_heads", std::int64_t{0})};
  const bool together = dims.size() == 3; // positions x (heads x channels)
  std::int64_t channels = dims.back();
  if (together) {
    if (heads[0] < 1 || heads[1] < 1 || channels < 1)
      op.refuse("does not tell the number of its heads");
    channels /= heads[0];
    for (std::size_t i = 0; i < 3; ++i) {
      Value* split = op.op("unflatten", {parts[i], 2, Ints{heads[i == 0 ? 0 : 1], -1}});
      parts[i] = op.op("permute", {split, Ints{0, 2, 1, 3}});
    }
  } else {
    heads = {op.in(0).dims[1], op.in(1).dims[1]};
  }
  if (heads[0] != heads[1] || channels < 1)
    op.refuse("shares keys among its heads");
  const double scale = op.get("scale", 1 / std::sqrt(static_cast<double>(channels)));
  Value* scores = op.op("matmul", {op.op("mul", {parts[0], scale}), op.op("transpose", {parts[1], -2, -1})});
  const bool masked = op.has(3) && op.in(3).type == at::kBool;
  Value* hidden = masked ? op.op("logical_not", {op.tensor(3)}) : nullptr;
  if (masked)
    scores = op.op("masked_fill", {scores, hidden, -infinity});
  else if (op.has(3))
    scores = op.op("add", {scores, op.tensor(3)});
  Value* weights = op.op("softmax", {scores, -1, op.none()});
  if (masked) // where all is hidden, it is nothing, not NaN
    weights = op.op("masked_fill", {weights, hidden, 0.0});
  Value* y = op.op("matmul", {weights, parts[2]});
  Ints out = dims;
  out.back() = op.in(2).dims.back();
  if (together)
    y = op.op("flatten", {op.op("permute", {y, Ints{0, 2, 1, 3}}), 2, -1});
  op.give(y, out, op.in(0).type);
}

// Reductions.

void reduce(OnnxOperation& op, const std::string& kind) {
  const std::int64_t rank = op.in(0).rank();
  auto axes = op.axes(kind == "Sum" ? 13 : 18, 1);
  const bool nothing = op.get("noop_with_empty_axes", std::int64_t{0}) != 0;
  if ((!axes || axes->empty()) && nothing) {
    op.give_like(op.tensor(0));
    return;
  }
  Ints over;
  if (axes && !axes->empty())
    for (const std::int64_t one : *axes)
      over.push_back(op.axis(one, rank));
  else
    for (std::int64_t i = 0; i < rank; ++i)
      over.push_back(i);
  std::ranges::sort(over);
  const bool keep = op.get("keepdims", std::int64_t{1}) != 0;
  Ints dims;
  for (std::int64_t i = 0; i < rank; ++i)
    if (!std::ranges::binary_search(over, i))
      dims.push_back(op.in(0).dims[static_cast<std::size_t>(i)]);
    else if (keep)
      dims.push_back(1);
  Value* x = op.tensor(0);
  const auto sum = [&](Value* of) { return op.op("sum", {of, over, keep}); };
  Value* y = nullptr;
  if (kind == "Mean")
    y = op.op("mean", {x, over, keep});
  else if (kind == "Sum")
    y = sum(x);
  else if (kind == "Max" || kind == "Min")
    y = op.op(kind == "Max" ? "amax" : "amin", {x, over, keep});
  else if (kind == "L1")
    y = sum(op.op("abs", {x}));
  else if (kind == "L2")
    y = op.op("linalg_vector_norm", {x, 2.0, over, keep});
  else if (kind == "SumSquare")
    y = sum(op.op("mul", {x, x}));
  else if (kind == "LogSumExp")
    y = op.op("logsumexp", {x, over, keep});
  else if (kind == "LogSum")
    y = op.op("log", {sum(x)});
  else if (over.size() == 1)
    y = op.op("prod", {x, over[0], keep});
  else
    op.refuse("multiplies over several dimensions");
  op.give(y, dims, op.in(0).type);
}

void arg_max(OnnxOperation& op, const char* name) {
  if (op.get("select_last_index", std::int64_t{0}) != 0)
    op.refuse("asks for the last of equal values");
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{0}), op.in(0).rank());
  const bool keep = op.get("keepdims", std::int64_t{1}) != 0;
  Ints dims = op.in(0).dims;
  if (keep)
    dims[static_cast<std::size_t>(axis)] = 1;
  else
    dims.erase(dims.begin() + axis);
  op.give(op.op(name, {op.tensor(0), axis, keep}), dims, at::kLong);
}

void top_k(OnnxOperation& op) {
  const auto k = op.version < 10 ? Ints{op.get("k", std::int64_t{0})} : op.ints(1, "number of values");
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{-1}), op.in(0).rank());
  if (k.size() != 1)
    throw damaged("a TopK has no number");
  Ints dims = op.in(0).dims;
  dims[static_cast<std::size_t>(axis)] = k[0];
  Value* both = op.op("topk", {op.tensor(0), k[0], axis, op.get("largest", std::int64_t{1}) != 0,
                               op.get("sorted", std::int64_t{1}) != 0});
  Node* unpacked = op.graph().insertNode(op.graph().createTupleUnpack(both));
  op.give(unpacked->outputs()[0], dims, op.in(0).type);
  op.give(unpacked->outputs()[1], dims, at::kLong);
}

void where(OnnxOperation& op) {
  Value* condition = op.tensor(0);
  Value* a = op.tensor(1);
  Value* b = op.tensor(2);
  op.give(op.op("where", {condition, a, b}), broadcast(op.in(0).dims, broadcast(op.in(1).dims, op.in(2).dims)),
          op.in(1).type);
}

void mod(OnnxOperation& op) {
  op.give(op.op(op.get("fmod", std::int64_t{0}) != 0 ? "fmod" : "remainder", {op.tensor(0), op.tensor(1)}),
          broadcast(op.in(0).dims, op.in(1).dims), op.in(0).type);
}

void cum_sum(OnnxOperation& op) {
  if (op.get("exclusive", std::int64_t{0}) != 0 || op.get("reverse", std::int64_t{0}) != 0)
    op.refuse("is exclusive or reversed");
  const auto axis = op.ints(1, "axis");
  if (axis.size() != 1)
    throw damaged("a CumSum has no axis");
  op.give_like(op.op("cumsum", {op.tensor(0), op.axis(axis[0], op.in(0).rank())}));
}

void shrink(OnnxOperation& op) {
  if (op.get("bias", 0.0) != op.get("lambd", 0.5))
    op.refuse("has a bias of its own");
  op.give_like(op.op("softshrink", {op.tensor(0), op.get("lambd", 0.5)}));
}

} // namespace

const std::map<std::string, OnnxTranslation>& onnx_layers() {
  static const std::map<std::string, OnnxTranslation> all = [] {
    std::map<std::string, OnnxTranslation> made = {
        {"Add", [](OnnxOperation& op) { arithmetic(op, "add", "bias"); }},
        {"Sub", [](OnnxOperation& op) { arithmetic(op, "sub", "bias"); }},
        {"Mul", multiply},
        {"Div", [](OnnxOperation& op) { arithmetic(op, "div", "scale"); }},
        {"Pow", [](OnnxOperation& op) { arithmetic(op, "pow", "exponent"); }},
        {"Mod", mod},
        {"Equal", [](OnnxOperation& op) { compare(op, "eq"); }},
        {"Less", [](OnnxOperation& op) { compare(op, "lt"); }},
        {"LessOrEqual", [](OnnxOperation& op) { compare(op, "le"); }},
        {"Greater", [](OnnxOperation& op) { compare(op, "gt"); }},
        {"GreaterOrEqual", [](OnnxOperation& op) { compare(op, "ge"); }},
        {"And", [](OnnxOperation& op) { logical(op, "logical_and"); }},
        {"Or", [](OnnxOperation& op) { logical(op, "logical_or"); }},
        {"Xor", [](OnnxOperation& op) { logical(op, "logical_xor"); }},
        {"Not", [](OnnxOperation& op) { op.give(op.op("logical_not", {op.tensor(0)}), op.in(0).dims, at::kBool); }},
        {"IsNaN", [](OnnxOperation& op) { op.give(op.op("isnan", {op.tensor(0)}), op.in(0).dims, at::kBool); }},
        {"Where", where},
        {"Min", [](OnnxOperation& op) { fold(op, "minimum", false); }},
        {"Max", [](OnnxOperation& op) { fold(op, "maximum", false); }},
        {"Sum", [](OnnxOperation& op) { fold(op, "add", false); }},
        {"Mean", [](OnnxOperation& op) { fold(op, "add", true); }},
        {"Clip", clip},
        {"HardSigmoid", hard_sigmoid},
        {"LeakyRelu",
         [](OnnxOperation& op) {
           op.give_like(op.op("leaky_relu", {op.tensor(0), op.get("alpha", 0.01)}));
         }},
        {"PRelu", prelu},
        {"Elu",
         [](OnnxOperation& op) {
           op.give_like(op.op("elu", {op.tensor(0), op.get("alpha", 1.0), 1.0, 1.0}));
         }},
        {"Celu",
         [](OnnxOperation& op) {
           op.give_like(op.op("celu", {op.tensor(0), op.get("alpha", 1.0)}));
         }},
        {"Selu",
         [](OnnxOperation& op) {
           op.give_like(op.op("elu", {op.tensor(0), op.get("alpha", 1.67326319217681884765625),
                                      op.get("gamma", 1.05070102214813232421875), 1.0}));
         }},
        {"Gelu", gelu},
        {"Softplus", softplus},
        {"Softsign", softsign},
        {"ThresholdedRelu", thresholded_relu},
        {"Swish", swish},
        {"Shrink", shrink},
        {"Softmax", [](OnnxOperation& op) { softmax(op, "softmax"); }},
        {"LogSoftmax", [](OnnxOperation& op) { softmax(op, "log_softmax"); }},
        {"Conv", conv},
        {"ConvTranspose", conv_transpose},
        {"MaxPool", max_pool},
        {"AveragePool", average_pool},
        {"LpPool", lp_pool},
        {"GlobalAveragePool", [](OnnxOperation& op) { global_pool(op, false); }},
        {"GlobalMaxPool", [](OnnxOperation& op) { global_pool(op, true); }},
        {"BatchNormalization", batch_norm},
        {"InstanceNormalization", instance_norm},
        {"GroupNormalization", group_norm},
        {"LayerNormalization", layer_norm},
        {"RMSNormalization", rms_norm},
        {"LRN", lrn},
        {"LpNormalization", lp_norm},
        {"MatMul", matmul},
        {"Gemm", gemm},
        {"Einsum", einsum},
        {"Attention", attention},
        {"ArgMax", [](OnnxOperation& op) { arg_max(op, "argmax"); }},
        {"ArgMin", [](OnnxOperation& op) { arg_max(op, "argmin"); }},
        {"TopK", top_k},
        {"CumSum", cum_sum},
        {"ReduceMean", [](OnnxOperation& op) { reduce(op, "Mean"); }},
        {"ReduceSum", [](OnnxOperation& op) { reduce(op, "Sum"); }},
        {"ReduceMax", [](OnnxOperation& op) { reduce(op, "Max"); }},
        {"ReduceMin", [](OnnxOperation& op) { reduce(op, "Min"); }},
        {"ReduceProd", [](OnnxOperation& op) { reduce(op, "Prod"); }},
        {"ReduceL1", [](OnnxOperation& op) { reduce(op, "L1"); }},
        {"ReduceL2", [](OnnxOperation& op) { reduce(op, "L2"); }},
        {"ReduceSumSquare", [](OnnxOperation& op) { reduce(op, "SumSquare"); }},
        {"ReduceLogSum", [](OnnxOperation& op) { reduce(op, "LogSum"); }},
        {"ReduceLogSumExp", [](OnnxOperation& op) { reduce(op, "LogSumExp"); }},
    };
#define SCALESCOPE_UNARY(onnx_name, aten_name)                                                                         \
  made[onnx_name] = [](OnnxOperation& op) { op.give_like(op.op(aten_name, {op.tensor(0)})); }
    SCALESCOPE_UNARY("Relu", "relu");
    SCALESCOPE_UNARY("Sigmoid", "sigmoid");
    SCALESCOPE_UNARY("HardSwish", "hardswish");
    SCALESCOPE_UNARY("Tanh", "tanh");
    SCALESCOPE_UNARY("Mish", "mish");
    SCALESCOPE_UNARY("Erf", "erf");
    SCALESCOPE_UNARY("Sqrt", "sqrt");
    SCALESCOPE_UNARY("Exp", "exp");
    SCALESCOPE_UNARY("Log", "log");
    SCALESCOPE_UNARY("Abs", "abs");
    SCALESCOPE_UNARY("Neg", "neg");
    SCALESCOPE_UNARY("Reciprocal", "reciprocal");
    SCALESCOPE_UNARY("Floor", "floor");
    SCALESCOPE_UNARY("Ceil", "ceil");
    SCALESCOPE_UNARY("Round", "round");
    SCALESCOPE_UNARY("Sign", "sign");
    SCALESCOPE_UNARY("Sin", "sin");
    SCALESCOPE_UNARY("Cos", "cos");
    SCALESCOPE_UNARY("Tan", "tan");
    SCALESCOPE_UNARY("Asin", "asin");
    SCALESCOPE_UNARY("Acos", "acos");
    SCALESCOPE_UNARY("Atan", "atan");
    SCALESCOPE_UNARY("Sinh", "sinh");
    SCALESCOPE_UNARY("Cosh", "cosh");
#undef SCALESCOPE_UNARY
    return made;
  }();
  return all;
}

} // namespace scalescope
