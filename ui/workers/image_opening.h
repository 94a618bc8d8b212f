#pragma once

#include "core/image/sample.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The result of opening files and folders.
struct OpenedImages {
  SampleSet set;                     ///< all usable samples
  std::vector<std::string> messages; ///< one sentence for each of the other files and folders
  std::vector<std::string> targets;  ///< the columns of a CSV that can be the target; empty without a CSV
};

/// Finds the samples in image files, folders of images, and annotated data sets (datasets/readers.h). It decodes no
/// image, except a file that does not have the name of an image.
/// - In a data set every object is a sample (ObjectRule::Each), so that images with several objects can be viewed; an
///   analysis chooses among them. Faulty annotations are listed in set.left_out.
/// - A folder that is not a data set gives the images in it and its sub-folders, recognised by their names, without
///   hidden ones, in bytewise order. If it contains a table or annotations that can't be read, there is also a message.
/// - A plain image is a sample without a box; its group is the image. Data sets come first. An image that is already in
///   the set is not added again.
/// - If ids of two sources clash, those of the second (and its groups) get its folder in front.
/// - The target of a CSV is the column `target`; if that is empty, the default of read_samples.
/// - A data set with another target than the ones before it is not added.
/// Runs on any thread. @throws Cancelled when stopped (between images; the reading of one data set is not stopped).
[[nodiscard]] OpenedImages open_images(const std::vector<std::filesystem::path>& given,
                                       const std::stop_token& stop = {}, const std::string& target = {});

} // namespace scalescope
