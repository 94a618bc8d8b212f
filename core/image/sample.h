#pragma once

#include "core/image/bounding_box.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The default target: the box's share of the image.
inline constexpr const char* object_scale_name = "object scale";

/// The size of the image that an annotation's boxes were drawn on, as it states it. The present image may have been
/// resized or rotated by EXIF; place_box handles this.
struct DrawnOn {
  double width = 0; ///< in pixels; 0 if the annotation does not state it
  double height = 0;
  BoundingBox extent;        ///< the smallest box that contains all boxes of the annotation
  bool in_fractions = false; ///< boxes are in fractions of the image (YOLO), not in pixels
};

/// One row of an experiment before its image is opened: an image and its target.
struct Sample {
  std::string id;                 ///< unique in its data set: "images/a.jpg", or "images/a.jpg#2" for its third object
  std::filesystem::path file;     ///< the image
  std::string group;              ///< rows of one group are always on one side of a split; usually the image's name
  std::string annotation;         ///< the file of the annotation, with its line if that helps; for messages
  std::optional<BoundingBox> box; ///< the object, as annotated: place_box finds its position in the image
  std::optional<double> target;   ///< the value to regress; without it, the object scale of the box
  std::optional<DrawnOn> drawn_on = {}; ///< the size that the box refers to; no value: certainly the upright image
  std::string category = {};            ///< the object's class, as the data set names it; empty if it is unknown
  std::string image = {};               ///< the id of its image: samples that share it are objects of one image
};

/// Whether it is one of several objects of its image.
[[nodiscard]] inline bool is_one_of_several(const Sample& sample) {
  return !sample.image.empty() && sample.image != sample.id;
}

/// Something that was left out, and why: "several objects (3)", "difficult", ...
struct LeftOut {
  std::string what; ///< a file, or a row of one
  std::string reason;
  bool is_object = false; ///< one object of an image; the image's others are used
};

/// Something that was used, but not exactly as written: "its box was scaled, for ...".
struct Remark {
  std::string what; ///< a sample, or a folder
  std::string text;
};

/// "2 images and 1 object left out". @param later what was left out in a later step.
[[nodiscard]] std::string left_out_text(std::vector<LeftOut> left_out, const std::vector<LeftOut>& later = {});

/// The result of a reader.
struct SampleSet {
  std::string name;        ///< of the folder or file
  std::string target_name; ///< object_scale_name, or the column's name
  std::vector<Sample> samples;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks = {};
  std::vector<std::filesystem::path> files = {}; ///< annotations and images, also those left out
  std::string format = {};                       ///< DatasetFormat::name
};

/// An image with masks of its objects (see read_label_mask). No file is opened yet.
struct LabelledImage {
  std::string id;                           ///< unique in its data set: "images/a.png"
  std::filesystem::path file;               ///< the image
  std::vector<std::filesystem::path> masks; ///< its label mask, or one file for each object; of the image's size
  bool mask_per_object = false;
};

/// The result of a reader of label masks.
struct LabelledSet {
  std::string name; ///< of the folder
  std::vector<LabelledImage> images;
  std::vector<LeftOut> left_out;
};

} // namespace scalescope
