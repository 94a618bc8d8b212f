#pragma once

#include "core/base/enum_names.h"

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
  Equivariance,  ///< whether maps move with an enlarged image, or stay the same
  Similarity,    ///< how alike features are between object scales, and between networks
  TwoObjects,    ///< which of two objects of different size the answers follow
  Sparse,        ///< how few channels are enough to read the scale
  ByClass,       ///< whether one regression reads the scale of all classes of objects
};
template <>
inline constexpr auto enum_names<ExperimentKind> =
    std::to_array<std::pair<std::string_view, ExperimentKind>>({{"observed-scale", ExperimentKind::ObservedScale},
                                                                {"rendered-scale", ExperimentKind::RenderedScale},
                                                                {"image-size", ExperimentKind::ImageSize},
                                                                {"noise", ExperimentKind::Noise},
                                                                {"invariance", ExperimentKind::Invariance},
                                                                {"direction", ExperimentKind::Direction},
                                                                {"equivariance", ExperimentKind::Equivariance},
                                                                {"similarity", ExperimentKind::Similarity},
                                                                {"two-objects", ExperimentKind::TwoObjects},
                                                                {"sparse", ExperimentKind::Sparse},
                                                                {"by-class", ExperimentKind::ByClass}});

/// A part of an ExperimentJob that only some kinds read.
enum class ExperimentPart {
  Measure,       ///< what is regressed
  Rendering,     ///< the scales at which objects are shown, and how
  Sizes,         ///< the images' sizes in pixels: two at least
  Noise,         ///< kind and number of images without content
  Direction,     ///< of the experiment direction: how often the images are halved, permutations, class
  Zooms,         ///< how much the images are enlarged
  Images,        ///< at most how many images are used
  Other,         ///< a second network
  Pairs,         ///< two objects in one image: ratios of their areas, and how they are shown
  RandomWeights, ///< the control with random weights, of an experiment that does not end in a curve
};

class FileSet;
struct ExperimentRun;
struct ExperimentResult;

/// All that is known of a kind of experiment. The command line, the window and run() take it from here.
struct ExperimentInfo {
  ExperimentKind kind;
  const char* title;     ///< in the window
  const char* command;   ///< of `scalescope-cli experiment`; kinds that share one are told apart by a flag
  const char* flag;      ///< that flag, "" without one
  const char* flag_help; ///< the first kind of a command is its default
  const char* help;      ///< of the command: one line, then more
  std::vector<ExperimentPart> parts;
  bool reads_data;                     ///< it needs a data set
  bool ends_in_curve;                  ///< of R2 by layer, with repetitions, permutations and controls
  std::vector<std::string> (*files)(); ///< that it writes into its folder
  /// Computes it, writes the files and fills in the result.
  void (*run)(const ExperimentRun& run, FileSet& files, ExperimentResult& result);
};

/// All kinds, in the order of the enum.
[[nodiscard]] const std::vector<ExperimentInfo>& experiment_kinds();
[[nodiscard]] const ExperimentInfo& info_of(ExperimentKind kind);

} // namespace scalescope
