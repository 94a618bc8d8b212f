#pragma once
// What the readers of the formats share.

#include "core/base/error.h"
#include "datasets/detail/image_finder.h"
#include "datasets/readers.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace scalescope {

/// The files of a data set.
struct DataSource {
  std::filesystem::path root;               ///< the folder with its images, to which names of images are relative
  std::vector<std::filesystem::path> files; ///< with its annotations, in bytewise order
};

/// An object on an image.
struct AnnotatedObject {
  BoundingBox box;
  std::string category = {}; ///< see Sample::category
};

/// An image and every object on it that can be used.
struct AnnotatedImage {
  FoundImage image;
  std::string annotation; ///< its file, with the entry if that helps; for messages
  std::vector<AnnotatedObject> objects = {};
  double width = 0; ///< as the annotation states; 0 if it does not
  double height = 0;
  bool in_fractions = false; ///< see DrawnOn
  std::string remark = {};   ///< empty, or a remark on how it was found
  bool has_faulty_objects = false;
};

/// Builds a SampleSet from what a reader finds.
class Collector {
 public:
  Collector(const std::filesystem::path& root, const ReadOptions& options, const ReadWatch& watch)
      : options_(options), watch_(watch), images_(root, watch.stop) {}

  [[nodiscard]] const ReadOptions& options() const { return options_; }
  [[nodiscard]] ImageFinder& images() { return images_; }
  [[nodiscard]] SampleSet& set() { return set_; }

  /// Reads an image with its annotation. If `read` throws an Error, the image is left out, or the Error goes on.
  /// @param what the image or its annotation, for the list of what was left out.
  template <typename Read>
  void image(const std::string& what, Read read) {
    attempt(what, false, read);
  }
  /// Reads an object of an image: the same, but only the object is left out.
  /// @param name "object 2", "annotation 17".
  template <typename Read>
  void object(AnnotatedImage& of, const std::string& name, Read read) {
    const bool read_well = attempt(fmt_object(of.image.name, name), true, [&] { of.objects.push_back(read()); });
    of.has_faulty_objects |= !read_well;
  }

  /// Adds every object of an image as a sample. An image without an object is left out.
  void add(AnnotatedImage image);
  /// Adds a row of a table, whose image was given to add_file.
  void add(Sample row);
  /// Adds an image to SampleSet::files if it is not there.
  void add_file(const std::filesystem::path& image);

  /// To be called for each file or entry. @param done,total of any unit. @throws Cancelled
  void step(std::size_t done, std::size_t total) const;

  /// @throws Error if all boxes look like fractions. @param data for the message.
  [[nodiscard]] SampleSet finish(const std::filesystem::path& data);

 private:
  static std::string fmt_object(const std::string& image, const std::string& name) { return image + ", " + name; }

  template <typename Read>
  bool attempt(const std::string& what, bool is_object, Read read) {
    try {
      read();
      return true;
    } catch (const Error& error) {
      if (!options_.keep_going)
        throw;
      set_.left_out.push_back({what, error.what(), is_object});
      return false;
    }
  }

  ReadOptions options_;
  ReadWatch watch_;
  ImageFinder images_;
  SampleSet set_;
  /// An image that was described, and by what.
  struct Described {
    std::string image;
    std::string annotation;
    std::string other = {}; ///< another annotation of it
  };
  std::unordered_map<std::string, Described> described_; ///< by the image's file
  std::unordered_set<std::string> files_;                ///< that add_file added
};

/// The group of an image's samples: its name, or that of the image of which Roboflow made it. An export holds several
/// altered copies of an image, which must be on one side of a split.
[[nodiscard]] std::string group_of_image(const std::string& name);

/// Calls `read`, and puts the place in front of what its Error says.
template <typename Read>
auto with_place(const std::string& where, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(where + ": " + error.what());
  }
}

/// The whole text as a finite number written as in C ("12", "-0.5", "1e3"), whatever the locale.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The text without the blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Refuses a box without area. Its position is checked when the image is read (place_box).
/// @throws Error without the place of the object.
void check_box(const BoundingBox& box);

} // namespace scalescope
