#include "core/experiment/classes.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/experiment/detail/measure_parts.h"
#include "core/experiment/detail/rows_of.h"
#include "core/experiment/uncertainty.h"
#include "core/probe/by_class.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace scalescope {
namespace {

struct Counted {
  std::set<std::string> groups;
  std::vector<double> targets;
};

std::vector<ComparedClass> count_classes(std::span<const std::string> categories, std::span<const std::string> groups,
                                         std::span<const double> targets) {
  std::map<std::string, Counted> by_name;
  for (std::size_t row = 0; row < categories.size(); ++row)
    if (!categories[row].empty()) {
      Counted& one = by_name[categories[row]];
      one.groups.insert(groups[row]);
      one.targets.push_back(targets[row]);
    }
  std::vector<ComparedClass> classes;
  for (const auto& [name, one] : by_name) {
    const auto [least, largest] = std::ranges::minmax(one.targets);
    classes.push_back({name, one.groups.size(), one.targets.size(), least, largest, mean_of(one.targets),
                       standard_deviation_of(one.targets)});
  }
  std::ranges::stable_sort(classes, std::ranges::greater(), &ComparedClass::images);
  return classes;
}

[[noreturn]] void refuse(const std::vector<ComparedClass>& all, std::size_t enough, const std::string& data) {
  if (all.empty())
    throw Error(fmt::format("{} does not name the classes of its objects, which by-class compares; give data that do: "
                            "<name> of a PASCAL VOC object, categories of COCO, or a column \"class\" of a CSV file.",
                            data));
  std::vector<std::string> counts;
  for (const ComparedClass& one : std::span(all).first(std::min<std::size_t>(all.size(), 3)))
    counts.push_back(fmt::format("{}: {}", printable(one.name), one.images));
  throw Error(fmt::format("{} has {} with at least {} images of different scale ({}{}), and by-class compares two or "
                          "more; give data with images of other classes.",
                          data, enough == 0 ? "no class" : "one class", least_images_of_class, fmt::join(counts, ", "),
                          counts.size() < all.size() ? ", ..." : ""));
}

std::vector<ComparedClass> most_frequent(const std::vector<ComparedClass>& all, bool targets_are_known,
                                         const std::string& data) {
  std::vector<ComparedClass> chosen;
  for (const ComparedClass& one : all)
    if (one.images >= least_images_of_class && (!targets_are_known || one.least_target < one.largest_target))
      chosen.push_back(one);
  if (chosen.size() < 2)
    refuse(all, chosen.size(), data);
  chosen.resize(std::min(chosen.size(), most_classes));
  return chosen;
}

template <typename T>
std::vector<T> of_rows(const std::vector<T>& values, const std::vector<int>& rows) {
  std::vector<T> result;
  result.reserve(rows.size());
  for (const int row : rows)
    result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

/// Means over the classes in each resample: those of `own`, of `others` and of the difference.
class MeansOverClasses {
 public:
  void add(const std::vector<double>& own, const std::vector<double>& others) {
    const std::size_t resamples = classes_ == 0 ? own.size() : std::min(own_.size(), own.size());
    own_.resize(resamples);
    others_.resize(resamples);
    for (std::size_t b = 0; b < resamples; ++b) {
      own_[b] += own[b];
      others_[b] += others[b];
    }
    ++classes_;
  }

  void write_to(ClassesOfLayer& layer) const {
    std::vector<double> own;
    std::vector<double> others;
    std::vector<double> difference;
    for (std::size_t b = 0; b < own_.size(); ++b) {
      own.push_back(own_[b] / classes_);
      others.push_back(others_[b] / classes_);
      difference.push_back(own.back() - others.back());
    }
    layer.own_interval = middle_95(std::move(own));
    layer.others_interval = middle_95(std::move(others));
    layer.difference = middle_95(std::move(difference));
  }

 private:
  int classes_ = 0;
  std::vector<double> own_;
  std::vector<double> others_;
};

ClassesOfLayer summary_of(const std::vector<ClassReading>& readings, const std::vector<ClassFolds>& folds,
                          const TargetsAndGroups& rows, std::uint32_t seed) {
  ClassesOfLayer layer;
  MeansOverClasses means;
  const auto count = static_cast<double>(readings.size());
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const std::vector<double> targets = of_rows(rows.targets, folds[i].rows);
    const std::vector<HeldOut> both{readings[i].own, readings[i].others};
    const auto resampled = resampled_r2(both, targets, of_rows(rows.groups, folds[i].rows), bootstrap_resamples,
                                        seed + static_cast<std::uint32_t>(i));
    const auto read = [&](std::size_t which) {
      return ReadClass{r2_of(both[which], targets), middle_95(resampled[which]),
                       correlation_of(both[which].predictions, targets)};
    };
    layer.own.push_back(read(0));
    layer.others.push_back(read(1));
    layer.mean_own += layer.own.back().r2 / count;
    layer.mean_others += layer.others.back().r2 / count;
    means.add(resampled[0], resampled[1]);
  }
  means.write_to(layer);
  return layer;
}

} // namespace

std::vector<ComparedClass> classes_to_compare(std::span<const std::string> categories,
                                              std::span<const std::string> groups, std::span<const double> targets,
                                              const std::string& data) {
  return most_frequent(count_classes(categories, groups, targets), true, data);
}

void check_classes(const SampleSet& samples) {
  std::vector<std::string> categories;
  std::vector<std::string> groups;
  for (const Sample& sample : samples.samples) {
    categories.push_back(sample.category);
    groups.push_back(sample.group);
  }
  (void)most_frequent(count_classes(categories, groups, std::vector<double>(groups.size())), false, samples.name);
}

std::vector<ClassesOfLayer> layers_by_class(const Extraction& extraction, std::span<const std::string> categories,
                                            std::span<const ComparedClass> classes, int repetitions, std::uint32_t seed,
                                            int threads, const std::stop_token& stop, const Progress& progress) {
  const TargetsAndGroups rows = targets_and_groups(extraction.rows);
  std::vector<ClassFolds> folds;
  for (const ComparedClass& one : classes)
    folds.push_back(folds_of_class(one.name, categories, rows.groups, repetitions, seed));
  const std::size_t count = extraction.probe.layers().size();
  std::vector<ClassesOfLayer> layers;
  for (std::size_t at = 0; at < count; ++at) {
    const auto readings = read_by_class(extraction.probe, at, rows.targets, folds, threads, stop);
    layers.push_back(summary_of(readings, folds, rows, seed + seed_of_resamples));
    if (progress)
      progress(static_cast<double>(at + 1) / static_cast<double>(count));
  }
  return layers;
}

} // namespace scalescope
