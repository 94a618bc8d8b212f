#pragma once

#include "core/report/curve_figure.h"

#include <QString>
#include <QStringList>

#include <filesystem>
#include <vector>

namespace scalescope {

/// A curve for the window: R2 by layer, whole or as far as it is known.
struct CurveData {
  CurveFigure figure;        ///< layers and series; NaN where a layer is not scored yet
  std::vector<int> depths;   ///< Layer::depth, one a layer
  std::vector<int> channels; ///< one a layer
  bool partial = false;      ///< the analysis is running, or was stopped
  int repetitions = 0;       ///< that the values stand for
};

/// Names for an axis: "_blocks.12" becomes "b12"; all stay as they are if two became the same.
[[nodiscard]] QStringList short_layer_names(const std::vector<std::string>& layers);

/// A value for reading: two decimals, fewer where it is large; "not yet" for NaN.
[[nodiscard]] QString r2_text(double mean);
/// The value with its standard deviation, "0.72 ± 0.01".
[[nodiscard]] QString r2_text(double mean, double standard_deviation);

/// What the values stand for, in a line: "mean ± sd over 10 repetitions", "partial: 7 of 19 layers, ...".
[[nodiscard]] QString curve_note(const CurveData& data);
/// Every value of a layer, a line a series.
[[nodiscard]] QString layer_note(const CurveData& data, std::size_t layer);
/// The layer where the first series is highest; -1 where it has no values.
[[nodiscard]] int peak_of(const CurveData& data);

/// Writes the curve as .png, .svg, .pdf or .csv: the files of the command line, and the same figure as PDF. A partial
/// curve's figure says that it is one. @throws Error naming the file for another ending, a curve without values, or a
/// file that can't be written. @param inputs files that it must not replace.
void save_curve(const CurveData& data, const QString& path, const std::vector<std::filesystem::path>& inputs = {});

} // namespace scalescope
