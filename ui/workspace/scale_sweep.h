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

/// The network's response to the object on the stage at many scales. Values that are not computed yet are NaN.
struct ScaleSweep {
  int done = 0;                  ///< scales computed so far
  std::vector<double> scale;     ///< all object scales, as fractions of the image (0 .. 1), ascending
  QString layer;                 ///< the layer of `predicted` and `activation`
  std::vector<double> predicted; ///< by the layer's regression; empty if there is none
  std::vector<bool> guessed;     ///< whether each prediction is a guess; empty if none is
  int channel = -1;
  std::vector<double> activation;          ///< mean of the channel; empty if none is chosen
  std::vector<ClassProbabilities> classes; ///< most likely first; empty for a network without classes
};

/// The sweep as curves over scale. @param regression from the layer to object scale, nullptr if there is none.
/// @param channel of the layer, -1: none. @param names of the classes.
[[nodiscard]] ScaleSweep scale_sweep(const std::vector<SweepPoint>& points, const QString& layer,
                                     const Regression* regression, int channel, const QStringList& names);

} // namespace scalescope
