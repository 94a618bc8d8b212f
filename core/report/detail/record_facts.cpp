#include "core/report/detail/record_facts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

static void flatten(const json& value, const std::string& name, ReportFacts& into) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      flatten(inner, fmt::format("{}.{}", name, key), into);
  } else {
    into.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

ReportFacts facts_of(const json& record, std::initializer_list<const char*> parts) {
  ReportFacts facts;
  for (const char* part : parts)
    if (record.contains(part))
      flatten(record[part], part, facts);
  return facts;
}

} // namespace scalescope
