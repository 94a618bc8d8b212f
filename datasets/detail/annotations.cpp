#include "datasets/detail/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace scalescope {

namespace {

/// The smallest box that contains both boxes.
BoundingBox united(const BoundingBox& a, const BoundingBox& b) {
  const double x = std::min(a.x, b.x);
  const double y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

/// The name of the image that Roboflow made a copy of: "raccoon-1_jpg" for "train/raccoon-1_jpg.rf.0a1b2c.jpg". An
/// export holds several altered copies of an image, so they must be on one side of a split.
std::optional<std::string> source_of_copy(const std::string& name) {
  const std::string file = std::filesystem::path(name).filename().string();
  const std::size_t mark = file.find(".rf.");
  return mark == std::string::npos || mark == 0 ? std::nullopt : std::optional(file.substr(0, mark));
}

} // namespace

void Collector::step(std::size_t done, std::size_t total) const {
  if (watch_.stop.stop_requested())
    throw Cancelled();
  if (watch_.progress)
    watch_.progress(done, total);
}

void Collector::add(AnnotatedImage image) {
  // If two annotations describe the same image, one of them is wrong.
  const auto [first, is_new] = annotation_of_.emplace(full_path(image.image.file).string(), image.annotation);
  if (!is_new)
    throw Error(fmt::format("{}: the image {} is already described by {}; remove one of the two", image.annotation,
                            image.image.name, first->second));
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
  const std::optional<std::string> source = source_of_copy(image.image.name);
  copies_ += source ? objects.size() : 0;
  for (std::size_t i = 0; i < objects.size(); ++i)
    set_.samples.push_back({objects.size() == 1 ? image.image.name : fmt::format("{}#{}", image.image.name, i),
                            image.image.file, source.value_or(image.image.name), image.annotation, objects[i].box,
                            std::nullopt, DrawnOn{image.width, image.height, extent, image.in_fractions},
                            objects[i].category, image.image.name});
}

void Collector::add(Sample row) { set_.samples.push_back(std::move(row)); }

SampleSet Collector::finish(const std::filesystem::path& data) {
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
  if (copies_ > 0)
    set_.remarks.push_back(
        {data.string(), fmt::format("{} images are copies that Roboflow made (NAME.rf...): copies of "
                                    "one source image are kept on one side of a split",
                                    copies_)});
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
