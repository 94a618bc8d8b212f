#pragma once

#include "core/jobs/preprocessing_choice.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// The options that say how pixels are scaled; the same in every command that runs a network on images.
void add_preprocessing_options(CLI::App& command, PreprocessingChoice& choice);

} // namespace scalescope
