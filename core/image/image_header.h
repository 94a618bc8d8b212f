#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace scalescope {

/// Why bytes are refused as an image, as a sentence without the file's name: "is incomplete: ...".
class BadImage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class ImageFormat { jpeg, png, tiff, bmp, webp };

/// What a TIFF file says of its samples, as in its tags.
struct TiffSamples {
  std::uint64_t bits = 1;
  std::uint64_t kind = 1;     ///< 1 unsigned, 2 signed, 3 floating point
  std::uint64_t colours = 1;  ///< PhotometricInterpretation: 0 white is zero, 1 black is zero, 2 RGB, 3 palette, ...
  std::uint64_t channels = 1; ///< per pixel, with those that are no colours
  std::uint64_t extra_channels = 0;
  std::uint64_t first_extra = 0; ///< 1 associated alpha (the colours are multiplied by it), 2 unassociated alpha
  std::uint64_t largest = 0;     ///< MaxSampleValue; 0: not stated
  bool planes = false;           ///< one after another, instead of interleaved
};

/// Facts about an image file that are needed before a decoder may allocate memory for it.
struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  std::uint64_t width = 0; ///< as stored
  std::uint64_t height = 0;
  int orientation = 1;                 ///< 1 to 8, as in EXIF and TIFF: how to rotate the image upright
  std::uint64_t frames = 1;            ///< pages of a TIFF, without smaller copies; frames of an animated PNG
  bool lossy = false;                  ///< compressed so that numbers change
  bool palette = false;                ///< of a PNG: its samples are indices
  std::uint64_t bits = 8;              ///< per sample of a PNG
  std::uint64_t significant_bits = 0;  ///< of a PNG's samples (sBIT); 0: not stated
  std::size_t colour_profile_at = 0;   ///< a PNG's chunk iCCP, with its head and checksum
  std::size_t colour_profile_size = 0; ///< 0: there is none
  TiffSamples tiff = {};               ///< of a TIFF
};

/// Reads the header of a JPEG, PNG, TIFF, BMP or WebP file and follows its structure to the end, because decoders fill
/// missing parts with grey.
/// @throws BadImage
[[nodiscard]] ImageHeader read_image_header(std::string_view bytes);

} // namespace scalescope
