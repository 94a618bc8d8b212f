#pragma once
// What the readers of the formats share.

#include "core/base/error.h"
#include "datasets/readers.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// An image and every object on it.
struct AnnotatedImage {
  std::string name; ///< becomes id and group
  std::filesystem::path file;
  std::string annotation;
  std::vector<BoundingBox> objects;
  double width = 0; ///< as the annotation states; 0 where it does not
  double height = 0;
  std::string remark = {}; ///< empty, or what there is to say of how it was found
};

/// What holds both boxes.
[[nodiscard]] BoundingBox united(const BoundingBox& a, const BoundingBox& b);

/// Adds what the rule makes of an image: samples, or an entry of left_out. Its remark is added, too.
void add_image(SampleSet& set, const AnnotatedImage& image, ObjectRule rule);

/// Whether there is such a file, whatever else is wrong with its path.
[[nodiscard]] bool file_exists(const std::filesystem::path& file);

/// The whole text as a finite number written as in C ("12", "-0.5", "1e3"), whatever the locale.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// Refuses a box without area; where it lies in its image is judged once that is read (place_box).
/// @param where names the file and the object. @throws Error.
void check_box(const BoundingBox& box, const std::string& where);

/// Reads one item of a data set. If it is faulty, the Error goes on, or becomes an entry of left_out.
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
