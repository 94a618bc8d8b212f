#include "datasets/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace scalescope {
namespace {

double area_of_box(const Sample* sample) { return sample->box->width * sample->box->height; }

// The objects of an image share its annotation. Rows of a CSV have one line each and are independent.
using ImageKey = std::pair<std::filesystem::path, std::string>;

} // namespace

SampleSet under_rule(SampleSet set, ObjectRule rule) {
  std::map<ImageKey, std::vector<const Sample*>> objects;
  for (const Sample& sample : set.samples)
    if (sample.box && !sample.target)
      objects[{sample.file, sample.annotation}].push_back(&sample);
  std::vector<Sample> kept;
  for (const Sample& sample : set.samples) {
    const auto found = objects.find({sample.file, sample.annotation});
    if (sample.target || (sample.box && (found->second.size() == 1 || rule == ObjectRule::Each))) {
      kept.push_back(sample);
    } else if (!sample.box) {
      set.left_out.push_back({sample.id, "no object"});
    } else if (found->second.front() == &sample) { // once per image
      if (rule == ObjectRule::Skip) {
        set.left_out.push_back({sample.group, fmt::format("several objects ({})", found->second.size())});
      } else {
        kept.push_back(**std::ranges::max_element(found->second, {}, area_of_box));
        kept.back().id = sample.group;
      }
    }
  }
  set.samples = std::move(kept);
  return set;
}

} // namespace scalescope
