#pragma once

#include "core/report/curve_figure.h"

#include <QString>
#include <QStringList>

#include <filesystem>
#include <vector>

namespace scalescope {

/// A curve for the window: R2 by layer, complete or partial.
struct CurveData {
  CurveFigure figure;                  ///< layers and series; NaN where a layer is not scored yet
  std::vector<int> depths;             ///< Layer::depth, one a layer
  std::vector<int> channels;           ///< one a layer
  std::vector<CurveSeries> other_fits; ///< curves of other ways of fitting, on one repetition; may be empty
  std::string sensitivity_note;        ///< where they differ; "" if nowhere
  bool partial = false;                ///< the analysis is running, or was stopped
  int repetitions = 0;                 ///< number of repetitions in the values
};

/// Short names for an axis: "_blocks.12" becomes "b12", "layers.2.blocks.5" "l2.b5". If two would be equal, all names
/// stay unchanged.
[[nodiscard]] QStringList short_layer_names(const std::vector<std::string>& layers);

/// A value as text: two decimals, fewer for large values; "not yet" for NaN.
[[nodiscard]] QString r2_text(double mean);
/// The value with its standard deviation, "0.72 ± 0.01".
[[nodiscard]] QString r2_text(double mean, double standard_deviation);
/// The value of a layer with its interval over images, "0.72 [0.64, 0.78]", or with its standard deviation if the
/// series has no intervals.
[[nodiscard]] QString r2_text(const CurveSeries& series, std::size_t layer);

/// One line about the values: "mean of 10 repetitions, bars: 95 % interval over images", "partial: 7 of 19 layers,
/// ...".
[[nodiscard]] QString curve_note(const CurveData& data);
/// Every value of a layer, one line per series.
[[nodiscard]] QString layer_note(const CurveData& data, std::size_t layer);
/// The layer with the highest value of the first series; -1 if it has no values.
[[nodiscard]] int peak_of(const CurveData& data);

/// Writes the curve as .png, .svg, .pdf or .csv: the files of the command line, and the same figure as PDF. The figure
/// of a partial curve says that it is partial. @throws Error with the name of the file for another ending, a curve
/// without values, or a file that can't be written. @param inputs files that must not be overwritten.
void save_curve(const CurveData& data, const QString& path, const std::vector<std::filesystem::path>& inputs = {});

} // namespace scalescope
