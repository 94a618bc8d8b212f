#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/csv_table.h"
#include "datasets/detail/outline.h"
#include "datasets/detail/xml_file.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>
#include <string_view>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

double attribute(const pugi::xml_node& shape, const char* name, const std::string& where) {
  return xml_number(shape.attribute(name).value(), fmt::format("its {}", name), where);
}

BoundingBox box_of_cvat_shape(const pugi::xml_node& shape, const std::string& where) {
  const auto number = [&](const char* name) { return attribute(shape, name, where); };
  const std::string_view kind = shape.name();
  if (kind == "box") { // turned around its centre
    const double x = number("xtl");
    const double y = number("ytl");
    const double width = number("xbr") - x;
    const double height = number("ybr") - y;
    return box_of_rotated(x + width / 2, y + height / 2, {-width / 2, -height / 2, width, height},
                          parse_number(shape.attribute("rotation").value()).value_or(0));
  }
  if (kind == "ellipse") {
    const double degrees = parse_number(shape.attribute("rotation").value()).value_or(0);
    return box_of_ellipse(number("cx"), number("cy"), number("rx"), number("ry"), degrees * std::numbers::pi / 180);
  }
  if (kind == "mask")
    return {number("left"), number("top"), number("width"), number("height")};
  std::vector<double> points; // "x,y;x,y;..."
  for (const std::string& point : split_field(shape.attribute("points").value(), ';'))
    for (const std::string& coordinate : split_field(point, ','))
      points.push_back(xml_number(coordinate, "a coordinate of its points", where));
  return with_place(where, [&] { return box_of_points(points, kind == "polyline" ? 2 : 3); });
}

void read_cvat_image(const pugi::xml_node& node, const fs::path& file, Collector& found) {
  const std::string written = node.attribute("name").value();
  const std::string where = fmt::format("{}, image \"{:.80}\"", file.string(), printable(written));
  const std::vector<fs::path> folders{file.parent_path(), file.parent_path() / "images"};
  const std::optional<fs::path> named = ImageFinder::at(folders, written);
  AnnotatedImage read{.image =
                          named ? FoundImage{found.images().name_of(*named), *named}
                                : with_place(where, [&] { return found.images().search(written, file.parent_path()); }),
                      .annotation = where,
                      .width = parse_number(node.attribute("width").value()).value_or(0),
                      .height = parse_number(node.attribute("height").value()).value_or(0)};
  int number = 0;
  for (const pugi::xml_node& shape : node.children()) {
    const std::string_view kind = shape.name();
    if (kind == "tag") // of the whole image
      continue;
    const std::string name = fmt::format("shape {}", ++number);
    found.object(read, name, [&]() -> AnnotatedObject {
      const std::string place = fmt::format("{}, {}", where, name);
      if (kind == "points")
        throw Error(fmt::format("{}: a point has no size; draw a box or a polygon, or remove it", place));
      const BoundingBox box = box_of_cvat_shape(shape, place);
      with_place(place, [&] { check_box(box); });
      return {box, std::string(trimmed(shape.attribute("label").value()))};
    });
  }
  found.add(std::move(read));
}

void read_cvat(const DataSource& source, Collector& found) {
  for (const fs::path& file : source.files) {
    const pugi::xml_document document = read_xml(file);
    const pugi::xml_node annotations = document.child("annotations");
    if (!annotations.child("image") && annotations.child("track"))
      throw Error(fmt::format("{}: its annotations are tracks of a video; export the task as \"CVAT for images\"",
                              file.string()));
    const auto images = annotations.children("image");
    const auto count = static_cast<std::size_t>(std::distance(images.begin(), images.end()));
    std::size_t done = 0;
    for (const pugi::xml_node& image : images) {
      found.image(fmt::format("image \"{:.80}\"", printable(image.attribute("name").value())),
                  [&] { read_cvat_image(image, file, found); });
      found.step(++done, count);
    }
  }
}

} // namespace

constexpr DatasetFormat cvat_format{.name = "CVAT",
                                    .id = "cvat",
                                    .what = "a CVAT .xml",
                                    .suffixes = {".xml"},
                                    .one_file = true,
                                    .recognises = [](const fs::path& file) { return xml_root(file) == "annotations"; },
                                    .read = read_cvat};

} // namespace scalescope
