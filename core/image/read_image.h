#pragma once

#include "core/image/image.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// Decodes a JPEG, PNG, TIFF, BMP or WebP file to upright RGB: EXIF orientation applied, grey spread over the three
/// channels, an alpha channel dropped (the colours stay as stored, as PIL's convert("RGB") does), 16 bits scaled to 8.
/// @throws Error naming the file if it is missing, not an image, damaged (a truncated JPEG too) or too large.
[[nodiscard]] Image read_image(const std::filesystem::path& file);

/// The bytes of an image file, for decode_image. @throws Error as read_image, for what concerns the file.
[[nodiscard]] std::string read_upright_image(const std::filesystem::path& file);
/// Decodes these bytes; read_image does both steps. @param file for messages. @throws Error as read_image, for what
/// concerns the image.
[[nodiscard]] Image decode_image(std::string bytes, const std::filesystem::path& file);
/// The EXIF orientation (1 to 8) from which decode_image rotates the image upright; 1 if decode_image refuses the file.
[[nodiscard]] int orientation_of(std::string_view bytes);

/// The version of the decoding library: "4.6.0".
[[nodiscard]] std::string opencv_version();

/// Which object each pixel belongs to: height x width numbers, row by row without padding. 0 is the background, and
/// pixels with the same number are one object.
struct LabelMask {
  int width = 0;
  int height = 0;
  std::vector<std::uint16_t> labels;
};

/// Reads a label mask, an image with one channel of 16 bits (PNG or TIFF), upright as read_image.
/// @throws Error like read_image, and for any other kind of image. 8 bits are refused, too, because such a mask often
/// has only object and background.
[[nodiscard]] LabelMask read_label_mask(const std::filesystem::path& file);

} // namespace scalescope
