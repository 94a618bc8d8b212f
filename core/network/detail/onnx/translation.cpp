#include "core/network/detail/onnx/translation.h"

#include "core/base/error.h"
#include "core/network/detail/graph/graph_walk.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <numeric>

namespace scalescope::to_onnx {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = torch::jit::prim;

// An input that could not be written: what needs it can't be either, and that is not told again.
struct Missing {};

const Operations& operations() {
  static const Operations all = [] {
    Operations table;
    add_layers(table);
    add_elementwise(table);
    add_rearranging(table);
    add_numbers(table);
    return table;
  }();
  return all;
}

// A tensor that shares a weight's memory, with its dimensions in another order. @return that order.
std::optional<std::vector<std::int64_t>> order_in(const at::Tensor& weight, const at::Tensor& tensor) {
  if (!tensor.has_storage() || !weight.has_storage() || !tensor.storage().is_alias_of(weight.storage()) ||
      tensor.storage_offset() != weight.storage_offset() || tensor.dim() != weight.dim() ||
      tensor.scalar_type() != weight.scalar_type())
    return std::nullopt;
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < tensor.dim(); ++i)
    for (std::int64_t k = 0; k < weight.dim(); ++k)
      if (tensor.size(i) == weight.size(k) && tensor.stride(i) == weight.stride(k) &&
          std::find(order.begin(), order.end(), k) == order.end()) {
        order.push_back(k);
        break;
      }
  if (std::ssize(order) != tensor.dim())
    return std::nullopt;
  return order;
}

} // namespace

Translation::Translation(const FlatGraph& flat, const MeasuredGraph& measured, const OnnxSettings& settings,
                         OnnxModel& model)
    : flat_(flat), measured_(measured), settings_(settings), model_(model) {
  tensors_[flat.graph->inputs()[0]] = settings.input;
}

void Translation::translate() {
  translate(flat_.graph->block());
  if (refusals_.empty())
    return;
  std::vector<std::string> parts;
  for (const auto& [what, where] : refusals_)
    parts.push_back(fmt::format("{} in {}{}", what,
                                where.module.empty() ? "the network itself" : "'" + where.module + "'",
                                where.count > 1 ? fmt::format(" (first of {} times)", where.count) : ""));
  throw Error(
      fmt::format("The network can't be written as ONNX because of {}: {}; prune it at a layer before {}, or "
                  "choose another --format.",
                  parts.size() == 1 ? "an operation that has no counterpart" : "operations that have no counterpart",
                  fmt::join(parts, ", "), parts.size() == 1 ? "it" : "them"));
}

void Translation::translate(const Block* block) {
  for (const Node* node : block->nodes()) {
    if (!measured_.needs(node))
      continue;
    const auto outputs = node->outputs();
    if (std::none_of(outputs.begin(), outputs.end(), [&](const Value* value) { return facts(value).varies; }))
      continue; // constants are written where they are read
    module_ = module_of(node);
    try {
      translate(node);
    } catch (const Missing&) { // told already
    } catch (const Unsupported& e) {
      const std::string kind = node->kind().toUnqualString();
      Refused& refused = refusals_[*e.what() == '\0' ? kind : fmt::format("{} ({})", kind, e.what())];
      if (refused.count++ == 0)
        refused.module = module_;
    }
  }
}

void Translation::translate(const Node* node) {
  if (node->kind() == prim::ListConstruct)
    return; // its readers take its elements
  if (node->kind() == prim::If) {
    const Block* taken = measured_.branch_of(node);
    if (taken == nullptr)
      throw Unsupported("a branch that is decided at run time");
    translate(taken);
    for (std::size_t i = 0; i < node->outputs().size(); ++i) {
      const Value* from = taken->outputs()[i];
      if (numbers_.count(from) != 0)
        numbers_[node->output(i)] = numbers_.at(from);
      else if (lists_.count(from) != 0)
        lists_[node->output(i)] = lists_.at(from);
      else
        tensors_[node->output(i)] = tensor(from);
    }
    return;
  }
  const auto found = operations().find(node->kind().toQualString());
  if (found == operations().end())
    throw Unsupported("");
  Call call(*this, node);
  found->second(call);
  for (const Value* output : node->outputs())
    if (output->hasUses() && facts(output).varies && tensors_.count(output) == 0 && numbers_.count(output) == 0 &&
        lists_.count(output) == 0 &&
        std::any_of(output->uses().begin(), output->uses().end(), [&](const torch::jit::Use& use) {
          return use.user == flat_.graph->return_node() || measured_.needs(use.user);
        }))
      throw Unsupported(fmt::format("its result {}", output->offset() + 1));
}

