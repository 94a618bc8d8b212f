#include "core/stage/known_segmentation.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace scalescope {
namespace {

static_assert(std::endian::native == std::endian::little, "cache entries hold numbers as they are in memory");

class Writer {
 public:
  template <typename Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  template <typename Item>
  void items(const std::vector<Item>& all) {
    number(static_cast<std::uint64_t>(all.size()));
    bytes_.append(reinterpret_cast<const char*>(all.data()), all.size() * sizeof(Item));
  }
  [[nodiscard]] std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <typename Number>
  Number number() {
    Number value{};
    take(&value, sizeof(value));
    return value;
  }
  template <typename Item>
  std::vector<Item> items() {
    const auto count = number<std::uint64_t>();
    if (count > rest_.size() / sizeof(Item))
      throw Error("a cache entry is cut off");
    std::vector<Item> all(count);
    take(all.data(), count * sizeof(Item));
    return all;
  }

 private:
  void take(void* to, std::size_t size) {
    if (size > rest_.size())
      throw Error("a cache entry is cut off");
    if (size > 0)
      std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
  }

  std::string_view rest_;
};

// The rows of the background that differ from the original: those in front of and behind them are not kept.
std::pair<int, int> filled_rows(const Segmentation& of) {
  const std::size_t row = std::size_t{3} * of.original.width;
  const auto differs = [&](int y) {
    return std::memcmp(of.original.pixels.data() + row * y, of.background.pixels.data() + row * y, row) != 0;
  };
  int first = 0;
  int last = of.original.height;
  while (first < last && !differs(first))
    ++first;
  while (last > first && !differs(last - 1))
    --last;
  return {first, last};
}

std::string to_bytes(const Segmentation& of) {
  Writer entry;
  const auto [first, last] = filled_rows(of);
  const std::size_t row = std::size_t{3} * of.original.width;
  entry.number(first);
  entry.items(std::vector<std::uint8_t>(of.background.pixels.begin() + static_cast<std::ptrdiff_t>(row * first),
                                        of.background.pixels.begin() + static_cast<std::ptrdiff_t>(row * last)));
  for (const int number : {of.object.left, of.object.top, of.object.width, of.object.height})
    entry.number(number);
  entry.items(of.object.pixels);
  for (const double number : {of.box.x, of.box.y, of.box.width, of.box.height, of.fraction, of.mask_fraction})
    entry.number(number);
  entry.number(static_cast<std::uint64_t>(of.outline.size()));
  for (const auto& polygon : of.outline)
    entry.items(polygon);
  entry.items(std::vector<char>(of.note.begin(), of.note.end()));
  return std::move(entry).bytes();
}

Segmentation from_bytes(std::string_view bytes, const Image& image) {
  Reader entry(bytes);
  Segmentation made;
  made.original = made.background = image;
  const auto first = static_cast<std::size_t>(entry.number<int>()) * 3 * static_cast<std::size_t>(image.width);
  const auto filled = entry.items<std::uint8_t>();
  if (first + filled.size() > image.pixels.size())
    throw Error("a cache entry is of another image");
  std::ranges::copy(filled, made.background.pixels.begin() + static_cast<std::ptrdiff_t>(first));
  for (int* number : {&made.object.left, &made.object.top, &made.object.width, &made.object.height})
    *number = entry.number<int>();
  made.object.pixels = entry.items<std::uint8_t>();
  if (made.object.pixels.size() != std::size_t{4} * made.object.width * made.object.height)
    throw Error("a cache entry contradicts itself");
  for (double* number :
       {&made.box.x, &made.box.y, &made.box.width, &made.box.height, &made.fraction, &made.mask_fraction})
    *number = entry.number<double>();
  made.outline.resize(std::min<std::uint64_t>(entry.number<std::uint64_t>(), bytes.size()));
  for (auto& polygon : made.outline)
    polygon = entry.items<OutlinePoint>();
  const auto note = entry.items<char>();
  made.note.assign(note.begin(), note.end());
  return made;
}

} // namespace

Segmentation known_segmentation(const std::optional<Cache>& cache, const std::string& hash, const Image& image,
                                const BoundingBox& box, const SegmentSettings& settings, std::uint64_t seed) {
  if (!cache)
    return segment(image, box, settings, seed);
  // The number is the version of this code: raise it if segmenting changes.
  const std::string key = fmt::format("segmented 1|{}|{}x{}|{},{},{},{}|{},{},{}|{}", hash, image.width, image.height,
                                      box.x, box.y, box.width, box.height, static_cast<int>(settings.by),
                                      static_cast<int>(settings.fill), settings.feather, seed);
  if (const auto entry = cache->get(key)) {
    try {
      return from_bytes(*entry, image);
    } catch (const Error&) { // of a program with another way of writing it: it is made anew
    }
  }
  Segmentation made = segment(image, box, settings, seed);
  try {
    cache->put(key, to_bytes(made));
  } catch (const Error&) { // a full disk is reported with the features, which are kept there as well
  }
  return made;
}

} // namespace scalescope
