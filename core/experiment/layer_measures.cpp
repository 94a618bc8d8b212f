#include "core/experiment/layer_measures.h"

namespace scalescope {

void add_control(LayerMeasures& measures, const LayerMeasures& random) {
  for (std::size_t i = 0; i < measures.figures.size(); ++i)
    for (CurveSeries curve : random.figures.at(i).curves)
      if (!curve.control) {
        curve.name += ", random weights";
        curve.control = true;
        measures.figures[i].curves.push_back(std::move(curve));
      }
}

} // namespace scalescope
