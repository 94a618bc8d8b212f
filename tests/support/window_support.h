#pragma once

#include "tests/support/workspace_support.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/window/main_window.h"

namespace scalescope {

/// The request of the analysis dialog if only its repetitions are changed.
[[nodiscard]] AnalysisRequest analysis_request(MainWindow& window, int repetitions);

} // namespace scalescope
