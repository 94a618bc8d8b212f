#pragma once

#include "core/experiment/direction.h"
#include "core/experiment/invariance.h"
#include "core/experiment/layer_measures.h"
#include "core/experiment/object_pairs.h"
#include "core/experiment/object_scale.h"
#include "core/image/noise.h"
#include "core/jobs/curve_job.h"
#include "core/jobs/experiment_kind.h"

#include <optional>
#include <vector>

namespace scalescope {

/// What `scalescope-cli experiment` does. Each kind reads the fields that it needs, beside those of every curve.
struct ExperimentJob : CurveJob {
  ExperimentKind kind = ExperimentKind::ObservedScale;
  ScaleMeasure measure = ScaleMeasure::Area; ///< of ObservedScale and RenderedScale
  /// Of RenderedScale, Invariance and Similarity; of TwoObjects, which needs `most_enlarged` and `cut`. Its seed is the
  /// job's.
  RenderSettings rendering;
  std::vector<int> sizes;                  ///< of ImageSize, Noise and Invariance: sides in pixels
  NoiseKind noise = NoiseKind::Gaussian;   ///< of Noise
  int noise_images = 30;                   ///< of Noise: how many of each size
  std::optional<int> wanted_class;         ///< of Direction: see DirectionSettings
  std::vector<double> zooms{1.25, 1.5, 2}; ///< of Equivariance
  int most_images = 200;                   ///< of Equivariance, Similarity and Invariance (0): drawn at random; 0: all
  std::string other;                       ///< of Similarity: a second network, a file or the name of an installed one
  std::vector<double> ratios = PairSettings{}.ratios; ///< of TwoObjects: see PairSettings
  double pair_area = PairSettings{}.area;             ///< likewise: PairSettings::area
  bool resume = false; ///< keep what was computed in DIR/unfinished until the job is done, and go on from there

  /// With the defaults of that kind: controls, and as many permutations as it needs.
  explicit ExperimentJob(ExperimentKind kind = ExperimentKind::ObservedScale);
};

/// One of `analysis`, `invariance`, `directions` and `measures` is there, as the kind says.
struct ExperimentResult {
  SampleSet samples; ///< their target's name is that of the experiment
  std::optional<Analysis> analysis;
  std::optional<Invariance> invariance;
  std::optional<Directions> directions;
  std::optional<LayerMeasures> measures;
};

/// Runs it and writes its files. @throws Error naming what is wrong; Cancelled when stopped: nothing is written then,
/// but what `resume` keeps, which is told as a note.
[[nodiscard]] ExperimentResult run(const ExperimentJob& job, const JobWatch& watch = {},
                                   const std::stop_token& stop = {});

} // namespace scalescope
