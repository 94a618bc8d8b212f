#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace scalescope {

/// Why bytes are no image for us, as what follows the file's name: "is cut off before its end: ...".
class BadImage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What has to be known of an image file before a decoder may allocate memory for it.
struct ImageHeader {
  std::uint64_t width = 0; ///< as stored
  std::uint64_t height = 0;
  int orientation = 1;        ///< 1 to 8, as EXIF and TIFF number them: what turns the image upright
  bool decoder_turns = false; ///< the orientation is applied by the decoder, not by us: TIFF's
  std::optional<std::size_t> unassociated_alpha_at; ///< where a TIFF says that its alpha is not multiplied in
  std::size_t colour_profile_at = 0;                ///< a PNG's chunk iCCP, with its head and checksum
  std::size_t colour_profile_size = 0;              ///< 0: there is none
};

/// Reads the header of a JPEG, PNG, TIFF, BMP or WebP file and follows its structure to the end: decoders fill what a
/// cut-off file lacks with grey. Also refuses kinds of samples that would be decoded wrongly.
/// @throws BadImage
[[nodiscard]] ImageHeader read_image_header(std::string_view bytes);

} // namespace scalescope
