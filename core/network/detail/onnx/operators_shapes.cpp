#include "core/network/detail/loading/unknown_operations.h"
#include "core/network/detail/onnx/onnx_graph.h"
#include "core/network/detail/onnx/onnx_tensors.h"

#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

// Each function translates one operator of https://onnx.ai/onnx/operators.

namespace scalescope {
namespace {

using namespace torch::jit;
using Sizes = std::vector<std::int64_t>;

constexpr std::int64_t largest_made = std::int64_t{1} << 28U; // elements that a file may ask for by numbers

Sizes known_sizes(const std::vector<Value*>& numbers) {
  Sizes sizes;
  for (const Value* number : numbers)
    sizes.push_back(known_int(number).value_or(-1));
  return sizes;
}

[[noreturn]] void too_large(const OnnxOperation& op) {
  throw damaged(fmt::format("its operation {} {} makes a tensor that is larger than any network needs",
                            op.node.op_type(), in_layer(op.layer)));
}

// A file can ask for a tensor of 10^12 elements in a few bytes.
void check_made(const OnnxOperation& op, const Sizes& sizes) {
  std::int64_t elements = 1;
  for (const std::int64_t size : sizes)
    if (__builtin_mul_overflow(elements, std::max<std::int64_t>(size, 1), &elements) || elements > largest_made)
      too_large(op);
}

bool is_list(const OnnxValue& value) { return value.is_numbers && value.rank() == 1; }

void shape(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const std::int64_t rank = value.rank();
  const auto place = [&](std::int64_t given) {
    return std::clamp<std::int64_t>(given < 0 ? given + rank : given, 0, rank);
  };
  std::vector<Value*> sizes;
  for (std::int64_t i = place(op.get("start", std::int64_t{0})); i < place(op.get("end", rank)); ++i)
    sizes.push_back(op.size(0, i));
  op.give_numbers(sizes, true, at::kLong);
}

void size(OnnxOperation& op) {
  Value* all = op.constant(std::int64_t{1});
  for (std::int64_t i = 0; i < op.in(0).rank(); ++i)
    all = op.calculate("mul", all, op.size(0, i));
  op.give_numbers({all}, false, at::kLong);
}

void constant(OnnxOperation& op) {
  OnnxValue value;
  if (op.has("value"))
    value.constant = op.tensor_attribute("value");
  else if (op.has("value_int"))
    value.constant = at::scalar_tensor(op.get("value_int", std::int64_t{0}), at::kLong);
  else if (op.has("value_float"))
    value.constant = at::scalar_tensor(op.get("value_float", 0.0), at::kFloat);
  else if (op.has("value_ints"))
    value.constant = at::tensor(op.list("value_ints", {}), at::kLong);
  else if (op.has("value_floats"))
    value.constant = at::tensor(op.floats("value_floats"), at::kDouble).to(at::kFloat);
  else
    op.refuse("holds no dense tensor");
  value.dims = value.constant.sizes().vec();
  value.type = value.constant.scalar_type();
  if (value.constant.dim() > 0 && value.constant.is_floating_point() && value.constant.numel() > 1)
    value.initializer = op.node.output(0);
  value.of_node = true;
  op.give(std::move(value));
}

void constant_of_shape(OnnxOperation& op) {
  at::Tensor value = op.tensor_attribute("value");
  if (!value.defined())
    value = at::zeros({1}, at::kFloat);
  if (value.numel() != 1)
    throw damaged("a ConstantOfShape has no single value");
  const auto sizes = op.numbers(0);
  const Sizes known = known_sizes(sizes);
  for (const Value* one : sizes)
    if (known_int(one).value_or(0) < 0)
      throw damaged("a ConstantOfShape has impossible sizes");
  check_made(op, known);
  const at::Scalar number = value.flatten()[0].item();
  const c10::IValue filled = number.isBoolean()         ? c10::IValue(number.toBool())
                             : number.isFloatingPoint() ? c10::IValue(number.toDouble())
                                                        : c10::IValue(number.toLong());
  if (sizes.size() <= 1 && (sizes.empty() || (known[0] >= 0 && known[0] <= 16)) && !number.isFloatingPoint()) {
    op.give_numbers(std::vector<Value*>(sizes.empty() ? 1 : static_cast<std::size_t>(known[0]), op.constant(filled)),
                    !sizes.empty(), value.scalar_type());
    return;
  }
  op.give(
      op.op("full", {op.list_of(sizes), filled}, {NamedValue("dtype", static_cast<std::int64_t>(value.scalar_type()))}),
      known, value.scalar_type());
}

void range(OnnxOperation& op) {
  std::vector<Value*> numbers;
  for (const std::size_t i : {0U, 1U, 2U}) {
    numbers.push_back(op.numbers(i).at(0));
  }
  const auto start = op.known_number(0);
  const auto end = op.known_number(1);
  const auto step = op.known_number(2);
  Sizes dims{-1};
  if (step && *step == 0)
    throw damaged("a Range has steps of 0");
  if (start && end && step) {
    const double count = std::max(0.0, std::ceil((*end - *start) / *step));
    if (!(count < static_cast<double>(largest_made)))
      too_large(op);
    dims[0] = static_cast<std::int64_t>(count);
  }
  if (dims[0] >= 0 && dims[0] <= 64 && !c10::isFloatingType(op.in(0).type)) {
    std::vector<Value*> all;
    for (std::int64_t i = 0; i < dims[0]; ++i)
      all.push_back(op.constant(static_cast<std::int64_t>(*start) + i * static_cast<std::int64_t>(*step)));
    op.give_numbers(all, true, op.in(0).type);
    return;
  }
  op.give(op.op("arange", {numbers[0], numbers[1], numbers[2]},
                {NamedValue("dtype", static_cast<std::int64_t>(op.in(0).type))}),
          dims, op.in(0).type);
}

void cast_to(OnnxOperation& op, c10::ScalarType type) {
  const OnnxValue& value = op.in(0);
  if (value.is_numbers) {
    std::vector<Value*> numbers;
    const char* name = type == at::kBool ? "bool" : c10::isFloatingType(type) ? "float" : "int";
    for (Value* number : op.numbers(0))
      numbers.push_back(op.calculate(name, number));
    op.give_numbers(numbers, value.rank() == 1, type);
  } else if (value.tensor == nullptr && value.constant.defined() && value.initializer.empty()) {
    OnnxValue made = value;
    made.constant = value.constant.to(type);
    made.type = type;
    op.give(std::move(made));
  } else if (value.type == type) {
    op.give_like(op.tensor(0));
  } else {
    op.give(op.op("to", {op.tensor(0), static_cast<std::int64_t>(type), false, false}), value.dims, type);
  }
}

void cast(OnnxOperation& op) { cast_to(op, onnx_type(op.get("to", std::int64_t{0}), "a Cast")); }

void cast_like(OnnxOperation& op) { cast_to(op, op.in(1).type); }

void same(OnnxOperation& op) { op.give(OnnxValue(op.in(0))); }

void dropout(OnnxOperation& op) {
  if (op.version >= 12 && op.has(2) && op.known_number(2).value_or(1) != 0)
    throw Unreadable(fmt::format("was exported in training mode (dropout in '{}' is active)", op.layer),
                     "call model.eval() before it is exported");
  op.give(OnnxValue(op.in(0)));
}

// Known elements of a constant stay known when its shape changes.
bool reshape_constant(OnnxOperation& op, const Sizes& sizes) {
  const OnnxValue& value = op.in(0);
  if (value.tensor != nullptr || !value.constant.defined() || !value.initializer.empty())
    return false;
  OnnxValue made = value;
  made.constant = value.constant.reshape(sizes);
  made.dims = made.constant.sizes().vec();
  op.give(std::move(made));
  return true;
}

void reshape(OnnxOperation& op) {
  std::vector<Value*> sizes;
  if (op.version < 5) {
    for (const std::int64_t one : op.list("shape", {}))
      sizes.push_back(op.constant(one));
  } else {
    sizes = op.numbers(1);
  }
  const OnnxValue& value = op.in(0);
  const bool keep_zero = op.get("allowzero", std::int64_t{0}) != 0;
  // Known numbers in rows and columns, such as the paddings of both ends of each axis, are a tensor.
  const bool as_tensor = value.is_numbers && sizes.size() > 1 && op.known(0);
  if (value.is_numbers && !as_tensor) {
    const Sizes known = known_sizes(sizes);
    if (known.size() > 1 ||
        (known.size() == 1 && known[0] != -1 && known[0] != static_cast<std::int64_t>(value.numbers.size())))
      op.refuse("computes a shape in a way that can't be followed");
    op.give_numbers(value.numbers, known.size() == 1, value.type);
    return;
  }
  Sizes dims;
  std::int64_t open = -1;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto one = known_int(sizes[i]);
    if (one && *one == 0 && !keep_zero) {
      if (static_cast<std::int64_t>(i) >= value.rank())
        throw damaged("a Reshape keeps a dimension that its input does not have");
      sizes[i] = op.size(0, static_cast<std::int64_t>(i));
      one = known_int(sizes[i]);
    }
    if (one && *one < -1)
      throw damaged("a Reshape has impossible sizes");
    if (one && *one == -1)
      open = static_cast<std::int64_t>(i);
    dims.push_back(one ? *one : -1);
  }
  const bool known = std::ranges::all_of(value.dims, [](std::int64_t side) { return side >= 0; });
  if (known && open >= 0 && std::ranges::count(dims, -1) == 1) {
    const auto product = [](const Sizes& of) { // of those that are known
      double all = 1;
      for (const std::int64_t side : of)
        all *= side < 0 ? 1.0 : static_cast<double>(side);
      return all;
    };
    if (product(dims) > 0 && product(value.dims) < 9e15)
      dims[static_cast<std::size_t>(open)] = static_cast<std::int64_t>(product(value.dims) / product(dims));
  }
  if (std::ranges::all_of(dims, [](std::int64_t side) { return side >= 0; }) && known &&
      std::accumulate(dims.begin(), dims.end(), 1.0, std::multiplies<>()) !=
          std::accumulate(value.dims.begin(), value.dims.end(), 1.0, std::multiplies<>()))
    throw damaged(
        fmt::format("a Reshape in the layer '{}' asks for another number of elements than there are", op.layer));
  if (std::ranges::all_of(dims, [](std::int64_t side) { return side >= 0; }) && reshape_constant(op, dims))
    return;
  op.give(op.op("reshape", {op.tensor(0), op.list_of(sizes)}), dims, value.type);
}

void flatten(OnnxOperation& op) {
  const std::int64_t rank = op.in(0).rank();
  std::int64_t axis = op.get("axis", std::int64_t{1});
  if (axis < -rank || axis > rank)
    throw damaged("a Flatten names a dimension that its input does not have");
  axis = axis < 0 ? axis + rank : axis;
  const auto product = [&](std::int64_t from, std::int64_t to) {
    std::int64_t all = 1;
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t side = op.in(0).dims[static_cast<std::size_t>(i)];
      if (side < 0 || __builtin_mul_overflow(all, side, &all))
        return std::int64_t{-1};
    }
    return all;
  };
  const Sizes dims{product(0, axis), product(axis, rank)};
  Value* x = op.tensor(0);
  if (axis == 0 || axis == rank)
    x = op.op("reshape", {x, axis == 0 ? Sizes{1, -1} : Sizes{-1, 1}});
  else {
    x = op.op("flatten", {x, axis, -1});
    if (axis > 1)
      x = op.op("flatten", {x, 0, axis - 1});
  }
  op.give(x, dims, op.in(0).type);
}

