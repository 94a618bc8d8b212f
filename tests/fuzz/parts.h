#pragma once
// Inputs of fuzzing that are easier to change than archives: a text of parts, each behind a line "--- NAME".

#include <string>
#include <utility>
#include <vector>

using Parts = std::vector<std::pair<std::string, std::string>>; ///< names and contents

/// The parts of an input; none if it is a file as it stands.
[[nodiscard]] Parts parts_of(const std::string& input);

/// The input of these parts.
[[nodiscard]] std::string input_of(const Parts& parts);

/// A zip with these entries in the folder "a", not compressed, as PyTorch writes them.
[[nodiscard]] std::string zip_of(const Parts& parts);
