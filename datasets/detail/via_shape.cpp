#include "datasets/detail/via_shape.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/json_file.h"
#include "datasets/detail/outline.h"

#include <fmt/format.h>

#include <array>

namespace scalescope {

using nlohmann::json;

namespace {

double via_number(const json& shape, const char* key) {
  const std::optional<double> number = json_number(json_at(shape, key));
  if (!number)
    throw Error(
        fmt::format("the \"{}\" of its shape is missing or is not a number; correct it or remove the region", key));
  return *number;
}

/// Check boxes and the like are objects with the chosen values as keys.
std::string text_of_attribute(const json& value) {
  if (value.is_string())
    return std::string(trimmed(value.get_ref<const std::string&>()));
  if (value.is_object())
    for (const auto& [key, chosen] : value.items())
      if (chosen == true)
        return key;
  return value.is_number() ? value.dump() : std::string();
}

} // namespace

json parsed_via_field(const std::string& text) {
  json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object())
    throw Error(fmt::format("\"{:.60}\" is not what VIA writes for a region; export the table again", printable(text)));
  return parsed;
}

std::optional<BoundingBox> via_box(const json& shape) {
  const std::string name = json_text(shape, "name");
  if (name.empty() || name == "point")
    return std::nullopt;
  const auto number = [&](const char* key) { return via_number(shape, key); };
  if (name == "rect")
    return BoundingBox{number("x"), number("y"), number("width"), number("height")};
  if (name == "circle")
    return box_of_ellipse(number("cx"), number("cy"), number("r"), number("r"));
  if (name == "ellipse") {
    const double radians = json_number(json_at(shape, "theta")).value_or(0);
    return box_of_ellipse(number("cx"), number("cy"), number("rx"), number("ry"), radians);
  }
  if (name == "polygon" || name == "polyline") {
    const std::vector<double> x = json_numbers(json_at(shape, "all_points_x"), "all_points_x");
    const std::vector<double> y = json_numbers(json_at(shape, "all_points_y"), "all_points_y");
    std::vector<double> points;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
      points.insert(points.end(), {x[i], y[i]});
    if (x.size() != y.size())
      throw Error("its outline has not as many x as y; correct it or remove the region");
    return box_of_points(points, 2);
  }
  throw Error(fmt::format("its shape is \"{:.40}\", which is not known; draw a rect or a polygon", printable(name)));
}

std::string via_class(const json& attributes) {
  for (const char* key : {"class", "label", "type", "name", "category"})
    if (std::string text = text_of_attribute(json_at(attributes, key)); !text.empty())
      return text;
  if (attributes.is_object())
    for (const auto& [key, value] : attributes.items())
      if (std::string text = text_of_attribute(value); !text.empty())
        return text;
  return {};
}

} // namespace scalescope
