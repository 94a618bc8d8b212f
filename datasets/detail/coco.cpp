#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/json_file.h"
#include "datasets/detail/outline.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// An id as text; equal for 7, 7.0 and "7", because tools mix them.
std::optional<std::string> id_of(const json& entry, const char* key) {
  const json& value = json_at(entry, key);
  if (value.is_number_integer())
    return value.dump();
  if (value.is_string() || value.is_number_float()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    const std::optional<double> number = json_number(value);
    const bool is_whole = number && *number == std::floor(*number) && std::abs(*number) < 9e15;
    // A text of digits is kept as it is: ids may have more of them than a double.
    const bool has_digits_only = text.find_first_not_of("0123456789") == std::string::npos && !text.starts_with('0');
    return is_whole && !has_digits_only && (value.is_number() || text.find('.') != std::string::npos)
               ? fmt::format("{:.0f}", *number)
               : text;
  }
  return std::nullopt;
}

/// An annotation as far as it is needed. Faults are kept, because its image may come later in the file.
struct CocoAnnotation {
  std::string name; ///< "annotation 17"
  std::string image;
  std::string category;
  BoundingBox box;
  std::string fault = {};
  bool is_crowd = false;
};

struct CocoImage {
  std::string name; ///< "image 17"
  std::string id;
  std::string file;
  double width = 0;
  double height = 0;
  std::string fault = {};
  std::string size_fault = {}; ///< matters only if it has objects
};

struct CocoFile {
  std::vector<CocoImage> images;
  std::vector<CocoAnnotation> annotations;
  std::unordered_map<std::string, std::string> categories; ///< names by id
  bool has_captions = false;
};

/// "annotation 17" by its id, or "annotation at place 3 of its list".
std::string name_of_entry(const char* kind, const json& entry, std::size_t place) {
  const std::optional<std::string> id = id_of(entry, "id");
  return id ? fmt::format("{} {:.40}", kind, printable(*id)) : fmt::format("{} at place {} of its list", kind, place);
}

std::string shown(const json& value) {
  return value.is_structured() ? std::string(value.is_array() ? "a list" : "an object") : printable(value.dump());
}

/// The box around the polygons, or of the run lengths.
BoundingBox box_of_segmentation(const json& segmentation) {
  if (segmentation.is_object()) {
    const json& runs = json_at(segmentation, "counts");
    const std::vector<double> size = json_numbers(json_at(segmentation, "size"), "size");
    if (size.size() != 2 || size[0] < 0 || size[1] < 0)
      throw Error("the \"size\" of its mask is not its height and width; correct the entry or remove it");
    const auto height = static_cast<std::uint64_t>(size[0]);
    const auto width = static_cast<std::uint64_t>(size[1]);
    if (runs.is_string())
      return box_of_runs(decompressed_runs(runs.get_ref<const std::string&>()), height, width);
    std::vector<std::uint64_t> numbers;
    for (const double run : json_numbers(runs, "counts")) {
      if (run < 0 || run != std::floor(run) || run > 9e15)
        throw Error(fmt::format("the \"counts\" of its mask hold {:g}; correct the entry or remove it", run));
      numbers.push_back(static_cast<std::uint64_t>(run));
    }
    return box_of_runs(numbers, height, width);
  }
  std::vector<double> points;
  for (const json& polygon : segmentation) {
    const std::vector<double> one = json_numbers(polygon, "segmentation");
    (void)box_of_points(one); // each needs three points
    points.insert(points.end(), one.begin(), one.end());
  }
  return box_of_points(points);
}

/// Refuses a box of two corners (x1, y1, x2, y2), which the outline tells from one with width and height.
void refuse_corners(const BoundingBox& box, const json& segmentation) {
  std::optional<BoundingBox> outline;
  try {
    if (segmentation.is_array() && !segmentation.empty())
      outline = box_of_segmentation(segmentation);
  } catch (const Error&) { // it is not needed
    return;
  }
  const auto is_near = [](double a, double b) { return std::abs(a - b) <= 1 + std::abs(b) / 100; };
  if (outline && is_near(box.x, outline->x) && is_near(box.y, outline->y) &&
      is_near(box.width, outline->x + outline->width) && is_near(box.height, outline->y + outline->height) &&
      !(is_near(box.width, outline->width) && is_near(box.height, outline->height)))
    throw Error("its \"bbox\" holds two corners, as its outline shows, instead of x, y, width and height; correct it");
}

