#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace scalescope {

/// The maps of one layer for several images, and for the same images after a transformation.
struct MapPairs {
  std::size_t images = 0;
  std::size_t channels = 0;
  std::size_t positions = 0;     ///< of a map
  std::span<const float> before; ///< images x channels x positions
  std::span<const float> after;  ///< likewise, of the transformed images
};

/// How maps change with a transformation of the image, without knowing it: subspace scores, after SEIS (Lin, Farrahi &
/// Cai 2026, arXiv 2602.04054).
///
/// A row is one channel of one image, a column a position: X before and Y after the transformation. Each channel is
/// standardised over images and positions, in X and in Y by itself. Let Cxx, Cyy and Cxy be the covariances of the
/// columns. Noise is cut off: of Cxx, Cyy and Cxx + Cyy only the leading eigenvectors that hold 99 % of the variance
/// are kept.
struct SubspaceScores {
  /// Mean of the canonical correlations of X and Y (as SVCCA, Raghu et al. 2017). 1: what the transformation does to
  /// the maps is one linear map of positions, the same for all images and channels, such as moving and resizing. 0:
  /// nothing of the maps after it can be computed from those before it in this way. NaN for maps of one position.
  double equivariance = 0;
  /// Mean over the leading eigenvectors v of Cxx + Cyy of the correlation of X v and Y v. 1: the maps do not change.
  double invariance = 0;
  /// Standard errors over images: the jackknife that leaves out one of up to 50 blocks of images at a time (Efron &
  /// Tibshirani 1993, section 11.5). Image i is in block i modulo their number. (Resamples with replacement would not
  /// do: they raise correlations.)
  double equivariance_error = 0;
  double invariance_error = 0;
};

/// The scores over all images; NaN where nothing varies. Results do not depend on the threads.
[[nodiscard]] SubspaceScores subspace_scores(const MapPairs& maps, int threads);

} // namespace scalescope
