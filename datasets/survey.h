#pragma once

#include "datasets/readers.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// What a data set contains.
struct DataSurvey {
  /// An object and where it is in its image.
  struct Example {
    std::string id;
    std::string category;
    BoundingBox box; ///< in pixels of the upright image
    int image_width = 0;
    int image_height = 0;
    double scale = 0; ///< object scale, or the target
  };
  /// A value at each of these shares of the objects: 0, 5, 50, 95 and 100 %.
  using Quantiles = std::array<double, 5>;

  std::string name;
  std::string format;      ///< "PASCAL VOC"
  std::string target_name; ///< object_scale_name, or a column's
  std::size_t images = 0;  ///< with an object or a target
  std::size_t objects = 0;
  std::size_t images_with_several = 0;
  std::size_t most_in_an_image = 0;
  std::vector<std::pair<std::string, std::size_t>> classes; ///< objects of each
  std::vector<std::pair<std::string, std::size_t>> splits;  ///< images of each, told by their folders: "train"
  std::size_t sizes = 0;                                    ///< how many different sizes the images have
  std::array<int, 2> smallest{};                            ///< width and height of the image with the fewest pixels
  std::array<int, 2> largest{};
  std::optional<Quantiles> target; ///< no value: no object can be used
  std::vector<LeftOut> left_out;   ///< faults in annotations and images
  std::vector<Remark> remarks;
  std::vector<Example> examples; ///< ten of them, from begin to end
};

/// The split that a folder in an image's name tells: "train", "valid", "val" or "test"; empty if none does.
[[nodiscard]] std::string split_of(const std::string& image);

/// Whether something was left out because it is faulty, which stops an analysis without --keep-going; else it has no
/// object, is a crowd, or was not chosen.
[[nodiscard]] bool is_fault(const LeftOut& left_out);

/// Reads a data set and the header of each image in it, and finds each box in its image.
/// @throws Error if nothing can be read; Cancelled. What concerns one image or object is in left_out.
[[nodiscard]] DataSurvey survey_data(const std::filesystem::path& data, const ReadOptions& options = {},
                                     const ReadWatch& watch = {});

} // namespace scalescope
