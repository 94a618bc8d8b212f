#include "tests/support/window_support.h"

namespace scalescope {

AnalysisRequest analysis_request(MainWindow& window, int repetitions) {
  const AnalysisDialog dialog(*window.explorer().network(), window.workspace().images().samples(),
                              window.explorer().preprocessing());
  AnalysisRequest request = dialog.request();
  request.job.repetitions = repetitions;
  request.setup.settings.repetitions = repetitions;
  return request;
}

} // namespace scalescope
