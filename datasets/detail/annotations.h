#pragma once
// What the readers of the formats share.

#include "core/base/error.h"
#include "datasets/readers.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// An object on an image.
struct AnnotatedObject {
  BoundingBox box;
  std::string category = {}; ///< see Sample::category
};

/// An image and every object on it.
struct AnnotatedImage {
  std::string name; ///< becomes id and group
  std::filesystem::path file;
  std::string annotation;
  std::vector<AnnotatedObject> objects;
  double width = 0; ///< as the annotation states; 0 if it does not
  double height = 0;
  std::string remark = {}; ///< empty, or a remark on how it was found
};

/// The smallest box that contains both boxes.
[[nodiscard]] BoundingBox united(const BoundingBox& a, const BoundingBox& b);

/// Applies the rule to an image: adds its samples, or an entry of left_out. Adds its remark, too.
void add_image(SampleSet& set, const AnnotatedImage& image, ObjectRule rule);

/// Whether the file exists; false for any error in its path.
[[nodiscard]] bool file_exists(const std::filesystem::path& file);

/// The whole text as a finite number written as in C ("12", "-0.5", "1e3"), whatever the locale.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The text without the blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Refuses a box without area. Its position is checked when the image is read (place_box).
/// @param where names the file and the object. @throws Error.
void check_box(const BoundingBox& box, const std::string& where);

/// Reads one item of a data set. If it is faulty, throws the Error, or adds it to left_out.
template <typename Read>
void read_item(SampleSet& set, const ReadOptions& options, const std::string& what, Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (!options.keep_going)
      throw;
    set.left_out.push_back({what, error.what()});
  }
}

} // namespace scalescope
