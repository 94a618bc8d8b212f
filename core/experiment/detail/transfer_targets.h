#pragma once
// The targets of patches, and the scores of predictions.

#include "core/experiment/transfer.h"

#include <span>
#include <vector>

namespace scalescope {

/// The targets of patches, over folds of a ridge protocol, which hold out every row once per repetition.
class TransferTargets {
 public:
  /// @param magnifications the classes. @param folds must outlive this.
  TransferTargets(const Patches& patches, const std::vector<double>& magnifications, const Folds& folds);

  [[nodiscard]] const std::vector<double>& areas() const { return areas_; }
  [[nodiscard]] const std::vector<double>& magnifications() const { return magnifications_; } ///< log2

  /// Sets error and kappa of a repetition; score must have an entry for it. @param predictions one per row.
  void score(TargetScore& score, bool of_area, std::size_t repetition, std::span<const double> predictions) const;

  /// The mean absolute error of always guessing the mean of the training rows, over all repetitions.
  [[nodiscard]] double guess_error(bool of_area) const;

 private:
  /// The means of a split's training rows.
  struct Seen {
    double area = 0;
    double magnification = 0;
    std::vector<double> class_areas; ///< infinite for a missing class, so that it is never the nearest
  };

  [[nodiscard]] Seen seen_by(const Split& split) const;
  /// Calls use(row, means of the training rows of its split) for every row.
  template <typename Use>
  void for_held_out(std::size_t repetition, const Use& use) const;

  const Folds& folds_;
  std::vector<double> areas_;
  std::vector<double> magnifications_;
  std::vector<double> class_magnifications_; ///< log2
  std::vector<int> classes_;                 ///< of each row
  std::vector<std::vector<Seen>> seen_;      ///< for each repetition and split
};

} // namespace scalescope
