#pragma once

#include "core/features/extract_samples.h"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace scalescope {

/// The R2 of a layer.
struct LayerR2 {
  std::string layer;
  double mean = 0; ///< R2, over the repetitions; -infinity where there is none
  double standard_deviation = 0;
  double standard_error = std::numeric_limits<double>::quiet_NaN(); ///< over images; NaN where there is none
};

/// The parts of an analysis.json that later jobs, such as pruning, need.
struct AnalysisRecord {
  std::filesystem::path file;  ///< the analysis.json that this was read from
  std::string model_sha256;    ///< of the network's file; empty for an architecture with drawn weights
  std::string output;          ///< of a network that returns several tensors: the name of the one that was its output
  Tokens tokens = Tokens::All; ///< what of a transformer's tokens became features; before 0.2, the mean of all
  std::filesystem::path data;  ///< the folder or file
  std::string target;          ///< "object scale", or a column's name
  std::string objects;         ///< the rule for images with several objects, as rule_name says it
  std::vector<std::string> classes = {}; ///< only objects of these were used; empty: all
  std::string format = {};               ///< of the data; empty: found out
  bool split_masks = false;              ///< parts of label masks are objects
  bool keep_going = false;
  Protocol protocol = Protocol::Ridge;
  int input_size = 0; ///< side of the network's input in pixels
  Preprocessing preprocessing;
  std::vector<LayerR2> layers; ///< from input to output
  std::vector<Row> rows;       ///< without files

  /// The layer with the highest mean R2.
  [[nodiscard]] const LayerR2& best() const;
  /// @throws Error if it is not the analysis of this network: the SHA-256 of its file differs.
  void check_model(const ModelSource& source) const;
};

/// Reads an analysis.json of write_analysis. @throws Error with the name of the file: missing, not JSON, not an
/// analysis, or without layers.
[[nodiscard]] AnalysisRecord read_analysis(const std::filesystem::path& file);

} // namespace scalescope
