#pragma once

#include "core/jobs/curve_job.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// Adds the options for network, data and regression, which `analyze` and all experiments share. The defaults are those
/// of the job.
/// @param with_data whether the command reads a data set. @param with_curve whether it ends in a curve.
void add_curve_options(CLI::App& command, CurveJob& job, bool with_data = true, bool with_curve = true);

} // namespace scalescope
