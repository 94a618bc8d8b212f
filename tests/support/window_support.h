#pragma once

#include "tests/support/workspace_support.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/window/main_window.h"

#include <memory>

namespace scalescope {

/// A window that is shown, of 1200 x 800 pixels; null if it does not appear.
[[nodiscard]] std::unique_ptr<MainWindow> shown_window();

/// Opens a network and images in it, and waits until all is shown. @return false if that does not happen.
[[nodiscard]] bool open_in(MainWindow& window, const ModelSource& network, const RunOptions& options,
                           const QString& images);

/// The request of the analysis dialog if only its repetitions are changed.
[[nodiscard]] AnalysisRequest analysis_request(MainWindow& window, int repetitions);

} // namespace scalescope
