#include "datasets/survey.h"

#include "core/base/error.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"
#include "datasets/detail/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

DataSurvey::Quantiles quantiles_of(std::vector<double> values) {
  std::ranges::sort(values);
  DataSurvey::Quantiles quantiles{};
  constexpr std::array shares{0.0, 0.05, 0.5, 0.95, 1.0};
  for (std::size_t i = 0; i < shares.size(); ++i) // the nearest of the values
    quantiles[i] = values[static_cast<std::size_t>(std::lround(shares[i] * static_cast<double>(values.size() - 1)))];
  return quantiles;
}

std::string image_name(const Sample& sample) { return sample.image.empty() ? sample.id : sample.image; }

/// Opens the images one after the other and collects what there is to say.
class Survey {
 public:
  explicit Survey(DataSurvey& survey) : survey_(survey) {}

  /// @param objects of one image.
  void add(const std::vector<const Sample*>& objects) {
    const Sample& first = *objects.front();
    ImageFrame frame;
    try {
      frame = frame_of(read_upright_image(first.file), first.file);
    } catch (const Error& error) {
      survey_.left_out.push_back({image_name(first), error.what()});
      return;
    }
    add_size({frame.width, frame.height});
    std::size_t used = 0;
    for (const Sample* sample : objects)
      used += add(*sample, frame) ? 1 : 0;
    if (used == 0)
      return;
    ++survey_.images;
    survey_.objects += used;
    survey_.images_with_several += used > 1 ? 1 : 0;
    survey_.most_in_an_image = std::max(survey_.most_in_an_image, used);
    if (const std::string split = split_of(image_name(first)); !split.empty())
      ++splits_[split];
  }

  void finish() {
    survey_.sizes = sizes_.size();
    survey_.classes.assign(classes_.begin(), classes_.end());
    survey_.splits.assign(splits_.begin(), splits_.end());
    if (!targets_.empty())
      survey_.target = quantiles_of(targets_);
    constexpr std::size_t shown = 10;
    if (all_.size() > shown)
      for (std::size_t i = 0; i < shown; ++i)
        survey_.examples.push_back(all_[i * (all_.size() - 1) / (shown - 1)]);
    else
      survey_.examples = std::move(all_);
  }

 private:
  void add_size(std::array<int, 2> size) {
    const auto pixels = [](const std::array<int, 2>& of) { return std::int64_t{of[0]} * of[1]; };
    if (sizes_.empty() || pixels(size) < pixels(survey_.smallest))
      survey_.smallest = size;
    if (sizes_.empty() || pixels(size) > pixels(survey_.largest))
      survey_.largest = size;
    sizes_.insert(size);
  }

  bool add(const Sample& sample, const ImageFrame& frame) {
    DataSurvey::Example example{sample.id, sample.category, {}, frame.width, frame.height, 0};
    try {
      if (sample.box) {
        const PlacedBox placed = place_box(sample, frame);
        example.box = placed.box;
        if (!placed.remark.empty())
          survey_.remarks.push_back({sample.id, placed.remark});
      }
    } catch (const Error& error) {
      survey_.left_out.push_back({sample.id, error.what(), sample.id != image_name(sample)});
      return false;
    }
    example.scale = sample.target.value_or(object_scale(example.box, frame.width, frame.height));
    targets_.push_back(example.scale);
    if (!sample.category.empty())
      ++classes_[sample.category];
    all_.push_back(std::move(example));
    return true;
  }

  DataSurvey& survey_;
  std::set<std::array<int, 2>> sizes_;
  std::map<std::string, std::size_t> classes_;
  std::map<std::string, std::size_t> splits_;
  std::vector<double> targets_;
  std::vector<DataSurvey::Example> all_;
};

} // namespace

std::string split_of(const std::string& image) {
  const fs::path path(image);
  for (const fs::path& part : path.parent_path()) {
    const std::string name = lower(part.string());
    for (const char* split : {"train", "valid", "val", "test"})
      if (name == split ||
          (name.starts_with(split) &&
           name.find_first_not_of("0123456789ing", std::string_view(split).size()) == std::string::npos))
        return split;
  }
  return {};
}

bool is_fault(const LeftOut& left_out) {
  return !left_out.reason.starts_with("no object") && left_out.reason != "crowd" &&
         !left_out.reason.starts_with("several objects");
}

DataSurvey survey_data(const fs::path& data, const ReadOptions& options, const ReadWatch& watch) {
  ReadOptions all = options;
  all.objects = ObjectRule::Each;
  all.keep_going = true;
  const SampleSet set = read_samples(data, all, watch);
  DataSurvey survey;
  survey.name = set.name;
  survey.format = set.format;
  survey.target_name = set.target_name;
  survey.left_out = set.left_out;
  survey.remarks = set.remarks;
  std::vector<std::vector<const Sample*>> images;
  std::unordered_map<std::string, std::size_t> places;
  for (const Sample& sample : set.samples) {
    const auto [place, is_new] = places.try_emplace(sample.file.string(), images.size());
    if (is_new)
      images.emplace_back();
    images[place->second].push_back(&sample);
  }
  Survey opening(survey);
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (watch.stop.stop_requested())
      throw Cancelled();
    opening.add(images[i]);
    if (watch.progress)
      watch.progress(i + 1, images.size());
  }
  opening.finish();
  return survey;
}

} // namespace scalescope
