#include "core/base/files.h"
#include "datasets/formats.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

pugi::xml_document parse(const fs::path& file) {
  const std::string text = read_file(file);
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype);
  if (!result) {
    const auto end = text.begin() + std::clamp<std::ptrdiff_t>(result.offset, 0, std::ssize(text));
    throw Error(fmt::format("{}: the XML is cut short or malformed near line {} ({}); repair the file or take it out",
                            file.string(), 1 + std::count(text.begin(), end, '\n'), result.description()));
  }
  // pugixml never expands entities, but then a text that uses one is not what its author meant.
  for (const pugi::xml_node& node : document.children())
    if (node.type() == pugi::node_doctype && std::string_view(node.value()).find("<!ENTITY") != std::string_view::npos)
      throw Error(fmt::format("{}: the XML declares entities, which are not accepted; take the DOCTYPE out of the file",
                              file.string()));
  return document;
}

double number_in(const pugi::xml_node& parent, const char* name, const std::string& where) {
  const std::string text = parent.child_value(name);
  const std::optional<double> number = parse_number(text);
  if (!number)
    throw Error(text.empty()
                    ? fmt::format("{}: the box has no <{}>; add it or take the object out", where, name)
                    : fmt::format("{}: <{}> of the box is \"{:.40}\", not a number; correct it", where, name, text));
  return *number;
}

/// The picture's name in its folder: what <filename> says, or else the name of the XML with a picture's extension.
std::string find_picture(const pugi::xml_node& annotation, const fs::path& file, const fs::path& images) {
  // Without its root an absolute path can't lead away from the folder.
  std::string named = fs::path(annotation.child_value("filename")).relative_path().string();
  if (!named.empty() && file_exists(images / named))
    return named;
  for (const char* extension : {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
    if (std::string name = file.stem().string() + extension; file_exists(images / name))
      return name;
  throw Error(
      fmt::format("{}: its picture is missing: there is neither \"{:.200}\" nor \"{}.jpg\" (.png, ...) in {}; add "
                  "the picture or take the annotation out",
                  file.string(), named, file.stem().string(), images.string()));
}

/// @param files gets the picture's.
Picture read_annotation(const fs::path& file, const fs::path& images, std::vector<fs::path>& files) {
  const pugi::xml_document document = parse(file);
  const pugi::xml_node annotation = document.child("annotation");
  if (!annotation)
    throw Error(
        fmt::format("{}: not a PASCAL VOC annotation: it starts with <{:.40}>, not with <annotation>; take it out",
                    file.string(), document.document_element().name()));
  const std::string name = find_picture(annotation, file, images);
  files.push_back(images / name);
  Picture picture{(images.filename() / name).generic_string(), images / name, file.string(), {}};
  const pugi::xml_node size = annotation.child("size");
  const double image_width = parse_number(size.child_value("width")).value_or(0);
  const double image_height = parse_number(size.child_value("height")).value_or(0);
  for (const pugi::xml_node& object : annotation.children("object")) {
    const std::string where = fmt::format("{}, object {}", file.string(), picture.objects.size() + 1);
    const pugi::xml_node box = object.child("bndbox");
    const double x = number_in(box, "xmin", where);
    const double y = number_in(box, "ymin", where);
    picture.objects.push_back({x, y, number_in(box, "xmax", where) - x, number_in(box, "ymax", where) - y});
    check_box(picture.objects.back(), image_width, image_height, where);
  }
  return picture;
}

} // namespace

SampleSet read_voc(const fs::path& annotations, const fs::path& images, const ReadOptions& options) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(annotations))
    if (entry.path().extension() == ".xml")
      names.push_back(entry.path().filename().string());
  std::ranges::sort(names);

  SampleSet set;
  for (const std::string& name : names) {
    set.files.push_back(annotations / name);
    read_item(set, options, (annotations.filename() / name).generic_string(),
              [&] { add_picture(set, read_annotation(annotations / name, images, set.files), options.objects); });
  }
  return set;
}

} // namespace scalescope