// @param name "squeeze" or "unsqueeze" @param dims what is left or made
void give_axis_by_axis(OnnxOperation& op, const char* name, const Sizes& axes, const Sizes& dims) {
  if (std::ranges::all_of(dims, [](std::int64_t side) { return side >= 0; }) && reshape_constant(op, dims))
    return;
  const c10::ScalarType type = op.in(0).type;
  Value* x = op.tensor(0);
  for (const std::int64_t one : axes)
    x = op.op(name, {x, one});
  op.give(x, dims, type);
}

void squeeze(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  auto axes = op.axes(13, 1);
  if (value.is_numbers) {
    if (value.numbers.size() != 1)
      op.refuse("computes a shape in a way that can't be followed");
    op.give_numbers(value.numbers, false, value.type);
    return;
  }
  if (!axes) {
    axes.emplace();
    for (std::int64_t i = 0; i < value.rank(); ++i)
      if (value.dims[static_cast<std::size_t>(i)] == 1)
        axes->push_back(i);
      else if (value.dims[static_cast<std::size_t>(i)] < 0)
        op.refuse("does not name its dimensions");
  }
  Sizes sorted;
  for (const std::int64_t one : *axes)
    sorted.push_back(op.axis(one, value.rank()));
  std::ranges::sort(sorted, std::greater<>());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  Sizes dims = value.dims;
  for (const std::int64_t one : sorted) {
    if (dims[static_cast<std::size_t>(one)] > 1)
      throw damaged("a Squeeze removes a dimension that is longer than 1");
    dims.erase(dims.begin() + one);
  }
  give_axis_by_axis(op, "squeeze", sorted, dims);
}

