#include "ui/workspace/scale_sweep.h"

#include "ui/workspace/class_names.h"

namespace scalescope {
namespace {

constexpr std::size_t classes_swept = 3;

} // namespace

ScaleSweep scale_sweep(const std::vector<SweepPoint>& points, const QString& layer, const Regression* regression,
                       int channel, const QStringList& names) {
  ScaleSweep sweep;
  sweep.done = static_cast<int>(points.size());
  sweep.layer = layer;
  sweep.channel = channel;
  const std::vector<std::size_t> classes = likeliest_classes(points, classes_swept);
  for (const std::size_t c : classes)
    sweep.classes.push_back({class_name(names, c, points.front().probabilities.size()), {}});
  for (const SweepPoint& point : points) {
    sweep.scale.push_back(point.fraction);
    if (regression != nullptr && regression->weights.size() == point.pooled.size()) {
      sweep.predicted.push_back(regression->predict(point.pooled));
      sweep.guessed.push_back(!regression->covers(point.pooled) || !regression->covers_target(point.fraction));
    }
    if (channel >= 0 && channel < static_cast<int>(point.pooled.size()))
      sweep.activation.push_back(point.pooled[static_cast<std::size_t>(channel)]);
    for (std::size_t i = 0; i < classes.size(); ++i)
      sweep.classes[i].probability.push_back(point.probabilities[classes[i]]);
  }
  return sweep;
}

} // namespace scalescope
