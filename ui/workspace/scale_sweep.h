#pragma once

#include "core/experiment/sweep.h"
#include "core/probe/probe.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace scalescope {

struct ClassProbabilities {
  QString name;
  std::vector<double> probability; ///< by scale, 0 .. 1
};

/// How the network answers when the object on the stage is shown at many scales. While the sweep is running, what has
/// not been computed yet is NaN.
struct ScaleSweep {
  int done = 0;                  ///< scales computed so far
  std::vector<double> scale;     ///< all, of the object, fraction of the image (0 .. 1), ascending
  QString layer;                 ///< that `predicted` and `activation` are of
  std::vector<double> predicted; ///< by its regression; empty where none has been fitted
  std::vector<bool> guessed;     ///< those of them beyond what was fitted; as many, or none: all are within
  int channel = -1;
  std::vector<double> activation;          ///< mean of the channel; empty where none is chosen
  std::vector<ClassProbabilities> classes; ///< likeliest first; empty for a network without classes
};

/// The sweep as curves over scale. @param regression of the object scale on the layer, nullptr where there is none.
/// @param channel of the layer, -1: none. @param names of the classes.
[[nodiscard]] ScaleSweep scale_sweep(const std::vector<SweepPoint>& points, const QString& layer,
                                     const Regression* regression, int channel, const QStringList& names);

} // namespace scalescope
