#pragma once

#include "core/probe/bootstrap.h"
#include "core/probe/probe.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// How the rows of one class are held out, from regressions fitted to it and from those fitted to the other classes.
/// The positions in the splits are those of all rows.
struct ClassFolds {
  std::vector<int> rows;       ///< of the class, ascending
  std::vector<Repetition> own; ///< both parts are of the class
  std::vector<Split> others;   ///< fitted on rows of other classes; the test parts cover the class once
};

/// - Own: draw_folds on the rows of the class.
/// - Others: the test parts of the first of these repetitions. Each is read by all rows of other classes but those of
///   its groups, because an image may have objects of several classes. Where this leaves the same rows to several
///   parts, they are one. Inner folds are drawn among those rows, with the seed.
/// @param categories, groups one per row. Rows without a category belong to no class, and are not fitted.
/// @throws Error as draw_folds, if the class or the others have too few groups.
[[nodiscard]] ClassFolds folds_of_class(const std::string& category, std::span<const std::string> categories,
                                        std::span<const std::string> groups, int repetitions, std::uint32_t seed);

/// Held-out predictions for the rows of a class, in the order of ClassFolds::rows.
struct ClassReading {
  HeldOut own;    ///< means over the repetitions
  HeldOut others; ///< of one repetition
};

/// Reads each class from a layer, by ridge regression as in the protocol ridge.
/// @param targets ascending by index. @return one per class.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] std::vector<ClassReading> read_by_class(const Probe& probe, std::size_t layer,
                                                      std::span<const double> targets,
                                                      std::span<const ClassFolds> classes, int threads,
                                                      const std::stop_token& stop = {});

} // namespace scalescope
