// Activations, arithmetic, comparisons and reductions.

#include "core/network/detail/onnx/translation.h"

#include <ATen/Functions.h>
#include <ATen/native/TypeProperties.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace scalescope::to_onnx {
namespace {

using Ints = std::vector<std::int64_t>;
using torch::jit::Value;

// An operation of one tensor that both have.
Translate same(const char* operation) {
  return [operation](Call& call) {
    call.returns(call.to.emit(operation, {call.operand(call.self(), call.result().type)}));
  };
}

Translate alike(const char* operation, const Attributes& attributes) {
  return [operation, attributes](Call& call) {
    call.returns(call.to.emit(operation, {call.to.tensor(call.self())}, attributes));
  };
}

// One real number of the call is an attribute.
Translate with_number(const char* operation, const char* argument, const char* attribute, double otherwise) {
  return [=](Call& call) {
    call.returns(call.to.emit(operation, {call.to.tensor(call.self())}, {{attribute, call.real(argument, otherwise)}}));
  };
}

// The other operand: a tensor or a number.
const Value* other_of(const Call& call) { return call.value({"other", "exponent"}); }

// The type that PyTorch computes a comparison in.
c10::ScalarType common_type(const Call& call, const Value* one, const Value* other) {
  const auto dummy = [&](const Value* value) {
    const Facts& known = call.to.facts(value);
    if (known.tensor)
      return at::zeros(Ints(static_cast<std::size_t>(call.rank(value)), 1), known.tensor->type);
    const bool is_real =
        value->type()->kind() == c10::TypeKind::FloatType || (!known.varies && known.constant.isDouble());
    at::Tensor number = at::scalar_tensor(1, is_real ? at::kDouble : at::kLong);
    number.unsafeGetTensorImpl()->set_wrapped_number(true);
    return number;
  };
  return at::native::result_type(dummy(one), dummy(other));
}

std::string times(const Call& call, const std::string& name, double factor, c10::ScalarType type) {
  return factor == 1 ? name : call.to.emit("Mul", {name, call.to.scalar(factor, type)});
}

// Both numbers, so the result is one in the shape {1}.
bool is_of_numbers(const Call& call) {
  const auto inputs = call.node()->inputs();
  return std::any_of(inputs.begin(), inputs.end(), [&](const Value* one) { return call.to.is_number(one); }) &&
         std::all_of(inputs.begin(), inputs.end(),
                     [&](const Value* one) { return call.to.is_number(one) || !call.to.facts(one).varies; }) &&
         (!call.to.facts(call.node()->output()).tensor || call.rank(call.node()->output()) == 0);
}

// Operands of arithmetic in the result's type; as numbers, if all are.
struct Operands {
  std::string left;
  std::string right;
  c10::ScalarType type = c10::ScalarType::Float;
  bool numbers = false;
};

Operands operands_of(const Call& call, const Value* left, const Value* right) {
  Operands found;
  found.numbers = is_of_numbers(call);
  const Value* out = call.node()->output();
  found.type = call.to.facts(out).tensor ? call.result().type : call.to.type_of_number(out);
  const auto name = [&](const Value* value) {
    return found.numbers ? call.to.number_name(value, found.type) : call.operand(value, found.type);
  };
  found.left = name(left);
  found.right = name(right);
  return found;
}

void returns(Call& call, const Operands& operands, const std::string& name) {
  if (operands.numbers)
    call.to.set_number(call.node()->output(), name);
  else
    call.returns(name);
}

Translate arithmetic(const char* operation, bool turned = false) {
  return [operation, turned](Call& call) {
    const Value* left = turned ? other_of(call) : call.value({"self", "a"});
    const Value* right = turned ? call.self() : call.value({"other", "exponent", "b"});
    Operands both = operands_of(call, left, right);
    both.right = times(call, both.right, call.real("alpha", 1), both.type);
    returns(call, both, call.to.emit(operation, {both.left, both.right}));
  };
}

// Whole numbers divide as in Python: ONNX's Div rounds towards zero.
std::string floored(const Call& call, const Operands& both) {
  if (c10::isFloatingType(both.type))
    return call.to.emit("Floor", {call.to.emit("Div", {both.left, both.right})});
  const std::string rest = call.to.emit("Mod", {both.left, both.right});
  return call.to.emit("Div", {call.to.emit("Sub", {both.left, rest}), both.right});
}

void floor_divide(Call& call) {
  const Operands both = operands_of(call, call.value({"self", "a"}), call.value({"other", "b"}));
  returns(call, both, floored(call, both));
}

void divide(Call& call) {
  const c10::IValue mode = call.known("rounding_mode");
  const Operands both = operands_of(call, call.value({"self", "a"}), call.value({"other", "b"}));
  const std::string rounding = mode.isString() ? mode.toStringRef() : "";
  if (rounding == "floor")
    return returns(call, both, floored(call, both));
  const std::string quotient = call.to.emit("Div", {both.left, both.right});
  if (rounding == "trunc" && c10::isFloatingType(both.type)) {
    const std::string size = call.to.emit("Floor", {call.to.emit("Abs", {quotient})});
    return returns(call, both, call.to.emit("Mul", {call.to.emit("Sign", {quotient}), size}));
  }
  returns(call, both, quotient);
}

void remainder(Call& call) {
  const Operands both = operands_of(call, call.value({"self", "a"}), call.value({"other", "b"}));
  if (!c10::isFloatingType(both.type))
    return returns(call, both, call.to.emit("Mod", {both.left, both.right}));
  const std::string whole = call.to.emit("Mul", {floored(call, both), both.right});
  returns(call, both, call.to.emit("Sub", {both.left, whole}));
}

Translate comparison(const char* operation, bool negated = false) {
  return [operation, negated](Call& call) {
    const Value* left = call.value({"self", "a"});
    const Value* right = call.value({"other", "b"});
    const auto type = common_type(call, left, right);
    const std::string name = call.to.emit(operation, {call.operand(left, type), call.operand(right, type)});
    call.returns(negated ? call.to.emit("Not", {name}) : name);
  };
}

Translate logic(const char* operation) {
  return [operation](Call& call) {
    if (call.result().type != at::kBool)
      throw Unsupported("of whole numbers");
    call.returns(call.to.emit(
        operation, {call.operand(call.value({"self"}), at::kBool), call.operand(call.value({"other"}), at::kBool)}));
  };
}

void negation(Call& call) {
  if (call.result().type != at::kBool)
    throw Unsupported("of whole numbers");
  call.returns(call.to.emit("Not", {call.operand(call.self(), at::kBool)}));
}

void rsqrt(Call& call) {
  call.returns(call.to.emit("Reciprocal", {call.to.emit("Sqrt", {call.operand(call.self(), call.result().type)})}));
}

void square(Call& call) {
  const std::string name = call.to.tensor(call.self());
  call.returns(call.to.emit("Mul", {name, name}));
}

// log(1 + x), exp(x) - 1, log2(x), ...
void log1p(Call& call) {
  const auto type = call.result().type;
  call.returns(call.to.emit("Log", {call.to.emit("Add", {call.operand(call.self(), type), call.to.scalar(1, type)})}));
}
void expm1(Call& call) {
  const auto type = call.result().type;
  call.returns(call.to.emit("Sub", {call.to.emit("Exp", {call.operand(call.self(), type)}), call.to.scalar(1, type)}));
}
void log2(Call& call) {
  const auto type = call.result().type;
  call.returns(call.to.emit(
      "Div", {call.to.emit("Log", {call.operand(call.self(), type)}), call.to.scalar(std::numbers::ln2, type)}));
}

// Limits are numbers or tensors.
std::string limited(const Call& call, const std::string& name, const Value* least, const Value* most) {
  const auto type = call.result().type;
  const auto is_scalar = [&](const Value* limit) {
    return limit == nullptr || !call.to.facts(limit).tensor || call.rank(limit) == 0;
  };
  if (is_scalar(least) && is_scalar(most))
    return call.to.emit("Clip", {name, least == nullptr ? "" : call.operand(least, type),
                                 most == nullptr ? "" : call.operand(most, type)});
  const std::string above = least == nullptr ? name : call.to.emit("Max", {name, call.operand(least, type)});
  return most == nullptr ? above : call.to.emit("Min", {above, call.operand(most, type)});
}

void clamp(Call& call) {
  call.returns(limited(call, call.operand(call.self(), call.result().type), call.find({"min", "min_val"}),
                       call.find({"max", "max_val"})));
}

void relu6(Call& call) {
  const auto type = call.result().type;
  call.returns(call.to.emit("Clip", {call.to.tensor(call.self()), call.to.scalar(0, type), call.to.scalar(6, type)}));
}

void prelu(Call& call) {
  const Value* images = call.self();
  const Value* weight = call.value({"weight"});
  std::string slope = call.to.tensor(weight);
  Ints axes;
  for (std::int64_t i = 2; i < call.rank(images); ++i)
    axes.push_back(i - 1);
  if (call.rank(weight) == 1 && !axes.empty() && call.sizes(weight)[0] != 1)
    slope = call.to.emit("Unsqueeze", {slope, call.to.constant(axes)});
  call.returns(call.to.emit("PRelu", {call.to.tensor(images), slope}));
}

// PyTorch's selu is an elu with three factors; ONNX has them as one operation for each of its uses.
void elu(Call& call) {
  const double scale = call.real("scale", 1);
  const double input_scale = call.real("input_scale", 1);
  const auto type = call.result().type;
  const std::string name = times(call, call.to.tensor(call.self()), input_scale, type);
  if (input_scale != 1)
    throw Unsupported("with a factor on its input");
  call.returns(times(call, call.to.emit("Elu", {name}, {{"alpha", call.real("alpha", 1)}}), scale, type));
}

// By definition: max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
void celu(Call& call) {
  const double alpha = call.real("alpha", 1);
  const auto type = call.result().type;
  const std::string name = times(call, call.to.tensor(call.self()), 1 / alpha, type);
  call.returns(times(call, call.to.emit("Elu", {name}, {{"alpha", 1.0}}), alpha, type));
}

void gelu(Call& call) {
  Translation& to = call.to;
  const auto type = call.result().type;
  const auto number = [&](double value) { return to.scalar(value, type); };
  const std::string x = to.tensor(call.self());
  const c10::IValue approximate = call.known("approximate");
  std::string inner;
  if (approximate.isString() && approximate.toStringRef() == "tanh") {
    const std::string cube = to.emit("Mul", {to.emit("Mul", {x, x}), x});
    const std::string sum = to.emit("Add", {x, to.emit("Mul", {cube, number(0.044715)})});
    inner = to.emit("Tanh", {to.emit("Mul", {sum, number(std::sqrt(2 / std::numbers::pi))})});
  } else {
    inner = to.emit("Erf", {to.emit("Div", {x, number(std::numbers::sqrt2)})});
  }
  call.returns(to.emit("Mul", {to.emit("Mul", {x, to.emit("Add", {inner, number(1)})}), number(0.5)}));
}

void silu(Call& call) {
  const std::string x = call.to.tensor(call.self());
  call.returns(call.to.emit("Mul", {x, call.to.emit("Sigmoid", {x})}));
}

void mish(Call& call) {
  const std::string x = call.to.tensor(call.self());
  call.returns(call.to.emit("Mul", {x, call.to.emit("Tanh", {call.to.emit("Softplus", {x})})}));
}

// Above the threshold PyTorch returns x, of which softplus differs by less than float32 can tell.
void softplus(Call& call) {
  const double beta = call.real("beta", 1);
  const auto type = call.result().type;
  if (beta * call.real("threshold", 20) < 16)
    throw Unsupported("with a low threshold");
  const std::string name = times(call, call.to.tensor(call.self()), beta, type);
  call.returns(times(call, call.to.emit("Softplus", {name}), 1 / beta, type));
}

void log_sigmoid(Call& call) {
  call.returns(call.to.emit("Log", {call.to.emit("Sigmoid", {call.to.tensor(call.self())})}));
}

Translate softmax(const char* operation) {
  return [operation](Call& call) {
    call.returns(call.to.emit(operation, {call.operand(call.self(), call.result().type)},
                              {{"axis", call.dimension(call.integer("dim", -1), call.rank(call.self()))}}));
  };
}

void glu(Call& call) {
  const auto halves = call.to.emit_many(
      "Split", {call.to.tensor(call.self())}, 2,
      {{"axis", call.dimension(call.integer("dim", -1), call.rank(call.self()))}, {"num_outputs", std::int64_t{2}}});
  call.returns(call.to.emit("Mul", {halves[0], call.to.emit("Sigmoid", {halves[1]})}));
}

// Means, sums and extremes over some dimensions.
std::string reduced(const Call& call, const char* operation, const std::string& name, const Ints& dimensions,
                    bool keep) {
  const Attributes attributes{{"keepdims", std::int64_t{keep}}};
  return call.to.emit(operation, {name, call.to.constant(dimensions)}, attributes);
}

Translate reduction(const char* operation) {
  return [operation](Call& call) {
    call.returns(reduced(call, operation, call.operand(call.self(), call.result().type), call.dimensions("dim"),
                         call.flag("keepdim", false)));
  };
}

void norm(Call& call) {
  const double power = call.has("p") ? call.real("p", 2) : call.real("ord", 2);
  if (power != 1 && power != 2)
    throw Unsupported("of an order other than 1 and 2");
  reduction(power == 1 ? "ReduceL1" : "ReduceL2")(call);
}

// The element with the largest value, or both, or of two tensors.
Translate extreme(const char* reduce, const char* argument, const char* pair) {
  return [=](Call& call) {
    const auto type = call.result().type;
    if (const Value* other = call.find({"other"}))
      return call.returns(call.to.emit(pair, {call.operand(call.self(), type), call.operand(other, type)}));
    const std::string name = call.to.tensor(call.self());
    const bool keep = call.flag("keepdim", false);
    if (!call.has("dim"))
      return call.returns(reduced(call, reduce, name, call.dimensions("dim"), false));
    call.returns(reduced(call, reduce, name, call.dimensions("dim"), keep));
    if (call.node()->outputs().size() == 2 && call.node()->output(1)->hasUses())
      call.returns(
          call.to.emit(argument, {name}, {{"axis", call.dimensions("dim")[0]}, {"keepdims", std::int64_t{keep}}}), 1);
  };
}

Translate place_of(const char* operation) {
  return [operation](Call& call) {
    std::string name = call.to.tensor(call.self());
    const bool all = !call.has("dim");
    if (all)
      name = call.to.emit("Reshape", {name, call.to.constant(Ints{-1})});
    const std::int64_t axis = all ? 0 : call.dimensions("dim")[0];
    const bool keep = !all && call.flag("keepdim", false);
    call.returns(call.to.emit(operation, {name}, {{"axis", axis}, {"keepdims", std::int64_t{keep}}}));
  };
}

// The mean of squared distances from the mean, of n - correction values.
std::string variance(Call& call, std::string& mean) {
  Translation& to = call.to;
  const Value* of = call.self();
  const std::string name = to.tensor(of);
  const Ints dimensions = call.dimensions("dim");
  const auto type = call.result().type;
  const double correction = call.has("correction") ? call.real("correction", 1) : (call.flag("unbiased", true) ? 1 : 0);
  const std::string kept = reduced(call, "ReduceMean", name, dimensions, true);
  mean = kept;
  const std::string distance = to.emit("Sub", {name, kept});
  const bool keep = call.flag("keepdim", false);
  const std::string squares = reduced(call, "ReduceMean", to.emit("Mul", {distance, distance}), dimensions, keep);
  if (correction == 0)
    return squares;
  std::string count;
  double known = 1;
  for (const std::int64_t dimension : dimensions) {
    const Number side = to.side(call.facts(of), name, static_cast<std::size_t>(dimension));
    if (side.known)
      known *= static_cast<double>(*side.known);
    else
      count = count.empty() ? side.name : to.emit("Mul", {count, side.name});
  }
  if (count.empty())
    return times(call, squares, known / (known - correction), type);
  const std::string n = to.emit(
      "Mul", {to.cast(to.emit("Squeeze", {count, to.constant(Ints{0})}), at::kLong, type), to.scalar(known, type)});
  return to.emit("Div", {to.emit("Mul", {squares, n}), to.emit("Sub", {n, to.scalar(correction, type)})});
}

void var(Call& call) {
  std::string mean;
  call.returns(variance(call, mean));
}

void standard_deviation(Call& call) {
  std::string mean;
  call.returns(call.to.emit("Sqrt", {variance(call, mean)}));
}

void var_mean(Call& call) {
  std::string mean;
  std::string var = variance(call, mean);
  if (!call.flag("keepdim", false))
    mean = call.to.emit("Squeeze", {mean, call.to.constant(call.dimensions("dim"))});
  if (call.kind() == "std_mean")
    var = call.to.emit("Sqrt", {var});
  call.returns(var);
  call.returns(mean, 1);
}

void cumulative_sum(Call& call) {
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  call.returns(call.to.emit("CumSum", {call.operand(call.self(), call.result().type),
                                       call.to.scalar(static_cast<double>(dimension), at::kLong)}));
}

void where(Call& call) {
  const auto type = call.result().type;
  call.returns(
      call.to.emit("Where", {call.operand(call.value({"condition"}), at::kBool),
                             call.operand(call.value({"self"}), type), call.operand(call.value({"other"}), type)}));
}

void masked_fill(Call& call) {
  const auto type = call.result().type;
  call.returns(call.to.emit("Where", {call.operand(call.value({"mask"}), at::kBool),
                                      call.operand(call.value({"value"}), type), call.operand(call.self(), type)}));
}

Translate with_two_tensors(const char* operation) {
  return [operation](Call& call) {
    const auto type = call.result().type;
    const std::string both = call.to.emit(
        operation, {call.operand(call.value({"tensor1"}), type), call.operand(call.value({"tensor2"}), type)});
    call.returns(call.to.emit(
        "Add", {call.operand(call.value({"self"}), type), times(call, both, call.real("value", 1), type)}));
  };
}

} // namespace

