#pragma once

#include "core/image/bounding_box.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The target where no other is given: what the box takes of the picture.
inline constexpr const char* object_scale_name = "object scale";

/// One row of an experiment before its image was opened: a picture, and what is to be read from it.
struct Sample {
  std::string id;                 ///< unique in its data set: "images/a.jpg", or "images/a.jpg#2" for its third object
  std::filesystem::path file;     ///< the picture
  std::string group;              ///< rows of one group never straddle a split; as a rule the picture's name
  std::string annotation;         ///< the file that says so, with its line where that helps: for messages
  std::optional<BoundingBox> box; ///< the object
  std::optional<double> target;   ///< the value to regress; without it, the object scale of the box
};

/// Something that was left out, and why: "several objects (3)", "difficult", ...
struct LeftOut {
  std::string what; ///< a file, or a row of one
  std::string reason;
};

/// What a reader found.
struct SampleSet {
  std::string name;        ///< of the folder or file
  std::string target_name; ///< object_scale_name, or the column's name
  std::vector<Sample> samples;
  std::vector<LeftOut> left_out;
  std::vector<std::filesystem::path> files = {}; ///< annotations and pictures, those left out too; some may repeat
};

/// An image whose objects are outlined by a label mask (see read_label_mask). Nothing is opened yet.
struct LabelledImage {
  std::string id;               ///< unique in its data set: "images/a.png"
  std::filesystem::path file;   ///< the image
  std::filesystem::path labels; ///< its mask, of the same size
};

/// What a reader of label masks found.
struct LabelledSet {
  std::string name; ///< of the folder
  std::vector<LabelledImage> images;
  std::vector<LeftOut> left_out;
};

} // namespace scalescope
