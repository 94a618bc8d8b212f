#pragma once

#include "core/base/enum_names.h"
#include "core/experiment/direction.h"
#include "core/experiment/invariance.h"
#include "core/experiment/object_scale.h"
#include "core/image/noise.h"
#include "core/jobs/curve_job.h"

#include <optional>
#include <string>
#include <vector>

namespace scalescope {

enum class ExperimentKind {
  ObservedScale, ///< object scale, images as they are
  RenderedScale, ///< object scale, every object shown at several scales
  ImageSize,     ///< every image at several sizes in pixels
  Noise,         ///< images without content at several sizes
  Invariance,    ///< how the predictions change with object scale and image size
  Direction,     ///< whether the scale is read along one vector
};
template <>
inline constexpr auto enum_names<ExperimentKind> =
    std::to_array<std::pair<std::string_view, ExperimentKind>>({{"observed-scale", ExperimentKind::ObservedScale},
                                                                {"rendered-scale", ExperimentKind::RenderedScale},
                                                                {"image-size", ExperimentKind::ImageSize},
                                                                {"noise", ExperimentKind::Noise},
                                                                {"invariance", ExperimentKind::Invariance},
                                                                {"direction", ExperimentKind::Direction}});

/// What `scalescope-cli experiment` does. Each kind reads the fields that it needs, beside those of every curve.
struct ExperimentJob : CurveJob {
  ExperimentKind kind = ExperimentKind::ObservedScale;
  ScaleMeasure measure = ScaleMeasure::Area; ///< of ObservedScale and RenderedScale
  RenderSettings rendering;                  ///< of RenderedScale and Invariance; its seed is the job's
  std::vector<int> sizes;                    ///< of ImageSize, Noise and Invariance: sides in pixels
  NoiseKind noise = NoiseKind::Gaussian;     ///< of Noise
  int noise_images = 30;                     ///< of Noise: how many of each size
  std::optional<int> wanted_class;           ///< of Direction: see DirectionSettings
  bool resume = false; ///< keep what was computed in DIR/unfinished until the job is done, and go on from there

  /// With the defaults of that kind: controls, and as many permutations as it needs.
  explicit ExperimentJob(ExperimentKind kind = ExperimentKind::ObservedScale);
};

/// Whether it needs a data set.
[[nodiscard]] bool reads_data(ExperimentKind kind);
/// Whether it ends in a curve of R2 by layer, with repetitions, permutations and controls.
[[nodiscard]] bool ends_in_curve(ExperimentKind kind);
/// The files that it writes into its folder.
[[nodiscard]] std::vector<std::string> experiment_files(ExperimentKind kind);

/// One of `analysis`, `invariance` and `directions` is there, as the kind says.
struct ExperimentResult {
  SampleSet samples; ///< their target's name is that of the experiment
  std::optional<Analysis> analysis;
  std::optional<Invariance> invariance;
  std::optional<Directions> directions;
};

/// Runs it and writes its files. @throws Error naming what is wrong; Cancelled when stopped: nothing is written then,
/// but what `resume` keeps, which is told as a note.
[[nodiscard]] ExperimentResult run(const ExperimentJob& job, const JobWatch& watch = {},
                                   const std::stop_token& stop = {});

} // namespace scalescope
