#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/json_file.h"
#include "datasets/detail/outline.h"
#include "datasets/detail/via_shape.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <map>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

FoundImage find_via_image(const std::string& name, const fs::path& folder, ImageFinder& images) {
  if (name.empty())
    throw Error("it has no \"filename\"; add it or remove the entry");
  const std::vector<fs::path> folders{folder, folder / "images"};
  if (const auto file = ImageFinder::at(folders, name))
    return {images.name_of(*file), *file};
  return images.search(name, folder);
}

void add_via_object(AnnotatedImage& image, int number, Collector& found, const auto& box_and_class) {
  const std::string name = fmt::format("region {}", number);
  found.object(image, name, [&] {
    return with_place(fmt::format("{}, {}", image.annotation, name), [&]() -> AnnotatedObject {
      const auto [box, category] = box_and_class();
      if (!box)
        throw Error("a point has no size; draw a rect or a polygon, or remove it");
      check_box(*box);
      return {*box, category};
    });
  });
}

/// Versions 1 and 2: {"NAME+SIZE": {"filename": ..., "regions": [...]}, ...}, in a project under "_via_img_metadata".
void read_via_2(const fs::path& file, Collector& found) {
  const auto read_image = [&](const std::string& key, const json& entry) {
    const std::string what = fmt::format("image \"{:.80}\"", key);
    const std::string where = fmt::format("{}, {}", file.string(), what);
    found.image(what, [&] {
      AnnotatedImage read{
          .image = with_place(
              where, [&] { return find_via_image(json_text(entry, "filename"), file.parent_path(), found.images()); }),
          .annotation = where};
      int number = 0;
      for (const json& region : json_at(entry, "regions")) // version 1 has an object with the keys "0", "1", ...
        add_via_object(read, ++number, found, [&] {
          return std::pair(via_box(json_at(region, "shape_attributes")),
                           via_class(json_at(region, "region_attributes")));
        });
      found.add(std::move(read));
    });
  };
  read_json_members(file, "_via_img_metadata", read_image,
                    [&](std::size_t done, std::size_t total) { found.step(done, total); });
}

/// The box of "xy": the kind of shape and its numbers.
std::optional<BoundingBox> via_3_box(const json& region) {
  const std::vector<double> xy = json_numbers(json_at(region, "xy"), "xy");
  enum { point = 1, rect, circle, ellipse, line, polyline, polygon, extreme_rectangle };
  const int shape = xy.empty() ? 0 : static_cast<int>(xy[0]);
  if (shape == point)
    return std::nullopt;
  if (shape == rect && xy.size() == 5)
    return BoundingBox{xy[1], xy[2], xy[3], xy[4]};
  if (shape == circle && xy.size() == 4)
    return box_of_ellipse(xy[1], xy[2], xy[3], xy[3]);
  if (shape == ellipse && xy.size() == 5)
    return box_of_ellipse(xy[1], xy[2], xy[3], xy[4]);
  if (shape == line || shape == polyline || shape == polygon || shape == extreme_rectangle)
    return box_of_points(std::span(xy).subspan(1), 2);
  throw Error("its \"xy\" is no shape that is read; draw a rectangle or a polygon, or remove it");
}

/// The class of a region. Its values have the attributes' ids as keys, and may be the ids of options.
std::string via_3_class(const json& values, const json& attributes) {
  json named = json::object();
  for (const auto& [id, value] : values.items()) {
    const json& attribute = json_at(attributes, id.c_str());
    const std::string option =
        value.is_string() ? json_text(json_at(attribute, "options"), value.get_ref<const std::string&>().c_str()) : "";
    const std::string name = json_text(attribute, "aname");
    named[name.empty() ? id : name] = option.empty() ? value : json(option);
  }
  return via_class(named);
}

/// The number of the file that a region is on. It names a view, which shows files.
std::string via_3_file(const json& region, const json& views) {
  const json& named = json_at(region, "vid");
  const std::string view = named.is_string() ? named.get<std::string>() : named.dump();
  const json& files = json_at(json_at(views, view.c_str()), "fid_list");
  if (files.is_null())
    return view;
  if (!files.is_array() || files.size() != 1)
    throw Error(
        fmt::format("view \"{:.40}\" does not show one file, so it is not known which of them its regions are on; "
                    "annotate one file in each view",
                    printable(view)));
  return files[0].is_string() ? files[0].get<std::string>() : files[0].dump();
}

/// Version 3: files and their regions are in lists of their own.
void read_via_3(const json& project, const fs::path& file, Collector& found) {
  std::map<std::string, std::vector<const json*>> regions; // by the file's number
  for (const auto& [key, region] : json_at(project, "metadata").items())
    if (!json_at(region, "xy").empty()) {
      const std::string what = fmt::format("region \"{:.80}\"", printable(key));
      found.image(what, [&] {
        const std::string of = with_place(fmt::format("{}, {}", file.string(), what),
                                          [&] { return via_3_file(region, json_at(project, "view")); });
        if (!json_at(project, "file").contains(of))
          throw Error(fmt::format("{}, {}: its file is not in the list of files; correct it or remove it",
                                  file.string(), what));
        regions[of].push_back(&region);
      });
    }
  for (const auto& [key, entry] : json_at(project, "file").items()) {
    const std::string name = json_text(entry, "fname");
    const std::string where = fmt::format("{}, file \"{:.80}\"", file.string(), name);
    found.image(fmt::format("file \"{:.80}\"", name), [&] {
      AnnotatedImage read{
          .image = with_place(where, [&] { return find_via_image(name, file.parent_path(), found.images()); }),
          .annotation = where};
      int number = 0;
      for (const json* region : regions[key])
        add_via_object(read, ++number, found, [&] {
          return std::pair(via_3_box(*region), via_3_class(json_at(*region, "av"), json_at(project, "attribute")));
        });
      found.add(std::move(read));
    });
  }
}

void read_via(const DataSource& source, Collector& found) {
  for (const fs::path& file : source.files) {
    bool has_files = false;
    const bool is_3 = scan_json_keys(file, [&](int depth, const std::string& key) {
      has_files = has_files || (depth == 1 && key == "file");
      return (depth == 1 && has_files && key == "metadata") || (depth == 2 && key == "vid_list");
    });
    if (is_3)
      read_via_3(read_json(file), file, found);
    else
      read_via_2(file, found);
  }
}

} // namespace

constexpr DatasetFormat via_format{.name = "VIA",
                                   .id = "via",
                                   .what = "a VIA .json",
                                   .suffixes = {".json"},
                                   .one_file = true,
                                   .recognises =
                                       [](const fs::path& file) {
                                         return scan_json_keys(file, [](int depth, const std::string& key) {
                                           return (depth == 1 && key.starts_with("_via")) ||
                                                  (depth == 2 && (key == "regions" || key == "vid_list"));
                                         });
                                       },
                                   .read = read_via};

} // namespace scalescope
