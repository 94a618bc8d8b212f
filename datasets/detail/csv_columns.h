#pragma once

#include "core/image/bounding_box.h"
#include "datasets/detail/csv_table.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// What the columns of a table mean. Names are compared without capitals, blanks, _ and -.
/// - file: file, filename, image, path, ... (ImageFinder finds it)
/// - the box: x, y, w, h; xmin, ymin, xmax, ymax; left, top, right, bottom; x_center, y_center, width, height; ... or
/// one
///   column bbox with "[x, y, width, height]", or VIA's region_shape_attributes
/// - image_width, image_height (or width, height beside corners): of the image that the box was drawn on
/// - class: class, label, category, ...; group
struct CsvColumns {
  enum class Box { None, CornerAndSize, Corners, CentreAndSize, Text, Via };

  std::size_t file = 0;
  Box box_as = Box::None;
  std::array<std::size_t, 4> box{};               ///< of Text and Via: the first alone
  std::optional<std::array<std::size_t, 2>> size; ///< width, height
  std::optional<std::size_t> target;
  std::optional<std::size_t> group;
  std::optional<std::size_t> category;
  std::optional<std::size_t> via_class; ///< region_attributes
};

/// Finds the columns. If the first row names none, but is one of make-sense or keras-retinanet, which write no header,
/// a header is put in front of it.
/// @param target the column to regress; empty: "target" if there is one.
/// @throws Error without the file's name: no column of files, two with the same meaning, neither a target nor a box.
[[nodiscard]] CsvColumns find_columns(CsvTable& table, const std::string& target);

/// Whether the table names images, so that it may be a data set.
[[nodiscard]] bool names_images(CsvTable& table);

/// The box in a row. @throws Error without the place of the row; no value if all its fields are empty.
[[nodiscard]] std::optional<BoundingBox> box_in(const CsvRow& row, const CsvTable& table, const CsvColumns& columns);

/// A field as a number. @throws Error without the place of the row
[[nodiscard]] double number_in(const CsvRow& row, std::size_t column, const CsvTable& table);

} // namespace scalescope
