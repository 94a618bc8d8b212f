#pragma once

#include "core/jobs/curve_job.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// The options that say what is run, on which data and how a curve is made of it; the same in `analyze` and in every
/// experiment. Defaults are those that the job comes with.
/// @param with_data whether the command reads a data set. @param with_curve whether it ends in a curve.
void add_curve_options(CLI::App& command, CurveJob& job, bool with_data = true, bool with_curve = true);

} // namespace scalescope