void add_elementwise(Operations& operations) {
  const std::pair<const char*, const char*> unary[] = {{"relu", "Relu"},
                                                       {"sigmoid", "Sigmoid"},
                                                       {"tanh", "Tanh"},
                                                       {"sqrt", "Sqrt"},
                                                       {"exp", "Exp"},
                                                       {"log", "Log"},
                                                       {"abs", "Abs"},
                                                       {"erf", "Erf"},
                                                       {"sin", "Sin"},
                                                       {"cos", "Cos"},
                                                       {"tan", "Tan"},
                                                       {"atan", "Atan"},
                                                       {"asin", "Asin"},
                                                       {"acos", "Acos"},
                                                       {"sinh", "Sinh"},
                                                       {"cosh", "Cosh"},
                                                       {"round", "Round"},
                                                       {"sign", "Sign"},
                                                       {"selu", "Selu"},
                                                       {"reciprocal", "Reciprocal"},
                                                       {"hardswish", "HardSwish"},
                                                       {"softsign", "Softsign"}};
  for (const auto& [kind, operation] : unary)
    operations[std::string("aten::") + kind] = same(operation);
  operations["aten::isnan"] = alike("IsNaN", {});
  operations["aten::hardsigmoid"] = alike("HardSigmoid", {{"alpha", 1.0 / 6}, {"beta", 0.5}});
  operations["aten::leaky_relu"] = with_number("LeakyRelu", "negative_slope", "alpha", 0.01);
  operations["aten::rsqrt"] = rsqrt;
  operations["aten::square"] = square;
  operations["aten::log1p"] = log1p;
  operations["aten::expm1"] = expm1;
  operations["aten::log2"] = log2;
  for (const char* kind : {"aten::clamp", "aten::clip", "aten::clamp_min", "aten::clamp_max", "aten::hardtanh"})
    operations[kind] = clamp;
  operations["aten::relu6"] = relu6;
  operations["aten::prelu"] = prelu;
  operations["aten::_prelu_kernel"] = prelu;
  operations["aten::elu"] = elu;
  operations["aten::celu"] = celu;
  operations["aten::gelu"] = gelu;
  operations["aten::silu"] = silu;
  operations["aten::mish"] = mish;
  operations["aten::softplus"] = softplus;
  operations["aten::log_sigmoid"] = log_sigmoid;
  operations["aten::glu"] = glu;
  for (const char* kind : {"aten::softmax", "aten::_softmax"})
    operations[kind] = softmax("Softmax");
  for (const char* kind : {"aten::log_softmax", "aten::_log_softmax"})
    operations[kind] = softmax("LogSoftmax");

  operations["aten::add"] = arithmetic("Add");
  operations["aten::sub"] = arithmetic("Sub");
  operations["aten::rsub"] = [](Call& call) {
    const auto type = call.result().type;
    const std::string self = times(call, call.operand(call.self(), type), call.real("alpha", 1), type);
    call.returns(call.to.emit("Sub", {call.operand(other_of(call), type), self}));
  };
  operations["aten::mul"] = arithmetic("Mul");
  operations["aten::multiply"] = arithmetic("Mul");
  operations["aten::pow"] = arithmetic("Pow");
  for (const char* kind : {"aten::div", "aten::divide", "aten::true_divide"})
    operations[kind] = divide;
  for (const char* kind : {"aten::floordiv", "aten::floor_divide", "aten::__floordiv__"})
    operations[kind] = floor_divide;
  operations["aten::remainder"] = remainder;
  operations["aten::maximum"] = arithmetic("Max");
  operations["aten::minimum"] = arithmetic("Min");
  operations["prim::max"] = arithmetic("Max");
  operations["prim::min"] = arithmetic("Min");
  operations["aten::addcmul"] = with_two_tensors("Mul");
  operations["aten::addcdiv"] = with_two_tensors("Div");

  operations["aten::eq"] = comparison("Equal");
  operations["aten::ne"] = comparison("Equal", true);
  operations["aten::lt"] = comparison("Less");
  operations["aten::le"] = comparison("LessOrEqual");
  operations["aten::gt"] = comparison("Greater");
  operations["aten::ge"] = comparison("GreaterOrEqual");
  for (const char* kind : {"aten::logical_and", "aten::__and__", "aten::bitwise_and"})
    operations[kind] = logic("And");
  for (const char* kind : {"aten::logical_or", "aten::__or__", "aten::bitwise_or"})
    operations[kind] = logic("Or");
  for (const char* kind : {"aten::logical_xor", "aten::__xor__", "aten::bitwise_xor"})
    operations[kind] = logic("Xor");
  for (const char* kind : {"aten::logical_not", "aten::bitwise_not"})
    operations[kind] = negation;
  operations["aten::where"] = where;
  operations["aten::masked_fill"] = masked_fill;

  operations["aten::mean"] = reduction("ReduceMean");
  operations["aten::sum"] = reduction("ReduceSum");
  operations["aten::prod"] = reduction("ReduceProd");
  operations["aten::amax"] = reduction("ReduceMax");
  operations["aten::amin"] = reduction("ReduceMin");
  operations["aten::logsumexp"] = reduction("ReduceLogSumExp");
  for (const char* kind : {"aten::norm", "aten::linalg_vector_norm", "aten::frobenius_norm"})
    operations[kind] = norm;
  operations["aten::max"] = extreme("ReduceMax", "ArgMax", "Max");
  operations["aten::min"] = extreme("ReduceMin", "ArgMin", "Min");
  operations["aten::argmax"] = place_of("ArgMax");
  operations["aten::argmin"] = place_of("ArgMin");
  operations["aten::var"] = var;
  operations["aten::std"] = standard_deviation;
  operations["aten::var_mean"] = var_mean;
  operations["aten::std_mean"] = var_mean;
  operations["aten::cumsum"] = cumulative_sum;
}

} // namespace scalescope::to_onnx
