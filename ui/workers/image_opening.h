#pragma once

#include "core/image/sample.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// A choice that a data set needs, because a table has several columns or a folder could be several data sets.
struct ReadChoice {
  std::string target = {}; ///< ReadOptions::target
  std::string format = {}; ///< ReadOptions::format
  bool operator==(const ReadChoice&) const = default;
};

/// One of several data sets that a folder could be.
struct DataChoice {
  std::string label;          ///< "PASCAL VOC, 200 files"
  std::filesystem::path path; ///< what to open
  std::string format;         ///< with this format
};

/// The result of opening files and folders.
struct OpenedImages {
  SampleSet set;                     ///< all usable samples
  std::vector<std::string> messages; ///< one sentence for each of the other files and folders
  std::vector<DataChoice> choices;   ///< of a folder that could be several data sets: nothing of it is in the set
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
/// - The target of a table is the column `how.target`; if that is empty, the default of read_samples.
/// - A folder that could be several data sets, and `how.format` does not choose one: see OpenedImages::choices.
/// - A data set with another target than the ones before it is not added.
/// Runs on any thread. @throws Cancelled when stopped (between images; the reading of one data set is not stopped).
[[nodiscard]] OpenedImages open_images(const std::vector<std::filesystem::path>& given,
                                       const std::stop_token& stop = {}, const ReadChoice& how = {});

} // namespace scalescope