void unsqueeze(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const auto axes = op.axes(13, 1);
  if (!axes)
    throw damaged("an Unsqueeze has no dimensions");
  if (value.is_numbers) {
    if (value.rank() != 0 || axes->size() != 1)
      op.refuse("computes a shape in a way that can't be followed");
    op.give_numbers(value.numbers, true, value.type);
    return;
  }
  const std::int64_t rank = value.rank() + static_cast<std::int64_t>(axes->size());
  Sizes sorted;
  for (const std::int64_t one : *axes)
    sorted.push_back(op.axis(one, rank));
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    throw damaged("an Unsqueeze names a dimension twice");
  Sizes dims = value.dims;
  for (const std::int64_t one : sorted)
    dims.insert(dims.begin() + one, 1);
  give_axis_by_axis(op, "unsqueeze", sorted, dims);
}

void transpose(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const std::int64_t rank = value.rank();
  Sizes order(static_cast<std::size_t>(rank));
  for (std::int64_t i = 0; i < rank; ++i)
    order[static_cast<std::size_t>(i)] = rank - 1 - i;
  order = op.list("perm", order);
  Sizes sorted = order;
  std::ranges::sort(sorted);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(sorted.size()); ++i)
    if (sorted[static_cast<std::size_t>(i)] != i || sorted.size() != static_cast<std::size_t>(rank))
      throw damaged("a Transpose does not name each dimension once");
  Sizes dims;
  for (const std::int64_t from : order)
    dims.push_back(value.dims[static_cast<std::size_t>(from)]);
  if (value.tensor == nullptr && !value.initializer.empty()) { // weights: turned once
    OnnxValue made = value;
    made.constant = value.constant.permute(order).contiguous();
    made.initializer += "\nturned";
    made.dims = dims;
    op.give(std::move(made));
    return;
  }
  op.give(op.op("permute", {op.tensor(0), order}), dims, value.type);
}

