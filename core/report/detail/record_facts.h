#pragma once

#include "core/report/html_report.h"

#include <nlohmann/json_fwd.hpp>

#include <initializer_list>

namespace scalescope {

/// The given parts of a record as facts: "settings.preprocessing.mode" and so on, each with its value.
[[nodiscard]] ReportFacts facts_of(const nlohmann::json& record, std::initializer_list<const char*> parts);

} // namespace scalescope
