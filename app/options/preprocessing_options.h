#pragma once

#include "core/jobs/preprocessing_choice.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// Adds the options for scaling pixels, which all commands with images share.
void add_preprocessing_options(CLI::App& command, PreprocessingChoice& choice);

} // namespace scalescope
