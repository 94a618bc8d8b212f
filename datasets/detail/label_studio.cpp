#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/json_file.h"
#include "datasets/detail/outline.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <numbers>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// The size of the image that a result was drawn on, from its percentages.
struct DrawnSize {
  double width = 0;
  double height = 0;
};

double percentage(const json& value, const char* key) {
  const std::optional<double> number = json_number(json_at(value, key));
  if (!number)
    throw Error(fmt::format("its \"{}\" is missing or is not a number; correct it or remove it", key));
  return *number;
}

DrawnSize drawn_size(const json& result) {
  const std::optional<double> width = json_number(json_at(result, "original_width"));
  const std::optional<double> height = json_number(json_at(result, "original_height"));
  if (!width || !height || *width <= 0 || *height <= 0)
    throw Error(
        "it does not state \"original_width\" and \"original_height\", of which its numbers are percentages; export "
        "it again");
  return {*width, *height};
}

/// The first of the labels that a value has under the key of its kind: "rectanglelabels".
std::string label_of(const json& value) {
  for (const auto& [key, labels] : value.items())
    if (key.ends_with("labels") && labels.is_array() && !labels.empty() && labels[0].is_string())
      return std::string(trimmed(labels[0].get_ref<const std::string&>()));
  return {};
}

/// Whether a result is about the whole image, as a choice or a text for it: it has no place.
bool is_of_image(const json& value) {
  const auto has = [&](std::initializer_list<const char*> keys) {
    return std::ranges::any_of(keys, [&](const char* key) { return value.contains(key); });
  };
  return has({"choices", "text", "taxonomy", "rating", "number", "datetime"}) &&
         !has({"x", "points", "rle", "vertices", "sequence"});
}

/// The object of a value: its numbers are percentages of the image.
AnnotatedObject read_value(const json& value, const DrawnSize& size) {
  const double across = size.width / 100;
  const double down = size.height / 100;
  AnnotatedObject object{.box = {}, .category = label_of(value)};
  if (value.contains("points")) {
    std::vector<double> points;
    for (const json& point : value.at("points")) {
      const std::vector<double> one = json_numbers(point, "points");
      if (one.size() != 2)
        throw Error(
            fmt::format("one of its \"points\" has {} numbers instead of 2; correct it or remove it", one.size()));
      points.insert(points.end(), {one[0] * across, one[1] * down});
    }
    object.box = box_of_points(points);
  } else if (value.contains("radiusX")) {
    object.box = box_of_ellipse(percentage(value, "x") * across, percentage(value, "y") * down,
                                percentage(value, "radiusX") * across, percentage(value, "radiusY") * down,
                                json_number(json_at(value, "rotation")).value_or(0) * std::numbers::pi / 180);
  } else if (value.contains("width") && value.contains("height")) { // turned around its corner, in pixels
    object.box = box_of_rotated(percentage(value, "x") * across, percentage(value, "y") * down,
                                {0, 0, percentage(value, "width") * across, percentage(value, "height") * down},
                                json_number(json_at(value, "rotation")).value_or(0));
  } else if (value.contains("rle")) {
    throw Error("a brush mask of Label Studio is not read; export the project as COCO or with polygons");
  } else if (value.contains("x")) {
    throw Error("a point has no size; draw a rectangle or a polygon, or remove it");
  } else {
    throw Error("its shape is not one that is read; draw a rectangle or a polygon, or remove it");
  }
  check_box(object.box);
  return object;
}

/// An id or name as text; empty if it is missing.
std::string text_of_key(const json& result, const char* key) {
  const json& value = json_at(result, key);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? std::string() : value.dump();
}

/// A task: an image and its results.
class Task {
 public:
  Task(const json& task, std::string where, Collector& found) : task_(task), where_(std::move(where)), found_(found) {}

  void read(const fs::path& folder) {
    const std::string written = image_of(task_);
    if (written.empty())
      throw Error(fmt::format("{}: it names no image; export a project of images, or remove it", where_));
    AnnotatedImage read{.image = with_place(where_, [&] { return found_.images().search(written, folder); }),
                        .annotation = where_};
    if (const json& annotations = json_at(task_, "annotations"); annotations.is_array()) {
      read_annotations(annotations, read);
    } else if (const json& completions = json_at(task_, "completions"); completions.is_array()) { // before version 1
      read_annotations(completions, read);
    } else { // JSON-MIN: every list holds results
      for (const auto& [key, list] : task_.items())
        if (list.is_array())
          for (const json& value : list)
            if (value.is_object())
              add(value, value, read);
    }
    found_.add(std::move(read));
  }

