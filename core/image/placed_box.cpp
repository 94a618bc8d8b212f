#include "core/image/placed_box.h"

#include "core/base/error.h"
#include "core/image/image_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scalescope {
namespace {

struct Size {
  double width = 0;
  double height = 0;
  bool operator==(const Size&) const = default;
};

std::string text_of(const Size& size) { return fmt::format("{:g} x {:g}", size.width, size.height); }

/// Whether one size is a scaled copy of the other, with the smaller one's sides rounded to a pixel.
bool same_shape(Size small, Size large) {
  if (small.width * small.height > large.width * large.height)
    std::swap(small, large);
  return std::max((small.width - 1) / large.width, (small.height - 1) / large.height) <=
         std::min((small.width + 1) / large.width, (small.height + 1) / large.height);
}

/// Whether boxes lie within an image of that size, with a small tolerance for manual drawing and rounding.
bool holds(const Size& size, const BoundingBox& extent, double per_cent = 1) {
  const Size slack{1 + size.width * per_cent / 100, 1 + size.height * per_cent / 100};
  return extent.x >= -slack.width && extent.x + extent.width <= size.width + slack.width && extent.y >= -slack.height &&
         extent.y + extent.height <= size.height + slack.height;
}

/// Places a box according to the size in its annotation: place_box without the checks of the box itself.
PlacedBox place(const Sample& sample, const ImageFrame& image) {
  const BoundingBox& box = *sample.box;
  const DrawnOn& said = *sample.drawn_on;
  const Size upright{static_cast<double>(image.width), static_cast<double>(image.height)};
  const Size stored = image.orientation > 4 ? Size{upright.height, upright.width} : upright;
  const Size stated{said.width, said.height};
  const std::string has =
      fmt::format("has {} pixels{}", text_of(upright),
                  stored == upright ? "" : fmt::format(" ({} before its EXIF rotation)", text_of(stored)));
  static constexpr const char* untold =
      "EXIF rotates the image, and the annotation does not say whether its box was drawn before "
      "or after that; the box was used as drawn on the upright image";

  if (said.in_fractions)
    return {{box.x * upright.width, box.y * upright.height, box.width * upright.width, box.height * upright.height},
            image.orientation == 1 ? "" : untold};
  const bool is_stated = stated.width > 0 && stated.height > 0;
  if (!is_stated || stated == upright) {
    if (!holds(upright, said.extent) && holds(stored, said.extent))
      throw Error(fmt::format("{}: boxes do not lie within {}, which {}; give them in pixels of the upright image, or "
                              "give the size of the image that they were drawn on.",
                              sample.annotation, sample.file.string(), has));
    if (!is_stated && !holds(upright, said.extent, 10))
      throw Error(
          fmt::format("{}: boxes reach far beyond {}, which {}, so that it may have been made smaller since it was "
                      "annotated; give the size of the image that they were drawn on, or correct the boxes.",
                      sample.annotation, sample.file.string(), has));
    const bool is_told = image.orientation == 1 || (is_stated && stored != upright);
    const std::string outside =
        holds(upright, box) ? ""
                            : fmt::format("its box reaches beyond the image, which has {} pixels, and the part within "
                                          "was used (if the image was resized, give the size before in the annotation)",
                                          text_of(upright));
    return {box, fmt::format("{}{}{}", outside, outside.empty() || is_told ? "" : "; ", is_told ? "" : untold)};
  }

  const bool like_upright = stated != stored && same_shape(stated, upright);
  const bool like_stored = stored != upright && (stated == stored || same_shape(stated, stored));
  const bool is_told = image.orientation == 1 || !like_upright || (stored != upright && !like_stored);
  const std::string disagreement = fmt::format("{}the annotation says {}, but the image {}",
                                               is_told ? "" : fmt::format("{}; ", untold), text_of(stated), has);
  const bool alike = like_upright || like_stored;
  if (alike && holds(stated, said.extent)) {
    const Size& now = like_upright ? upright : stored;
    const double across = now.width / stated.width;
    const double down = now.height / stated.height;
    const BoundingBox scaled{box.x * across, box.y * down, box.width * across, box.height * down};
    if (like_upright)
      return {scaled, fmt::format("{}: its box was scaled by {:.4g} (if only the size is wrong, correct that)",
                                  disagreement, across)};
    return {turned_upright(scaled, image.orientation, upright.width, upright.height),
            fmt::format("{}: its box was {}rotated with the image", disagreement,
                        stated == stored ? "" : fmt::format("scaled by {:.4g} and ", across))};
  }
  if (like_upright && holds(upright, said.extent))
    return {box,
            fmt::format("{}: its box was used as written, because boxes lie outside the size that the annotation gives",
                        disagreement)};
  throw Error(fmt::format(
      "{}: it says that the image has {} pixels, but {} {}{}; correct the size or the boxes, or remove them.",
      sample.annotation, text_of(stated), sample.file.string(), has,
      alike ? ", and boxes lie outside the size that it gives" : ", another shape"));
}

} // namespace

ImageFrame frame_of(std::string_view bytes, const std::filesystem::path& file) {
  try {
    const ImageHeader header = read_image_header(bytes);
    constexpr std::uint64_t most = 1U << 30U;
    if (header.width == 0 || header.height == 0 || header.width > most || header.height > most)
      throw BadImage("has no pixels, or too many, according to its header: copy or download it again");
    const auto width = static_cast<int>(header.width);
    const auto height = static_cast<int>(header.height);
    return header.orientation > 4 ? ImageFrame{height, width, header.orientation}
                                  : ImageFrame{width, height, header.orientation};
  } catch (const BadImage& bad) {
    throw Error(fmt::format("'{}' {}.", file.string(), bad.what()));
  }
}

PlacedBox place_box(const Sample& sample, const ImageFrame& image) {
  const int few = 8; // pixels per side: in such an image a box of one pixel may be intended
  const bool in_fractions = sample.drawn_on && sample.drawn_on->in_fractions;
  if (!in_fractions && looks_like_fractions(*sample.box) && std::min(image.width, image.height) > few)
    throw Error(fmt::format("{}: the box at ({:g}, {:g}), {:g} x {:g}, is smaller than a pixel and looks like "
                            "fractions of {}; multiply by the image's width and height, {} and {} pixels.",
                            sample.annotation, sample.box->x, sample.box->y, sample.box->width, sample.box->height,
                            sample.file.string(), image.width, image.height));
  PlacedBox placed = sample.drawn_on ? place(sample, image) : PlacedBox{*sample.box, {}};
  const BoundingBox inside = clip(placed.box, image.width, image.height);
  if (inside.width <= 0 || inside.height <= 0)
    throw Error(fmt::format("{}: the box at ({:g}, {:g}), {:g} x {:g} pixels, has no area within {}, which is {} x {} "
                            "pixels; correct the box or remove it.",
                            sample.annotation, sample.box->x, sample.box->y, sample.box->width, sample.box->height,
                            sample.file.string(), image.width, image.height));
  return placed;
}

} // namespace scalescope
