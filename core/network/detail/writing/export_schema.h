#pragma once
// The small parts of a torch.export program as JSON. Source: torch/_export/serde/schema.py.

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace scalescope::export_schema {

using nlohmann::json;

/// What the number of images is called.
inline constexpr const char* images_symbol = "s0";

/// A number that is factor * images + rest.
struct Affine {
  std::int64_t factor = 0;
  std::int64_t rest = 0;
};

/// A size; one that depends on the number of images with its value for so many.
[[nodiscard]] json size(const Affine& size, std::int64_t images);

/// torch.export's own numbers. @throws Error for a type that an archive is not written with.
[[nodiscard]] std::int64_t number_of(at::ScalarType type);
[[nodiscard]] std::int64_t number_of(at::MemoryFormat format);

[[nodiscard]] json cpu();
/// A tensor's type and form, from sizes and strides as size() makes them.
[[nodiscard]] json meta_of(at::ScalarType type, json sizes, json strides, bool requires_grad);
[[nodiscard]] json meta_of(const at::Tensor& tensor, bool requires_grad);
/// A number; as a text where JSON has none for it.
[[nodiscard]] json real(double number);
[[nodiscard]] json named(const std::string& name);
[[nodiscard]] json as_tensor(const std::string& name);

} // namespace scalescope::export_schema
