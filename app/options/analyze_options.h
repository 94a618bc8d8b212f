#pragma once

#include "app/options/model_options.h"
#include "app/options/preprocess_options.h"
#include "core/report/analysis_report.h"
#include "datasets/readers.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace scalescope {

/// The options that say what is run, on which data and how a curve is made of it, and what follows from them; the same
/// in `analyze` and in every experiment.
struct AnalyzeOptions {
  ModelOptions model;
  std::string data;
  std::string out;
  std::vector<std::string> layers{"blocks"};
  PreprocessOptions preprocess;
  std::string preprocessing_reason; ///< why it was chosen, for the record
  ReadOptions read;
  std::vector<std::string> controls;
  AnalysisSettings settings;
  bool quiet = false;

  /// @param with_data whether the command reads a data set. @param with_curve whether it ends in a curve.
  void add_to(CLI::App& command, bool with_data = true, bool with_curve = true);

  /// Reads the data set, and prints its remarks. @throws Error if it holds nothing.
  [[nodiscard]] SampleSet samples() const;
  /// Prints the first of them to stderr, and how many more there are.
  void print_remarks(const std::vector<Remark>& remarks) const;
  /// Opens the network and fills in what of `settings` hangs on it.
  [[nodiscard]] Network open();
  /// Prints what is about to be done. @param images "184 images to read, 3 left out".
  void print_plan(const Network& network, const std::string& images) const;
  /// Both halves of an experiment, with a line that shows the progress; notes and what was left out go to stderr.
  [[nodiscard]] Analysis analyse(const Network& network, const MakeRows& make_rows) const;
  /// For the record.
  [[nodiscard]] AnalysisContext context(const SampleSet& samples) const;
  void print_summary(const Analysis& analysis, std::size_t left_out, const std::string& written) const;
};

} // namespace scalescope