 private:
  /// The first text that looks like an image's name, under "data" or in the task itself.
  static std::string image_of(const json& task) {
    const json& data = json_at(task, "data");
    for (const char* key : {"image", "img", "photo", "picture"})
      for (const json* place : {&data, &task})
        if (std::string name = json_text(*place, key); !name.empty())
          return name;
    for (const auto& [key, value] : (data.is_object() ? data : task).items())
      if (value.is_string() && value.get_ref<const std::string&>().find('.') != std::string::npos &&
          value.get_ref<const std::string&>().find('/') != std::string::npos)
        return value.get<std::string>();
    return json_text(task, "file_upload");
  }

  /// The work of the first person who did not cancel it.
  void read_annotations(const json& annotations, AnnotatedImage& read) {
    std::size_t others = 0;
    bool is_read = false;
    for (const json& annotation : annotations) {
      if (json_at(annotation, "was_cancelled") == true)
        continue;
      if (!json_at(annotation, "result").is_array()) // Create ML, for example, has lists of annotations, too
        throw Error(
            fmt::format("{}: its annotation has no list \"result\", so it is not one of Label Studio; export the "
                        "data as COCO or PASCAL VOC",
                        where_));
      if (std::exchange(is_read, true)) {
        ++others;
        continue;
      }
      for (const json& result : json_at(annotation, "result")) {
        check_image(result);
        add(json_at(result, "value"), result, read);
      }
    }
    if (others > 0)
      read.remark = fmt::format("it was annotated {} times; the first annotation was used", others + 1);
  }

  /// Refuses what would be an object of another image than the task's.
  void check_image(const json& result) {
    const json& value = json_at(result, "value");
    if (!value.is_object() || is_of_image(value))
      return;
    const std::string image = text_of_key(result, "to_name") + text_of_key(result, "item_index");
    if (image_.value_or(image) != image)
      throw Error(fmt::format("{}: its results are on several images; export tasks with one image each", where_));
    image_ = image;
    const json& turned = json_at(result, "image_rotation");
    if (json_number(turned).value_or(0) != 0)
      throw Error(fmt::format("{}: Label Studio showed its image rotated by {} degrees, and does not say whether its "
                              "results were drawn before or after that; rotate the image back there and export again",
                              where_, turned.dump()));
  }

  void add(const json& value, const json& with_size, AnnotatedImage& read) {
    if (!value.is_object() || is_of_image(value))
      return;
    const std::string name = fmt::format("result {}", ++number_);
    found_.object(read, name, [&] {
      return with_place(fmt::format("{}, {}", where_, name), [&]() -> AnnotatedObject {
        const DrawnSize size = drawn_size(with_size);
        if (read.width != 0 && (read.width != size.width || read.height != size.height))
          throw Error(
              "it was drawn on an image of another size than those before it; export tasks with one image each");
        read.width = size.width;
        read.height = size.height;
        return read_value(value, size);
      });
    });
    join_last(read.objects);
  }

  /// A region with a label and a choice, say, is two results with the same outline, but one object.
  static void join_last(std::vector<AnnotatedObject>& objects) {
    if (objects.empty())
      return;
    const AnnotatedObject& last = objects.back();
    const auto same = std::find_if(objects.begin(), objects.end() - 1, [&](const AnnotatedObject& other) {
      return other.box.x == last.box.x && other.box.y == last.box.y && other.box.width == last.box.width &&
             other.box.height == last.box.height;
    });
    if (same == objects.end() - 1)
      return;
    if (same->category.empty())
      same->category = last.category;
    objects.pop_back();
  }

  const json& task_;
  std::string where_;
  Collector& found_;
  int number_ = 0;
  std::optional<std::string> image_; ///< which of the task's images the results are on
};

void read_label_studio(const DataSource& source, Collector& found) {
  for (const fs::path& file : source.files) {
    std::size_t place = 0;
    read_json_entries(file,
                      {.in_list =
                           [&](const std::string& list, json& task) {
                             if (!list.empty())
                               return;
                             ++place;
                             const json& id = json_at(task, "id");
                             const std::string name = id.is_number() ? fmt::format("task {}", id.dump())
                                                                     : fmt::format("task at place {}", place);
                             found.image(name, [&] {
                               Task(task, fmt::format("{}, {}", file.string(), name), found).read(file.parent_path());
                             });
                           },
                       .step = [&](std::size_t done, std::size_t total) { found.step(done, total); }});
  }
}

} // namespace

constexpr DatasetFormat label_studio_format{.name = "Label Studio",
                                            .id = "label-studio",
                                            .what = "a Label Studio .json",
                                            .suffixes = {".json"},
                                            .one_file = true,
                                            .recognises =
                                                [](const fs::path& file) {
                                                  bool is_list = false;
                                                  return scan_json_keys(file, [&](int depth, const std::string& key) {
                                                    is_list = is_list || (depth == 1 && key.empty());
                                                    return is_list && (key == "annotations" || key == "completions" ||
                                                                       key == "annotator" || key == "original_width" ||
                                                                       key == "annotation_id");
                                                  });
                                                },
                                            .read = read_label_studio};

} // namespace scalescope