std::string Translation::tensor(const Value* value, const std::string& argument) {
  if (const auto found = tensors_.find(value); found != tensors_.end())
    return found->second;
  if (const auto found = numbers_.find(value); found != numbers_.end())
    return tensors_[value] = emit("Squeeze", {found->second, constant(Sizes{0})});
  if (facts(value).varies)
    throw Missing{};
  return write_constant(value, argument);
}

// A weight by its name, also where the network turned it around.
std::string Translation::write_constant(const Value* value, const std::string& argument) {
  const c10::IValue& known = facts(value).constant;
  if (known.isDouble())
    return scalar(known.toDouble(), c10::ScalarType::Double);
  if (known.isInt())
    return scalar(static_cast<double>(known.toInt()), c10::ScalarType::Long);
  if (known.isBool())
    return scalar(known.toBool() ? 1 : 0, c10::ScalarType::Bool);
  if (!known.isTensor() || !known.toTensor().defined())
    throw Unsupported("an argument that is no tensor");
  const at::Tensor& tensor = known.toTensor();
  for (const auto& [name, weight] : settings_.weights)
    if (const auto order = order_in(weight, tensor)) {
      const std::string own = join_names(module_, argument);
      const auto expected = std::find_if(settings_.weights.begin(), settings_.weights.end(),
                                         [&](const auto& one) { return one.first == own; });
      if (own != name && expected != settings_.weights.end() &&
          expected->second.scalar_type() == tensor.scalar_type() && expected->second.equal(tensor))
        return model_.tensor(own, expected->second);
      const std::string called = model_.tensor(name, weight);
      return std::is_sorted(order->begin(), order->end()) ? called : transposed(called, *order);
    }
  return constant(tensor);
}

std::vector<std::string> Translation::tensors(const Value* list) {
  if (const auto found = lists_.find(list); found != lists_.end())
    return found->second;
  std::vector<std::string> names;
  if (list->node()->kind() == prim::ListConstruct) {
    for (const Value* one : list->node()->inputs())
      names.push_back(tensor(one));
    return names;
  }
  if (facts(list).varies)
    throw Missing{};
  for (const at::Tensor& one : facts(list).constant.toTensorVector())
    names.push_back(constant(one));
  return names;
}

std::string Translation::number_name(const Value* value, c10::ScalarType type) {
  const Facts& known = facts(value);
  if (!known.varies) {
    const c10::IValue& constant_value = known.constant;
    const at::Tensor number = constant_value.isTensor() ? constant_value.toTensor()
                                                        : at::scalar_tensor(constant_value.toScalar(), at::kDouble);
    return constant(number.to(type).reshape({1}));
  }
  std::string name;
  if (const auto found = numbers_.find(value); found != numbers_.end())
    name = found->second;
  else
    name = numbers_[value] = emit("Reshape", {tensor(value), constant(Sizes{1})});
  return cast(name, type_of_number(value), type);
}

c10::ScalarType Translation::type_of_number(const Value* value) const {
  const Facts& known = facts(value);
  if (known.tensor)
    return known.tensor->type;
  switch (value->type()->kind()) {
  case c10::TypeKind::IntType:
    return c10::ScalarType::Long;
  case c10::TypeKind::BoolType:
    return c10::ScalarType::Bool;
  case c10::TypeKind::FloatType:
    return c10::ScalarType::Double;
  default:
    throw Unsupported("a number of no known type");
  }
}

Number Translation::number(const Value* value) {
  const Facts& known = facts(value);
  if (!known.varies)
    return {known.constant.isTensor() ? known.constant.toTensor().item<std::int64_t>() : known.constant.toInt()};
  return {std::nullopt, number_name(value, c10::ScalarType::Long), {known.numbers}};
}

