#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace scalescope {

namespace {

double area(const BoundingBox& box) { return box.width * box.height; }

} // namespace

void add_picture(SampleSet& set, const Picture& picture, ObjectRule rule) {
  const auto add = [&](const std::string& id, const BoundingBox& box) {
    set.samples.push_back({id, picture.file, picture.name, picture.annotation, box, std::nullopt});
  };
  const std::vector<BoundingBox>& objects = picture.objects;
  if (objects.empty())
    set.left_out.push_back({picture.name, "no object"});
  else if (objects.size() == 1)
    add(picture.name, objects.front());
  else if (rule == ObjectRule::Skip)
    set.left_out.push_back({picture.name, fmt::format("several objects ({})", objects.size())});
  else if (rule == ObjectRule::Largest)
    add(picture.name, *std::ranges::max_element(objects, {}, area));
  else
    for (std::size_t i = 0; i < objects.size(); ++i)
      add(fmt::format("{}#{}", picture.name, i), objects[i]);
}

bool file_exists(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored);
}

std::optional<double> parse_number(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  text = text.substr(0, text.find_last_not_of(blanks) + 1); // npos + 1 is 0: nothing but blanks
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

void check_box(const BoundingBox& box, double image_width, double image_height, const std::string& where) {
  // Tiny sides can vanish in the product, and huge ones in the corner they are added to.
  const bool has_area = box.width > 0 && box.height > 0 && area(box) > 0 && std::isfinite(area(box)) &&
                        std::isfinite(box.x + box.width) && std::isfinite(box.y + box.height);
  if (!has_area)
    throw Error(fmt::format("{}: the box at ({:g}, {:g}) of {:g} x {:g} pixels has no area; correct it or take it out",
                            where, box.x, box.y, box.width, box.height));
  if (image_width > 0 && image_height > 0 &&
      (box.x >= image_width || box.y >= image_height || box.x + box.width <= 0 || box.y + box.height <= 0))
    throw Error(fmt::format("{}: the box at ({:g}, {:g}) of {:g} x {:g} pixels lies wholly outside the image of {:g} x "
                            "{:g} pixels; correct it or take it out",
                            where, box.x, box.y, box.width, box.height, image_width, image_height));
}

} // namespace scalescope
