#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace scalescope {

/// The names of an enumeration's values in options and files: a std::array of (name, value) in the order in which they
/// are listed for people. A value may have further names behind its first, which are understood, but not listed. Each
/// enumeration with names specialises it next to its definition.
template <typename Enum>
inline constexpr auto enum_names = nullptr;

template <typename Enum>
concept NamedEnum = !std::is_null_pointer_v<std::remove_const_t<decltype(enum_names<Enum>)>>;

/// The (first) name of a value: "bfloat16" for Precision::BFloat16. "" if it has none.
template <NamedEnum Enum>
[[nodiscard]] std::string text_of(Enum value) {
  const auto& names = enum_names<Enum>;
  const auto found = std::ranges::find(names, value, [](const auto& one) { return one.second; });
  return found == names.end() ? std::string() : std::string(found->first);
}

/// The value of that name; no value for any other.
template <NamedEnum Enum>
[[nodiscard]] std::optional<Enum> enum_of(std::string_view name) {
  for (const auto& [known, value] : enum_names<Enum>)
    if (known == name)
      return value;
  return std::nullopt;
}

/// The first names of all values, for messages: "auto, openvino, libtorch".
template <NamedEnum Enum>
[[nodiscard]] std::string names_text() {
  std::string text;
  for (const auto& [name, value] : enum_names<Enum>)
    if (name == text_of(value))
      text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

} // namespace scalescope
