#include "core/experiment/patches.h"

#include "core/base/error.h"
#include "core/image/label_mask.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <utility>

namespace scalescope {
namespace {

struct Place {
  int x = 0;
  int y = 0;
  auto operator<=>(const Place&) const = default; // NOLINT(modernize-use-nullptr): a mistake of clang-tidy 14
};

/// Uniform from 0 .. below-1, the same on every machine (std::uniform_int_distribution is not).
int draw(std::mt19937& generator, int below) {
  return static_cast<int>((std::uint64_t{generator()} * static_cast<std::uint64_t>(below)) >> 32);
}

/// Different positions of a part in an image: as many as requested, or all.
std::vector<Place> draw_places(int columns, int rows, std::size_t count, std::mt19937& generator) {
  std::vector<Place> places;
  if (static_cast<std::uint64_t>(columns) * static_cast<std::uint64_t>(rows) <= count) {
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x)
        places.push_back({x, y});
    return places;
  }
  std::set<Place> taken;
  while (places.size() < count) {
    const int x = draw(generator, columns);
    const int y = draw(generator, rows);
    if (taken.insert({x, y}).second)
      places.push_back({x, y});
  }
  return places;
}

std::mt19937 generator_for(const PatchSettings& settings, const std::string& image, double magnification) {
  std::vector<std::uint32_t> seeds{settings.seed};
  const auto bits = std::bit_cast<std::uint64_t>(magnification);
  seeds.push_back(static_cast<std::uint32_t>(bits));
  seeds.push_back(static_cast<std::uint32_t>(bits >> 32));
  for (const char c : image)
    seeds.push_back(static_cast<unsigned char>(c));
  std::seed_seq sequence(seeds.begin(), seeds.end());
  return std::mt19937(sequence);
}

/// Counts the nuclei completely inside the part, and computes their mean area in pixels of the image.
void measure_nuclei(const LabelMask& mask, Patch& patch) {
  std::map<std::uint32_t, std::int64_t> areas;
  std::set<std::uint32_t> cut;
  for (int y = 0; y < patch.side; ++y) {
    const auto* row = mask.labels.data() + static_cast<std::ptrdiff_t>(patch.y + y) * mask.width + patch.x;
    const bool edge_row = y == 0 || y == patch.side - 1;
    for (int x = 0; x < patch.side; ++x) {
      if (row[x] == 0)
        continue;
      ++areas[row[x]];
      if (edge_row || x == 0 || x == patch.side - 1)
        cut.insert(row[x]);
    }
  }
  std::int64_t sum = 0;
  for (const auto& [label, area] : areas)
    if (!cut.contains(label)) {
      ++patch.nuclei;
      sum += area;
    }
  if (patch.nuclei > 0)
    patch.area = static_cast<double>(sum) / patch.nuclei;
}

std::string times(double magnification) { return fmt::format("{}x", magnification); }

void check(const PatchSettings& settings) {
  const auto is_magnification = [](double m) { return std::isfinite(m) && m > 0; };
  const auto bad = std::ranges::find_if_not(settings.magnifications, is_magnification);
  if (bad != settings.magnifications.end())
    throw Error(fmt::format("{} is not a magnification: give numbers above zero.", *bad));
  if (!is_magnification(settings.native))
    throw Error(fmt::format("{} is not a native magnification: give a number above zero.", settings.native));
}

/// Patches of one image at one magnification.
void choose(const LabelledImage& image, std::size_t number, const LabelMask& mask, double magnification,
            const PatchSettings& settings, Patches& result) {
  const std::string where = image.id + "@" + times(magnification);
  const double exact = settings.side * settings.native / magnification;
  if (std::round(exact) > std::min(mask.width, mask.height)) {
    result.left_out.push_back({where, fmt::format("it needs {0:.0f} x {0:.0f} pixels, but the image has {1} x {2}",
                                                  exact, mask.width, mask.height)});
    return;
  }
  const int side = static_cast<int>(std::lround(exact));
  const auto wanted = static_cast<std::size_t>(settings.patches);
  auto generator = generator_for(settings, image.id, magnification);
  const auto places = draw_places(mask.width - side + 1, mask.height - side + 1, wanted, generator);
  for (std::size_t i = 0; i < places.size(); ++i) {
    Patch patch{fmt::format("{}#{}", where, i), number, magnification, places[i].x, places[i].y, side, 0, 0};
    measure_nuclei(mask, patch);
    if (patch.nuclei < settings.least_nuclei) {
      result.left_out.push_back(
          {patch.id, fmt::format("only {} nuclei lie completely inside, but {} are needed (x {}, y {}, {} x {} pixels)",
                                 patch.nuclei, settings.least_nuclei, patch.x, patch.y, side, side)});
      continue;
    }
    const double factor = static_cast<double>(settings.side) / side;
    patch.area *= factor * factor;
    result.patches.push_back(std::move(patch));
  }
  if (places.size() < wanted)
    result.left_out.push_back({fmt::format("{}#{}", where, places.size()),
                               fmt::format("there {} only {} different place{} for {} patches of {} x {} pixels",
                                           places.size() == 1 ? "is" : "are", places.size(),
                                           places.size() == 1 ? "" : "s", wanted, side, side)});
}

} // namespace

Patches choose_patches(std::span<const LabelledImage> images, const PatchSettings& settings,
                       const std::stop_token& stop, const std::function<void(std::size_t)>& progress) {
  check(settings);
  Patches result;
  std::set<double> magnifications; // each once, ascending
  for (const double magnification : settings.magnifications)
    if (magnification <= settings.native)
      magnifications.insert(magnification);
    else
      result.left_out.push_back(
          {times(magnification), fmt::format("above the native {}: it would need upsampling", times(settings.native))});
  MaskNumbers numbers;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (stop.stop_requested())
      throw Cancelled();
    const LabelMask mask = read_label_mask(images[i], settings.split_masks);
    for (const std::string& note : mask.notes)
      result.remarks.push_back({images[i].id, "of its mask, " + note});
    if (!settings.split_masks && !images[i].mask_per_object)
      numbers.add(images[i].id, images[i].masks[0], mask);
    result.sizes.push_back({mask.width, mask.height});
    for (const double magnification : magnifications)
      choose(images[i], i, mask, magnification, settings, result);
    if (progress)
      progress(i + 1);
  }
  numbers.check();
  for (Remark& remark : numbers.remarks())
    result.remarks.push_back(std::move(remark));
  return result;
}

Image read_labelled(const LabelledImage& image, ImageSize size) {
  Image whole = read_image(image.file);
  if (ImageSize{whole.width, whole.height} != size)
    throw Error(fmt::format(
        "'{}' has {} x {} pixels, but its label mask '{}' has {} x {}: give a mask of the size of the image.",
        image.file.string(), whole.width, whole.height, image.masks.at(0).string(), size.width, size.height));
  return whole;
}

Image crop_patch(const Image& image, const Patch& patch, int side, Interpolation interpolation) {
  assert(patch.x >= 0 && patch.y >= 0 && patch.x + patch.side <= image.width && patch.y + patch.side <= image.height);
  Image part{patch.side, patch.side, {}};
  part.pixels.reserve(std::size_t{3} * patch.side * patch.side);
  for (int y = patch.y; y < patch.y + patch.side; ++y) {
    const auto row = image.pixels.begin() + (static_cast<std::ptrdiff_t>(y) * image.width + patch.x) * 3;
    part.pixels.insert(part.pixels.end(), row, row + std::ptrdiff_t{3} * patch.side);
  }
  return resize(part, side, side, interpolation);
}

} // namespace scalescope
