#include "core/network/detail/writing/export_schema.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

namespace scalescope::export_schema {

json size(const Affine& size, std::int64_t images) {
  if (size.factor == 0)
    return {{"as_int", size.rest}};
  const std::string symbol = fmt::format("Symbol('{}', positive=True, integer=True)", images_symbol);
  std::string text = size.factor == 1 ? symbol : fmt::format("{}*{}", size.factor, symbol);
  if (size.rest != 0)
    text += fmt::format(" + {}", size.rest);
  return {{"as_expr", {{"expr_str", text}, {"hint", {{"as_int", size.factor * images + size.rest}}}}}};
}

std::int64_t number_of(at::ScalarType type) {
  static const std::map<at::ScalarType, std::int64_t> numbers = {
      {at::kByte, 1}, {at::kChar, 2},  {at::kShort, 3},  {at::kInt, 4},   {at::kLong, 5},
      {at::kHalf, 6}, {at::kFloat, 7}, {at::kDouble, 8}, {at::kBool, 12}, {at::kBFloat16, 13}};
  const auto found = numbers.find(type);
  if (found == numbers.end())
    throw Error(fmt::format("The network computes with numbers of the type {}, which a .pt2 archive is not written "
                            "with; write it with --format torchscript.",
                            c10::toString(type)));
  return found->second;
}

std::int64_t number_of(at::MemoryFormat format) {
  switch (format) {
  case at::MemoryFormat::Contiguous:
    return 1;
  case at::MemoryFormat::ChannelsLast:
    return 2;
  case at::MemoryFormat::ChannelsLast3d:
    return 3;
  default:
    return 4; // as it is
  }
}

json cpu() { return {{"type", "cpu"}, {"index", nullptr}}; }

json meta_of(at::ScalarType type, json sizes, json strides, bool requires_grad) {
  return {{"dtype", number_of(type)},
          {"sizes", std::move(sizes)},
          {"requires_grad", requires_grad},
          {"device", cpu()},
          {"strides", std::move(strides)},
          {"storage_offset", {{"as_int", 0}}},
          {"layout", 7}}; // strided
}

json meta_of(const at::Tensor& tensor, bool requires_grad) {
  const auto numbers = [](at::IntArrayRef all) {
    json list = json::array();
    for (const std::int64_t one : all)
      list.push_back({{"as_int", one}});
    return list;
  };
  return meta_of(tensor.scalar_type(), numbers(tensor.sizes()), numbers(tensor.strides()), requires_grad);
}

json real(double number) {
  if (std::isfinite(number))
    return number;
  return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity"; // JSON has none of them
}

json named(const std::string& name) { return {{"name", name}}; }
json as_tensor(const std::string& name) { return {{"as_tensor", named(name)}}; }

} // namespace scalescope::export_schema
