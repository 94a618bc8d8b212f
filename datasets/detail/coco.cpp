#include "core/base/files.h"
#include "datasets/detail/annotations.h"
#include "datasets/formats.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

json parse_coco(const fs::path& file) {
  // Skips outlines, which are most of a COCO file and not needed.
  const auto wanted = [](int, json::parse_event_t event, const json& key) {
    return event != json::parse_event_t::key || key.get_ref<const std::string&>() != "segmentation";
  };
  const std::string text = read_file(file);
  json coco;
  try {
    coco = json::parse(text, wanted);
  } catch (const json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    throw Error(fmt::format("{}: not valid JSON: it is incomplete or malformed near line {}; repair the file",
                            file.string(), 1 + std::count(text.begin(), end, '\n')));
  } catch (const json::exception&) {
    throw Error(fmt::format("{}: not valid JSON: it holds a number that is too large; repair the file", file.string()));
  }
  for (const char* list : {"images", "annotations"})
    if (!coco.is_object() || !coco.contains(list) || !coco.at(list).is_array())
      throw Error(fmt::format("{}: not a COCO file: it has no list \"{}\"; give a COCO file with object annotations",
                              file.string(), list));
  return coco;
}

/// Reads one entry of a list.
template <typename Read>
void read_entry(SampleSet& set, const ReadOptions& options, const fs::path& file, const std::string& entry, Read read) {
  read_item(set, options, entry, [&] { read(fmt::format("{}, {}", file.string(), entry)); });
}

/// The value of a key. @param kind the expected type, for the message: "a text".
template <typename T>
T required(const json& entry, const char* key, const char* kind, const std::string& where) {
  try {
    return entry.at(key).get<T>();
  } catch (const json::exception&) {
    throw Error(
        fmt::format("{}: its \"{}\" is missing or is not {}; correct the entry or remove it", where, key, kind));
  }
}

/// The same, or no value if the key is missing.
template <typename T>
T value_or(const json& entry, const char* key, T standard, const char* kind, const std::string& where) {
  return entry.is_object() && !entry.contains(key) ? standard : required<T>(entry, key, kind, where);
}

/// An id as JSON text, because some tools write numbers and others strings. Nested values are refused, because dump()
/// would recurse into them.
std::optional<std::string> id_text(const json& entry, const char* key) {
  if (!entry.is_object() || !entry.contains(key) || !(entry[key].is_number() || entry[key].is_string()))
    return std::nullopt;
  return entry[key].dump();
}

/// "image 17" by its id, or "image at place 3" if it has none.
std::string entry_name(const char* kind, const json& entry, std::size_t place) {
  const std::optional<std::string> id = id_text(entry, "id");
  return id ? fmt::format("{} {:.40}", kind, *id) : fmt::format("{} at place {} of its list", kind, place + 1);
}

std::string required_id(const json& entry, const char* key, const std::string& where) {
  if (const std::optional<std::string> id = id_text(entry, key))
    return *id;
  throw Error(fmt::format("{}: it has no number or text \"{}\"; correct the entry or remove it", where, key));
}

fs::path find_image(const fs::path& folder, const std::string& name, const std::string& where) {
  for (const fs::path& base : {folder, folder / ".."})
    for (const char* inside : {"", "images", "train2017", "val2017", "images/train2017", "images/val2017"})
      if (fs::path candidate = (base / inside / name).lexically_normal(); file_exists(candidate))
        return candidate;
  throw Error(fmt::format("{}: its image \"{:.200}\" is missing: it is neither beside the file nor in the folders "
                          "images, train2017 or val2017 there or one folder up; add it or remove the entry",
                          where, name));
}

BoundingBox read_box(const json& annotation, const std::string& where) {
  const auto numbers = required<std::vector<double>>(annotation, "bbox", "a list of numbers", where);
  if (numbers.size() != 4)
    throw Error(fmt::format("{}: its bbox holds {} numbers instead of x, y, width and height; correct it", where,
                            numbers.size()));
  const BoundingBox box{numbers[0], numbers[1], numbers[2], numbers[3]};
  check_box(box, where);
  return box;
}

/// The names of the categories by their ids, as far as the list can be read: they are not needed to read the boxes.
std::unordered_map<std::string, std::string> read_categories(const json& coco) {
  std::unordered_map<std::string, std::string> names;
  const auto list = coco.find("categories");
  for (const json& category : list != coco.end() && list->is_array() ? *list : json::array())
    if (const auto id = id_text(category, "id"); id && category.contains("name") && category["name"].is_string())
      names.emplace(*id, trimmed(category["name"].get_ref<const std::string&>()));
  return names;
}

SampleSet read_coco(const fs::path& file, const ReadOptions& options) {
  const json coco = parse_coco(file);
  const json& images = coco.at("images");
  const json& annotations = coco.at("annotations");
  const auto categories = read_categories(coco);
  const auto category_of = [&](const json& annotation) {
    const auto found = categories.find(id_text(annotation, "category_id").value_or(""));
    return found == categories.end() ? std::string() : found->second;
  };
  SampleSet set;
  set.files.push_back(file);

  std::unordered_map<std::string, std::vector<std::size_t>> of_image; // places in the list of annotations, by image id
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    const std::string entry = entry_name("annotation", annotations[i], i);
    read_entry(set, options, file, entry, [&](const std::string& where) {
      of_image[required_id(annotations[i], "image_id", where)].push_back(i);
    });
  }

  for (std::size_t i = 0; i < images.size(); ++i) {
    const json& described = images[i];
    const std::string entry = entry_name("image", described, i);
    read_entry(set, options, file, entry, [&](const std::string& where) {
      // Removed first, so that annotations of a faulty image do not count as annotations without an image.
      const auto node = of_image.extract(required_id(described, "id", where));
      const std::string name =
          fs::path(required<std::string>(described, "file_name", "a text", where)).lexically_normal().generic_string();
      AnnotatedImage image{name, find_image(file.parent_path(), name, where), where, {}};
      set.files.push_back(image.file);
      std::vector<LeftOut> crowds;
      for (const std::size_t place : node ? node.mapped() : std::vector<std::size_t>()) {
        const json& annotation = annotations[place];
        const std::string object = entry_name("annotation", annotation, place);
        if (value_or(annotation, "iscrowd", 0, "a number", fmt::format("{}, {}", file.string(), object)) != 0)
          crowds.push_back({fmt::format("{}, {}", name, object), "crowd"});
        else
          image.objects.push_back(
              {read_box(annotation, fmt::format("{}, {}", file.string(), object)), category_of(annotation)});
      }
      if (!image.objects.empty()) {
        image.width = value_or(described, "width", 0.0, "a number", where);
        image.height = value_or(described, "height", 0.0, "a number", where);
      }
      set.left_out.insert(set.left_out.end(), crowds.begin(), crowds.end());
      add_image(set, image, options.objects);
    });
  }

  for (std::size_t i = 0; i < annotations.size(); ++i) {
    const std::optional<std::string> image = id_text(annotations[i], "image_id");
    if (!image || !of_image.contains(*image))
      continue;
    read_entry(set, options, file, entry_name("annotation", annotations[i], i), [&](const std::string& where) {
      throw Error(
          fmt::format("{}: its image {:.40} is not in the list of images; correct it or remove it", where, *image));
    });
  }
  return set;
}

} // namespace

constexpr DatasetFormat coco_format{.name = "COCO",
                                    .what = "a COCO .json",
                                    .suffix = ".json",
                                    .in_annotations = true, // as cocodataset.org packs them
                                    .read = read_coco};

} // namespace scalescope
