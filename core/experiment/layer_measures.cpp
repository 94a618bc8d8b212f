#include "core/experiment/layer_measures.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace scalescope {

void add_control(LayerMeasures& measures, const LayerMeasures& random) {
  for (std::size_t i = 0; i < measures.figures.size(); ++i) {
    const std::span curves = random.figures.at(i).curves;
    for (CurveSeries curve : curves.first(std::min(curves.size(), measures.figures[i].with_control)))
      if (!curve.control && std::ranges::any_of(curve.mean, [](double value) { return std::isfinite(value); })) {
        curve.name += ", random weights";
        curve.control = true;
        measures.figures[i].curves.push_back(std::move(curve));
      }
  }
}

} // namespace scalescope
