#include "core/experiment/layer_measures.h"

#include <algorithm>
#include <cmath>

namespace scalescope {

void add_control(LayerMeasures& measures, const LayerMeasures& random) {
  for (std::size_t i = 0; i < measures.figures.size(); ++i) {
    const MeasureFigure& figure = random.figures.at(i);
    for (std::size_t c = 0; c < std::min(figure.curves.size(), figure.with_control); ++c) {
      CurveSeries curve = figure.curves[c];
      if (curve.control || std::ranges::none_of(curve.mean, [](double value) { return std::isfinite(value); }))
        continue;
      curve.name += ", random weights";
      curve.control = true;
      curve.control_of = c;
      measures.figures[i].curves.push_back(std::move(curve));
    }
  }
}

} // namespace scalescope