void concat(OnnxOperation& op) {
  const std::int64_t given = op.get("axis", std::int64_t{1});
  bool numbers = op.input_count() > 0;
  bool any = false;
  for (std::size_t i = 0; i < op.input_count(); ++i) {
    numbers = numbers && op.can_be_numbers(i) && op.in(i).rank() == 1;
    any = any || op.in(i).is_numbers;
  }
  const OnnxValue& first = op.in(0);
  if (numbers && (any || !c10::isFloatingType(first.type))) {
    std::vector<Value*> all;
    for (std::size_t i = 0; i < op.input_count(); ++i)
      for (Value* number : op.numbers(i))
        all.push_back(number);
    op.give_numbers(all, true, first.type);
    return;
  }
  const std::int64_t axis = op.axis(given, first.rank());
  std::vector<Value*> tensors;
  Sizes dims = first.dims;
  for (std::size_t i = 0; i < op.input_count(); ++i) {
    if (op.in(i).rank() != first.rank())
      throw damaged("a Concat joins tensors of other numbers of dimensions");
    tensors.push_back(op.tensor(i));
    std::int64_t& length = dims[static_cast<std::size_t>(axis)];
    const std::int64_t more = op.in(i).dims[static_cast<std::size_t>(axis)];
    if (i > 0)
      length = length < 0 || more < 0 ? -1 : length + more;
    for (std::int64_t k = 0; k < first.rank(); ++k)
      if (auto& side = dims[static_cast<std::size_t>(k)]; k != axis && side < 0)
        side = op.in(i).dims[static_cast<std::size_t>(k)];
  }
  op.give(op.op("cat", {op.list_of(tensors, true), axis}), dims, first.type);
}

void split_tensor(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{0}), value.rank());
  const auto count = static_cast<std::int64_t>(op.node.output_size());
  if (op.get("num_outputs", count) != count)
    throw damaged("a Split has other parts than results");
  const std::int64_t length = value.dims[static_cast<std::size_t>(axis)];
  Sizes parts;
  if (op.version < 13 || op.has("split"))
    parts = op.list("split", {});
  else if (op.has(1))
    parts = op.ints(1, "parts");
  if (parts.empty()) {
    if (length < 0)
      op.refuse("divides a dimension whose length is not known");
    const std::int64_t each = (length + count - 1) / std::max<std::int64_t>(count, 1);
    for (std::int64_t i = 0; i < count; ++i)
      parts.push_back(std::clamp<std::int64_t>(length - i * each, 0, each));
  }
  if (static_cast<std::int64_t>(parts.size()) != count ||
      std::ranges::any_of(parts, [](auto part) { return part < 0; }))
    throw damaged("a Split has other parts than results");
  if (is_list(value)) {
    std::size_t from = 0;
    for (const std::int64_t part : parts) {
      std::vector<Value*> numbers;
      for (std::int64_t i = 0; i < part && from < value.numbers.size(); ++i)
        numbers.push_back(value.numbers[from++]);
      op.give_numbers(numbers, true, value.type);
    }
    return;
  }
  Value* all = op.op("split_with_sizes", {op.tensor(0), parts, axis});
  Node* unpacked = op.graph().insertNode(op.graph().createListUnpack(all, parts.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Sizes dims = value.dims;
    dims[static_cast<std::size_t>(axis)] = parts[i];
    op.give(unpacked->outputs()[i], dims, value.type);
  }
}

void slice(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  std::vector<Value*> starts;
  std::vector<Value*> ends;
  Sizes axes;
  Sizes steps;
  if (op.version < 10) {
    for (const std::int64_t one : op.list("starts", {}))
      starts.push_back(op.constant(one));
    for (const std::int64_t one : op.list("ends", {}))
      ends.push_back(op.constant(one));
    axes = op.list("axes", {});
  } else {
    starts = op.numbers(1);
    ends = op.numbers(2);
    if (op.has(3))
      axes = op.ints(3, "axes");
    if (op.has(4))
      steps = op.ints(4, "steps");
  }
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i)
      axes.push_back(static_cast<std::int64_t>(i));
  if (steps.empty())
    steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    throw damaged("a Slice has other numbers of starts and ends");
  const auto place = [](std::int64_t given, std::int64_t length) {
    return std::clamp<std::int64_t>(given < 0 ? given + length : given, 0, length);
  };
  if (is_list(value)) {
    const auto start = starts.size() == 1 ? known_int(starts[0]) : std::nullopt;
    const auto end = starts.size() == 1 ? known_int(ends[0]) : std::nullopt;
    if (!start || !end || steps[0] < 1)
      op.refuse("computes a shape in a way that can't be followed");
    std::vector<Value*> numbers;
    const auto length = static_cast<std::int64_t>(value.numbers.size());
    for (std::int64_t i = place(*start, length); i < place(*end, length); i += steps[0])
      numbers.push_back(value.numbers[static_cast<std::size_t>(i)]);
    op.give_numbers(numbers, true, value.type);
    return;
  }
  Value* x = op.tensor(0);
  Sizes dims = value.dims;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t axis = op.axis(axes[i], value.rank());
    std::int64_t& length = dims[static_cast<std::size_t>(axis)];
    const auto start = known_int(starts[i]);
    const auto end = known_int(ends[i]);
    if (steps[i] == 0)
      throw damaged("a Slice has steps of 0");
    if (steps[i] < 0) {
      const bool whole = steps[i] == -1 && start && end &&
                         (*start == -1 || *start >= (length < 0 ? 1 << 30 : length - 1)) &&
                         *end < -(length < 0 ? 1 << 30 : length);
      if (!whole)
        op.refuse("goes backwards over a part");
      x = op.op("flip", {x, Sizes{axis}});
      continue;
    }
    if (start && *start == 0 && end && *end >= (length < 0 ? std::numeric_limits<std::int32_t>::max() : length) &&
        steps[i] == 1)
      continue; // all
    x = op.op("slice", {x, axis, starts[i], ends[i], steps[i]});
    length = start && end && length >= 0
                 ? (std::max<std::int64_t>(0, place(*end, length) - place(*start, length)) + steps[i] - 1) / steps[i]
                 : -1;
  }
  op.give(x, dims, value.type);
}

