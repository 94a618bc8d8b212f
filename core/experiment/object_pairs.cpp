#include "core/experiment/object_pairs.h"

#include "core/base/error.h"
#include "core/base/read_ahead.h"
#include "core/experiment/read_object.h"
#include "core/features/network_image.h"
#include "core/stage/composite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>

namespace scalescope {
namespace {

// The area of one of two boxes with that ratio of the larger to the smaller one, as a share of the sum.
double larger_share(double ratio) { return ratio / (1 + ratio); }

// How much an object is enlarged for its box to take that share of an image of side x side pixels.
double enlargement(const BoundingBox& box, double share, int side) {
  return side * std::sqrt(share / (box.width * box.height));
}

// Why an object can't be shown; empty if it can. @param most the largest ratio.
std::string obstacle(const BoundingBox& box, const PairSettings& settings, double most, int side) {
  const double largest = enlargement(box, settings.area, side);
  const double smallest = largest * std::sqrt(1 - larger_share(most));
  if (largest > settings.most_enlarged)
    return fmt::format("it would be enlarged {:.1f} times and look blurred", largest);
  if (largest * box.width > side / 2.0 || largest * box.height > side)
    return fmt::format("it is too {} to fit into half of an image with {:.3g} % of its area",
                       largest * box.width > side / 2.0 ? "wide" : "high", 100 * settings.area);
  if (smallest * std::min(box.width, box.height) < 1)
    return fmt::format("at {:.3g} times its size it would be thinner than a pixel", smallest);
  return {};
}

// One object, or why there is none.
struct Attempt {
  std::optional<CutOut> object;
  std::string failure;
  std::vector<std::string> remarks;
};

Attempt attempt(const Sample& sample, const PairSettings& settings, double most, int side) {
  Attempt made;
  try {
    const ReadObject read = read_object(sample, side);
    made.remarks = read.remarks;
    made.failure = obstacle(read.box, settings, most, side);
    if (!made.failure.empty())
      return made;
    SegmentSettings cut = settings.cut;
    cut.fill = Fill::MeanColour; // the fastest; the background is not shown
    Segmentation apart = segment(read.copy, read.box, cut, settings.seed);
    if (!apart.note.empty())
      made.remarks.push_back(apart.note);
    made.object = CutOut{sample.id, sample.group,
                         fmt::format("{}|{},{},{},{}|{},{},{}", read.hash, read.box.x, read.box.y, read.box.width,
                                     read.box.height, static_cast<int>(cut.by), cut.feather, settings.seed),
                         std::move(apart.object), apart.box};
  } catch (const Error& e) {
    made.failure = e.what();
  }
  return made;
}

} // namespace

std::vector<double> ratios_of(const PairSettings& settings) {
  std::vector<double> ratios = settings.ratios;
  std::ranges::sort(ratios);
  ratios.erase(std::unique(ratios.begin(), ratios.end()), ratios.end());
  if (ratios.empty() || !(ratios.front() >= 1 && ratios.back() > 1 && ratios.back() <= 1000))
    throw Error(fmt::format("Two objects can't be shown with the ratios of areas {}: give the larger area over the "
                            "smaller one, from 1 to 1000, and at least one above 1.",
                            fmt::join(settings.ratios, ", ")));
  return ratios;
}

CutOuts cut_out_objects(const std::vector<Sample>& samples, const PairSettings& settings, int side, int threads,
                        const std::stop_token& stop, const JobCallback& progress) {
  if (std::ranges::none_of(samples, [](const Sample& one) { return one.box.has_value(); }))
    throw Error("The data set has no boxes, so there are no objects to show in pairs; give one with boxes.");
  const double most = ratios_of(settings).back();
  ReadAhead<Attempt> attempts(samples.size(), threads, std::size_t{4} * static_cast<std::size_t>(threads),
                              [&](std::size_t i) { return attempt(samples[i], settings, most, side); });
  CutOuts all;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Attempt made = attempts.next();
    if (stop.stop_requested())
      throw Cancelled();
    for (std::string& remark : made.remarks)
      all.remarks.push_back({samples[i].id, std::move(remark)});
    if (made.object)
      all.objects.push_back(std::move(*made.object));
    else
      all.left_out.push_back({samples[i].id, std::move(made.failure)});
    if (progress)
      progress({"objects", static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(samples.size())});
  }
  return all;
}

