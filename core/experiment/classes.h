#pragma once

#include "core/features/extract_samples.h"
#include "core/probe/bootstrap.h"
#include "core/probe/score.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// Images (groups) that a class needs to be compared, and how many classes are compared at most.
inline constexpr std::size_t least_images_of_class = 20;
inline constexpr std::size_t most_classes = 8;

/// A class of objects that is compared with others.
struct ComparedClass {
  std::string name;
  std::size_t images = 0; ///< groups
  std::size_t rows = 0;   ///< objects
  double least_target = 0;
  double largest_target = 0;
  double mean_target = 0;
  double target_deviation = 0; ///< standard deviation
};

/// The classes with at least least_images_of_class images and targets that differ; the most frequent most_classes, the
/// most frequent first.
/// @param categories, groups, targets one per row; a row without a category is in none.
/// @param data the name of the data set, for the message.
/// @throws Error if there are fewer than two.
[[nodiscard]] std::vector<ComparedClass> classes_to_compare(std::span<const std::string> categories,
                                                            std::span<const std::string> groups,
                                                            std::span<const double> targets, const std::string& data);
/// The same before the images are read, when their targets are not known. @throws Error likewise.
void check_classes(const SampleSet& samples);

/// How well the targets of one class are read.
struct ReadClass {
  double r2 = 0; ///< with the variance of the class's targets
  Interval interval;
  double correlation = 0; ///< Pearson's, of mean predictions and targets
};

/// How well each class's targets are read from a layer: see read_by_class.
struct ClassesOfLayer {
  std::vector<ReadClass> own;    ///< by the regression fitted to the class alone; one per class
  std::vector<ReadClass> others; ///< by the regression fitted to the other classes
  /// Means over the classes; in each resample, each class's images are drawn among themselves.
  double mean_own = 0;
  double mean_others = 0;
  Interval own_interval;
  Interval others_interval;
  Interval difference; ///< of mean_own - mean_others, paired
};

/// @param categories one per row. @param classes as from classes_to_compare.
/// @param repetitions, seed of the folds. @return one per layer. Memory holds the features of one layer at a time.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] std::vector<ClassesOfLayer>
layers_by_class(const Extraction& extraction, std::span<const std::string> categories,
                std::span<const ComparedClass> classes, int repetitions, std::uint32_t seed, int threads,
                const std::stop_token& stop = {}, const Progress& progress = {});

} // namespace scalescope