BoundingBox read_coco_box(const json& annotation) {
  const json& box = json_at(annotation, "bbox");
  if (box.is_object()) { // imglab
    std::array<double, 4> values{};
    for (std::size_t i = 0; i < 4; ++i) {
      const char* key = std::array{"x", "y", "width", "height"}[i];
      const std::optional<double> number = json_number(json_at(box, key));
      if (!number)
        throw Error(
            fmt::format("the \"{}\" of its bbox is missing or is not a number; correct the entry or remove it", key));
      values[i] = *number;
    }
    return {values[0], values[1], values[2], values[3]};
  }
  if (!box.is_null() && !box.is_array())
    throw Error(fmt::format("its \"bbox\" is {}, not a list of numbers; correct the entry or remove it", shown(box)));
  if (!box.empty()) {
    const std::vector<double> numbers = json_numbers(box, "bbox");
    if (numbers.size() != 4)
      throw Error(
          fmt::format("its \"bbox\" holds {} numbers instead of x, y, width and height; correct it", numbers.size()));
    const BoundingBox read{numbers[0], numbers[1], numbers[2], numbers[3]};
    refuse_corners(read, json_at(annotation, "segmentation"));
    return read;
  }
  const json& segmentation = json_at(annotation, "segmentation");
  if (!segmentation.is_structured() || segmentation.empty())
    throw Error("it has neither a \"bbox\" nor a \"segmentation\" with an outline; add one or remove it");
  return box_of_segmentation(segmentation);
}

bool is_crowd(const json& annotation) {
  const json& crowd = json_at(annotation, "iscrowd");
  if (crowd.is_null())
    return false;
  if (crowd.is_boolean())
    return crowd.get<bool>();
  const std::optional<double> number = json_number(crowd);
  if (!number)
    throw Error(fmt::format("its \"iscrowd\" is {}, not 0 or 1; correct the entry or remove it", shown(crowd)));
  return *number != 0;
}

CocoAnnotation read_coco_annotation(const json& entry, std::size_t place) {
  CocoAnnotation read{.name = name_of_entry("annotation", entry, place), .image = {}, .category = {}, .box = {}};
  read.image = id_of(entry, "image_id").value_or("");
  try {
    if (read.image.empty())
      throw Error("its \"image_id\" is missing, or is neither a number nor a text; correct the entry or remove it");
    read.category = id_of(entry, "category_id").value_or("");
    read.is_crowd = is_crowd(entry);
    if (!read.is_crowd) {
      read.box = read_coco_box(entry);
      check_box(read.box);
    }
  } catch (const Error& error) {
    read.fault = error.what();
  }
  return read;
}

CocoImage read_coco_image(const json& entry, std::size_t place) {
  CocoImage read{.name = name_of_entry("image", entry, place), .id = {}, .file = {}};
  const auto size = [&](const char* key) {
    const json& value = json_at(entry, key);
    const std::optional<double> number = json_number(value);
    if (!number && !value.is_null())
      read.size_fault =
          fmt::format("its \"{}\" is {}, not a number; correct the entry or remove it", key, shown(value));
    return number.value_or(0);
  };
  read.width = size("width");
  read.height = size("height");
  read.id = id_of(entry, "id").value_or("");
  read.file = json_text(entry, "file_name");
  if (read.id.empty())
    read.fault = "its \"id\" is missing, or is neither a number nor a text; correct the entry or remove it";
  else if (read.file.empty())
    read.fault = "its \"file_name\" is missing or is not a text; correct the entry or remove it";
  return read;
}

CocoFile parse_coco(const fs::path& file, const Collector& found) {
  CocoFile coco;
  const std::vector<std::string> lists = read_json_entries(
      file, {.in_list =
                 [&](const std::string& key, json& entry) {
                   if (key == "images") {
                     coco.images.push_back(read_coco_image(entry, coco.images.size() + 1));
                   } else if (key == "annotations") {
                     coco.has_captions |= entry.is_object() && entry.contains("caption");
                     coco.annotations.push_back(read_coco_annotation(entry, coco.annotations.size() + 1));
                   } else if (key == "categories") {
                     if (const auto id = id_of(entry, "id"); id && !json_text(entry, "name").empty())
                       coco.categories.emplace(*id, trimmed(json_text(entry, "name")));
                   }
                 },
             .step = [&](std::size_t done, std::size_t total) { found.step(done, total); }});
  for (const char* list : {"images", "annotations"})
    if (std::ranges::find(lists, list) == lists.end())
      throw Error(fmt::format("{}: not a COCO file: it has no list \"{}\", and it is not one of labelme, VIA or Label "
                              "Studio either; give a file with object annotations",
                              file.string(), list));
  if (coco.has_captions)
    throw Error(fmt::format("{}: its annotations are captions, which are no objects; give the file of instances",
                            file.string()));
  return coco;
}

