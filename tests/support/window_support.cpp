#include "tests/support/window_support.h"

#include <QSignalSpy>
#include <QTest>

namespace scalescope {

std::unique_ptr<MainWindow> shown_window() {
  auto window = std::make_unique<MainWindow>();
  window->resize(1200, 800);
  window->show();
  return QTest::qWaitForWindowExposed(window.get()) ? std::move(window) : nullptr;
}

bool open_in(MainWindow& window, const ModelSource& network, const RunOptions& options, const QString& images) {
  QSignalSpy opened(&window.explorer(), &Explorer::network_opened);
  window.explorer().worker().open(network, options);
  if (!opened.wait(patience))
    return false;
  window.open_images({images});
  return QTest::qWaitFor([&] { return window.explorer().has_object() && window.settled(); }, patience);
}

AnalysisRequest analysis_request(MainWindow& window, int repetitions) {
  const AnalysisDialog dialog(*window.explorer().network(), window.workspace().images().samples(),
                              window.explorer().preprocessing());
  AnalysisRequest request = dialog.request();
  request.job.repetitions = repetitions;
  request.setup.settings.repetitions = repetitions;
  return request;
}

} // namespace scalescope
