#include "tests/support/window_support.h"

#include <QSettings>

namespace scalescope {

void prepare_window_test(const QTemporaryDir& folder) {
  qputenv("XDG_CACHE_HOME", folder.filePath("cache").toUtf8());
  QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.filePath("settings"));
  write_scenes(to_path(folder.filePath("scenes")), 30, {.width = 160, .height = 160, .max_scale = 0.3});
}

AnalysisRequest analysis_request(MainWindow& window, int repetitions) {
  const AnalysisDialog dialog(*window.explorer().network(), window.findChild<ImagePanel*>()->samples(),
                              window.explorer().preprocessing());
  AnalysisRequest request = dialog.request();
  request.settings.repetitions = repetitions;
  return request;
}

} // namespace scalescope