void gather(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{0}), value.rank());
  if (const auto at = is_list(value) ? op.known(1) : std::nullopt) {
    std::vector<Value*> numbers;
    const auto length = static_cast<std::int64_t>(value.numbers.size());
    for (std::int64_t i : *at) {
      i = i < 0 ? i + length : i;
      if (i < 0 || i >= length)
        throw damaged("a Gather reads beyond a shape");
      numbers.push_back(value.numbers[static_cast<std::size_t>(i)]);
    }
    if (op.in(1).rank() > 1)
      op.refuse("computes a shape in a way that can't be followed");
    op.give_numbers(numbers, op.in(1).rank() == 1, value.type);
    return;
  }
  Sizes dims(value.dims.begin(), value.dims.begin() + axis);
  dims.insert(dims.end(), op.in(1).dims.begin(), op.in(1).dims.end());
  dims.insert(dims.end(), value.dims.begin() + axis + 1, value.dims.end());
  const std::int64_t length = value.dims[static_cast<std::size_t>(axis)];
  Value* x = op.tensor(0);
  const auto places = op.known(1);
  if (places && op.in(1).rank() == 0) {
    const std::int64_t at = places->at(0);
    if (length >= 0 && (at < -length || at >= length))
      throw damaged(fmt::format("a Gather in the layer '{}' reads beyond its input", op.layer));
    op.give(op.op("select", {x, axis, at}), dims, value.type);
    return;
  }
  Value* index = nullptr;
  if (places) {
    Sizes from = *places;
    for (std::int64_t& one : from) {
      if ((one < 0 && length < 0) || (length >= 0 && (one < -length || one >= length)))
        throw damaged(fmt::format("a Gather in the layer '{}' reads beyond its input", op.layer));
      one = one < 0 ? one + length : one;
    }
    index = op.constant(at::tensor(from, at::kLong));
  } else {
    index = op.op("reshape", {op.tensor(1), Sizes{-1}});
  }
  Value* taken = op.op("index_select", {x, axis, index});
  if (op.in(1).rank() != 1) {
    std::vector<Value*> sizes;
    for (std::int64_t i = 0; i < axis; ++i)
      sizes.push_back(op.size(0, i));
    for (std::int64_t i = 0; i < op.in(1).rank(); ++i)
      sizes.push_back(op.size(1, i));
    for (std::int64_t i = axis + 1; i < value.rank(); ++i)
      sizes.push_back(op.size(0, i));
    taken = op.op("reshape", {taken, op.list_of(sizes)});
  }
  op.give(taken, dims, value.type);
}

void gather_elements(OnnxOperation& op) {
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{0}), op.in(0).rank());
  op.give(op.op("gather", {op.tensor(0), axis, op.tensor(1)}), op.in(1).dims, op.in(0).type);
}

// As index_put wants them: one tensor for each of the first axes, from the last axis of the places.
void scatter_nd(OnnxOperation& op) {
  if (op.get("reduction", std::string("none")) != "none")
    op.refuse("adds to what is there");
  const std::int64_t axes = op.in(1).rank() > 0 ? op.in(1).dims.back() : -1;
  if (axes < 1 || axes > op.in(0).rank())
    op.refuse("computes its places while it runs");
  Value* data = op.tensor(0);
  Value* places = op.tensor(1);
  std::vector<Value*> indices;
  for (std::int64_t i = 0; i < axes; ++i)
    indices.push_back(op.op("select", {places, -1, i}));
  Node* list = op.graph().insertNode(op.graph().createList(OptionalType::ofTensor(), indices));
  op.give_like(op.op("index_put", {data, list->output(), op.tensor(2), false}));
}

void scatter_elements(OnnxOperation& op) {
  if (op.get("reduction", std::string("none")) != "none")
    op.refuse("adds to what is there");
  const std::int64_t axis = op.axis(op.get("axis", std::int64_t{0}), op.in(0).rank());
  op.give_like(op.op("scatter", {op.tensor(0), axis, op.tensor(1), op.tensor(2)}));
}

void grid_sample(OnnxOperation& op) {
  if (op.in(0).rank() != 4 || op.in(1).rank() != 4)
    op.refuse(fmt::format("works on {} dimensions, not on images", op.in(0).rank()));
  const std::string mode = op.get("mode", std::string("linear"));
  const std::string outside = op.get("padding_mode", std::string("zeros"));
  const std::int64_t by = mode == "nearest" ? 1 : mode == "linear" || mode == "bilinear" ? 0 : -1;
  if (by < 0)
    op.refuse("samples by '" + mode + "'");
  const std::int64_t padding = outside == "zeros" ? 0 : outside == "border" ? 1 : 2;
  op.give(
      op.op("grid_sampler", {op.tensor(0), op.tensor(1), by, padding, op.get("align_corners", std::int64_t{0}) != 0}),
      {op.in(0).dims[0], op.in(0).dims[1], op.in(1).dims[1], op.in(1).dims[2]}, op.in(0).type);
}

