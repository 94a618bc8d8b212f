#pragma once

#include "datasets/readers.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// All that the program knows of a format of data sets. A data set is a table (one file, told by its suffix) or a
/// folder with a layout of its own.
struct DatasetFormat {
  std::string_view name;        ///< "COCO"
  std::string_view what;        ///< a data set of it, in messages and help: "a COCO .json"
  std::string_view help = {};   ///< a sentence that the help adds; may be empty
  std::string_view suffix;      ///< of the files with its annotations, in lower case: ".json"
  std::string_view layout = {}; ///< of a folder format: what such a folder contains, for messages
  bool in_annotations = false;  ///< whether a folder may also be read as such a table in its folder of annotations
  bool (*recognises)(const std::filesystem::path& folder) = nullptr; ///< of a folder format; null: a table
  SampleSet (*read)(const std::filesystem::path& data, const ReadOptions& options) = nullptr;
  /// What a table offers as targets; null where the target is always the object scale.
  std::vector<std::string> (*targets)(const std::filesystem::path& table) = nullptr;

  [[nodiscard]] bool is_table() const { return recognises == nullptr; }
};

// Each is defined with its reader in datasets/detail.

/// A folder with Annotations (annotations, annots) beside JPEGImages (images), sub-folders of either included. Rows in
/// the bytewise order of the XML files' names; a box is (xmin, ymin, xmax - xmin, ymax - ymin) exactly as written. If
/// <filename> names another image, but there is one with the XML's own name, that one is used, with a remark.
extern const DatasetFormat voc_format;
/// A .json. Rows in the order of its "images"; crowds (iscrowd) are not objects and are listed as left out. Images lie
/// beside it or in images, train2017 or val2017, there or one folder up.
extern const DatasetFormat coco_format;
/// A header with `file` (relative to the CSV), a target column, and optionally x, y, w, h (the box), image_width,
/// image_height (of the image that the box refers to) and group (else the file); separated by commas or semicolons,
/// quoted as in RFC 4180. A column class, label or category (the first of these that is not the target) is the class of
/// the object. Without a target column the object scale of the box is the target.
extern const DatasetFormat csv_format;

/// All formats, in the order in which texts name them. A folder is read as the first that recognises it.
[[nodiscard]] std::span<const DatasetFormat* const> formats();

/// The table format with the file's suffix; null for other files.
[[nodiscard]] const DatasetFormat* table_format(const std::filesystem::path& file);

/// A text of the formats as alternatives: "a PASCAL VOC folder, a COCO .json or a .csv".
/// @param which those that count; null: all.
[[nodiscard]] std::string either(std::string_view DatasetFormat::*text, bool (*which)(const DatasetFormat&) = nullptr);

/// What a data set may be, as sentences for a help text.
[[nodiscard]] std::string format_help();

} // namespace scalescope
