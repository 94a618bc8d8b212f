#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// One line of the figure: one value per layer, with its spread.
struct CurveSeries {
  std::string name;                       ///< "trained weights", "random weights", ...
  std::vector<double> mean;               ///< one per layer; NaN leaves a gap
  std::vector<double> standard_deviation; ///< one per layer, drawn as error bars
  bool control = false;                   ///< drawn dashed and grey behind the others
};

/// The content of a figure of R2 by layer.
struct CurveFigure {
  std::string title;               ///< "R² of object scale by layer"
  std::string subtitle;            ///< model, data, protocol: one line
  std::string y_label = "R²";      ///< of the held-out rows
  std::vector<std::string> layers; ///< x axis, from input to output
  std::vector<CurveSeries> series; ///< the peak of the first is marked
  bool mark_peak = true;
  std::string x_label = "layer, from input to output";
};

/// The figure as an SVG document with real text, on white, in colours that colour-blind readers can distinguish. Values
/// far below zero (ordinary least squares overfits to -1000 and less) are clipped at the axis and marked with their
/// number.
[[nodiscard]] std::string to_svg(const CurveFigure& figure);

/// An SVG document as a PNG file's bytes. @param scale pixels per unit of the document. @throws Error if it can't be
/// drawn.
[[nodiscard]] std::vector<std::uint8_t> render_png(const std::string& svg, double scale = 2);
/// An SVG document as a PDF file's bytes: one page of the document's size, with real text. @throws Error likewise.
[[nodiscard]] std::vector<std::uint8_t> render_pdf(const std::string& svg);

} // namespace scalescope
