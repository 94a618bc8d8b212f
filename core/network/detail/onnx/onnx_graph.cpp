#include "core/network/detail/onnx/onnx_graph.h"

#include "core/base/text.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/loading/unknown_operations.h"

#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace scalescope {

using namespace torch::jit;

namespace {

// More elements are no shape.
constexpr std::int64_t most_numbers = 64;

bool may_be_numbers(const at::Tensor& constant) {
  return constant.defined() && constant.dim() <= 1 && constant.numel() <= most_numbers;
}

c10::IValue element(const at::Tensor& flat, std::int64_t i) {
  const at::Scalar number = flat[i].item();
  if (number.isBoolean())
    return number.toBool();
  return number.isFloatingPoint() ? c10::IValue(number.toDouble()) : c10::IValue(number.toLong());
}

double real(const c10::IValue& number) {
  return number.isInt()    ? static_cast<double>(number.toInt())
         : number.isBool() ? static_cast<double>(number.toBool())
                           : number.toDouble();
}

bool is_name(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0)
    return false;
  bool empty = true; // part
  for (const unsigned char c : name) {
    if (c == '.' ? empty : std::isalnum(c) == 0 && c != '_')
      return false;
    empty = c == '.';
  }
  return !empty;
}

// "val_70": what PyTorch's exporter calls a tensor that it computed.
bool is_number_of_value(const std::string& name) {
  return name.starts_with("val_") &&
         std::all_of(name.begin() + 4, name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The result of a calculation with known numbers; none if it is not known here.
std::optional<c10::IValue> calculated(const std::string& name, const c10::IValue& a,
                                      const std::optional<c10::IValue>& b) {
  const double x = real(a);
  if (!b) {
    if (name == "neg")
      return a.isInt() ? c10::IValue(-a.toInt()) : c10::IValue(-x);
    if (name == "abs")
      return a.isInt() ? c10::IValue(std::abs(a.toInt())) : c10::IValue(std::abs(x));
    if (name == "sqrt")
      return std::sqrt(x);
    if (name == "floor")
      return std::floor(x);
    if (name == "ceil")
      return std::ceil(x);
    if (name == "round")
      return std::nearbyint(x);
    if (name == "float")
      return x;
    if (name == "int" && std::isfinite(x) && std::abs(x) < 9e18)
      return a.isInt() ? a.toInt() : static_cast<std::int64_t>(x);
    if (name == "bool")
      return x != 0;
    if (name == "not")
      return x == 0;
    return std::nullopt;
  }
  const double y = real(*b);
  if (name == "eq")
    return x == y;
  if (name == "ne")
    return x != y;
  if (name == "lt")
    return x < y;
  if (name == "le")
    return x <= y;
  if (name == "gt")
    return x > y;
  if (name == "ge")
    return x >= y;
  if (name == "and")
    return x != 0 && y != 0;
  if (name == "or")
    return x != 0 || y != 0;
  if (a.isInt() && b->isInt()) {
    const std::int64_t i = a.toInt();
    const std::int64_t k = b->toInt();
    std::int64_t result = 0;
    if (name == "min" || name == "max")
      return name == "min" ? std::min(i, k) : std::max(i, k);
    if ((name == "div" || name == "mod") && k != 0 && k != -1)
      return name == "div" ? i / k : ((i % k) + k) % k;
    if (name == "add" && !__builtin_add_overflow(i, k, &result))
      return result;
    if (name == "sub" && !__builtin_sub_overflow(i, k, &result))
      return result;
    if (name == "mul" && !__builtin_mul_overflow(i, k, &result))
      return result;
    return std::nullopt;
  }
  if (name == "add")
    return x + y;
  if (name == "sub")
    return x - y;
  if (name == "mul")
    return x * y;
  if (name == "div")
    return x / y;
  if (name == "min" || name == "max")
    return name == "min" ? std::min(x, y) : std::max(x, y);
  if (name == "pow")
    return std::pow(x, y);
  return std::nullopt;
}

} // namespace

std::optional<std::int64_t> known_int(const Value* number) {
  const auto value = toIValue(number);
  if (!value || !(value->isInt() || value->isBool()))
    return std::nullopt;
  return value->isInt() ? value->toInt() : static_cast<std::int64_t>(value->toBool());
}

std::vector<std::int64_t> broadcast(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::vector<std::int64_t> both(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < both.size(); ++i) { // from the last
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    both[both.size() - 1 - i] = x == 1 ? y : y == 1 ? x : std::max(x, y);
  }
  return both;
}

Value* OnnxParameters::get(const OnnxValue& value, const at::Tensor& tensor, const std::string& form,
                           const std::string& module, const std::string& role, bool is_buffer) {
  Value*& known = known_[value.initializer + "\n" + form];
  if (known != nullptr)
    return known;
  const std::string& own = value.initializer;
  const bool dotted = own.find('.') != std::string::npos;
  const bool ends_as_python = own.ends_with(".weight") || own.ends_with(".bias") || own.ends_with(".running_mean") ||
                              own.ends_with(".running_var");
  std::string name = module.empty() ? role : module + "." + role;
  if (is_name(own) && !is_number_of_value(own) && (ends_as_python || (named_by_python_ && (dotted || own.size() > 3))))
    name = own;
  if (name.ends_with(".weight_bias")) // PyTorch's exporter made it from a batch norm
    name = name.substr(0, name.size() - 11) + "bias";
  const std::string first = name;
  for (int i = 2; built_.contains(name); ++i)
    name = fmt::format("{}_{}", first, i);
  return known = built_.tensor(name, tensor, is_buffer);
}

OnnxOperation::OnnxOperation(const onnx::NodeProto& of_node, std::int64_t of_version,
                             std::vector<const OnnxValue*> inputs, std::string in_layer, ModuleGraph& built,
                             OnnxParameters& parameters,
                             std::function<at::Tensor(const onnx::TensorProto&)> read_tensor)
    : node(of_node), version(of_version), layer(std::move(in_layer)), inputs_(std::move(inputs)), built_(built),
      parameters_(parameters), read_tensor_(std::move(read_tensor)) {}

void OnnxOperation::refuse(const std::string& what) const {
  throw UnknownOperation(printable(node.op_type()) + ", which " + what, layer);
}

const OnnxValue& OnnxOperation::in(std::size_t i) const {
  if (!has(i))
    throw damaged(fmt::format("its operation {} {} has too few inputs", printable(node.op_type()), in_layer(layer)));
  return *inputs_[i];
}

Value* OnnxOperation::tensor(std::size_t i, const std::string& role, bool is_buffer) {
  const OnnxValue& value = in(i);
  if (value.tensor != nullptr)
    return value.tensor;
  if (value.constant.defined()) {
    // Some exporters write weights as constants; but constants of sums and products are none.
    static const std::set<std::string> with_weights = {"Conv",
                                                       "ConvTranspose",
                                                       "Gemm",
                                                       "MatMul",
                                                       "BatchNormalization",
                                                       "InstanceNormalization",
                                                       "LayerNormalization",
                                                       "GroupNormalization",
                                                       "RMSNormalization",
                                                       "PRelu"};
    const bool is_parameter = !value.initializer.empty() && value.constant.is_floating_point() &&
                              (value.constant.dim() > 0 || role == "weight") &&
                              (!value.of_node || with_weights.contains(node.op_type()));
    return is_parameter ? parameters_.get(value, value.constant, "", layer, role, is_buffer) : constant(value.constant);
  }
  std::vector<Value*> tensors;
  bool all_known = true;
  for (const Value* number : value.numbers)
    all_known = all_known && toIValue(number).has_value();
  if (all_known) {
    at::Tensor made = at::empty({static_cast<std::int64_t>(value.numbers.size())}, at::kDouble);
    if (value.type == at::kLong || value.type == at::kInt)
      made = made.to(at::kLong);
    for (std::size_t k = 0; k < value.numbers.size(); ++k) {
      const c10::IValue number = *toIValue(value.numbers[k]);
      if (number.isInt())
        made[static_cast<std::int64_t>(k)].fill_(number.toInt());
      else
        made[static_cast<std::int64_t>(k)].fill_(real(number));
    }
    return constant(made.to(value.type).reshape(value.dims));
  }
  for (Value* number : value.numbers) {
    Node* made = graph().insertNode(graph().create(prim::NumToTensor, {number}));
    made->output()->setType(TensorType::get());
    tensors.push_back(op("to", {made->output(), static_cast<std::int64_t>(value.type), false, false}));
  }
  return value.dims.empty() ? tensors[0] : op("stack", {list_of(tensors, true), 0});
}

Value* OnnxOperation::parameter(std::size_t i, const at::Tensor& changed, const std::string& role) {
  const OnnxValue& value = in(i);
  return value.initializer.empty() ? constant(changed) : parameters_.get(value, changed, "changed", layer, role);
}

bool OnnxOperation::can_be_numbers(std::size_t i) const {
  return has(i) && (in(i).is_numbers || (in(i).tensor == nullptr && may_be_numbers(in(i).constant)));
}

std::vector<Value*> OnnxOperation::numbers(std::size_t i) {
  const OnnxValue& value = in(i);
  if (value.is_numbers)
    return value.numbers;
  if (!may_be_numbers(value.constant))
    refuse("takes a shape that is computed from the images");
  std::vector<Value*> made;
  const at::Tensor flat = value.constant.flatten();
  for (std::int64_t k = 0; k < flat.numel(); ++k)
    made.push_back(constant(element(flat, k)));
  return made;
}

std::optional<std::vector<std::int64_t>> OnnxOperation::known(std::size_t i) const {
  const OnnxValue& value = in(i);
  std::vector<std::int64_t> ints;
  if (value.is_numbers) {
    for (const Value* number : value.numbers)
      if (const auto one = known_int(number))
        ints.push_back(*one);
      else
        return std::nullopt;
    return ints;
  }
  if (!value.constant.defined() || value.constant.is_floating_point())
    return std::nullopt;
  const at::Tensor flat = value.constant.flatten().to(at::kLong).contiguous();
  return std::vector<std::int64_t>(flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel());
}

std::vector<std::int64_t> OnnxOperation::ints(std::size_t i, const std::string& what) const {
  if (auto all = known(i))
    return *std::move(all);
  refuse("computes its " + what + " while it runs");
}

std::optional<double> OnnxOperation::known_number(std::size_t i) const {
  const OnnxValue& value = in(i);
  if (value.constant.defined() && value.constant.numel() == 1)
    return value.constant.to(at::kDouble).item<double>();
  if (value.is_numbers && value.numbers.size() == 1)
    if (const auto number = toIValue(value.numbers[0]))
      return real(*number);
  return std::nullopt;
}

const onnx::AttributeProto* OnnxOperation::find(const std::string& attribute) const {
  asked_.insert(attribute);
  for (const auto& one : node.attribute())
    if (one.name() == attribute)
      return &one;
  return nullptr;
}

void OnnxOperation::check_attributes() const {
  // Only of interest in training, or for results that are not read.
  static const std::set<std::string> of_no_matter = {"momentum",   "ratio",           "seed",
                                                     "is_test",    "consumed_inputs", "saturate",
                                                     "stash_type", "storage_order",   "round_mode"};
  for (const auto& one : node.attribute())
    if (!asked_.contains(one.name()) && !of_no_matter.contains(one.name()))
      refuse("has the attribute '" + printable(one.name()) + "'");
}

std::int64_t OnnxOperation::get(const std::string& attribute, std::int64_t otherwise) const {
  const auto* found = find(attribute);
  return found != nullptr ? found->i() : otherwise;
}

double OnnxOperation::get(const std::string& attribute, double otherwise) const {
  const auto* found = find(attribute);
  return found != nullptr ? static_cast<double>(found->f()) : otherwise;
}

std::string OnnxOperation::get(const std::string& attribute, const std::string& otherwise) const {
  const auto* found = find(attribute);
  return found != nullptr ? found->s() : otherwise;
}

std::vector<std::int64_t> OnnxOperation::list(const std::string& attribute,
                                              const std::vector<std::int64_t>& otherwise) const {
  const auto* found = find(attribute);
  return found != nullptr ? std::vector<std::int64_t>(found->ints().begin(), found->ints().end()) : otherwise;
}

std::vector<double> OnnxOperation::floats(const std::string& attribute) const {
  const auto* found = find(attribute);
  return found != nullptr ? std::vector<double>(found->floats().begin(), found->floats().end()) : std::vector<double>{};
}

at::Tensor OnnxOperation::tensor_attribute(const std::string& attribute) const {
  const auto* found = find(attribute);
  return found != nullptr ? read_tensor_(found->t()) : at::Tensor();
}

std::optional<std::vector<std::int64_t>> OnnxOperation::axes(std::int64_t since, std::size_t input) const {
  if (version < since || has("axes"))
    return has("axes") ? std::optional(list("axes", {})) : std::nullopt;
  return has(input) ? std::optional(ints(input, "axes")) : std::nullopt;
}

std::int64_t OnnxOperation::axis(std::int64_t given, std::int64_t rank) const {
  if (given < -rank || given >= rank)
    throw damaged(fmt::format("its operation {} in the layer '{}' names a dimension that its input does not have",
                              printable(node.op_type()), printable(layer)));
  return given < 0 ? given + rank : given;
}

Value* OnnxOperation::op(const char* name, const std::vector<NamedValue>& arguments,
                         const std::vector<NamedValue>& named) {
  try {
    return graph().insert(Symbol::aten(name), arguments, named);
  } catch (const std::exception&) {
    throw UnknownOperation(
        fmt::format("{}, used in a way that {} does not know", printable(node.op_type()), libtorch_version()), layer);
  }
}

Value* OnnxOperation::constant(const c10::IValue& value) { return graph().insertConstant(value); }

Value* OnnxOperation::list_of(const std::vector<Value*>& elements, bool tensors) {
  if (!tensors) { // at once, where it is known
    std::vector<std::int64_t> ints;
    for (const Value* element : elements)
      if (const auto known = known_int(element))
        ints.push_back(*known);
    if (ints.size() == elements.size())
      return constant(ints);
  }
  const TypePtr type = tensors ? TypePtr(TensorType::get()) : TypePtr(IntType::get());
  return graph().insertNode(graph().createList(type, elements))->output();
}

Value* OnnxOperation::size(std::size_t i, std::int64_t dimension) {
  const OnnxValue& value = in(i);
  const std::int64_t length = value.dims.at(static_cast<std::size_t>(axis(dimension, value.rank())));
  return length >= 0 ? constant(length) : op("size", {tensor(i), axis(dimension, value.rank())});
}

Value* OnnxOperation::calculate(const std::string& name, Value* a, Value* b) {
  const auto x = toIValue(a);
  const auto y = b != nullptr ? toIValue(b) : decltype(x)(); // a std::optional would hold None here
  if (x && (b == nullptr || y))
    if (const auto result = calculated(name, *x, b != nullptr ? std::optional<c10::IValue>(*y) : std::nullopt))
      return constant(*result);
  const bool ints = a->type() == IntType::get() && (b == nullptr || b->type() == IntType::get());
  if (name == "eq" && y && y->isInt() && y->toInt() < 0 && a->node()->kind() == aten::size)
    return constant(false);
  if (name == "mul" && y && real(*y) == 1 && ints)
    return a;
  try {
    if (name == "min" || name == "max" || name == "abs")
      return graph().insert(Symbol::prim(name),
                            b != nullptr ? std::vector<NamedValue>{a, b} : std::vector<NamedValue>{a});
    if (name == "int")
      return ints ? a : graph().insert(aten::Int, {a});
    if (name == "float")
      return a->type() == FloatType::get() ? a
             : ints                        ? graph().insert(aten::mul, {a, 1.0}) // OpenVINO has no aten::Float
                                           : graph().insert(aten::Float, {a});
    if (name == "bool")
      return graph().insert(aten::Bool, {a});
    if (name == "floor" || name == "ceil")
      return ints ? a : graph().insert(aten::mul, {graph().insert(Symbol::aten(name), {a}), 1.0});
    if (name == "div" && ints)
      return graph().insert(aten::floordiv, {a, b});
    if (name == "mod")
      return graph().insert(aten::remainder, {a, b});
    if (name == "and" || name == "or" || name == "not" || name == "round")
      refuse("computes a shape in a way that can't be followed");
    return graph().insert(Symbol::aten(name),
                          b != nullptr ? std::vector<NamedValue>{a, b} : std::vector<NamedValue>{a});
  } catch (const Unreadable&) {
    throw;
  } catch (const std::exception&) {
    refuse("computes a shape in a way that can't be followed");
  }
}

void OnnxOperation::give(Value* tensor, std::vector<std::int64_t> dims, c10::ScalarType type) {
  OnnxValue value;
  value.tensor = tensor;
  value.dims = std::move(dims);
  value.type = type;
  results.push_back(std::move(value));
}

void OnnxOperation::give_like(Value* tensor) { give(tensor, in(0).dims, in(0).type); }

void OnnxOperation::give_numbers(std::vector<Value*> numbers, bool is_list, c10::ScalarType type) {
  OnnxValue value;
  value.is_numbers = true;
  if (is_list)
    value.dims = {static_cast<std::int64_t>(numbers.size())};
  value.numbers = std::move(numbers);
  value.type = type;
  results.push_back(std::move(value));
}

bool calculate_numbers(OnnxOperation& op) {
  static const std::map<std::string, std::string> two = {
      {"Add", "add"}, {"Sub", "sub"},    {"Mul", "mul"},           {"Div", "div"}, {"Mod", "mod"},
      {"Min", "min"}, {"Max", "max"},    {"Equal", "eq"},          {"Less", "lt"}, {"LessOrEqual", "le"},
      {"Pow", "pow"}, {"Greater", "gt"}, {"GreaterOrEqual", "ge"}, {"And", "and"}, {"Or", "or"}};
  static const std::map<std::string, std::string> one = {{"Neg", "neg"},     {"Abs", "abs"},   {"Sqrt", "sqrt"},
                                                         {"Floor", "floor"}, {"Ceil", "ceil"}, {"Round", "round"},
                                                         {"Not", "not"}};
  const std::string& type = op.node.op_type();
  const std::size_t operands = two.contains(type) ? 2 : one.contains(type) ? 1 : type == "Where" ? 3 : 0;
  if (operands == 0 || op.input_count() != operands)
    return false;
  std::size_t length = 1;
  bool is_list = false;
  std::vector<std::vector<Value*>> all;
  for (std::size_t i = 0; i < operands; ++i)
    if (!op.can_be_numbers(i))
      return false;
  for (std::size_t i = 0; i < operands; ++i) {
    all.push_back(op.numbers(i));
    if (all.back().size() != 1)
      length = all.back().size();
    is_list = is_list || op.in(i).rank() == 1;
  }
  for (const auto& numbers : all)
    if (numbers.size() != 1 && numbers.size() != length)
      throw damaged("it computes with two shapes of other lengths");
  std::vector<Value*> results;
  const auto at = [&](std::size_t operand, std::size_t i) { return all[operand][all[operand].size() == 1 ? 0 : i]; };
  for (std::size_t i = 0; i < length; ++i) {
    if (operands == 1) {
      results.push_back(op.calculate(one.at(type), at(0, i)));
    } else if (operands == 2) {
      results.push_back(op.calculate(two.at(type), at(0, i), at(1, i)));
    } else if (const auto condition = known_int(at(0, i))) {
      results.push_back(*condition != 0 ? at(1, i) : at(2, i));
    } else {
      Value* is = op.calculate("int", at(0, i));
      Value* is_not = op.calculate("sub", op.constant(std::int64_t{1}), is);
      results.push_back(op.calculate("add", op.calculate("mul", is, at(1, i)), op.calculate("mul", is_not, at(2, i))));
    }
  }
  const c10::ScalarType first = op.in(operands == 3 ? 1 : 0).type;
  const TypePtr made = results.empty() ? nullptr : results[0]->type();
  op.give_numbers(results, is_list,
                  made == BoolType::get()                              ? at::kBool
                  : made == FloatType::get() && !isFloatingType(first) ? at::kFloat
                                                                       : first);
  return true;
}

} // namespace scalescope
