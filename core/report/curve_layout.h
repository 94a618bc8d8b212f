#pragma once

#include "core/report/curve_figure.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// The layout of a figure of curves, in units of the SVG document (96 per inch).
class CurveLayout {
 public:
  struct Legend {
    double x = 0;
    double y = 0;
    std::string name; ///< elided
  };
  struct LayerLabel {
    std::size_t layer = 0;
    std::string name; ///< elided
  };

  explicit CurveLayout(const CurveFigure& figure);

  static constexpr double label_size = 11; ///< of the font
  static constexpr double note_size = 9.5; ///< of the numbers under the axis
  static constexpr double clipped_row = 21;
  static constexpr double swatch = 24; ///< of the legend

  double width = 960;
  double height = 0;
  double left = 0; ///< of the area between the axes
  double right = 0;
  double top = 0;
  double bottom = 0;
  double low = 0; ///< at the bottom
  double high = 1;
  double tick_step = 0.1;
  int tick_decimals = 1;
  double spacing = 0; ///< from layer to layer
  bool slanted = false;
  std::vector<double> ticks;
  std::vector<Legend> legend;                   ///< one per series
  std::vector<LayerLabel> labels;               ///< some of the layers, if there are many
  std::optional<double> depths_y;               ///< baseline of the layers' depths, if they are known
  double labels_y = 0;                          ///< top of the layers' labels
  std::vector<std::optional<double>> clipped_y; ///< one per series: where the row of its clipped values begins

  [[nodiscard]] double x(std::size_t layer) const;
  [[nodiscard]] double y(double value) const; ///< not clipped
  [[nodiscard]] bool is_clipped(double value) const { return value < low; }

 private:
  void choose_values(const CurveFigure& figure);
  void place_legend(const CurveFigure& figure);
  void place_layers(const CurveFigure& figure);

  double inset_ = 18; ///< from an axis to the first or last layer
  double labels_height_ = 0;
};

/// The distance of an axis' ticks: 1, 2, 2.5 or 5 times a power of ten, at least that.
[[nodiscard]] double nice_step(double least);
/// The decimals that ticks at that distance need.
[[nodiscard]] int decimals_of(double step);
/// The value of a layer; NaN if there is none.
[[nodiscard]] double value_at(const std::vector<double>& values, std::size_t layer);
/// The error bar of a layer: its interval over images if the series has intervals, else mean ± standard deviation. If
/// there is no bar, both ends are the mean.
[[nodiscard]] Interval bar_at(const CurveSeries& series, std::size_t layer);

} // namespace scalescope