void expand(OnnxOperation& op) {
  const auto sizes = op.numbers(1);
  const OnnxValue& value = op.in(0);
  const std::size_t rank = value.dims.size();
  const std::size_t all = std::max(rank, sizes.size());
  std::vector<Value*> wanted(all);
  for (std::size_t i = 0; i < all; ++i) { // from the last
    Value* own = i < rank ? op.constant(std::int64_t{-1}) : op.constant(std::int64_t{1});
    Value* asked = i < sizes.size() ? sizes[sizes.size() - 1 - i] : nullptr;
    const bool one = asked == nullptr || known_int(asked) == std::optional<std::int64_t>(1);
    wanted[all - 1 - i] = one ? own : asked;
  }
  const Sizes dims = broadcast(value.dims, known_sizes(sizes));
  check_made(op, known_sizes(sizes));
  op.give(op.op("expand", {op.tensor(0), op.list_of(wanted)}), dims, value.type);
}

void tile(OnnxOperation& op) {
  const auto times = op.numbers(1);
  Sizes dims = op.in(0).dims;
  if (times.size() != dims.size())
    throw damaged("a Tile has other dimensions than its input");
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t by = known_int(times[i]).value_or(-1);
    if (dims[i] >= 0 && by >= 0 && __builtin_mul_overflow(dims[i], by, &dims[i]))
      too_large(op);
    if (by < 0)
      dims[i] = -1;
  }
  check_made(op, known_sizes(times));
  check_made(op, dims);
  op.give(op.op("repeat", {op.tensor(0), op.list_of(times)}), dims, op.in(0).type);
}

void pad(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const auto rank = static_cast<std::size_t>(value.rank());
  const std::string mode = op.get("mode", std::string("constant"));
  std::vector<Value*> pads;
  double with = 0;
  Sizes axes;
  if (op.version < 11) {
    for (const std::int64_t one : op.list("pads", {}))
      pads.push_back(op.constant(one));
    with = op.get("value", 0.0);
  } else {
    pads = op.numbers(1);
    if (op.has(2)) {
      const auto number = op.known_number(2);
      if (!number)
        op.refuse("computes its value while it runs");
      with = *number;
    }
    if (op.has(3))
      axes = op.ints(3, "axes");
  }
  if (axes.empty())
    for (std::size_t i = 0; i < rank; ++i)
      axes.push_back(static_cast<std::int64_t>(i));
  if (pads.size() != 2 * axes.size())
    throw damaged("a Pad has other dimensions than its input");
  std::vector<Value*> before(rank, op.constant(std::int64_t{0}));
  std::vector<Value*> behind = before;
  Sizes dims = value.dims;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(op.axis(axes[i], value.rank()));
    before[axis] = pads[i];
    behind[axis] = pads[axes.size() + i];
    const auto a = known_int(before[axis]);
    const auto b = known_int(behind[axis]);
    if (a && b && (std::abs(*a) > largest_made || std::abs(*b) > largest_made))
      throw damaged("a Pad has impossible sizes");
    dims[axis] = dims[axis] >= 0 && a && b ? dims[axis] + *a + *b : a && b && *a == 0 && *b == 0 ? dims[axis] : -1;
  }
  check_made(op, dims);
  std::size_t first = 0; // dimension that is padded
  while (first < rank && known_int(before[first]) == std::optional<std::int64_t>(0) &&
         known_int(behind[first]) == std::optional<std::int64_t>(0))
    ++first;
  Value* x = op.tensor(0);
  if (first == rank) {
    op.give(x, dims, value.type);
    return;
  }
  if (mode != "constant") {
    if ((mode != "reflect" && mode != "edge") || rank != 4 || first < 2)
      op.refuse("pads by '" + mode + "' in this way");
    first = 2;
  }
  std::vector<Value*> list;
  for (std::size_t axis = rank; axis-- > first;) {
    list.push_back(before[axis]);
    list.push_back(behind[axis]);
  }
  op.give(mode == "constant"
              ? op.op("constant_pad_nd", {x, op.list_of(list), with})
              : op.op(mode == "reflect" ? "reflection_pad2d" : "replication_pad2d", {x, op.list_of(list)}),
          dims, value.type);
}