/// The image at a place where tools put it, or wherever its name is found.
FoundImage find_coco_image(const CocoImage& image, const fs::path& file, bool is_one_of_several, ImageFinder& images) {
  const fs::path folder = file.parent_path();
  std::vector<fs::path> found;
  const auto look_in = [&](const fs::path& place) {
    const std::vector<fs::path> here{place};
    if (const auto one = ImageFinder::at(here, image.file); one && std::ranges::find(found, *one) == found.end())
      found.push_back(*one);
  };
  look_in(folder);
  const bool is_beside = !found.empty(); // then it is certainly the one that is meant
  for (const fs::path& base : {folder, folder / ".."}) {
    // What lies above the data set's folder is none of its images, unless it has no other of that name.
    const bool is_above = base != folder && full_path(base) != full_path(images.root());
    if (is_beside || (is_above && (!found.empty() || images.knows(image.file))))
      break;
    for (const char* inside : {"", "images", "train2017", "val2017", "images/train2017", "images/val2017"})
      look_in(base / inside);
  }
  if (found.size() != 1)
    return images.search(image.file, folder, split_named_in(file.stem().string()));
  // Of one file, names are as written; of several (train, test), their folders tell them apart.
  return {is_one_of_several ? images.name_of(found[0]) : fs::path(image.file).lexically_normal().generic_string(),
          found[0]};
}

void read_coco_file(const fs::path& file, bool is_one_of_several, Collector& found) {
  const CocoFile coco = parse_coco(file, found);
  std::unordered_map<std::string, std::vector<const CocoAnnotation*>> of_image;
  for (const CocoAnnotation& annotation : coco.annotations)
    of_image[annotation.image].push_back(&annotation);
  std::unordered_map<std::string, int> times; // that an id is given to an image
  for (const CocoImage& image : coco.images)
    ++times[image.id];
  std::size_t without_category = 0;
  for (const CocoImage& image : coco.images) {
    // Removed first, so that annotations of a faulty image do not count as annotations without an image.
    const auto node = of_image.extract(image.id);
    const std::string where = fmt::format("{}, {}", file.string(), image.name);
    found.image(image.name, [&] {
      if (!image.fault.empty())
        throw Error(fmt::format("{}: {}", where, image.fault));
      if (times.at(image.id) > 1)
        throw Error(
            fmt::format("{}: another image has the same id, so it is not known to which of them the annotations "
                        "belong; give each image an id of its own",
                        where));
      if (!image.size_fault.empty() && node)
        throw Error(fmt::format("{}: {}", where, image.size_fault));
      AnnotatedImage read{
          .image = with_place(where, [&] { return find_coco_image(image, file, is_one_of_several, found.images()); }),
          .annotation = where,
          .width = image.width,
          .height = image.height};
      for (const CocoAnnotation* annotation : node ? node.mapped() : std::vector<const CocoAnnotation*>()) {
        if (annotation->is_crowd && annotation->fault.empty()) {
          found.set().left_out.push_back({fmt::format("{}, {}", read.image.name, annotation->name), "crowd", true});
          continue;
        }
        found.object(read, annotation->name, [&]() -> AnnotatedObject {
          if (!annotation->fault.empty())
            throw Error(fmt::format("{}, {}: {}", file.string(), annotation->name, annotation->fault));
          const auto category = coco.categories.find(annotation->category);
          without_category += category == coco.categories.end() && !annotation->category.empty() ? 1 : 0;
          return {annotation->box, category == coco.categories.end() ? std::string() : category->second};
        });
      }
      found.add(std::move(read));
    });
  }
  if (without_category > 0)
    found.set().remarks.push_back(
        {file.string(),
         fmt::format("{} a category_id that is not in the list of categories, and so no class",
                     without_category == 1 ? "1 object has" : fmt::format("{} objects have", without_category))});
  for (const CocoAnnotation& annotation : coco.annotations)
    if (of_image.contains(annotation.image) && times[annotation.image] == 0)
      found.image(annotation.name, [&] {
        throw Error(annotation.image.empty()
                        ? fmt::format("{}, {}: {}", file.string(), annotation.name, annotation.fault)
                        : fmt::format("{}, {}: its image {:.40} is not in the list of images; correct it or remove it",
                                      file.string(), annotation.name, printable(annotation.image)));
      });
}

void read_coco(const DataSource& source, Collector& found) {
  for (const fs::path& file : source.files)
    read_coco_file(file, source.files.size() > 1, found);
}

} // namespace

constexpr DatasetFormat coco_format{.name = "COCO",
                                    .id = "coco",
                                    .what = "a COCO .json",
                                    .suffixes = {".json"},
                                    .one_file = true,
                                    .recognises =
                                        [](const fs::path& file) {
                                          return scan_json_keys(file, [](int depth, const std::string& key) {
                                            return depth == 1 && (key == "images" || key == "annotations");
                                          });
                                        },
                                    .read = read_coco};

} // namespace scalescope
