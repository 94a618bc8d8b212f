#pragma once
// Data sets that tests make, and where the boxes of what was read lie.

#include "core/base/error.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"
#include "datasets/readers.h"
#include "tests/support/support.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

/// Not in the tests themselves: moc would expand it there, and loses its way among raw strings.
#define VERIFY_CONTAINS(text, part) QVERIFY2((text).contains(part), qPrintable(text))

namespace scalescope {

/// A data set in a temporary folder. Readers open no image, so any file will do for one that is not opened.
class DatasetFolder {
 public:
  std::filesystem::path operator/(const std::string& name) const { return to_path(dir_.path()) / name; }
  operator std::filesystem::path() const { return to_path(dir_.path()); }

  void write(const std::string& name, const std::string& text = "image") const {
    std::filesystem::create_directories((*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary) << text;
  }

 private:
  QTemporaryDir dir_;
};

/// What reading a data set throws; empty if it throws nothing.
inline QString refusal(const std::filesystem::path& data, const ReadOptions& options = {}) {
  return error_text([&] { (void)read_samples(data, options); });
}

/// A grey JPEG of that size as stored: every block of 8 x 8 pixels is two bits, "no change" and "end". With an
/// orientation it has an EXIF block.
inline std::string jpeg_bytes(int width, int height, int orientation = 1) {
  using namespace std::string_literals;
  const auto two = [](int value) { return std::string{static_cast<char>(value >> 8), static_cast<char>(value)}; };
  std::string bytes = "\xFF\xD8"s;
  if (orientation != 1)
    bytes += "\xFF\xE1\0\x22"s
             "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s +
             static_cast<char>(orientation) + "\0\0\0\0\0\0"s;
  bytes += "\xFF\xDB\0\x43\0"s + std::string(64, '\1');
  bytes += "\xFF\xC0\0\x0B\x08"s + two(height) + two(width) + "\1\1\x11\0"s;
  for (const char table : {'\0', '\x10'})
    bytes += "\xFF\xC4\0\x14"s + table + '\1' + std::string(16, '\0');
  bytes += "\xFF\xDA\0\x08\1\1\0\0\x3F\0"s;
  const int blocks = (width + 7) / 8 * ((height + 7) / 8);
  bytes += std::string(static_cast<std::size_t>(blocks / 4), '\0');
  if (blocks % 4 != 0)
    bytes += static_cast<char>(0xFF >> (2 * (blocks % 4)));
  return bytes + "\xFF\xD9"s;
}

/// A sample whose image was opened.
struct OpenedSample {
  Sample sample;
  BoundingBox box;     ///< in the upright image
  double share = -1;   ///< -1: refused
  std::string remark;  ///< see PlacedBox
  std::string refusal; ///< what was thrown
};

inline std::vector<OpenedSample> opened(const SampleSet& set) {
  std::vector<OpenedSample> all;
  for (const Sample& sample : set.samples) {
    OpenedSample one{sample, {}, -1, {}, {}};
    try {
      std::string bytes = read_upright_image(sample.file);
      const int orientation = orientation_of(bytes);
      const Image image = decode_image(std::move(bytes), sample.file);
      if (sample.box) {
        const PlacedBox placed = place_box(sample, {image.width, image.height, orientation});
        one.box = placed.box;
        one.share = object_scale(placed.box, image.width, image.height);
        one.remark = placed.remark;
      }
    } catch (const Error& error) {
      one.refusal = error.what();
    }
    all.push_back(std::move(one));
  }
  return all;
}

/// "images/a.jpg cat 10 20 30 40" for each sample: its id, class, and box in the upright image; or what refuses it.
inline QStringList listed(const std::filesystem::path& data, ReadOptions options = {.objects = ObjectRule::Each}) {
  QStringList all;
  for (const OpenedSample& one : opened(read_samples(data, options)))
    all << (one.refusal.empty()
                ? QStringLiteral("%1 %2 %3 %4 %5 %6")
                      .arg(QString::fromStdString(one.sample.id), QString::fromStdString(one.sample.category))
                      .arg(one.box.x)
                      .arg(one.box.y)
                      .arg(one.box.width)
                      .arg(one.box.height)
                : QString::fromStdString(one.refusal));
  return all;
}

} // namespace scalescope
