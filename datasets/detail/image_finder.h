#pragma once

#include "datasets/detail/folder_files.h"

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace scalescope {

struct Remark;

/// An image that an annotation names.
struct FoundImage {
  std::string name;           ///< in its data set
  std::filesystem::path file; ///< the image
};

/// The image of an annotation that has a file of its own.
struct OwnImage {
  FoundImage image;
  std::string remark = {}; ///< that the annotation names another one; empty if it does not
};

/// The split that the name of an annotation names: "val" for "instances_val2014"; empty if it names none or several.
[[nodiscard]] std::string split_named_in(const std::string& name);

/// Finds the images of a data set by the names that its annotations give them, as a person would: an annotation may
/// give the path of another computer, another case, another form of an accent, or no extension. Each way of finding
/// is reported once.
class ImageFinder {
 public:
  /// @param root the folder that is searched, with its sub-folders, for what does not lie where it should.
  ImageFinder(std::filesystem::path root, std::stop_token stop);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// The image at exactly this place below one of the folders (the first that has it), or of that absolute path.
  [[nodiscard]] static std::optional<std::filesystem::path> at(std::span<const std::filesystem::path> folders,
                                                               const std::filesystem::path& name);
  /// The image NAME.jpg, NAME.png, ... (the first of these) in the first of the folders that has one.
  [[nodiscard]] std::optional<std::filesystem::path> named(std::span<const std::filesystem::path> folders,
                                                           const std::string& name_without_extension);

  /// Searches for an image that `at` has not found.
  /// @param written its name in the annotation. @param near the folder of the annotation: of several images of the same
  /// name, the one that has the longer part of the written path is meant, or else that which has the longer part of
  /// this folder's, or else that in a folder of the split.
  /// @param split of the annotation, see split_named_in; may be empty.
  /// @throws Error without the annotation's name: none, or several that could be meant.
  [[nodiscard]] FoundImage search(const std::string& written, const std::filesystem::path& near,
                                  const std::string& split = {});

  /// The image that an annotation's file names, or one in these folders or beside it with the annotation's own name,
  /// because names in files are often wrong after both were renamed.
  /// @param key of the name, for the remark: "<filename>".
  [[nodiscard]] OwnImage own_or(const FoundImage& image, const std::string& key, const std::string& written,
                                const std::filesystem::path& annotation,
                                std::vector<std::filesystem::path> folders = {});
  /// Searches for the image of an annotation's file: what it names as in own_or, or else one with its own name.
  /// @throws Error as `search`
  [[nodiscard]] OwnImage search_own(const std::string& key, const std::string& written,
                                    const std::filesystem::path& annotation);

  /// Whether `search` would find an image by this name, whichever it may be.
  [[nodiscard]] bool knows(const std::string& written);

  /// The name of a file within the data set: relative to its root.
  [[nodiscard]] std::string name_of(const std::filesystem::path& file) const;

  /// What was found other than as written: one remark for each way.
  [[nodiscard]] std::vector<Remark> remarks() const;

 private:
  struct Way {
    std::size_t count = 0;
    std::string written; ///< of the first
    std::string found;
  };
  struct Image {
    std::filesystem::path file;       ///< relative to the root
    std::vector<std::string> folders; ///< above it up to the root of the file system, folded, the innermost first
  };
  /// All images in the root and below, and their places by folded names.
  struct Index {
    std::vector<Image> images;
    std::unordered_map<std::string, std::vector<std::size_t>> by_name;
    std::unordered_map<std::string, std::vector<std::size_t>> by_stem; ///< the name without extension
  };

  const Index& index();
  void note(const std::string& way, const std::string& written, const std::string& found);

  std::filesystem::path root_;
  std::stop_token stop_;
  std::optional<Index> index_;
  std::map<std::string, Way> ways_;
};

} // namespace scalescope
