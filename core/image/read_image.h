#pragma once

#include "core/image/image.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// Decodes a JPEG, PNG, TIFF, BMP or WebP file to upright RGB: EXIF orientation applied, grey spread over the three
/// channels, an alpha channel dropped (the colours stay as stored, or are divided by an alpha that they were multiplied
/// by, as PIL's convert("RGB") does), 16 bits scaled to 8. CIELAB becomes sRGB. Image::notes tell what was not used
/// (pages, frames, channels), and when samples of 16 bits were scaled to a stated range, or are nearly black.
/// @throws Error naming the file if it is missing, not an image, damaged (a truncated JPEG too) or too large.
[[nodiscard]] Image read_image(const std::filesystem::path& file);

/// The bytes of an image file, for decode_image. @throws Error as read_image, for what concerns the file.
[[nodiscard]] std::string read_upright_image(const std::filesystem::path& file);
/// Decodes these bytes; read_image does both steps. @param file for messages. @throws Error as read_image, for what
/// concerns the image.
[[nodiscard]] Image decode_image(std::string bytes, const std::filesystem::path& file);
/// Image::notes of these bytes, faster than decode_image for all images but those of 16 bits; none if it refuses them.
[[nodiscard]] std::vector<std::string> notes_of(const std::string& bytes);
/// The EXIF orientation (1 to 8) from which decode_image rotates the image upright; 1 if decode_image refuses the file.
[[nodiscard]] int orientation_of(std::string_view bytes);

/// The version of the decoding library: "4.6.0".
[[nodiscard]] std::string opencv_version();

} // namespace scalescope
