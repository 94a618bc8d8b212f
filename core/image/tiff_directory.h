#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace scalescope {

enum class ByteOrder { little, big };

/// The unsigned number of `size` bytes at a place. @throws BadImage (incomplete) if it lies beyond the end.
[[nodiscard]] std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size, ByteOrder order);
[[noreturn]] void throw_cut_off(); ///< BadImage

enum class TiffTag : std::uint16_t {
  width = 256,
  height = 257,
  bits_per_sample = 258,
  photometric = 262,
  strip_offsets = 273,
  orientation = 274,
  strip_sizes = 279,
  planar_configuration = 284,
  tile_offsets = 324,
  tile_sizes = 325,
  extra_samples = 338,
  sample_format = 339,
};

/// The first directory of a TIFF or BigTIFF file, or of an EXIF block, which is a small TIFF file.
class TiffDirectory {
 public:
  [[nodiscard]] static bool starts(std::string_view bytes);

  /// @param bytes must outlive the directory. @throws BadImage
  explicit TiffDirectory(std::string_view bytes);

  [[nodiscard]] std::uint64_t count(TiffTag tag) const; ///< of numbers, 0 where the tag is missing
  /// The i-th whole number of a tag. @throws BadImage if it lies beyond the end.
  [[nodiscard]] std::optional<std::uint64_t> number(TiffTag tag, std::uint64_t i = 0) const;
  [[nodiscard]] std::size_t place(TiffTag tag) const; ///< position of the first number of an existing tag

 private:
  struct Entry {
    std::size_t size;    ///< of one number
    std::uint64_t count; ///< of numbers, all of them within the bytes
    std::size_t at;
  };

  std::string_view bytes_;
  ByteOrder order_ = ByteOrder::little;
  std::map<TiffTag, Entry> entries_;
};

} // namespace scalescope
