#pragma once
// Writes the same annotations in every format that is read, as the tools do.

#include "tests/support/dataset_support.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace scalescope {

/// What an annotation says of an image.
struct WrittenImage {
  std::string name; ///< as the annotation writes it
  std::string stem; ///< where its own annotation lies, in formats that have one for each image: "sub/a"
  int width = 0;    ///< the size that the boxes were drawn on; formats of fractions and percentages need it
  int height = 0;
  bool states_size = true; ///< whether the annotation says so, where the format can
  std::vector<BoundingBox> boxes = {};
};

/// DatasetFormat::id of the formats that are written here.
inline std::vector<std::string> written_formats() {
  return {"voc", "coco", "csv", "yolo", "labelme", "via", "label-studio", "cvat"};
}

/// Whether the annotation can state the size of the image (or always does, as percentages of it do).
inline bool states_sizes(const std::string& format) { return format != "yolo" && format != "via"; }

/// Shortest text that gives the same number.
inline std::string digits(double value) { return nlohmann::json(value).dump(); }

inline std::string voc_text(const WrittenImage& image) {
  std::string xml = "<annotation><filename>" + image.name + "</filename>";
  if (image.states_size)
    xml += "<size><width>" + std::to_string(image.width) + "</width><height>" + std::to_string(image.height) +
           "</height><depth>3</depth></size>";
  for (const BoundingBox& box : image.boxes)
    xml += "<object><name>cat</name><bndbox><xmin>" + digits(box.x) + "</xmin><ymin>" + digits(box.y) +
           "</ymin><xmax>" + digits(box.x + box.width) + "</xmax><ymax>" + digits(box.y + box.height) +
           "</ymax></bndbox></object>";
  return xml + "</annotation>";
}

inline std::string yolo_text(const WrittenImage& image) {
  std::string lines;
  for (const BoundingBox& box : image.boxes)
    lines += "0 " + digits((box.x + box.width / 2) / image.width) + " " +
             digits((box.y + box.height / 2) / image.height) + " " + digits(box.width / image.width) + " " +
             digits(box.height / image.height) + "\n";
  return lines;
}

inline std::string labelme_text(const WrittenImage& image) {
  nlohmann::json root{{"version", "5.4.1"}, {"imagePath", image.name}, {"imageData", nullptr}};
  if (image.states_size)
    root.update({{"imageWidth", image.width}, {"imageHeight", image.height}});
  root["shapes"] = nlohmann::json::array();
  for (const BoundingBox& box : image.boxes)
    root["shapes"].push_back({{"label", "cat"},
                              {"shape_type", "rectangle"},
                              {"points", {{box.x, box.y}, {box.x + box.width, box.y + box.height}}}});
  return root.dump();
}

inline std::string coco_text(const std::vector<WrittenImage>& images) {
  nlohmann::json root{{"images", nlohmann::json::array()},
                      {"annotations", nlohmann::json::array()},
                      {"categories", {{{"id", 1}, {"name", "cat"}}}}};
  for (const WrittenImage& image : images) {
    const std::size_t id = root["images"].size() + 1;
    nlohmann::json entry{{"id", id}, {"file_name", image.name}};
    if (image.states_size)
      entry.update({{"width", image.width}, {"height", image.height}});
    root["images"].push_back(entry);
    for (const BoundingBox& box : image.boxes)
      root["annotations"].push_back({{"id", root["annotations"].size() + 1},
                                     {"image_id", id},
                                     {"category_id", 1},
                                     {"bbox", {box.x, box.y, box.width, box.height}}});
  }
  return root.dump();
}

inline std::string csv_text(const std::vector<WrittenImage>& images) {
  std::string text = "file,x,y,w,h,class,image_width,image_height\n";
  for (const WrittenImage& image : images)
    for (const BoundingBox& box : image.boxes)
      text += "\"" + image.name + "\"," + digits(box.x) + "," + digits(box.y) + "," + digits(box.width) + "," +
              digits(box.height) + ",cat," + (image.states_size ? std::to_string(image.width) : "") + "," +
              (image.states_size ? std::to_string(image.height) : "") + "\n";
  return text;
}

inline std::string via_text(const std::vector<WrittenImage>& images) {
  nlohmann::json root = nlohmann::json::object();
  for (const WrittenImage& image : images) {
    nlohmann::json regions = nlohmann::json::array();
    for (const BoundingBox& box : image.boxes)
      regions.push_back({{"shape_attributes",
                          {{"name", "rect"}, {"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}}},
                         {"region_attributes", {{"class", "cat"}}}});
    root[image.name + std::to_string(root.size())] = {{"filename", image.name}, {"size", 1}, {"regions", regions}};
  }
  return root.dump();
}

inline std::string label_studio_text(const std::vector<WrittenImage>& images) {
  nlohmann::json tasks = nlohmann::json::array();
  for (const WrittenImage& image : images) {
    nlohmann::json results = nlohmann::json::array();
    for (const BoundingBox& box : image.boxes)
      results.push_back({{"type", "rectanglelabels"},
                         {"to_name", "image"},
                         {"original_width", image.width},
                         {"original_height", image.height},
                         {"value",
                          {{"x", 100 * box.x / image.width},
                           {"y", 100 * box.y / image.height},
                           {"width", 100 * box.width / image.width},
                           {"height", 100 * box.height / image.height},
                           {"rotation", 0},
                           {"rectanglelabels", {"cat"}}}}});
    tasks.push_back({{"id", tasks.size() + 1},
                     {"data", {{"image", image.name}}},
                     {"annotations", {{{"was_cancelled", false}, {"result", results}}}}});
  }
  return tasks.dump();
}

inline std::string cvat_text(const std::vector<WrittenImage>& images) {
  std::string xml = "<annotations><version>1.1</version>";
  for (const WrittenImage& image : images) {
    xml += "<image name=\"" + image.name + "\"";
    if (image.states_size)
      xml += " width=\"" + std::to_string(image.width) + "\" height=\"" + std::to_string(image.height) + "\"";
    xml += ">";
    for (const BoundingBox& box : image.boxes)
      xml += R"(<box label="cat" xtl=")" + digits(box.x) + R"(" ytl=")" + digits(box.y) + R"(" xbr=")" +
             digits(box.x + box.width) + R"(" ybr=")" + digits(box.y + box.height) + R"("/>)";
    xml += "</image>";
  }
  return xml + "</annotations>";
}

/// Writes the annotations into the folder. @param format DatasetFormat::id. @return what to give to read_samples.
inline std::filesystem::path write_annotations(const DatasetFolder& folder, const std::string& format,
                                               const std::vector<WrittenImage>& images) {
  for (const WrittenImage& image : images) {
    if (format == "voc")
      folder.write("annotations/" + image.stem + ".xml", voc_text(image));
    if (format == "yolo")
      folder.write("labels/" + image.stem + ".txt", yolo_text(image));
    if (format == "labelme")
      folder.write("labels/" + image.stem + ".json", labelme_text(image));
  }
  const std::map<std::string, std::pair<const char*, std::string (*)(const std::vector<WrittenImage>&)>> one_file{
      {"coco", {"instances.json", coco_text}},
      {"csv", {"table.csv", csv_text}},
      {"via", {"via.json", via_text}},
      {"label-studio", {"tasks.json", label_studio_text}},
      {"cvat", {"annotations.xml", cvat_text}}};
  if (const auto found = one_file.find(format); found != one_file.end())
    folder.write(found->second.first, found->second.second(images));
  return folder;
}

} // namespace scalescope
