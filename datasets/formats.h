#pragma once

#include "datasets/readers.h"

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

class Collector;
struct DataSource;

/// All that the program knows of a format of data sets. A format is told by the content of its annotation files.
struct DatasetFormat {
  std::string_view name;      ///< "COCO"
  std::string_view id;        ///< "coco": for --format
  std::string_view what;      ///< its annotations, in messages and help: "a COCO .json"
  std::string_view help = {}; ///< a sentence that the help adds; may be empty
  std::array<std::string_view, 2> suffixes =
      {};                ///< of the files with annotations, in lower case: ".json"; may be empty
  bool one_file = false; ///< whether one file is a data set (else all of a folder are one, usually one for each image)
  /// Whether a file with such a suffix has this format.
  bool (*recognises)(const std::filesystem::path& file) = nullptr;
  /// Of a format whose files can't be told one by one (`recognises` is null): those of a folder, full paths; empty if
  /// it is no such data set. @param files all of its files, relative to it.
  std::vector<std::filesystem::path> (*annotations_in)(const std::filesystem::path& folder,
                                                       std::span<const std::filesystem::path> files) = nullptr;
  /// Whether it counts only where a folder has no other format: boxes that are drawn go before those of masks.
  bool is_last_resort = false;
  void (*read)(const DataSource& source, Collector& found) = nullptr;
  /// The values that a table offers as targets; null where the target is always the object scale.
  std::vector<std::string> (*targets)(const std::filesystem::path& table) = nullptr;
};

// Each is defined with its reader in datasets/detail.

/// One .xml for each image (PASCAL VOC, labelImg, Roboflow). Images lie in JPEGImages or images beside the folder of
/// the annotations (in sub-folders of the same name), or beside the .xml. A box is (xmin, ymin, xmax - xmin, ymax -
/// ymin) exactly as written. If <filename> names another image, but there is one with the XML's own name, that one is
/// used, with a remark.
extern const DatasetFormat voc_format;
/// A .json with lists of images and annotations; several of one name in sub-folders are one data set (Roboflow). Rows
/// in the order of its images; crowds (iscrowd) are not objects and are listed as left out. Without a bbox, the box is
/// that of the polygons or of the run lengths.
extern const DatasetFormat coco_format;
/// A table: see csv.cpp for its columns. Its rows are samples.
extern const DatasetFormat csv_format;
/// One .txt for each image, with a class, centre and size (or an outline) in fractions of the image for each object.
extern const DatasetFormat yolo_format;
/// One .json for each image, by labelme.
extern const DatasetFormat labelme_format;
/// A .json of the VGG Image Annotator, versions 1 to 3.
extern const DatasetFormat via_format;
/// A .json of Label Studio, with or without the tasks' details (JSON, JSON-MIN).
extern const DatasetFormat label_studio_format;
/// "CVAT for images", an .xml for all images.
extern const DatasetFormat cvat_format;

/// Images with label masks: see read_label_masks. An object's box is that of its pixels.
extern const DatasetFormat masks_format;

/// All formats, in the order in which texts name them.
[[nodiscard]] std::span<const DatasetFormat* const> formats();

/// The format of a file, from its suffix and content; null if it has none.
[[nodiscard]] const DatasetFormat* format_of(const std::filesystem::path& file);

/// The format that says what is wrong with a file that has none: the first with its suffix; null if there is none.
[[nodiscard]] const DatasetFormat* format_by_name(const std::filesystem::path& file);

/// Whether the name says that the file may contain annotations.
[[nodiscard]] bool is_named_as_data(const std::filesystem::path& file);

/// A text of the formats as alternatives: "a PASCAL VOC folder, a COCO .json or a .csv".
[[nodiscard]] std::string either(std::string_view DatasetFormat::*text);

/// DatasetFormat::id of all.
[[nodiscard]] std::vector<std::string> format_ids();

/// What a data set may be, as sentences for a help text.
[[nodiscard]] std::string format_help();

} // namespace scalescope
