#include "core/experiment/rendering.h"

#include "core/base/error.h"
#include "core/experiment/read_object.h"
#include "core/features/network_image.h"
#include "core/image/box_covariates.h"
#include "core/stage/known_segmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace scalescope {
namespace {

constexpr std::size_t originals_kept = 64; ///< at most; threads work on neighbouring images

} // namespace

struct Renderings::Original : ReadObject {
  std::once_flag read;
  std::once_flag cut;
  std::string failure; ///< why it gives no images
  std::optional<Segmentation> apart;

  BoundingBox seen; ///< what the network sees of the copy

  [[nodiscard]] double fraction() const { return box.width * box.height / (seen.width * seen.height); }
  /// What the network sees of the copy, without a colour that is filled in around it.
  [[nodiscard]] BoundingBox room() const { return clip(seen, copy.width, copy.height); }
};

std::vector<double> scales_of(const RenderSettings& settings) {
  const double low = settings.smallest;
  const double high = settings.largest;
  if (!(low > 0 && high <= 1 && low <= high))
    throw Error(fmt::format("Objects can't be rendered at scales from {} to {}: give areas as shares of the image, "
                            "above 0 and at most 1, the smaller one first.",
                            low, high));
  std::vector<double> scales;
  scales.reserve(static_cast<std::size_t>(settings.scales));
  for (int i = 0; i < settings.scales; ++i)
    scales.push_back(settings.scales == 1 ? low
                                          : low * std::pow(high / low, static_cast<double>(i) / (settings.scales - 1)));
  return scales;
}

Renderings::Renderings(const std::vector<Sample>& samples, const RenderSettings& settings,
                       const Preprocessing& preprocessing, int side, const InputForm& form, bool with_original,
                       std::optional<Cache> cache)
    : samples_(samples), settings_(settings), preprocessing_(preprocessing), side_(side), form_(form),
      cache_(std::move(cache)), variants_(scales_of(settings)) {
  if (with_original)
    variants_.insert(variants_.begin(), 0);
  fractions_.resize(samples.size() * variants_.size());
  covariates_.resize(fractions_.size());
}

GeneratedImages Renderings::source() {
  return {fractions_.size(), side_, [this](std::size_t i, std::span<float> pixels) { return load(i, pixels); },
          [this](std::size_t i) { return key(i); }};
}

std::vector<LeftOut> Renderings::left_out() const {
  const std::scoped_lock lock(mutex_);
  std::vector<LeftOut> all;
  for (const auto& [i, one] : left_out_)
    all.push_back(one);
  return all;
}

std::vector<Remark> Renderings::remarks() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Remark> all;
  for (const auto& [sample, remarks] : remarks_)
    for (const std::string& remark : remarks)
      all.push_back({samples_[sample].id, remark});
  return all;
}

std::shared_ptr<Renderings::Original> Renderings::original(std::size_t sample) {
  std::shared_ptr<Original> original;
  {
    const std::scoped_lock lock(mutex_);
    auto& known = originals_[sample];
    if (!known)
      known = std::make_shared<Original>();
    original = known;
    while (originals_.size() > originals_kept) // a slow thread keeps its own
      originals_.erase(originals_.begin());
  }
  std::call_once(original->read, [&] {
    try {
      static_cast<ReadObject&>(*original) = read_object(samples_[sample], side_);
      original->seen = seen_part(preprocessing_.resizing, original->copy.width, original->copy.height, side_);
      const std::scoped_lock lock(mutex_);
      remarks_.try_emplace(sample, original->remarks);
    } catch (const Error& e) {
      original->failure = e.what();
    }
  });
  return original;
}

Placement Renderings::place(const Original& original, std::size_t i) const {
  const BoundingBox& box = original.box;
  Placement placement{std::sqrt(wanted_fraction(i) / original.fraction()), 0, 0};
  const BoundingBox room = original.room();
  const auto centre = [&](double start, double length, double room_start, double whole) {
    const double half = placement.scale * length / 2;
    return room_start +
           std::clamp(start - room_start + length / 2, std::min(half, whole - half), std::max(half, whole - half));
  };
  placement.centre_x = centre(box.x, box.width, room.x, room.width);
  placement.centre_y = centre(box.y, box.height, room.y, room.height);
  return placement;
}

// Object scale and covariates of the box as image i shows it.
void Renderings::describe(const Original& of, std::size_t i) {
  const bool is_original = wanted_fraction(i) <= 0;
  const int width = of.copy.width;
  const int height = of.copy.height;
  fractions_[i] = !is_original                         ? wanted_fraction(i)
                  : shows_all(preprocessing_.resizing) ? of.fraction()
                                                       : seen_scale(of.box, of.seen, width, height);
  BoundingBox shown = of.box;
  if (!is_original) {
    const Placement placement = place(of, i);
    shown.width *= placement.scale;
    shown.height *= placement.scale;
    shown.x = placement.centre_x - shown.width / 2;
    shown.y = placement.centre_y - shown.height / 2;
  }
  covariates_[i] = box_covariates(seen_box(shown, of.seen, width, height), of.seen.width, of.seen.height);
}

std::string Renderings::key(std::size_t i) {
  const auto of = original(i / variants());
  if (of->failure.empty())
    describe(*of, i);
  // The number is the version of this code: raise it if the rendering changes.
  return fmt::format("rendered 2|{}|{},{},{},{}|{}|{},{},{},{}|{}|{}", of->hash, of->box.x, of->box.y, of->box.width,
                     of->box.height, side_, static_cast<int>(settings_.cut.by), static_cast<int>(settings_.cut.fill),
                     settings_.cut.feather, settings_.seed, wanted_fraction(i), key_of(preprocessing_));
}

bool Renderings::load(std::size_t i, std::span<float> pixels) {
  const auto of = original(i / variants());
  const auto leave_out = [&](std::size_t image, const std::string& what, const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    left_out_.try_emplace(image, LeftOut{what, reason});
    return false;
  };
  const std::string& id = sample(i).id;
  const std::size_t first = i - i % variants();
  if (!of->failure.empty())
    return leave_out(first, id, of->failure);
  const Image* shown = &of->copy;
  describe(*of, i);
  Frame frame;
  if (const double wanted = wanted_fraction(i); wanted > 0) {
    const Placement placement = place(*of, i);
    const double enlarged = placement.scale * side_ / std::min(of->seen.width, of->seen.height);
    const std::string what = fmt::format("{} at scale {:.3g}", id, wanted);
    if (enlarged > settings_.most_enlarged)
      return leave_out(i, what, fmt::format("it would be enlarged {:.1f} times and look blurred", enlarged));
    if (const BoundingBox room = of->room();
        placement.scale * of->box.width > room.width || placement.scale * of->box.height > room.height)
      return leave_out(i, what, "it would not fit into its image");
    std::call_once(of->cut, [&] {
      try {
        of->apart = known_segmentation(cache_, of->hash, of->copy, of->box, settings_.cut, settings_.seed);
      } catch (const Error& e) {
        leave_out(first, id, e.what());
      }
    });
    if (!of->apart)
      return false;
    try {
      frame = composite(*of->apart, placement);
    } catch (const Error& e) {
      return leave_out(i, what, e.what());
    }
    shown = &frame.image;
  } else if (fractions_[i] <= 0) {
    return leave_out(i, id, outside_text(preprocessing_.resizing));
  }
  preprocess_for(form_, to_square(*shown, side_, preprocessing_), preprocessing_, pixels);
  return true;
}

} // namespace scalescope
