#pragma once
// Images that tests make: PNG files with an EXIF orientation.

#include "core/image/bounding_box.h"
#include "core/image/encode_png.h"
#include "core/image/image.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

/// The same 32-bit numbers as zlib's crc32.
inline std::uint32_t crc32_of(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

/// A PNG's chunk with an EXIF block that holds nothing but the orientation, as TIFF with big-endian numbers.
inline std::string exif_chunk(int orientation) {
  using namespace std::string_literals;
  const std::string content =
      "eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + static_cast<char>(orientation) + "\0\0\0\0\0\0"s;
  const auto number = [](std::uint32_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0})
      bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
  };
  return number(static_cast<std::uint32_t>(content.size() - 4)) + content + number(crc32_of(content));
}

/// An image with a white box on black. @param width,height,box as stored: the orientation, if it is not 1, is still to
/// be applied.
inline void write_image(const std::filesystem::path& file, int width, int height, int orientation = 1,
                        const scalescope::BoundingBox& box = {}) {
  scalescope::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height)
        for (int c = 0; c < 3; ++c)
          image.pixels[3 * (static_cast<std::size_t>(y) * width + x) + c] = 255;
  const auto png = scalescope::encode_png(image);
  std::string bytes(png.begin(), png.end());
  if (orientation != 1)
    bytes.insert(33, exif_chunk(orientation)); // behind the header, IHDR
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}
