#include "ui/growing_curve.h"

#include <algorithm>
#include <limits>

namespace scalescope {

GrowingCurve::GrowingCurve(std::string network, std::vector<std::string> layers, std::vector<int> depths,
                           std::vector<int> channels)
    : network_(std::move(network)), layers_(std::move(layers)), depths_(std::move(depths)),
      channels_(std::move(channels)) {}

void GrowingCurve::add(const PartialCurve& part) {
  auto& of_layers = values_[part.control];
  of_layers.resize(layers_.size());
  of_layers[part.layer].push_back(part.r2);
}

CurveData GrowingCurve::data() const {
  CurveData data;
  data.figure.title = "R² of object scale by layer";
  data.figure.subtitle = network_;
  data.figure.layers = layers_;
  data.depths = depths_;
  data.channels = channels_;
  data.partial = partial_;
  for (const auto& [control, of_layers] : values_) { // "" comes first: the network itself
    CurveSeries series{control.empty() ? network_ : control, {}, {}, !control.empty()};
    for (const auto& values : of_layers) {
      const LayerScore score{values};
      const bool known = !values.empty();
      series.mean.push_back(known ? score.mean() : std::numeric_limits<double>::quiet_NaN());
      series.deviation.push_back(known ? score.deviation() : std::numeric_limits<double>::quiet_NaN());
      data.repetitions = std::max(data.repetitions, static_cast<int>(values.size()));
    }
    data.figure.series.push_back(std::move(series));
  }
  return data;
}

} // namespace scalescope