std::vector<ObjectPair> draw_pairs(std::span<const std::string> groups, std::uint64_t seed) {
  std::map<std::string_view, std::size_t> numbers;
  std::vector<std::vector<std::size_t>> members;
  for (std::size_t object = 0; object < groups.size(); ++object) {
    const std::size_t number = numbers.try_emplace(groups[object], members.size()).first->second;
    if (number == members.size())
      members.emplace_back();
    members[number].push_back(object);
  }
  std::mt19937_64 random(seed);
  for (std::size_t i = members.size(); i-- > 1;) // std::shuffle differs between libraries
    std::swap(members[i], members[random() % (i + 1)]);
  std::ranges::stable_sort(members, {}, [](const auto& group) { return group.size(); });

  std::vector<ObjectPair> pairs;
  const auto pair_up = [&](const auto& first, const auto& second, std::size_t set) {
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i)
      pairs.push_back({first[i % first.size()], second[i % second.size()], set});
  };
  for (std::size_t i = 0; i + 1 < members.size(); i += 2) {
    pair_up(members[i], members[i + 1], i / 2);
    if (i + 3 == members.size()) { // an odd number: the last three
      pair_up(members[i + 1], members[i + 2], i / 2);
      pair_up(members[i + 2], members[i], i / 2);
    }
  }
  return pairs;
}

PairImages::PairImages(CutOuts objects, const PairSettings& settings, const Preprocessing& preprocessing, int side,
                       const InputForm& form)
    : cut_outs_(std::move(objects)), settings_(settings), preprocessing_(preprocessing), side_(side), form_(form),
      ratios_(ratios_of(settings)), ground_(mean_colour(preprocessing)) {
  std::vector<std::string> groups;
  for (const CutOut& one : cut_outs_.objects)
    groups.push_back(one.group);
  pairs_ = draw_pairs(groups, settings.seed);
  if (pairs_.empty())
    throw Error(fmt::format(
        "Pairs need at least two objects of different images, but only {} can be shown{}", groups.size(),
        cut_outs_.left_out.empty() ? "; give more images."
                                   : fmt::format("; the first that can't: {}: {}", cut_outs_.left_out.front().what,
                                                 cut_outs_.left_out.front().reason)));
  for (std::size_t ratio = 0; ratio < ratios_.size(); ++ratio)
    for (const bool first_is_larger : {true, false})
      for (const bool first_is_left : {true, false})
        if (first_is_larger || ratios_[ratio] > 1)
          variants_.push_back({ratio, first_is_larger, first_is_left});
}

GeneratedImages PairImages::source() const {
  const auto load = [this](std::size_t i, std::span<float> pixels) {
    preprocess_for(form_, image(i), preprocessing_, pixels);
    return true;
  };
  return {count(), side_, load, [this](std::size_t i) { return key(i); }};
}

PairImage PairImages::pair_image(std::size_t i) const {
  const std::size_t pair = (i - singles()) / variants_.size();
  const Variant& variant = variants_[(i - singles()) % variants_.size()];
  const double share = larger_share(ratios_[variant.ratio]);
  const auto& [first, second, set] = pairs_[pair];
  const bool larger_is_left = variant.first_is_larger == variant.first_is_left;
  return {pair,
          variant.ratio,
          {variant.first_is_larger ? first : second, share * settings_.area, larger_is_left},
          {variant.first_is_larger ? second : first, (1 - share) * settings_.area, !larger_is_left}};
}

std::vector<ShownObject> PairImages::content(std::size_t i) const {
  if (i < singles())
    return {{i / 2, settings_.area, i % 2 == 0}};
  const PairImage both = pair_image(i);
  return {both.larger, both.smaller};
}

Image PairImages::image(std::size_t i) const {
  Image made{side_, side_, {}};
  made.pixels.reserve(std::size_t{3} * side_ * side_);
  for (int p = 0; p < side_ * side_; ++p)
    made.pixels.insert(made.pixels.end(), ground_.begin(), ground_.end());
  for (const ShownObject& shown : content(i)) {
    const CutOut& one = cut_outs_.objects[shown.object];
    draw_object(one.object, one.box,
                {enlargement(one.box, shown.area, side_), (shown.left ? 0.25 : 0.75) * side_, 0.5 * side_}, made);
  }
  return made;
}

std::string PairImages::key(std::size_t i) const {
  // The number is the version of this code: raise it if the images change.
  std::string key =
      fmt::format("objects on a ground 1|{}|{}|{}", side_, fmt::join(ground_, ","), key_of(preprocessing_));
  for (const ShownObject& shown : content(i))
    key += fmt::format("|{}|{}|{}", cut_outs_.objects[shown.object].key, shown.area, shown.left ? "left" : "right");
  return key;
}

} // namespace scalescope
