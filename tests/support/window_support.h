#pragma once

#include "datasets/scenes.h"
#include "tests/support/support.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/window/main_window.h"

#include <QSettings>
#include <QTemporaryDir>

namespace scalescope {

constexpr int patience = 60000; ///< ms, for what runs in the background

/// What tests of the window open: small, and the same for one seed.
inline ModelSource drawn_resnet18(std::uint64_t seed = 1) {
  return {.file = {}, .architecture = "resnet18", .random_weights = true, .seed = seed};
}
inline RunOptions small_input() {
  RunOptions options;
  options.input_size = 64;
  return options;
}

/// Cache and settings of the test's own, and 30 images in FOLDER/scenes.
void prepare_window_test(const QTemporaryDir& folder);

/// What the analysis dialog asks for if only its repetitions are changed.
[[nodiscard]] AnalysisRequest analysis_request(MainWindow& window, int repetitions);

} // namespace scalescope