std::vector<Number> Translation::numbers(const Value* list) {
  const Facts& known = facts(list);
  std::vector<Number> found;
  if (!known.varies) {
    const c10::IValue& value = known.constant;
    if (value.isInt())
      return {{value.toInt()}};
    for (const c10::IValue& one : value.toListRef())
      found.push_back({one.isTensor() ? one.toTensor().item<std::int64_t>() : one.toInt()});
    return found;
  }
  const Node* node = list->node();
  if (list->type()->kind() == c10::TypeKind::IntType)
    return {number(list)};
  if (node->kind() == prim::ListConstruct) {
    for (const Value* one : node->inputs())
      found.push_back(number(one));
    return found;
  }
  const std::string kind = node->kind().toQualString();
  if (kind == "aten::size" && node->inputs().size() == 1) {
    const TensorFacts& of = *facts(node->input(0)).tensor;
    for (std::size_t i = 0; i < of.sizes[0].size(); ++i)
      found.push_back(side(of, tensor(node->input(0)), i));
    return found;
  }
  if (kind == "aten::slice" && !facts(node->input(1)).varies && !facts(node->input(2)).varies) { // of a list
    const auto all = numbers(node->input(0));
    const auto place = [&](std::size_t input, std::int64_t otherwise) {
      const c10::IValue& at = facts(node->input(input)).constant;
      const std::int64_t count = std::ssize(all);
      const std::int64_t given = at.isNone() ? otherwise : at.toInt();
      return std::clamp<std::int64_t>(given < 0 ? given + count : given, 0, count);
    };
    for (std::int64_t i = place(1, 0); i < place(2, std::ssize(all)); ++i)
      found.push_back(all[static_cast<std::size_t>(i)]);
    return found;
  }
  if (kind == "aten::add" && node->inputs().size() == 2) { // of two lists
    found = numbers(node->input(0));
    const auto more = numbers(node->input(1));
    found.insert(found.end(), more.begin(), more.end());
    return found;
  }
  throw Unsupported("a list of numbers that is made at run time");
}

std::string Translation::emit(const std::string& operation, const std::vector<std::string>& inputs,
                              const Attributes& attributes) {
  return emit_many(operation, inputs, 1, attributes)[0];
}

std::vector<std::string> Translation::emit_many(const std::string& operation, const std::vector<std::string>& inputs,
                                                std::size_t outputs, const Attributes& attributes) {
  return model_.add(operation, module_, inputs, attributes, outputs);
}

std::string Translation::constant(const at::Tensor& tensor) { return model_.tensor("", tensor); }

std::string Translation::constant(const std::vector<std::int64_t>& numbers) {
  return constant(at::tensor(numbers, at::kLong));
}

std::string Translation::scalar(double number, c10::ScalarType type) {
  return constant(at::scalar_tensor(number, at::kDouble).to(type));
}

std::string Translation::cast(const std::string& name, c10::ScalarType from, c10::ScalarType to) {
  return from == to ? name : emit("Cast", {name}, {{"to", std::int64_t{onnx_type(to)}}});
}

std::string Translation::transposed(const std::string& weight, const std::vector<std::int64_t>& order) {
  std::string& turned = transposed_[fmt::format("{} {}", weight, fmt::join(order, ","))];
  if (turned.empty())
    turned = emit("Transpose", {weight}, {{"perm", order}});
  return turned;
}

Number Translation::side(const TensorFacts& facts, const std::string& name, std::size_t dimension) {
  Extent extent;
  for (const Sizes& sizes : facts.sizes)
    extent.in_runs.push_back(sizes.at(dimension));
  if (!extent.varies())
    return {extent.in_runs[0]};
  std::string& shape = sides_[fmt::format("{} {}", name, dimension)];
  const auto at = static_cast<std::int64_t>(dimension);
  if (shape.empty())
    shape = emit("Shape", {name}, {{"start", at}, {"end", at + 1}});
  return {std::nullopt, shape, extent};
}

std::string Translation::shape(const std::vector<Number>& numbers) {
  std::vector<std::string> parts;
  std::vector<std::int64_t> known;
  const auto end_known = [&] {
    if (!known.empty())
      parts.push_back(constant(known));
    known.clear();
  };
  for (const Number& one : numbers) {
    if (one.known) {
      known.push_back(*one.known);
      continue;
    }
    end_known();
    parts.push_back(one.name);
  }
  if (parts.empty())
    return constant(known);
  end_known();
  return parts.size() == 1 ? parts[0] : emit("Concat", parts, {{"axis", std::int64_t{0}}});
}

