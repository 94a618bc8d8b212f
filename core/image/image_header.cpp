#include "core/image/image_header.h"

#include "core/image/tiff_directory.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

namespace scalescope {

namespace {

/// Numbers at a position; a position beyond the end means that the file is incomplete.
std::uint64_t big(std::string_view bytes, std::size_t at, std::size_t size) {
  return number_at(bytes, at, size, ByteOrder::big);
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  return number_at(bytes, at, size, ByteOrder::little);
}

/// The end of a block of that size.
std::size_t end_of(std::string_view bytes, std::size_t at, std::uint64_t size) {
  if (at > bytes.size() || size > bytes.size() - at)
    throw_cut_off();
  return at + size;
}

int orientation_in(const TiffDirectory& directory) {
  const std::uint64_t value = directory.number(TiffTag::orientation).value_or(1);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

/// The orientation in an EXIF block (with or without its "Exif\0\0"); if the block is damaged, the image is still
/// accepted.
int exif_orientation(std::string_view exif) {
  const std::string_view mark("Exif\0\0", 6);
  if (exif.starts_with(mark))
    exif.remove_prefix(mark.size());
  try {
    return orientation_in(TiffDirectory(exif));
  } catch (const BadImage&) {
    return 1;
  }
}

ImageHeader read_jpeg(std::string_view bytes) {
  ImageHeader header{.format = ImageFormat::jpeg, .lossy = true};
  bool exif_seen = false;
  std::size_t at = 2;
  while (true) {
    // Up to the next marker; in compressed data FF 00 is a sample, and FF D0 to FF D7 are its own checkpoints.
    at = bytes.find('\xFF', at);
    if (at == std::string_view::npos)
      throw_cut_off();
    const std::uint64_t marker = big(bytes, at + 1, 1);
    if (marker == 0xFF) { // padding
      ++at;
      continue;
    }
    at += 2;
    if (marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8))
      continue;
    if (marker == 0xD9) // end of image: later bytes belong to something else
      return header;

    const std::size_t end = end_of(bytes, at, big(bytes, at, 2));
    if (end < at + 2)
      throw BadImage("is a damaged JPEG file: copy or download it again");
    const std::string_view content = bytes.substr(at + 2, end - at - 2);
    const bool is_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) {
      header.height = big(content, 1, 2);
      header.width = big(content, 3, 2);
    } else if (marker == 0xE1 && !exif_seen && content.starts_with(std::string_view("Exif\0\0", 6))) {
      header.orientation = exif_orientation(content);
      exif_seen = true;
    }
    at = end;
  }
}

ImageHeader read_png(std::string_view bytes) {
  ImageHeader header{.format = ImageFormat::png};
  std::size_t at = 8;
  while (true) {
    const std::size_t content = at + 8;
    const std::size_t end = end_of(bytes, content, big(bytes, at, 4));
    const std::string_view kind = bytes.substr(at + 4, 4);
    if (kind == "IHDR") {
      header.width = big(bytes, content, 4);
      header.height = big(bytes, content + 4, 4);
      header.bits = big(bytes, content + 8, 1);
      header.palette = big(bytes, content + 9, 1) == 3;
    } else if (kind == "sBIT" && end > content && !header.palette) { // of a palette it is about the colours
      for (std::size_t i = content; i < end; ++i)
        header.significant_bits = std::max(header.significant_bits, big(bytes, i, 1));
    } else if (kind == "acTL") {
      header.frames = std::max<std::uint64_t>(1, big(bytes, content, 4));
    } else if (kind == "eXIf") {
      header.orientation = exif_orientation(bytes.substr(content, end - content));
    }
    const std::size_t next = end_of(bytes, end, 4); // behind the checksum
    if (kind == "iCCP") {
      header.colour_profile_at = at;
      header.colour_profile_size = next - at;
    }
    at = next;
    if (kind == "IEND")
      return header;
  }
}

ImageHeader read_webp(std::string_view bytes) {
  ImageHeader header{.format = ImageFormat::webp};
  const std::size_t file_end = end_of(bytes, 8, little(bytes, 4, 4));
  for (std::size_t at = 12; at < file_end;) {
    const std::size_t content = at + 8;
    const std::uint64_t size = little(bytes, at + 4, 4);
    const std::size_t end = end_of(bytes, content, size);
    const std::string_view kind = bytes.substr(at, 4);
    header.lossy = header.lossy || kind == "VP8 ";
    if (kind == "VP8X") {
      const std::uint64_t animation = 2;
      if ((little(bytes, content, 1) & animation) != 0)
        throw BadImage("is an animation: save one of its frames as an image");
      header.width = little(bytes, content + 4, 3) + 1;
      header.height = little(bytes, content + 7, 3) + 1;
    } else if (kind == "VP8 " && header.width == 0) {
      header.width = little(bytes, content + 6, 2) & 0x3FFF;
      header.height = little(bytes, content + 8, 2) & 0x3FFF;
    } else if (kind == "VP8L" && header.width == 0) {
      const std::uint64_t sizes = little(bytes, content + 1, 4);
      header.width = (sizes & 0x3FFF) + 1;
      header.height = ((sizes >> 14) & 0x3FFF) + 1;
    } else if (kind == "EXIF") {
      header.orientation = exif_orientation(bytes.substr(content, end - content));
    }
    at = end + size % 2;
  }
  return header;
}

ImageHeader read_bmp(std::string_view bytes) {
  ImageHeader header{.format = ImageFormat::bmp};
  const std::uint64_t pixels_at = little(bytes, 10, 4);
  std::uint64_t bits = 0;
  bool compressed = false;
  if (little(bytes, 14, 4) == 12) { // the header of OS/2
    header.width = little(bytes, 18, 2);
    header.height = little(bytes, 20, 2);
    bits = little(bytes, 24, 2);
  } else {
    // A negative height means rows from top to bottom.
    header.width = little(bytes, 18, 4);
    header.height = static_cast<std::uint64_t>(std::llabs(static_cast<std::int32_t>(little(bytes, 22, 4))));
    bits = little(bytes, 28, 2);
    const std::uint64_t compression = little(bytes, 30, 4);
    compressed = compression != 0 && compression != 3; // 3: bit masks
  }
  if (!compressed) {
    const std::uint64_t row = (header.width * bits + 31) / 32 * 4;
    if (pixels_at > bytes.size() || (row != 0 && header.height > (bytes.size() - pixels_at) / row))
      throw_cut_off();
  }
  return header;
}

/// Refuses a page that lies partly beyond the end.
void check_page(std::string_view bytes, const TiffDirectory& page) {
  for (const auto& [offsets, sizes] : {std::pair(TiffTag::strip_offsets, TiffTag::strip_sizes),
                                       std::pair(TiffTag::tile_offsets, TiffTag::tile_sizes)}) {
    const std::uint64_t count = std::min(page.count(offsets), page.count(sizes));
    for (std::uint64_t i = 0; i < count; ++i)
      end_of(bytes, *page.number(offsets, i), *page.number(sizes, i));
  }
}

constexpr std::size_t most_pages = 65535;

/// How many pages follow that are images of their own. @param at where the first of them begins
std::uint64_t count_pages(std::string_view bytes, std::size_t at) {
  std::uint64_t pages = 0;
  std::set<std::size_t> seen;
  while (at != 0 && seen.insert(at).second) {
    if (seen.size() > most_pages)
      throw BadImage("has more than 65535 pages: split it");
    const TiffDirectory page(bytes, at);
    check_page(bytes, page);
    const std::uint64_t copy_or_mask = 1 | 4;
    pages += (page.number(TiffTag::subfile).value_or(0) & copy_or_mask) == 0 ? 1 : 0;
    at = page.next();
  }
  return pages;
}

ImageHeader read_tiff(std::string_view bytes) {
  const TiffDirectory first(bytes);
  check_page(bytes, first);
  ImageHeader header{.format = ImageFormat::tiff};
  header.width = first.number(TiffTag::width).value_or(0);
  header.height = first.number(TiffTag::height).value_or(0);
  header.orientation = orientation_in(first);
  const std::uint64_t following = count_pages(bytes, first.next());
  const bool is_small_copy = (first.number(TiffTag::subfile).value_or(0) & 1) != 0;
  if (is_small_copy && (following > 0 || first.count(TiffTag::sub_directories) > 0))
    throw BadImage("begins with a small copy of its image, as raw files of cameras do: convert it to PNG");
  header.frames = 1 + following;
  const std::uint64_t compression = first.number(TiffTag::compression).value_or(1);
  header.lossy = compression == 6 || compression == 7; // JPEG

  TiffSamples& samples = header.tiff;
  samples.bits = first.number(TiffTag::bits_per_sample).value_or(1);
  samples.kind = first.number(TiffTag::sample_format).value_or(1);
  samples.colours = first.number(TiffTag::photometric).value_or(1);
  samples.channels = first.number(TiffTag::samples_per_pixel).value_or(1);
  samples.extra_channels = first.count(TiffTag::extra_samples);
  samples.first_extra = first.number(TiffTag::extra_samples).value_or(0);
  samples.planes = first.number(TiffTag::planar_configuration).value_or(1) != 1;
  for (std::uint64_t i = 0; i < first.count(TiffTag::max_sample_value); ++i)
    samples.largest = std::max(samples.largest, *first.number(TiffTag::max_sample_value, i));
  return header;
}

/// The name of a format that is not read, empty if it is unknown.
std::string_view foreign_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("GIF8"sv))
    return "a GIF file";
  if (bytes.starts_with("\0\0\0\x0CjP  "sv) || bytes.starts_with("\xFF\x4F\xFF\x51"sv))
    return "a JPEG 2000 file";
  if (bytes.starts_with("\0\0\0\x0CJXL "sv) || bytes.starts_with("\xFF\x0A"sv))
    return "a JPEG XL file";
  if (bytes.substr(0, 8).ends_with("ftyp"sv)) {
    const std::string_view brand = bytes.substr(8, 4);
    if (brand.starts_with("avi"sv))
      return "an AVIF file";
    if (brand.starts_with("he"sv) || brand == "mif1"sv || brand == "msf1"sv)
      return "a HEIC file";
    return "a video";
  }
  if (bytes.starts_with("8BPS"sv))
    return "a Photoshop file";
  if (bytes.starts_with("%PDF"sv))
    return "a PDF file";
  if (bytes.size() > 132 && bytes.substr(128, 4) == "DICM"sv)
    return "a DICOM file";
  return {};
}

} // namespace

ImageHeader read_image_header(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty())
    throw BadImage("is empty: copy or download it again");
  if (bytes.starts_with("\xFF\xD8\xFF"sv))
    return read_jpeg(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv))
    return read_png(bytes);
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv))
    return read_webp(bytes);
  if (bytes.starts_with("BM"sv))
    return read_bmp(bytes);
  if (TiffDirectory::starts(bytes))
    return read_tiff(bytes);
  if (const std::string_view name = foreign_format(bytes); !name.empty())
    throw BadImage("is " + std::string(name) + ", which can't be read: convert it to PNG, or leave it out");
  throw BadImage("is not an image in the format JPEG, PNG, TIFF, BMP or WebP: convert it, or leave it out");
}

} // namespace scalescope
