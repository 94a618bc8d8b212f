#pragma once

#include "core/image/bounding_box.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The target where no other is given: what the box takes of the image.
inline constexpr const char* object_scale_name = "object scale";

/// What an annotation says of the image that its boxes were drawn on. That need not be the image as it is now,
/// which may have been resized or turned by EXIF: place_box finds out.
struct DrawnOn {
  double width = 0; ///< in pixels; 0 where the annotation does not say
  double height = 0;
  BoundingBox extent; ///< what holds all boxes of the annotation
};

/// One row of an experiment before its image was opened: an image, and what is to be read from it.
struct Sample {
  std::string id;                 ///< unique in its data set: "images/a.jpg", or "images/a.jpg#2" for its third object
  std::filesystem::path file;     ///< the image
  std::string group;              ///< rows of one group never straddle a split; as a rule the image's name
  std::string annotation;         ///< the file that says so, with its line where that helps: for messages
  std::optional<BoundingBox> box; ///< the object, as annotated: place_box says where it lies in the image
  std::optional<double> target;   ///< the value to regress; without it, the object scale of the box
  std::optional<DrawnOn> drawn_on = {}; ///< what the box refers to; nothing: the upright image, for certain
};

/// Something that was left out, and why: "several objects (3)", "difficult", ...
struct LeftOut {
  std::string what; ///< a file, or a row of one
  std::string reason;
};

/// Something that was used, but not just as it was found: "its box was scaled, for ...".
struct Remark {
  std::string what; ///< a sample, or a folder
  std::string text;
};

/// What a reader found.
struct SampleSet {
  std::string name;        ///< of the folder or file
  std::string target_name; ///< object_scale_name, or the column's name
  std::vector<Sample> samples;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks = {};
  std::vector<std::filesystem::path> files = {}; ///< annotations and images, those left out too; some may repeat
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
