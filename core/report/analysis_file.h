#pragma once

#include <filesystem>
#include <string>

namespace scalescope {

/// The layer with the highest mean R2 in an analysis.json. @throws Error naming the file if it is none.
[[nodiscard]] std::string best_layer_in(const std::filesystem::path& analysis);

} // namespace scalescope
