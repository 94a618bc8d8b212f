#include "core/image/label_mask.h"

#include "core/base/error.h"
#include "core/image/detail/decoder.h"
#include "core/image/read_image.h"

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace scalescope {
namespace {

constexpr const char* not_a_mask =
    "has colours, but a label mask has a number for each object and 0 for the background: "
    "save these numbers in one channel, as PNG or TIFF";

std::uint32_t png_checksum(std::string_view bytes) {
  std::uint32_t sum = ~0U;
  for (const char byte : bytes) {
    sum ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~sum;
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift);
  return bytes;
}

/// The same PNG without anything that changes how its samples look: colours, transparency, gamma. Indices become grey.
std::string samples_alone(std::string_view png, bool palette) {
  constexpr std::size_t colour_type_at = 8 + 9;  // in a chunk IHDR with its head
  constexpr std::size_t header_checksum_at = 21; // likewise; it is about what follows the size
  std::string result(png.substr(0, 8));
  bool ended = false;
  for (std::size_t at = 8; !ended && at < png.size();) {
    const std::size_t size = std::size_t{12} + number_at(png, at, 4, ByteOrder::big);
    std::string chunk(png.substr(at, size));
    at += size;
    const std::string_view kind = std::string_view(chunk).substr(4, 4);
    ended = kind == "IEND";
    if (kind == "IHDR" && palette && chunk.size() >= header_checksum_at + 4) {
      chunk[colour_type_at] = 0;
      chunk.replace(header_checksum_at, 4,
                    big_endian(png_checksum(std::string_view(chunk).substr(4, header_checksum_at - 4))));
      result += chunk;
    } else if (ended || kind == "IHDR" || kind == "IDAT") {
      result += chunk;
    }
  }
  return result;
}

// What the samples are stored as; OpenCV calls some of them by other names.
enum class Stored { as_decoded, unsigned_32, unsigned_64, signed_64 };

template <typename T>
void take(const cv::Mat& samples, LabelMask& mask, unsigned unit) {
  for (int y = 0; y < samples.rows; ++y) {
    const T* row = samples.ptr<T>(y);
    auto* labels = mask.labels.data() + static_cast<std::ptrdiff_t>(y) * mask.width;
    for (int x = 0; x < samples.cols; ++x) {
      const T value = row[x];
      const auto as_double = static_cast<double>(value);
      if (!(as_double >= 0 && as_double <= std::numeric_limits<std::uint32_t>::max() &&
            as_double == std::floor(as_double)))
        throw BadImage(fmt::format("has the number {} at column {}, row {}, but the numbers of a label mask are whole, "
                                   "from 0 for the background to 4294967295: save it with such numbers",
                                   value, x, y));
      labels[x] = static_cast<std::uint32_t>(value) / unit;
    }
  }
}

cv::Mat one_channel(const cv::Mat& image) {
  if (image.channels() == 1)
    return image;
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  for (std::size_t i = 1; i < std::min<std::size_t>(3, channels.size()); ++i)
    if (cv::norm(channels[0], channels[i], cv::NORM_INF) > 0)
      throw BadImage(not_a_mask);
  return channels[0];
}

LabelMask to_label_mask(const cv::Mat& image, Stored stored, unsigned unit) {
  const cv::Mat samples = one_channel(image);
  LabelMask mask{samples.cols, samples.rows, std::vector<std::uint32_t>(samples.total())};
  if (stored == Stored::unsigned_32)
    take<std::uint32_t>(samples, mask, unit);
  else if (stored == Stored::unsigned_64)
    take<std::uint64_t>(samples, mask, unit);
  else if (stored == Stored::signed_64)
    take<std::int64_t>(samples, mask, unit);
  else if (samples.depth() == CV_8U)
    take<std::uint8_t>(samples, mask, unit);
  else if (samples.depth() == CV_8S)
    take<std::int8_t>(samples, mask, unit);
  else if (samples.depth() == CV_16U)
    take<std::uint16_t>(samples, mask, unit);
  else if (samples.depth() == CV_16S)
    take<std::int16_t>(samples, mask, unit);
  else if (samples.depth() == CV_32S)
    take<std::int32_t>(samples, mask, unit);
  else if (samples.depth() == CV_32F)
    take<float>(samples, mask, unit);
  else if (samples.depth() == CV_64F)
    take<double>(samples, mask, unit);
  else
    throw BadImage(rare_kind);
  return mask;
}

/// Decoders spread samples of fewer bits over 8: what 1 becomes.
unsigned spread_unit(std::uint64_t bits) { return bits < 8 ? 255U / ((1U << bits) - 1) : 1U; }

LabelMask decode_tiff_mask(std::string bytes, const ImageHeader& header) {
  const TiffSamples& samples = header.tiff;
  constexpr std::array sizes{1, 2, 4, 8, 16, 32, 64};
  constexpr std::uint64_t integers = 2;
  constexpr std::uint64_t floats = 3;
  if (std::ranges::find(sizes, static_cast<int>(samples.bits)) == sizes.end() || samples.kind > floats ||
      (samples.kind == floats && samples.bits < 32))
    throw BadImage(fmt::format("has samples of {} bits of a rare type: save it with 8, 16 or 32 bits", samples.bits));
  if (samples.channels > 1) {
    if (samples.colours != 1 && samples.colours != 2)
      throw BadImage(not_a_mask);
    std::map<TiffTag, std::vector<std::uint16_t>> described_as;
    if (samples.extra_channels > 0)
      described_as[TiffTag::extra_samples] = alpha_as_stored(samples);
    return to_label_mask(decode(std::move(bytes), header, cv::IMREAD_UNCHANGED, described_as), Stored::as_decoded,
                         spread_unit(samples.bits));
  }
  std::map<TiffTag, std::vector<std::uint16_t>> described_as{{TiffTag::photometric, {1}}}; // no palette, no negative
  Stored stored = Stored::as_decoded;
  if (samples.bits == 32 && samples.kind != floats) {
    stored = samples.kind == integers ? Stored::as_decoded : Stored::unsigned_32;
    described_as[TiffTag::sample_format] = {integers};
  } else if (samples.bits == 64 && samples.kind != floats) {
    stored = samples.kind == integers ? Stored::signed_64 : Stored::unsigned_64;
    described_as[TiffTag::sample_format] = {floats};
  }
  return to_label_mask(decode(std::move(bytes), header, cv::IMREAD_UNCHANGED, described_as), stored,
                       spread_unit(samples.bits));
}

LabelMask decode_mask(std::string bytes) {
  const ImageHeader header = read_image_header(bytes);
  if (header.lossy)
    throw BadImage(fmt::format("is a {} file, whose compression changes the numbers of a label mask: save it as PNG or "
                               "TIFF from its source",
                               header.format == ImageFormat::jpeg ? "JPEG" : "lossy WebP"));
  LabelMask mask;
  if (header.format == ImageFormat::tiff) {
    mask = decode_tiff_mask(std::move(bytes), header);
  } else if (header.format == ImageFormat::png) {
    mask = to_label_mask(decode(samples_alone(bytes, header.palette), header, cv::IMREAD_UNCHANGED), Stored::as_decoded,
                         spread_unit(header.bits));
    constexpr std::uint32_t border = 255;
    if (header.palette)
      std::ranges::replace(mask.labels, border, 0U);
  } else {
    mask = to_label_mask(decode(std::move(bytes), header, cv::IMREAD_UNCHANGED), Stored::as_decoded, 1);
  }
  if (const std::string note = frames_note(header); !note.empty())
    mask.notes.push_back(note);
  return mask;
}

LabelMask join(const std::vector<std::filesystem::path>& files) {
  LabelMask all;
  std::int64_t shared = 0;
  std::uint32_t number = 0;
  for (const std::filesystem::path& file : files) {
    const LabelMask one = read_label_mask(file);
    if (++number == 1) {
      all = {one.width, one.height, std::vector<std::uint32_t>(one.labels.size())};
    } else if (one.width != all.width || one.height != all.height) {
      throw Error(fmt::format("'{}' has {} x {} pixels, but '{}' has {} x {}: give masks of the size of their image.",
                              file.string(), one.width, one.height, files.front().string(), all.width, all.height));
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < one.labels.size(); ++i) {
      if (one.labels[i] == 0)
        continue;
      if (value != 0 && one.labels[i] != value)
        throw Error(fmt::format("'{}' has several numbers ({} and {}), but a file in a folder of masks shows one "
                                "object: give one label mask for the image, or one file for each object.",
                                file.string(), value, one.labels[i]));
      value = one.labels[i];
      if (all.labels[i] == 0)
        all.labels[i] = number;
      else
        ++shared;
    }
    for (const std::string& note : one.notes)
      all.notes.push_back(fmt::format("{}: {}", file.filename().string(), note));
  }
  if (shared > 0)
    all.notes.push_back(fmt::format("{} pixel{} two of its masks, and count for the first one", shared,
                                    shared == 1 ? " belongs to" : "s belong to"));
  return all;
}

} // namespace

LabelMask read_label_mask(const std::filesystem::path& file) {
  return explained(file, [&] { return decode_mask(read_upright_image(file)); });
}

LabelMask read_label_mask(const LabelledImage& image, bool split) {
  LabelMask mask = image.mask_per_object ? join(image.masks) : read_label_mask(image.masks.at(0));
  return split ? split_into_parts(std::move(mask)) : mask;
}

std::vector<MaskObject> objects_of(const LabelMask& mask) {
  struct Extent {
    int left, top, right, bottom;
    std::int64_t area;
  };
  std::unordered_map<std::uint32_t, Extent> extents;
  for (int y = 0; y < mask.height; ++y) {
    const auto* row = mask.labels.data() + static_cast<std::ptrdiff_t>(y) * mask.width;
    for (int x = 0; x < mask.width; ++x) {
      if (row[x] == 0)
        continue;
      Extent& extent = extents.try_emplace(row[x], Extent{x, y, x, y, 0}).first->second;
      extent.left = std::min(extent.left, x);
      extent.right = std::max(extent.right, x);
      extent.bottom = y;
      ++extent.area;
    }
  }
  std::vector<MaskObject> objects;
  for (const auto& [label, extent] : extents)
    objects.push_back(
        {label,
         {static_cast<double>(extent.left), static_cast<double>(extent.top),
          static_cast<double>(extent.right - extent.left + 1), static_cast<double>(extent.bottom - extent.top + 1)},
         extent.area});
  std::ranges::sort(objects, {}, &MaskObject::label);
  return objects;
}

LabelMask split_into_parts(LabelMask mask) {
  // Union-find over pixels: the root of a part is its first pixel, because roots only ever point backwards.
  std::vector<std::uint32_t> parent(mask.labels.size());
  std::iota(parent.begin(), parent.end(), 0U);
  const auto root = [&](std::uint32_t i) {
    while (parent[i] != i)
      i = parent[i] = parent[parent[i]];
    return i;
  };
  const auto join_with = [&](std::uint32_t i, int x, int y) {
    if (x < 0 || x >= mask.width || y < 0)
      return;
    const auto j = static_cast<std::uint32_t>(y * mask.width + x);
    if (mask.labels[i] != mask.labels[j])
      return;
    const std::uint32_t one = root(i);
    const std::uint32_t other = root(j);
    parent[std::max(one, other)] = std::min(one, other);
  };
  std::uint32_t i = 0;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x, ++i)
      if (mask.labels[i] != 0) {
        join_with(i, x - 1, y);
        join_with(i, x - 1, y - 1);
        join_with(i, x, y - 1);
        join_with(i, x + 1, y - 1);
      }
  std::vector<std::uint32_t> labels(mask.labels.size());
  std::uint32_t parts = 0;
  for (i = 0; i < labels.size(); ++i)
    if (mask.labels[i] != 0)
      labels[i] = root(i) == i ? ++parts : labels[root(i)];
  mask.labels = std::move(labels);
  return mask;
}

