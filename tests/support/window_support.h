#pragma once

#include "tests/support/workspace_support.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/window/main_window.h"

namespace scalescope {

/// What the analysis dialog asks for if only its repetitions are changed.
inline AnalysisRequest analysis_request(MainWindow& window, int repetitions) {
  const AnalysisDialog dialog(*window.explorer().network(), window.workspace().images().samples(),
                              window.explorer().preprocessing());
  AnalysisRequest request = dialog.request();
  request.settings.repetitions = repetitions;
  return request;
}

} // namespace scalescope
