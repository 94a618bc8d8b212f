#pragma once

#include "core/image/sample.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// What became of the files and folders that a person gave.
struct OpenedImages {
  SampleSet set;                     ///< of all that could be used
  std::vector<std::string> messages; ///< a sentence for each of the others
  std::vector<std::string> targets;  ///< what a CSV among them offers as target; empty without one
};

/// Finds the samples in what a person gives: image files, folders of images, and annotated data sets
/// (datasets/readers.h). No image is decoded, but for a file whose name doesn't say that it is one.
/// - In a data set every object is a sample (ObjectRule::Each): an image with several objects can be looked at, and
///   which of them count is for an analysis to say. Faulty annotations are listed in set.left_out.
/// - A folder that is no data set stands for the images in it and its sub-folders, told by their names, hidden ones
///   passed over, in bytewise order. If a table or annotations lie in it that can't be read, a message says so too.
/// - A plain image is a sample without a box, its group the image. Data sets come first, and an image that one of
///   them speaks of, or that was given already, is not added again.
/// - If ids of two sources clash, those of the second (and its groups) get its folder in front.
/// - The target of a CSV is the column `target`, or, if that is empty, what read_samples takes.
/// - A data set with another target than those before it is not added.
/// Runs on any thread. @throws Cancelled when stopped (between images; the reading of one data set is not stopped).
[[nodiscard]] OpenedImages open_images(const std::vector<std::filesystem::path>& given,
                                       const std::stop_token& stop = {}, const std::string& target = {});

} // namespace scalescope
