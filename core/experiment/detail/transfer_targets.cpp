#include "core/experiment/detail/transfer_targets.h"

#include "core/probe/agreement.h"

#include <cmath>
#include <limits>

namespace scalescope {

TransferTargets::TransferTargets(const Patches& patches, const std::vector<double>& magnifications, const Folds& folds)
    : folds_(folds) {
  for (const double magnification : magnifications)
    class_magnifications_.push_back(std::log2(magnification));
  for (const Patch& patch : patches.patches) {
    areas_.push_back(patch.area);
    magnifications_.push_back(std::log2(patch.magnification));
    classes_.push_back(nearest_class(magnifications_.back(), class_magnifications_));
  }
  for (const Repetition& repetition : folds.repetitions) {
    auto& seen = seen_.emplace_back();
    for (const Split& split : repetition.splits)
      seen.push_back(seen_by(split));
  }
}

TransferTargets::Seen TransferTargets::seen_by(const Split& split) const {
  Seen seen{0, 0, std::vector<double>(class_magnifications_.size())};
  std::vector<double> counts(class_magnifications_.size());
  for (const int i : split.train) {
    const auto row = static_cast<std::size_t>(i);
    const auto of = static_cast<std::size_t>(classes_[row]);
    seen.area += areas_[row] / static_cast<double>(split.train.size());
    seen.magnification += magnifications_[row] / static_cast<double>(split.train.size());
    seen.class_areas[of] += areas_[row];
    ++counts[of];
  }
  for (std::size_t c = 0; c < counts.size(); ++c)
    seen.class_areas[c] = counts[c] > 0 ? seen.class_areas[c] / counts[c] : std::numeric_limits<double>::infinity();
  return seen;
}

template <typename Use>
void TransferTargets::for_held_out(std::size_t repetition, const Use& use) const {
  const auto& splits = folds_.repetitions[repetition].splits;
  for (std::size_t k = 0; k < splits.size(); ++k)
    for (const int row : splits[k].test)
      use(static_cast<std::size_t>(row), seen_[repetition][k]);
}

void TransferTargets::score(TargetScore& score, bool of_area, std::size_t repetition,
                            std::span<const double> predictions) const {
  std::vector<int> read(predictions.size());
  for_held_out(repetition, [&](std::size_t row, const Seen& seen) {
    read[row] = nearest_class(predictions[row], of_area ? seen.class_areas : class_magnifications_);
  });
  score.error[repetition] = mean_absolute_error(of_area ? areas_ : magnifications_, predictions);
  score.kappa[repetition] = cohen_kappa(classes_, read);
}

double TransferTargets::guess_error(bool of_area) const {
  const std::vector<double>& truth = of_area ? areas_ : magnifications_;
  double sum = 0;
  for (std::size_t r = 0; r < seen_.size(); ++r)
    for_held_out(r, [&](std::size_t row, const Seen& seen) {
      sum += std::abs(truth[row] - (of_area ? seen.area : seen.magnification));
    });
  return sum / static_cast<double>(truth.size() * seen_.size());
}

} // namespace scalescope
