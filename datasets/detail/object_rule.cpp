#include "core/base/error.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/readers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace scalescope {
namespace {

double area_of_box(const Sample* sample) { return sample->box->width * sample->box->height; }

const std::string& image_of(const Sample& sample) { return sample.image.empty() ? sample.id : sample.image; }

void check_classes(const SampleSet& set, const std::vector<std::string>& classes) {
  std::vector<std::string> known;
  for (const auto& [name, count] : classes_of(set))
    known.push_back(name);
  for (const std::string& wanted : classes)
    if (std::ranges::find(known, wanted) == known.end())
      throw Error(known.empty()
                      ? fmt::format("{} does not say which class its objects have; leave the classes out", set.name)
                      : fmt::format("{}: no object has the class \"{}\"; give one of {}", set.name, wanted,
                                    fmt::join(nearest(wanted, known, 12), ", ")));
}

} // namespace

std::vector<std::pair<std::string, std::size_t>> classes_of(const SampleSet& set) {
  std::map<std::string, std::size_t> counts;
  for (const Sample& sample : set.samples)
    if (!sample.category.empty())
      ++counts[sample.category];
  return {counts.begin(), counts.end()};
}

SampleSet select_samples(SampleSet set, ObjectRule rule, const std::vector<std::string>& chosen) {
  std::vector<std::string> classes;
  for (const std::string& name : chosen)
    classes.emplace_back(trimmed(name));
  check_classes(set, classes);
  const auto counts = [&](const Sample& sample) {
    return classes.empty() || std::ranges::find(classes, sample.category) != classes.end();
  };
  struct OneImage {
    std::vector<const Sample*> objects; // that count
    bool is_done = false;
  };
  std::unordered_map<std::string, OneImage> images;
  for (const Sample& sample : set.samples)
    if (sample.box && counts(sample))
      images[image_of(sample)].objects.push_back(&sample);
  const std::string no_object =
      classes.empty()
          ? std::string("no object")
          : fmt::format("no object of the class{} {}", classes.size() == 1 ? "" : "es", fmt::join(classes, ", "));
  std::vector<Sample> kept;
  if (rule == ObjectRule::Each)
    kept.reserve(set.samples.size());
  for (Sample& sample : set.samples) {
    OneImage& image = images[image_of(sample)];
    if (sample.target || (rule == ObjectRule::Each && !image.objects.empty())) {
      if (counts(sample))
        kept.push_back(std::move(sample)); // its box, which the rule looks at, stays
    } else if (std::exchange(image.is_done, true)) {
      continue;
    } else if (image.objects.empty()) {
      set.left_out.push_back({image_of(sample), no_object});
    } else if (image.objects.size() > 1 && rule == ObjectRule::Skip) {
      set.left_out.push_back({image_of(sample), fmt::format("several objects ({})", image.objects.size())});
    } else {
      kept.push_back(**std::ranges::max_element(image.objects, {}, area_of_box));
      kept.back().id = image_of(sample);
    }
  }
  set.samples = std::move(kept);
  return set;
}

} // namespace scalescope
