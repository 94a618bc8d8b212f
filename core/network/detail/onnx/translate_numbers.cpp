// Sizes, and what is computed from them, as tensors of the shape {1}.

#include "core/network/detail/onnx/translation.h"

#include <ATen/Functions.h>

namespace scalescope::to_onnx {
namespace {

using Ints = std::vector<std::int64_t>;
using torch::jit::Value;

// The length of one side. All sides are read where the list is used (Translation::numbers).
void size(Call& call) {
  const Value* of = call.self();
  const Value* out = call.node()->output();
  if (call.node()->inputs().size() == 1)
    return call.to.set_list(out, {});
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(of));
  call.to.set_number(out, call.to.side(call.facts(of), call.to.tensor(of), static_cast<std::size_t>(dimension)).name);
}

void count(Call& call) {
  const std::string all = call.to.emit("Size", {call.to.tensor(call.self())});
  call.to.set_number(call.node()->output(), call.to.emit("Reshape", {all, call.to.constant(Ints{1})}));
}

// A number as a tensor, or of another type.
void converted(Call& call) {
  const Value* out = call.node()->output();
  call.to.set_number(out, call.to.number_name(call.node()->input(0), call.to.type_of_number(out)));
}

void unpack(Call& call) {
  const Value* list = call.node()->input();
  const auto outputs = call.node()->outputs();
  if (outputs.empty())
    return;
  if (call.to.facts(outputs[0]).tensor) {
    const auto parts = call.to.tensors(list);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      call.returns(parts.at(i), i);
    return;
  }
  const auto parts = call.to.numbers(list);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    call.to.set_number(outputs[i], call.to.shape({parts.at(i)}));
}

void element(Call& call) {
  const Facts& place = call.to.facts(call.node()->input(1));
  if (place.varies)
    throw Unsupported("its place is known only at run time");
  const Value* list = call.node()->input(0);
  const Value* out = call.node()->output();
  const auto at = [&](std::size_t count) {
    const std::int64_t given = place.constant.toInt();
    return static_cast<std::size_t>(given < 0 ? given + static_cast<std::int64_t>(count) : given);
  };
  if (call.to.facts(out).tensor) {
    const auto parts = call.to.tensors(list);
    return call.returns(parts.at(at(parts.size())));
  }
  const auto parts = call.to.numbers(list);
  call.to.set_number(out, call.to.shape({parts.at(at(parts.size()))}));
}

// Of a tensor, or of a number; the rounded number is whole in Python.
Translate one_operand(const char* operation) {
  return [operation](Call& call) {
    const Value* in = call.node()->input(0);
    const Value* out = call.node()->output();
    if (!call.to.is_number(in))
      return call.returns(call.to.emit(operation, {call.operand(in, call.result().type)}));
    const auto type = call.to.type_of_number(in);
    const std::string name = call.to.emit(operation, {call.to.number_name(in, type)});
    call.to.set_number(out, call.to.cast(name, type, call.to.type_of_number(out)));
  };
}

} // namespace

void add_numbers(Operations& operations) {
  operations["aten::size"] = size;
  operations["aten::sym_size"] = size;
  operations["aten::numel"] = count;
  for (const char* kind :
       {"prim::NumToTensor", "aten::Int", "aten::Float", "aten::IntImplicit", "aten::FloatImplicit",
        "aten::ScalarImplicit", "aten::Bool", "aten::item", "prim::unchecked_cast", "aten::scalar_tensor"})
    operations[kind] = converted;
  operations["prim::ListUnpack"] = unpack;
  operations["aten::__getitem__"] = element;
  operations["aten::neg"] = one_operand("Neg");
  operations["aten::ceil"] = one_operand("Ceil");
  operations["aten::floor"] = one_operand("Floor");
}

} // namespace scalescope::to_onnx
