#pragma once

#include "core/base/enum_names.h"

#include <CLI/CLI.hpp>

#include <map>
#include <string>

namespace scalescope {

/// Converts the names of an enumeration to its values, and refuses others. @param but a value that this option does not
/// allow.
template <NamedEnum Enum>
[[nodiscard]] CLI::CheckedTransformer named(std::optional<Enum> but = {}) {
  std::map<std::string, Enum> names;
  for (const auto& [name, value] : enum_names<Enum>)
    if (value != but)
      names.emplace(name, value);
  return CLI::CheckedTransformer(names);
}

} // namespace scalescope
