#pragma once

#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// Names and values, as a report lists them: settings, seeds, versions.
using Facts = std::vector<std::pair<std::string, std::string>>;

} // namespace scalescope
