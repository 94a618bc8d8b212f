#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/file_names.h"
#include "datasets/detail/json_file.h"
#include "datasets/detail/outline.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// The box of a shape; no value for points, which have no size.
std::optional<BoundingBox> box_of_shape(const json& shape) {
  std::vector<double> points;
  for (const json& point : json_at(shape, "points")) {
    const std::vector<double> one = json_numbers(point, "points");
    if (one.size() != 2)
      throw Error(
          fmt::format("one of its \"points\" has {} numbers instead of 2; correct it or remove it", one.size()));
    points.insert(points.end(), one.begin(), one.end());
  }
  const std::string type = json_text(shape, "shape_type");
  if (type == "point" || type == "points")
    return std::nullopt;
  if (type == "circle") { // the centre and a point on the circle
    if (points.size() != 4)
      throw Error(fmt::format("its circle has {} points instead of 2; correct it or remove it", points.size() / 2));
    const double radius = std::hypot(points[2] - points[0], points[3] - points[1]);
    return box_of_ellipse(points[0], points[1], radius, radius);
  }
  const bool by_corners = type == "rectangle" || type == "mask" || type == "line" || type == "linestrip";
  BoundingBox box = box_of_points(points, by_corners ? 2 : 3);
  if (type == "mask") { // its corners are the first and the last pixel
    box.width += 1;
    box.height += 1;
  }
  return box;
}

/// The shapes of one object.
struct LabelmeObject {
  std::string name; ///< "shape 2", of its first
  std::string label;
  std::vector<const json*> shapes;
};

/// Shapes with one group_id and label are parts of one object, as in labelme's own conversions.
std::vector<LabelmeObject> labelme_objects(const json& shapes) {
  std::vector<LabelmeObject> objects;
  std::map<std::pair<std::string, std::string>, std::size_t> groups;
  int number = 0;
  for (const json& shape : shapes) {
    const std::string label(trimmed(json_text(shape, "label")));
    const json& group = json_at(shape, "group_id");
    ++number;
    const auto [known, is_new] = groups.try_emplace({label, group.dump()}, objects.size());
    if (is_new || group.is_null())
      objects.push_back({fmt::format("shape {}", number), label, {&shape}});
    else
      objects[known->second].shapes.push_back(&shape);
  }
  return objects;
}

BoundingBox box_of_object(const LabelmeObject& object) {
  std::optional<BoundingBox> all;
  for (const json* shape : object.shapes) {
    const std::optional<BoundingBox> box = box_of_shape(*shape);
    if (!box)
      throw Error("a point has no size; draw a rectangle or a polygon, or remove it");
    all = all ? united(*all, *box) : *box;
  }
  check_box(*all);
  return *all;
}

/// The image at the place that imagePath names from the annotation's folder.
std::optional<fs::path> at_image_path(std::string written, const fs::path& folder) {
  std::ranges::replace(written, '\\', '/');
  const std::vector<fs::path> folders{folder};
  const std::optional<fs::path> exact = ImageFinder::at(folders, written);
  return exact ? exact : ImageFinder::at(folders, as_relative_path(written));
}

void read_labelme_file(const fs::path& file, Collector& found) {
  const json root = read_json(file);
  const json& shapes = json_at(root, "shapes");
  if (!shapes.is_array())
    throw Error(fmt::format("{}: not a labelme file: it has no list \"shapes\"; remove it", file.string()));
  ImageFinder& images = found.images();
  const std::string written = json_text(root, "imagePath");
  const std::vector<fs::path> folders{file.parent_path()};
  OwnImage image;
  if (const auto named = at_image_path(written, file.parent_path()))
    image = images.own_or({images.name_of(*named), *named}, "\"imagePath\"", written, file, folders);
  else if (const auto own = images.named(folders, file.stem().string()))
    image.image = {images.name_of(*own), *own};
  else
    image = with_place(file.string(), [&] { return images.search_own("\"imagePath\"", written, file); });
  AnnotatedImage read{.image = image.image, .annotation = file.string(), .remark = image.remark};
  read.width = json_number(json_at(root, "imageWidth")).value_or(0);
  read.height = json_number(json_at(root, "imageHeight")).value_or(0);
  for (const LabelmeObject& object : labelme_objects(shapes))
    found.object(read, object.name, [&] {
      return with_place(fmt::format("{}, {}", file.string(), object.name), [&]() -> AnnotatedObject {
        return {box_of_object(object), object.label};
      });
    });
  found.add(std::move(read));
}

void read_labelme(const DataSource& source, Collector& found) {
  std::size_t done = 0;
  for (const fs::path& file : source.files) {
    found.image(found.images().name_of(file), [&] { read_labelme_file(file, found); });
    found.step(++done, source.files.size());
  }
}

} // namespace

constexpr DatasetFormat labelme_format{.name = "labelme",
                                       .id = "labelme",
                                       .what = "a folder of labelme .json",
                                       .suffixes = {".json"},
                                       .recognises =
                                           [](const fs::path& file) {
                                             return scan_json_keys(file, [](int depth, const std::string& key) {
                                               return depth == 1 && (key == "shapes" || key == "imagePath");
                                             });
                                           },
                                       .read = read_labelme};

} // namespace scalescope
