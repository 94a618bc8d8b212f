#include "core/base/files.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/folder_files.h"
#include "datasets/formats.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

pugi::xml_document parse_voc(const fs::path& file) {
  const std::string text = read_file(file);
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype);
  if (!result) {
    const auto end = text.begin() + std::clamp<std::ptrdiff_t>(result.offset, 0, std::ssize(text));
    throw Error(fmt::format("{}: the XML is incomplete or malformed near line {}; repair the file or remove it",
                            file.string(), 1 + std::count(text.begin(), end, '\n')));
  }
  // pugixml never expands entities, so a text with one would be read wrongly.
  for (const pugi::xml_node& node : document.children())
    if (node.type() == pugi::node_doctype && std::string_view(node.value()).find("<!ENTITY") != std::string_view::npos)
      throw Error(fmt::format("{}: the XML declares entities, which are not accepted; remove the DOCTYPE from the file",
                              file.string()));
  return document;
}

double number_in(const pugi::xml_node& parent, const char* name, const std::string& where) {
  const std::string text = parent.child_value(name);
  const std::optional<double> number = parse_number(text);
  if (!number)
    throw Error(text.empty()
                    ? fmt::format("{}: the box has no <{}>; add it or remove the object", where, name)
                    : fmt::format("{}: <{}> of the box is \"{:.40}\", not a number; correct it", where, name, text));
  return *number;
}

/// The name of the file in the folder's sub-folder of that name, or else in the folder itself.
std::optional<std::string> find_file(const fs::path& images, const fs::path& sub_folder, const fs::path& name) {
  for (const fs::path& place : {sub_folder / name, name})
    if (!name.empty() && file_exists(images / place))
      return place.generic_string();
  return std::nullopt;
}

/// An image's name in its folder, and a remark.
struct FoundImage {
  std::string name;
  std::string remark = {};
};

/// The name in <filename>, or else the name of the XML with the extension of an image. If both exist, it is the second,
/// because <filename> is often wrong after files were renamed or copied.
/// @param file the XML file, relative to the folder of annotations; images may lie in sub-folders of the same name.
FoundImage find_image(const pugi::xml_node& annotation, const fs::path& annotations, const fs::path& file,
                      const fs::path& images) {
  // Without its root, an absolute path can't leave the folder.
  const fs::path named = fs::path(annotation.child_value("filename")).relative_path();
  const std::optional<std::string> found = find_file(images, file.parent_path(), named);
  if (found && named.stem() == file.stem())
    return {*found};
  for (const char* extension : {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
    if (const auto own = find_file(images, file.parent_path(), file.stem().string() + extension))
      return {*own,
              found ? fmt::format(
                          "<filename> in {} names another image, {}; the image with the annotation's own name was used",
                          file.generic_string(), printable(named.string()))
                    : std::string()};
  if (found)
    return {*found};
  throw Error(fmt::format("{}: its image is missing: there is neither \"{:.200}\" nor \"{}.jpg\" (.png, ...) in {}; "
                          "add the image or remove the annotation",
                          (annotations / file).string(), named.string(), file.stem().string(), images.string()));
}

/// @param files gets the image's.
AnnotatedImage read_annotation(const fs::path& annotations, const fs::path& relative, const fs::path& images,
                               std::vector<fs::path>& files) {
  const fs::path file = annotations / relative;
  const pugi::xml_document document = parse_voc(file);
  const pugi::xml_node annotation = document.child("annotation");
  if (!annotation)
    throw Error(
        fmt::format("{}: not a PASCAL VOC annotation: it starts with <{:.40}>, not with <annotation>; remove it",
                    file.string(), document.document_element().name()));
  const auto [name, remark] = find_image(annotation, annotations, relative, images);
  files.push_back(images / name);
  const pugi::xml_node size = annotation.child("size");
  AnnotatedImage image{.name = (images.filename() / name).generic_string(),
                       .file = images / name,
                       .annotation = file.string(),
                       .objects = {},
                       .width = parse_number(size.child_value("width")).value_or(0),
                       .height = parse_number(size.child_value("height")).value_or(0),
                       .remark = remark};
  for (const pugi::xml_node& object : annotation.children("object")) {
    const std::string where = fmt::format("{}, object {}", file.string(), image.objects.size() + 1);
    const pugi::xml_node box = object.child("bndbox");
    const double x = number_in(box, "xmin", where);
    const double y = number_in(box, "ymin", where);
    image.objects.push_back({{x, y, number_in(box, "xmax", where) - x, number_in(box, "ymax", where) - y},
                             std::string(trimmed(object.child_value("name")))});
    check_box(image.objects.back().box, where);
  }
  return image;
}

/// The parts of a folder in this layout.
struct VocFolder {
  fs::path annotations;
  fs::path images;
  std::vector<fs::path> files; ///< the XML files, relative to `annotations`; not empty
};

std::optional<VocFolder> voc_folder(const fs::path& folder) {
  const auto annotations = first_folder(folder, annotation_folders);
  const auto images = first_folder(folder, {"JPEGImages", "images"});
  if (!annotations || !images)
    return std::nullopt;
  std::vector<fs::path> files = files_below(*annotations);
  std::erase_if(files, [](const fs::path& file) { return is_hidden(file) || !is_named(file, voc_format.suffix); });
  if (files.empty())
    return std::nullopt;
  return VocFolder{*annotations, *images, std::move(files)};
}

SampleSet read_voc(const fs::path& folder, const ReadOptions& options) {
  const auto [annotations, images, files] = voc_folder(folder).value();
  SampleSet set;
  for (const fs::path& file : files) {
    set.files.push_back(annotations / file);
    read_item(set, options, (annotations.filename() / file).generic_string(),
              [&] { add_image(set, read_annotation(annotations, file, images, set.files), options.objects); });
  }
  return set;
}

} // namespace

constexpr DatasetFormat voc_format{
    .name = "PASCAL VOC",
    .what = "a PASCAL VOC folder",
    .suffix = ".xml",
    .layout = "a folder of .xml files named Annotations, annotations or annots beside JPEGImages or images",
    .recognises = [](const fs::path& folder) { return voc_folder(folder).has_value(); },
    .read = read_voc};

} // namespace scalescope
