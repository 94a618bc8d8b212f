#pragma once

#include "core/probe/folds.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace scalescope {

/// The folds as JSON (documented in folds_json.cpp), and back.
/// @param source names the file in messages. @param rows the present rows; the splits are returned in their order.
/// @throws Error if the JSON is not folds, or if its rows are not exactly the present ones.
[[nodiscard]] nlohmann::json to_json(const Folds& folds);
[[nodiscard]] Folds folds_from_json(const nlohmann::json& json, std::span<const std::string> rows,
                                    const std::string& source);

} // namespace scalescope
