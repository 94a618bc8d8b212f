#include "core/experiment/layer_measures.h"

namespace scalescope {

void add_control(LayerMeasures& measures, const LayerMeasures& random) {
  for (std::size_t i = 0; i < measures.figures.size(); ++i)
    for (std::size_t c = 0; c < random.figures.at(i).curves.size(); ++c)
      if (CurveSeries curve = random.figures[i].curves[c]; !curve.control) {
        curve.name += ", random weights";
        curve.control = true;
        curve.control_of = c;
        measures.figures[i].curves.push_back(std::move(curve));
      }
}

} // namespace scalescope
