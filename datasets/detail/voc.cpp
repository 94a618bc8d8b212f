#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/file_names.h"
#include "datasets/detail/folder_files.h"
#include "datasets/detail/outline.h"
#include "datasets/detail/xml_file.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numbers>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// The folders in which the images of annotations in this folder may lie, the likeliest first.
std::vector<fs::path> voc_image_folders(const fs::path& annotations) {
  std::vector<fs::path> folders;
  fs::path inner; // the part of the path below the folder that is named for annotations
  for (fs::path at = annotations; !at.empty() && at != at.root_path(); at = at.parent_path()) {
    if (is_named_as_annotations(at)) {
      std::vector<fs::path> beside;
      for (const char* name : {"JPEGImages", "images", "Images", "imgs", "img"})
        if (const fs::path folder = at.parent_path() / name; fs::is_directory(folder))
          beside.push_back(folder);
      for (const fs::path& folder : beside)
        folders.push_back(folder / inner);
      folders.insert(folders.end(), beside.begin(), beside.end());
      break;
    }
    inner = inner.empty() ? at.filename() : at.filename() / inner;
  }
  folders.push_back(annotations);
  return folders;
}

/// The image with the XML's own name, or else that of <filename>, because <filename> is often wrong after files were
/// renamed or copied.
OwnImage find_voc_image(const pugi::xml_node& annotation, const fs::path& file, const std::vector<fs::path>& folders,
                        ImageFinder& images) {
  const std::string written(trimmed(annotation.child_value("filename")));
  const auto found = [&](const fs::path& image) { return FoundImage{images.name_of(image), image}; };
  // Without its root, an absolute path can't leave the folder.
  if (const auto named = ImageFinder::at(folders, fs::path(written).relative_path()))
    return images.own_or(found(*named), "<filename>", written, file, folders);
  if (const auto own = images.named(folders, file.stem().string()))
    return {found(*own)};
  return with_place(file.string(), [&] { return images.search_own("<filename>", written, file); });
}

BoundingBox read_voc_box(const pugi::xml_node& object, const std::string& where) {
  const auto number = [&](const pugi::xml_node& parent, const char* name) {
    return xml_number(parent.child_value(name), fmt::format("<{}> of the box", name), where);
  };
  if (const pugi::xml_node turned = object.child("robndbox"); turned && !object.child("bndbox")) { // roLabelImg
    const double width = number(turned, "w");
    const double height = number(turned, "h");
    return box_of_rotated(number(turned, "cx"), number(turned, "cy"), {-width / 2, -height / 2, width, height},
                          number(turned, "angle") * 180 / std::numbers::pi);
  }
  if (const pugi::xml_node polygon = object.child("polygon"); polygon && !object.child("bndbox")) {
    std::vector<double> points;
    for (const pugi::xml_node& point :
         polygon.children()) { // <pt><x>, <y> (LabelMe) or <x1>, <y1>, <x2>, ... (Roboflow)
      if (std::string_view(point.name()) == "pt")
        points.insert(points.end(), {number(point, "x"), number(point, "y")});
      else if (point.name()[0] == 'x' || point.name()[0] == 'y')
        points.push_back(number(polygon, point.name()));
    }
    return with_place(where, [&] { return box_of_points(points); });
  }
  const pugi::xml_node box = object.child("bndbox");
  const double x = number(box, "xmin");
  const double y = number(box, "ymin");
  const double right = number(box, "xmax");
  const double bottom = number(box, "ymax");
  if (right < x || bottom < y)
    throw Error(fmt::format("{}: <xmax> {:g} and <ymax> {:g} lie before <xmin> {:g} and <ymin> {:g}: the corners are "
                            "swapped, or width and height stand in their place, so the box has no area; correct it or "
                            "remove it",
                            where, right, bottom, x, y));
  return {x, y, right - x, bottom - y};
}

void read_voc_file(const fs::path& file, const std::vector<fs::path>& folders, Collector& found) {
  const pugi::xml_document document = read_xml(file);
  const pugi::xml_node annotation = document.child("annotation");
  const OwnImage image = find_voc_image(annotation, file, folders, found.images());
  const pugi::xml_node size = annotation.child("size");
  AnnotatedImage read{.image = image.image,
                      .annotation = file.string(),
                      .width = parse_number(size.child_value("width")).value_or(0),
                      .height = parse_number(size.child_value("height")).value_or(0),
                      .remark = image.remark};
  int number = 0;
  for (const pugi::xml_node& object : annotation.children("object")) {
    const std::string name = fmt::format("object {}", ++number);
    found.object(read, name, [&]() -> AnnotatedObject {
      const std::string where = fmt::format("{}, {}", file.string(), name);
      const BoundingBox box = read_voc_box(object, where);
      with_place(where, [&] { check_box(box); });
      return {box, std::string(trimmed(object.child_value("name")))};
    });
  }
  found.add(std::move(read));
}

void read_voc(const DataSource& source, Collector& found) {
  std::map<fs::path, std::vector<fs::path>> folders;
  std::size_t done = 0;
  for (const fs::path& file : source.files) {
    const auto [known, is_new] = folders.try_emplace(file.parent_path());
    if (is_new)
      known->second = voc_image_folders(file.parent_path());
    found.image(found.images().name_of(file), [&] { read_voc_file(file, known->second, found); });
    found.step(++done, source.files.size());
  }
}

} // namespace

constexpr DatasetFormat voc_format{.name = "PASCAL VOC",
                                   .id = "voc",
                                   .what = "a folder of PASCAL VOC .xml",
                                   .suffixes = {".xml"},
                                   // A damaged file is one, too, so that its error is told.
                                   .recognises =
                                       [](const fs::path& file) {
                                         const std::string root = xml_root(file);
                                         return root == "annotation" || root.empty();
                                       },
                                   .read = read_voc};

} // namespace scalescope
