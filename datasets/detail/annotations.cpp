#include "datasets/detail/annotations.h"

#include "datasets/detail/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

namespace scalescope {

namespace {

/// The name of the image that Roboflow made a copy of: "raccoon-1_jpg" for "train/raccoon-1_jpg.rf.0a1b2c.jpg".
std::optional<std::string> source_of_copy(const std::string& name) {
  const std::string file = std::filesystem::path(name).filename().string();
  const std::size_t mark = file.find(".rf.");
  return mark == std::string::npos || mark == 0 ? std::nullopt : std::optional(file.substr(0, mark));
}

} // namespace

std::string group_of_image(const std::string& name) { return source_of_copy(name).value_or(name); }

void Collector::step(std::size_t done, std::size_t total) const {
  if (watch_.stop.stop_requested())
    throw Cancelled();
  if (watch_.progress)
    watch_.progress(done, total);
}

void Collector::add(AnnotatedImage image) {
  // If two annotations describe the same image, one of them is wrong.
  const auto [first, is_new] =
      described_.try_emplace(full_path(image.image.file).string(), Described{image.image.name, image.annotation});
  if (!is_new) {
    first->second.other = image.annotation;
    throw Error(fmt::format("{}: the image {} is already described by {}; remove one of the two", image.annotation,
                            image.image.name, first->second.annotation));
  }
  set_.files.push_back(image.image.file);
  if (!image.remark.empty())
    set_.remarks.push_back({image.image.name, image.remark});
  const std::vector<AnnotatedObject>& objects = image.objects;
  if (objects.empty()) {
    set_.left_out.push_back({image.image.name, image.has_faulty_objects ? "no object that can be used" : "no object"});
    return;
  }
  // All boxes help to judge the stated size.
  BoundingBox extent = objects.front().box;
  for (const AnnotatedObject& object : objects)
    extent = united(extent, object.box);
  for (std::size_t i = 0; i < objects.size(); ++i)
    set_.samples.push_back({objects.size() == 1 ? image.image.name : fmt::format("{}#{}", image.image.name, i),
                            image.image.file, group_of_image(image.image.name), image.annotation, objects[i].box,
                            std::nullopt, DrawnOn{image.width, image.height, extent, image.in_fractions},
                            objects[i].category, image.image.name});
}

void Collector::add(Sample row) { set_.samples.push_back(std::move(row)); }

void Collector::add_file(const std::filesystem::path& image) {
  if (files_.insert(image.string()).second)
    set_.files.push_back(image);
}

SampleSet Collector::finish(const std::filesystem::path& data) {
  // It is not known which of two annotations of an image is the wrong one.
  std::unordered_set<std::string> disputed;
  for (const auto& [file, described] : described_)
    if (!described.other.empty() && disputed.insert(described.image).second)
      set_.left_out.push_back(
          {described.annotation,
           fmt::format("{} describes the image {} as well; remove one of the two", described.other, described.image)});
  std::erase_if(set_.samples, [&](const Sample& sample) { return disputed.contains(sample.image); });

  const auto has_box = [](const Sample& sample) { return sample.box.has_value(); };
  const auto is_in_pixels = [](const Sample& sample) {
    return sample.box && ((sample.drawn_on && sample.drawn_on->in_fractions) || !looks_like_fractions(*sample.box));
  };
  // It concerns the whole data set, not each row.
  if (std::ranges::any_of(set_.samples, has_box) && std::ranges::none_of(set_.samples, is_in_pixels))
    throw Error(fmt::format("{}: all boxes are smaller than a pixel and look like fractions of the image; multiply x "
                            "and width by the image's width, y and height by its height",
                            data.string()));
  for (Remark& remark : images_.remarks())
    set_.remarks.push_back(std::move(remark));
  std::unordered_set<std::string> copies;
  for (const Sample& sample : set_.samples)
    if (const auto source = source_of_copy(sample.file.string()); source && sample.group == *source)
      copies.insert(sample.file.string());
  if (!copies.empty())
    set_.remarks.push_back(
        {data.string(), fmt::format("{} images are copies that Roboflow made (NAME.rf...): copies of "
                                    "one source image are kept on one side of a split",
                                    copies.size())});
  return std::move(set_);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1); // npos + 1 is 0: nothing but blanks
}

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

void check_box(const BoundingBox& box) {
  // The product of tiny sides can be 0, and adding a huge side can lose the corner.
  const double area = box.width * box.height;
  const bool has_area = box.width > 0 && box.height > 0 && area > 0 && std::isfinite(area) &&
                        std::isfinite(box.x + box.width) && std::isfinite(box.y + box.height);
  if (!has_area)
    throw Error(fmt::format("the box at ({:g}, {:g}) of {:g} x {:g} pixels has no area; correct it or remove it", box.x,
                            box.y, box.width, box.height));
}

} // namespace scalescope