// Resize and, before version 10, Upsample.
void resize(OnnxOperation& op) {
  const OnnxValue& value = op.in(0);
  const std::size_t rank = value.dims.size();
  if (rank != 4)
    op.refuse(fmt::format("works on {} dimensions, not on images", rank));
  std::vector<double> scales;
  std::vector<Value*> sizes;
  const bool upsample = op.node.op_type() == "Upsample" || op.version == 10;
  std::string mode = op.get("mode", std::string("nearest"));
  const std::size_t place = op.node.op_type() == "Upsample" || op.version == 10 ? 1 : 2;
  std::vector<Value*> factors;
  if (op.node.op_type() == "Upsample" && op.has("scales")) {
    for (const double one : op.floats("scales"))
      factors.push_back(op.constant(one));
  } else if (op.has(place) && !(op.in(place).constant.defined() && op.in(place).constant.numel() == 0)) {
    factors = op.numbers(place);
  }
  if (op.has(3))
    sizes = op.numbers(3);
  if (op.has("axes")) { // those that are not named stay
    const Sizes axes = op.list("axes", {});
    std::vector<Value*> all_sizes;
    std::vector<Value*> all_factors;
    for (std::int64_t i = 0; i < 4; ++i) {
      all_sizes.push_back(sizes.empty() ? nullptr : op.size(0, i));
      all_factors.push_back(op.constant(1.0));
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto axis = static_cast<std::size_t>(op.axis(axes[i], 4));
      if (i < sizes.size())
        all_sizes[axis] = sizes[i];
      if (i < factors.size())
        all_factors[axis] = factors[i];
    }
    if (!sizes.empty())
      sizes = all_sizes;
    if (!factors.empty())
      factors = all_factors;
  }
  if ((sizes.empty() ? factors : sizes).size() != 4)
    throw damaged("a Resize has other dimensions than its input");
  bool whole = true; // enlarged by whole numbers
  if (sizes.empty())
    for (const Value* one : factors) {
      const auto number = toIValue(one);
      if (!number || !number->isDouble())
        op.refuse("computes its factors while it runs");
      scales.push_back(number->toDouble());
      whole = whole && scales.back() >= 1 && scales.back() == std::floor(scales.back());
      if (!(scales.back() > 0) || scales.back() > 1e4)
        throw damaged("a Resize has impossible sizes");
    }
  Sizes dims{value.dims[0], value.dims[1], -1, -1};
  for (std::size_t i = 2; i < 4; ++i) {
    if (!sizes.empty())
      dims[i] = known_int(sizes[i]).value_or(-1);
    else if (value.dims[i] >= 0)
      dims[i] = static_cast<std::int64_t>(std::floor(static_cast<double>(value.dims[i]) * scales[i]));
    if (!sizes.empty())
      whole = whole && value.dims[i] > 0 && dims[i] > 0 && dims[i] % value.dims[i] == 0;
  }
  if (!sizes.empty() && dims[2] == 0)
    throw damaged("a Resize has impossible sizes");
  check_made(op, dims);
  if ((!scales.empty() && (scales[0] != 1 || scales[1] != 1)) ||
      (!sizes.empty() && value.dims[1] > 0 && known_int(sizes[1]).value_or(value.dims[1]) != value.dims[1]))
    op.refuse("changes the number of channels");
  const std::string coordinates =
      op.get("coordinate_transformation_mode", std::string(upsample ? "asymmetric" : "half_pixel"));
  const double cubic_curve = op.get("cubic_coeff_a", -0.75); // PyTorch's exporter writes it for all modes
  const std::string rounding = op.get("nearest_mode", std::string(upsample ? "floor" : "round_prefer_floor"));
  const bool half = coordinates == "half_pixel" || coordinates == "pytorch_half_pixel";
  const bool corners = coordinates == "align_corners";
  // PyTorch leaves out the outside where it smooths, and only there.
  const bool smooth = op.get("antialias", std::int64_t{0}) != 0;
  if (smooth != (op.get("exclude_outside", std::int64_t{0}) != 0) || (smooth && (!half || mode == "nearest")) ||
      op.get("keep_aspect_ratio_policy", std::string("stretch")) != "stretch")
    op.refuse("smooths (antialias), leaves out the outside, or keeps proportions in another way than PyTorch");
  // ONNX goes on from a length that is not rounded, and has a rule of its own for a single pixel: not so PyTorch.
  for (std::size_t i = 2; i < 4; ++i) {
    const double scale = scales.empty() ? 1 : scales[i];
    const double length = value.dims[i] > 0 ? static_cast<double>(value.dims[i]) * scale : scale;
    if (corners && length != std::floor(length))
      op.refuse("keeps its corners with a size that is no whole number of pixels");
    const bool one = dims[i] >= 0 ? dims[i] == 1 && value.dims[i] != 1 : scale < 1;
    if (coordinates == "pytorch_half_pixel" && mode != "nearest" && one)
      op.refuse("makes an image of one pixel");
  }
  const char* name = nullptr;
  std::vector<NamedValue> arguments{op.tensor(0)};
  if (!sizes.empty())
    arguments.emplace_back(op.list_of({sizes[2], sizes[3]}));
  else
    arguments.emplace_back(op.none());
  if (mode == "nearest") {
    if (coordinates == "asymmetric" && (rounding == "floor"))
      name = "upsample_nearest2d";
    else if (half && whole && rounding.starts_with("round_prefer"))
      name = "upsample_nearest2d"; // each pixel becomes a block, however it is rounded
    else if (half && rounding == "round_prefer_ceil")
      name = "_upsample_nearest_exact2d";
    else
      op.refuse("takes the nearest pixel by '" + coordinates + "' and '" + rounding + "'");
  } else if (mode == "linear" || mode == "bilinear" || mode == "cubic") {
    const bool cubic = mode == "cubic";
    if (!half && !corners)
      op.refuse("finds its pixels by '" + coordinates + "'");
    if (cubic && std::abs(cubic_curve + (smooth ? 0.5 : 0.75)) > 1e-6)
      op.refuse("has another cubic curve than PyTorch");
    name = cubic ? (smooth ? "_upsample_bicubic2d_aa" : "upsample_bicubic2d")
                 : (smooth ? "_upsample_bilinear2d_aa" : "upsample_bilinear2d");
    arguments.emplace_back(corners);
  } else {
    op.refuse("has a mode that is not known");
  }
  if (scales.empty())
    arguments.emplace_back(op.none());
  else
    arguments.emplace_back(std::vector<double>{scales[2], scales[3]});
  op.give(op.op(name, arguments), dims, value.type);
}

