#include "core/experiment/layer_measures.h"

#include <algorithm>
#include <cmath>

namespace scalescope {

void add_control(LayerMeasures& measures, const LayerMeasures& random) {
  for (std::size_t i = 0; i < measures.figures.size(); ++i) {
    const MeasureFigure& figure = random.figures.at(i);
    for (const std::size_t main : figure.main) {
      CurveSeries control = figure.curves.at(main);
      if (std::ranges::none_of(control.mean, [](double value) { return std::isfinite(value); }))
        continue;
      control.name += ", random weights";
      control.control = true;
      control.control_of = main;
      measures.figures[i].curves.push_back(std::move(control));
    }
  }
  if (!random.in_short.empty())
    measures.text.headline += " With random weights, " + random.in_short + ".";
}

} // namespace scalescope
