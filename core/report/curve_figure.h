#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// One line of the figure: a value a layer, with its spread.
struct CurveSeries {
  std::string name;                       ///< "trained weights", "random weights", ...
  std::vector<double> mean;               ///< one a layer; NaN leaves a gap
  std::vector<double> standard_deviation; ///< one a layer, drawn as error bars
  bool control = false;                   ///< drawn dashed and grey behind the others
};

/// R2 by layer, ready to draw.
struct CurveFigure {
  std::string title;               ///< "R² of object scale by layer"
  std::string subtitle;            ///< model, data, protocol: one line
  std::string y_label = "R²";      ///< of the held-out rows
  std::vector<std::string> layers; ///< x axis, from input to output
  std::vector<CurveSeries> series; ///< the first is the one whose peak is marked
  bool mark_peak = true;
  std::string x_label = "layer, from input to output";
};

/// The figure as an SVG document with real text, on white, in colours that colour-blind readers tell apart. Values far
/// below zero (ordinary least squares overfits to -1000 and less) are clipped at the axis and marked with their number.
[[nodiscard]] std::string to_svg(const CurveFigure& figure);

/// An SVG document as a PNG file's bytes. @param scale pixels a unit of the document. @throws Error if it can't be
/// drawn.
[[nodiscard]] std::vector<std::uint8_t> render_png(const std::string& svg, double scale = 2);
/// An SVG document as a PDF file's bytes: one page of the document's size, with real text. @throws Error likewise.
[[nodiscard]] std::vector<std::uint8_t> render_pdf(const std::string& svg);

} // namespace scalescope
