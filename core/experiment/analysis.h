#pragma once

#include "core/experiment/extraction.h"

#include <filesystem>
#include <optional>

namespace scalescope {

/// What to find out.
struct AnalysisSettings {
  ExtractionSettings extraction;
  Protocol protocol = Protocol::Robust;
  int repetitions = 10;
  std::uint32_t seed = 0;
  std::filesystem::path folds;         ///< a file of folds to use instead of drawing them; empty: draw
  bool random_weights_control = false; ///< the same with the network's weights drawn anew
  bool random_scale_control = false;   ///< the same with the targets permuted among groups, anew for each repetition
};

/// A control's curve.
struct ControlCurve {
  std::string name; ///< "random weights", "random scale"
  Scores scores;    ///< one a layer
};

/// The answer: how well the target is read from each layer.
struct Analysis {
  std::vector<ProbeLayer> layers;
  std::vector<int> depths; ///< Layer::depth of each
  Scores scores;
  std::vector<ControlCurve> controls;
  Folds folds;
  Extraction extraction;
  double fit_seconds = 0;
  /// The layer with the highest mean R2.
  [[nodiscard]] std::size_t peak() const;
};

/// The main job: run the network once over the samples, then regress the target on each layer's pooled features.
/// @param source and `options` opened `network`: the control with random weights opens it again.
/// @throws Error, Cancelled when stopped.
[[nodiscard]] Analysis analyse(const Network& network, const ModelSource& source, const RunOptions& options,
                               const std::vector<Sample>& samples, const AnalysisSettings& settings,
                               std::stop_token stop = {}, const JobCallback& progress = {});

} // namespace scalescope