void MaskNumbers::add(const std::string& id, const std::filesystem::path& file, const LabelMask& mask) {
  const std::vector<MaskObject> objects = objects_of(mask);
  if (objects.empty())
    return;
  const std::size_t parts = std::ranges::max(split_into_parts(mask).labels);
  if (objects.size() == 1 && parts > 1)
    doubts_.push_back({id, file, objects[0].label, parts});
  are_numbered_ = are_numbered_ || objects.size() > 1;
  numbers_ += objects.size();
  parts_ += parts;
}

void MaskNumbers::check() const {
  if (are_numbered_ || doubts_.empty())
    return;
  const Doubt& first = doubts_.front();
  throw Error(fmt::format("'{}' has the same number ({}) for {} separate parts, so it is not clear what is one object: "
                          "give each object a number, or split the masks into connected parts (--split-masks).",
                          first.file.string(), first.number, first.parts));
}

std::vector<Remark> MaskNumbers::remarks() const {
  std::vector<Remark> all;
  constexpr std::size_t many = 3;
  if (parts_ > many * numbers_)
    all.push_back({"masks", fmt::format("their {} numbers have {} separate parts, as if they were classes and not "
                                        "objects; to take each part as an object, split the masks into connected parts "
                                        "(--split-masks)",
                                        numbers_, parts_)});
  for (const Doubt& doubt : doubts_)
    all.push_back({doubt.id, fmt::format("its mask has the same number ({}) for {} separate parts, which count as one "
                                         "object",
                                         doubt.number, doubt.parts)});
  return all;
}

} // namespace scalescope
