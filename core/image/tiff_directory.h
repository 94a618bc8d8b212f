#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

enum class ByteOrder { little, big };

/// The unsigned number of `size` bytes at a place. @throws BadImage (incomplete) if it lies beyond the end.
[[nodiscard]] std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size, ByteOrder order);
[[noreturn]] void throw_cut_off(); ///< BadImage

enum class TiffTag : std::uint16_t {
  subfile = 254,
  width = 256,
  height = 257,
  bits_per_sample = 258,
  compression = 259,
  photometric = 262,
  strip_offsets = 273,
  orientation = 274,
  samples_per_pixel = 277,
  strip_sizes = 279,
  max_sample_value = 281,
  planar_configuration = 284,
  tile_offsets = 324,
  tile_sizes = 325,
  sub_directories = 330,
  extra_samples = 338,
  sample_format = 339,
};

/// A directory of a TIFF or BigTIFF file, or of an EXIF block, which is a small TIFF file. It describes a page.
class TiffDirectory {
 public:
  [[nodiscard]] static bool starts(std::string_view bytes);

  /// @param bytes must outlive the directory. @param at where it begins; 0: the first one. @throws BadImage
  explicit TiffDirectory(std::string_view bytes, std::size_t at = 0);

  [[nodiscard]] std::uint64_t count(TiffTag tag) const; ///< of numbers, 0 where the tag is missing
  /// The i-th whole number of a tag. @throws BadImage if it lies beyond the end.
  [[nodiscard]] std::optional<std::uint64_t> number(TiffTag tag, std::uint64_t i = 0) const;

  [[nodiscard]] std::size_t next() const; ///< where the following directory begins, 0: there is none. @throws BadImage

  /// The file, with other numbers for some tags of this directory, and this directory as its first and only one.
  [[nodiscard]] std::string with(const std::map<TiffTag, std::vector<std::uint16_t>>& changes) const;

 private:
  struct Entry {
    std::size_t size;    ///< of one number
    std::uint64_t count; ///< of numbers, all of them within the bytes
    std::size_t at;
  };

  [[nodiscard]] std::size_t word() const { return is_big_tiff_ ? 8 : 4; } ///< the size of an offset or a count
  [[nodiscard]] std::string written(std::uint64_t number, std::size_t size) const;

  std::string_view bytes_;
  ByteOrder order_ = ByteOrder::little;
  bool is_big_tiff_ = false;
  std::map<TiffTag, Entry> entries_;
  std::map<TiffTag, std::string_view> stored_; ///< all entries, as the file has them
  std::size_t end_ = 0;                        ///< behind the last entry
};

} // namespace scalescope
