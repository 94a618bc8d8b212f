#pragma once
// Small inputs for tests of the workspace and the window; the same for the same seed.

#include "core/network/network.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "tests/support/support.h"

#include <QSettings>
#include <QTemporaryDir>

namespace scalescope {

constexpr int patience = 60000; ///< ms, for background work

inline ModelSource drawn_resnet18(std::uint64_t seed = 1) {
  return {.file = {}, .architecture = "resnet18", .random_weights = true, .seed = seed};
}
inline RunOptions small_input() {
  RunOptions options;
  options.input_size = 64;
  return options;
}

/// Sets up the test's own cache and settings, and 30 images in FOLDER/scenes.
inline void prepare_window_test(const QTemporaryDir& folder) {
  qputenv("XDG_CACHE_HOME", folder.filePath("cache").toUtf8());
  QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.filePath("settings"));
  write_scenes(to_path(folder.filePath("scenes")), 30, {.width = 160, .height = 160, .max_scale = 0.3});
}

} // namespace scalescope
