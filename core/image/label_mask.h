#pragma once

#include "core/image/bounding_box.h"
#include "core/image/sample.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace scalescope {

/// Which object each pixel belongs to: height x width numbers, row by row without padding. 0 is the background, and
/// pixels with the same number are one object.
struct LabelMask {
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> labels;
  std::vector<std::string> notes = {}; ///< what of the file was not used exactly as it is; see Remark::text
};

/// Reads a label mask, upright as read_image: a PNG, TIFF, BMP or lossless WebP file with whole numbers of 1 to 64
/// bits, from 0 to 2^32 - 1, in one channel or in equal ones. Of TIFF files also floating-point numbers that are whole.
/// Numbers are taken as stored. In a PNG with a palette they are the indices of the colours, and 255 is no object: it
/// marks borders in PASCAL VOC.
/// @throws Error like read_image, and for colours, other numbers, and compression that changes numbers.
[[nodiscard]] LabelMask read_label_mask(const std::filesystem::path& file);

/// The mask of an image: one file as above, or the joint mask of files with one object each, which get the numbers 1,
/// 2, ... in the order of the files. A pixel of two objects belongs to the first, with a note.
/// @param split whether to apply split_into_parts. @throws Error like read_label_mask; also if a file with one object
/// has several numbers, or if the files have different sizes.
[[nodiscard]] LabelMask read_label_mask(const LabelledImage& image, bool split);

/// An object of a label mask.
struct MaskObject {
  std::uint32_t label = 0;
  BoundingBox box;       ///< of all its pixels; the width of one pixel is 1
  std::int64_t area = 0; ///< number of its pixels
};

/// The objects in ascending order of their numbers.
[[nodiscard]] std::vector<MaskObject> objects_of(const LabelMask& mask);

/// Every connected part of an object as an object of its own (pixels touch at sides or corners). They are numbered in
/// the order of their first pixels, row by row, as skimage.measure.label does.
[[nodiscard]] LabelMask split_into_parts(LabelMask mask);

/// Finds data sets whose masks do not number their objects, but only mark them, all with one number.
class MaskNumbers {
 public:
  /// @param id of the image, for remarks.
  void add(const std::string& id, const std::filesystem::path& file, const LabelMask& mask);

  /// If some masks have one number for several separate parts, and no mask of the set has two numbers.
  /// @throws Error naming one such mask, and the option that splits masks.
  void check() const;
  /// If other masks of the set have two numbers: those that have one number for several parts, which count as one
  /// object. Also, if there are many more connected parts than numbers: these may be classes.
  [[nodiscard]] std::vector<Remark> remarks() const;

 private:
  struct Doubt {
    std::string id;
    std::filesystem::path file;
    std::uint32_t number;
    std::size_t parts;
  };

  bool are_numbered_ = false;
  std::size_t numbers_ = 0; ///< of all masks together
  std::size_t parts_ = 0;   ///< likewise, connected ones
  std::vector<Doubt> doubts_;
};

} // namespace scalescope