// The channels of one pixel become a block of pixels, or the other way round.
void depth_to_space(OnnxOperation& op) {
  const std::int64_t side = op.get("blocksize", std::int64_t{0});
  if (op.in(0).rank() != 4 || side < 1 || side > 1 << 12)
    throw damaged("a DepthToSpace has impossible sizes");
  const std::int64_t channels = op.in(0).dims[1];
  const std::string mode = op.get("mode", std::string("DCR"));
  Value* x = op.tensor(0);
  Sizes dims{op.in(0).dims[0], channels < 0 ? -1 : channels / (side * side), -1, -1};
  if (mode == "CRD") {
    op.give(op.op("pixel_shuffle", {x, side}), dims, op.in(0).type);
    return;
  }
  if (channels < 0 || channels % (side * side) != 0)
    op.refuse("has a number of channels that is not known");
  Value* h = op.size(0, 2);
  Value* w = op.size(0, 3);
  const auto number = [&](std::int64_t n) { return op.constant(n); };
  x = op.op("reshape", {x, op.list_of({number(-1), number(side), number(side), number(dims[1]), h, w})});
  x = op.op("permute", {x, Sizes{0, 3, 4, 1, 5, 2}});
  x = op.op("reshape", {x, op.list_of({number(-1), number(dims[1]), op.calculate("mul", h, number(side)),
                                       op.calculate("mul", w, number(side))})});
  op.give(x, dims, op.in(0).type);
}

void space_to_depth(OnnxOperation& op) {
  const std::int64_t side = op.get("blocksize", std::int64_t{0});
  if (op.in(0).rank() != 4 || side < 1 || side > 1 << 12 || op.in(0).dims[1] < 0)
    throw damaged("a SpaceToDepth has impossible sizes");
  const std::int64_t channels = op.in(0).dims[1];
  if (op.get("mode", std::string("DCR")) == "CRD") {
    op.give(op.op("pixel_unshuffle", {op.tensor(0), side}), {op.in(0).dims[0], channels * side * side, -1, -1},
            op.in(0).type);
    return;
  }
  const auto number = [&](std::int64_t n) { return op.constant(n); };
  Value* h = op.calculate("div", op.size(0, 2), number(side));
  Value* w = op.calculate("div", op.size(0, 3), number(side));
  Value* x =
      op.op("reshape", {op.tensor(0), op.list_of({number(-1), number(channels), h, number(side), w, number(side)})});
  x = op.op("permute", {x, Sizes{0, 3, 5, 1, 2, 4}});
  x = op.op("reshape", {x, op.list_of({number(-1), number(channels * side * side), h, w})});
  op.give(x, {op.in(0).dims[0], channels * side * side, -1, -1}, op.in(0).type);
}

void trilu(OnnxOperation& op) {
  const auto k = op.has(1) ? op.ints(1, "diagonal") : Sizes{0};
  op.give_like(op.op(op.get("upper", std::int64_t{1}) != 0 ? "triu" : "tril", {op.tensor(0), k.at(0)}));
}

// Of shapes only: layers have reductions of their own.
bool reduce_numbers(OnnxOperation& op) {
  if (!op.in(0).is_numbers || (op.node.op_type() != "ReduceProd" && op.node.op_type() != "ReduceSum"))
    return false;
  Value* all = op.constant(std::int64_t{op.node.op_type() == "ReduceProd" ? 1 : 0});
  for (Value* number : op.numbers(0))
    all = op.calculate(op.node.op_type() == "ReduceProd" ? "mul" : "add", all, number);
  op.give_numbers({all}, op.get("keepdims", std::int64_t{1}) != 0, op.in(0).type);
  return true;
}

void reduce_or(OnnxOperation& op, const char* name) {
  if (!reduce_numbers(op))
    onnx_layers().at(name)(op);
}

} // namespace

const std::map<std::string, OnnxTranslation>& onnx_shapes() {
  static const std::map<std::string, OnnxTranslation> all = {
      {"Shape", shape},
      {"Size", size},
      {"Constant", constant},
      {"ConstantOfShape", constant_of_shape},
      {"Range", range},
      {"Cast", cast},
      {"CastLike", cast_like},
      {"Identity", same},
      {"Dropout", dropout},
      {"Reshape", reshape},
      {"Flatten", flatten},
      {"Squeeze", squeeze},
      {"Unsqueeze", unsqueeze},
      {"Transpose", transpose},
      {"Concat", concat},
      {"Split", split_tensor},
      {"Slice", slice},
      {"Gather", gather},
      {"GatherElements", gather_elements},
      {"ScatterND", scatter_nd},
      {"ScatterElements", scatter_elements},
      {"GridSample", grid_sample},
      {"Expand", expand},
      {"Tile", tile},
      {"Pad", pad},
      {"Resize", resize},
      {"Upsample", resize},
      {"DepthToSpace", depth_to_space},
      {"SpaceToDepth", space_to_depth},
      {"Trilu", trilu},
      {"ReduceProd", [](OnnxOperation& op) { reduce_or(op, "ReduceProd"); }},
      {"ReduceSum", [](OnnxOperation& op) { reduce_or(op, "ReduceSum"); }},
  };
  return all;
}

} // namespace scalescope
