#pragma once

#include "core/experiment/experiment_text.h"
#include "core/image/sample.h"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace scalescope {

/// Curves over the layers that share an axis: a figure of the report.
struct MeasureFigure {
  std::string file;  ///< of the figure, without ".svg"
  std::string title; ///< "Equivariance and invariance by layer"
  std::string y_label;
  std::string caption; ///< a sentence about the figure
  std::vector<CurveSeries> curves;
  /// How many of the curves, the first ones, are also shown with random weights.
  std::size_t with_control = std::numeric_limits<std::size_t>::max();
  bool with_bars = true; ///< whether the report shows intervals; the files always have them
};

/// What is listed beside the curves. Cells are plain text; every row has as many as the header.
struct MeasureTable {
  std::string file;    ///< of the table, without ".csv"
  std::string heading; ///< in the report
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::size_t text_columns = 1; ///< the first ones; the others are numbers
  bool in_report = true;        ///< a long one is only a file
};

/// Values of pairs, such as of the layers of two networks: a figure and a table of the report.
struct MeasureMap {
  std::string file; ///< of the figure and the table, without extension
  std::string title;
  std::string caption;
  std::string row_label; ///< what the rows are
  std::string column_label;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<std::vector<double>> values; ///< rows x columns; from 0 to 1
};

/// The result of an experiment that measures something else at each layer than how well a target is read from it.
struct LayerMeasures {
  ExperimentText text; ///< its name, headline, question, settings and remarks; `more` is not used
  std::vector<std::string> layers;
  std::vector<int> depths; ///< Layer::depth of each
  std::vector<MeasureFigure> figures;
  std::vector<MeasureTable> tables = {};
  std::vector<MeasureMap> maps = {};
  std::vector<LeftOut> left_out = {};
  std::vector<Remark> remarks = {};    ///< on the data; see Remark
  std::vector<std::string> notes = {}; ///< for readers of the figures
};

/// Adds the curves of the same experiment with random weights to its figures, as controls of their own curves. Those
/// without any value are left out.
void add_control(LayerMeasures& measures, const LayerMeasures& random);

} // namespace scalescope
