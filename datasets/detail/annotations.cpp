#include "datasets/detail/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace scalescope {

namespace {

double area(const BoundingBox& box) { return box.width * box.height; }
double area_of(const AnnotatedObject& object) { return area(object.box); }

} // namespace

BoundingBox united(const BoundingBox& a, const BoundingBox& b) {
  const double x = std::min(a.x, b.x);
  const double y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

void add_image(SampleSet& set, const AnnotatedImage& image, ObjectRule rule) {
  const std::vector<AnnotatedObject>& objects = image.objects;
  const auto add = [&](const std::string& id, const AnnotatedObject& object) {
    // All boxes help to judge the stated size, even those that are not samples.
    const BoundingBox extent =
        std::accumulate(objects.begin(), objects.end(), objects.front().box,
                        [](const BoundingBox& all, const AnnotatedObject& one) { return united(all, one.box); });
    set.samples.push_back({id, image.file, image.name, image.annotation, object.box, std::nullopt,
                           DrawnOn{image.width, image.height, extent}, object.category});
  };
  if (!image.remark.empty())
    set.remarks.push_back({image.name, image.remark});
  if (objects.empty())
    set.left_out.push_back({image.name, "no object"});
  else if (objects.size() == 1)
    add(image.name, objects.front());
  else if (rule == ObjectRule::Skip)
    set.left_out.push_back({image.name, fmt::format("several objects ({})", objects.size())});
  else if (rule == ObjectRule::Largest)
    add(image.name, *std::ranges::max_element(objects, {}, area_of));
  else
    for (std::size_t i = 0; i < objects.size(); ++i)
      add(fmt::format("{}#{}", image.name, i), objects[i]);
}

bool file_exists(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored);
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

void check_box(const BoundingBox& box, const std::string& where) {
  // The product of tiny sides can be 0, and adding a huge side can lose the corner.
  const bool has_area = box.width > 0 && box.height > 0 && area(box) > 0 && std::isfinite(area(box)) &&
                        std::isfinite(box.x + box.width) && std::isfinite(box.y + box.height);
  if (!has_area)
    throw Error(fmt::format("{}: the box at ({:g}, {:g}) of {:g} x {:g} pixels has no area; correct it or remove it",
                            where, box.x, box.y, box.width, box.height));
}

} // namespace scalescope