// Where a side stays as it is, 0 says so, and one other side may be -1: most shapes are constants then.
std::string Translation::reshape(const TensorFacts& facts, const std::string& name,
                                 const std::vector<Number>& numbers) {
  std::vector<Number> written = numbers;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i].known || facts.sizes[0].size() <= i)
      continue;
    bool same = true;
    for (std::size_t run = 0; run < facts.sizes.size(); ++run)
      same &= facts.sizes[run][i] == written[i].extent.in_runs.at(run);
    if (same)
      written[i] = {0};
  }
  const bool has_rest = std::any_of(written.begin(), written.end(), [](const Number& one) { return one.known == -1; });
  const auto open = std::count_if(written.begin(), written.end(), [](const Number& one) { return !one.known; });
  if (open == 1 && !has_rest)
    for (Number& one : written)
      if (!one.known)
        one = {-1};
  return emit("Reshape", {name, shape(written)});
}

const Value* Call::find(std::initializer_list<const char*> names) const {
  const c10::FunctionSchema& schema = node_->schema();
  for (const char* name : names)
    if (const auto index = schema.argumentIndexWithName(name)) {
      const Value* value = node_->input(static_cast<std::size_t>(*index));
      const Facts& known = to.facts(value);
      return !known.varies && known.constant.isNone() ? nullptr : value;
    }
  return nullptr;
}

const Value* Call::value(std::initializer_list<const char*> names) const {
  const Value* found = find(names);
  if (found == nullptr)
    throw Unsupported(fmt::format("without {}", *names.begin()));
  return found;
}

c10::IValue Call::known(const char* name) const {
  const Value* value = find({name});
  if (value == nullptr)
    return {};
  if (to.facts(value).varies)
    throw Unsupported(fmt::format("its {} is known only at run time", name));
  return to.facts(value).constant;
}

std::int64_t Call::integer(const char* name, std::int64_t otherwise) const {
  const c10::IValue value = known(name);
  return value.isNone()     ? otherwise
         : value.isInt()    ? value.toInt()
         : value.isBool()   ? std::int64_t{value.toBool()}
         : value.isTensor() ? value.toTensor().item<std::int64_t>()
                            : value.toScalar().toLong();
}

double Call::real(const char* name, double otherwise) const {
  const c10::IValue value = known(name);
  return value.isNone() ? otherwise : value.isTensor() ? value.toTensor().item<double>() : value.toScalar().toDouble();
}

bool Call::flag(const char* name, bool otherwise) const { return integer(name, otherwise ? 1 : 0) != 0; }

std::vector<std::int64_t> Call::integers(const char* name) const {
  const c10::IValue value = known(name);
  if (value.isNone())
    return {};
  return value.isIntList() ? value.toIntVector() : std::vector<std::int64_t>{integer(name, 0)};
}

const TensorFacts& Call::facts(const Value* value) const {
  const auto& tensor = to.facts(value).tensor;
  if (!tensor)
    throw Unsupported("an argument that is no tensor");
  return *tensor;
}

std::int64_t Call::rank(const Value* value) const { return std::ssize(facts(value).sizes[0]); }

Sizes Call::sizes(const Value* value) const {
  const TensorFacts& tensor = facts(value);
  Sizes sizes = tensor.sizes[0];
  for (const Sizes& others : tensor.sizes)
    for (std::size_t i = 0; i < sizes.size(); ++i)
      if (others.at(i) != sizes[i])
        sizes[i] = -1;
  return sizes;
}

std::vector<std::int64_t> Call::dimensions(const char* name) const {
  std::vector<std::int64_t> found = integers(name);
  const std::int64_t all = rank(self());
  if (found.empty()) {
    found.resize(static_cast<std::size_t>(all));
    std::iota(found.begin(), found.end(), 0);
  }
  for (std::int64_t& one : found)
    one = dimension(one, all);
  return found;
}

std::string Call::operand(const Value* value, c10::ScalarType type) const {
  const Facts& known = to.facts(value);
  if (!known.varies && !known.tensor) {
    const c10::IValue& number = known.constant;
    return to.scalar(number.isBool() ? (number.toBool() ? 1 : 0) : number.toScalar().toDouble(), type);
  }
  return to.cast(to.tensor(value), known.tensor ? known.tensor->type : to.type_of_number(value), type);
}

} // namespace scalescope::to_onnx
