#include "core/experiment/layer_measures.h"

namespace scalescope {

void add_control(LayerMeasures& measures, const LayerMeasures& random) {
  for (std::size_t i = 0; i < measures.figures.size(); ++i) {
    const MeasureFigure& figure = random.figures.at(i);
    CurveSeries& control = measures.figures[i].curves.emplace_back(figure.curves.at(figure.main));
    control.name += ", random weights";
    control.control = true;
  }
}

} // namespace scalescope
