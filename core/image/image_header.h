#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace scalescope {

/// Why bytes are refused as an image, as a sentence without the file's name: "is incomplete: ...".
class BadImage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Facts about an image file that are needed before a decoder may allocate memory for it.
struct ImageHeader {
  std::uint64_t width = 0; ///< as stored
  std::uint64_t height = 0;
  int orientation = 1;                              ///< 1 to 8, as in EXIF and TIFF: how to rotate the image upright
  bool decoder_turns = false;                       ///< the decoder applies the orientation, as for TIFF
  std::optional<std::size_t> unassociated_alpha_at; ///< where a TIFF states that its alpha is unassociated
  std::size_t colour_profile_at = 0;                ///< a PNG's chunk iCCP, with its head and checksum
  std::size_t colour_profile_size = 0;              ///< 0: there is none
};

/// Reads the header of a JPEG, PNG, TIFF, BMP or WebP file and follows its structure to the end, because decoders fill
/// missing parts with grey. Also refuses sample types that would be decoded wrongly.
/// @throws BadImage
[[nodiscard]] ImageHeader read_image_header(std::string_view bytes);

} // namespace scalescope
