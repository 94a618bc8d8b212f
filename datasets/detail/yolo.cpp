#include "core/base/files.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/csv_table.h"
#include "datasets/detail/file_names.h"
#include "datasets/detail/folder_files.h"
#include "datasets/detail/outline.h"
#include "datasets/formats.h"
#include "datasets/image_files.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <unordered_set>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

bool is_yaml(const fs::path& file) { return is_named(file, ".yaml") || is_named(file, ".yml"); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split_field(text, '\n');
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  return lines;
}

std::vector<std::string> fields_of(std::string line) {
  std::ranges::replace(line, '\t', ' ');
  return split_field(line, ' ');
}

/// Whether the text is a class and at least four numbers.
bool is_yolo_line(const std::string& line) {
  const std::vector<std::string> fields = fields_of(line);
  return fields.size() >= 5 && std::all_of(fields.begin(), fields.end(),
                                           [](const std::string& field) { return parse_number(field).has_value(); });
}

/// The names of the classes, and whether keypoints follow the boxes.
struct YoloNames {
  std::map<int, std::string> classes;
  bool has_keypoints = false;
  bool is_of_yaml = false; ///< only a YAML file says whether there are keypoints
};

YoloNames read_yolo_yaml(const fs::path& file) {
  YoloNames read;
  try {
    const YAML::Node root = YAML::Load(read_file(file));
    const YAML::Node names = root["names"];
    if (names.IsSequence())
      for (std::size_t i = 0; i < names.size(); ++i)
        read.classes[static_cast<int>(i)] = names[i].as<std::string>();
    else if (names.IsMap())
      for (const auto& name : names)
        read.classes[name.first.as<int>()] = name.second.as<std::string>();
    read.has_keypoints = root["kpt_shape"].IsDefined();
    read.is_of_yaml = read.has_keypoints || !read.classes.empty();
  } catch (const YAML::Exception& error) {
    throw Error(fmt::format("{}: not a YAML file of a YOLO data set: it is malformed near line {}; repair the file",
                            file.string(), error.mark.line + 1));
  }
  return read;
}

/// From data.yaml or another YAML file with names, or else a list of names (classes.txt, obj.names).
YoloNames read_yolo_names(const DataSource& source, std::vector<fs::path>& files) {
  std::vector<fs::path> yaml;
  std::ranges::copy_if(source.files, std::back_inserter(yaml), is_yaml);
  std::ranges::stable_partition(yaml, [](const fs::path& file) { return file.stem() == "data"; });
  // A part of a data set (train) has it above.
  const fs::path root = full_path(source.root);
  for (const fs::path& above : {root, root.parent_path(), root.parent_path().parent_path()})
    for (const char* name : {"data.yaml", "data.yml"})
      if (yaml.empty() && file_exists(above / name))
        yaml.push_back(above / name);
  for (const fs::path& file : yaml)
    try {
      if (YoloNames read = read_yolo_yaml(file); read.is_of_yaml)
        return read;
    } catch (const Error&) {
      if (file.stem() == "data") // others may be about something else
        throw;
    }
  for (const fs::path& folder : {source.root, source.root / "labels", source.files.front().parent_path(),
                                 source.files.front().parent_path().parent_path()})
    for (const char* name : {"classes.txt", "obj.names", "_darknet.labels"})
      if (file_exists(folder / name)) {
        YoloNames read;
        files.push_back(folder / name);
        for (const std::string& line : lines_of(to_utf8(read_file(folder / name))))
          read.classes.emplace(static_cast<int>(read.classes.size()), line);
        return read;
      }
  return {};
}

/// The folders in which the image of a label file may lie: "images" takes the place of the last "labels" in its path.
std::vector<fs::path> yolo_image_folders(const fs::path& labels) {
  std::vector<fs::path> folders;
  fs::path inner; // the part of the path below the last folder of that name
  for (fs::path at = labels; !at.empty() && at != at.root_path(); at = at.parent_path()) {
    if (lower(at.filename().string()) == "labels") {
      for (const char* images : {"images", "JPEGImages", "imgs"})
        folders.push_back((at.parent_path() / images / inner).lexically_normal());
      break;
    }
    inner = inner.empty() ? at.filename() : at.filename() / inner;
  }
  folders.push_back(labels);
  return folders;
}

/// What the lines of a data set say that are longer than a box: outlines have any number of points, while a box with
/// keypoints has the same number in every line.
class LongLines {
 public:
  explicit LongLines(const DataSource& source) {
    for (const fs::path& file : source.files)
      try {
        if (!is_yaml(file))
          for (const std::string& line : lines_of(to_utf8(read_file(file))))
            add(line);
      } catch (const Error&) { // it is told when its objects are read
        continue;
      }
  }

  /// Whether they could be boxes with keypoints. @param has_yaml a data.yaml would name keypoints.
  [[nodiscard]] bool could_be_keypoints(bool has_yaml) const {
    return counts_.size() == 1 && (has_yaml ? have_visibility_ : !are_rectangles_);
  }

 private:
  void add(const std::string& line) {
    if (std::ranges::count(line, ' ') + std::ranges::count(line, '\t') < 6)
      return;
    std::vector<double> numbers;
    for (const std::string& field : fields_of(line))
      numbers.push_back(parse_number(field).value_or(-1));
    if (numbers.size() <= 7)
      return;
    counts_.insert(numbers.size());
    // The four corners of a rotated rectangle: each diagonal has the same middle.
    const auto is_middle = [&](std::size_t i) {
      return std::abs(numbers[i] + numbers[i + 4] - numbers[i + 2] - numbers[i + 6]) < 0.01;
    };
    are_rectangles_ = are_rectangles_ && numbers.size() == 9 && is_middle(1) && is_middle(2);
    have_visibility_ = have_visibility_ && (numbers.size() - 5) % 3 == 0;
    for (std::size_t i = 7; have_visibility_ && i < numbers.size(); i += 3)
      have_visibility_ = numbers[i] == 0 || numbers[i] == 1 || numbers[i] == 2;
  }

  std::set<std::size_t> counts_; ///< numbers in a line
  bool are_rectangles_ = true;
  bool have_visibility_ = true; ///< every third number is 0, 1 or 2
};

AnnotatedObject read_yolo_line(const std::string& line, const YoloNames& names, bool could_be_keypoints) {
  const std::vector<std::string> fields = fields_of(line);
  std::vector<double> numbers;
  for (const std::string& field : fields)
    if (const std::optional<double> number = parse_number(field))
      numbers.push_back(*number);
    else
      throw Error(
          fmt::format("\"{:.40}\" is not a number; a line holds a class, x, y, width and height", printable(field)));
  if (numbers.size() < 5)
    throw Error(fmt::format(
        "the line has {} numbers instead of a class, x, y, width and height; correct it or remove it", numbers.size()));
  constexpr double most_classes = 1e6;
  if (numbers[0] != std::floor(numbers[0]) || numbers[0] < 0 || numbers[0] > most_classes)
    throw Error(fmt::format("its class is {:.40}, not a whole number; a line holds a class, x, y, width and height",
                            printable(fields[0])));
  AnnotatedObject object;
  const auto known = names.classes.find(static_cast<int>(numbers[0]));
  object.category = known != names.classes.end() ? known->second : fields[0];
  // Six numbers are a box with a confidence. More are an outline, unless keypoints follow the box.
  if (numbers.size() <= 6 || names.has_keypoints)
    object.box = {numbers[1] - numbers[3] / 2, numbers[2] - numbers[4] / 2, numbers[3], numbers[4]};
  else if (numbers.size() == 7 && fields[6].find('.') == std::string::npos)
    throw Error(
        "it could be an outline of three points, or a box with a confidence and the number of a track; write one "
        "object in a line as a class, x, y, width and height");
  else if (could_be_keypoints && numbers.size() > 7)
    throw Error("it could be a box with keypoints or an outline; add the data set's data.yaml, which names the classes "
                "(names) and says whether there are keypoints (kpt_shape)");
  else
    object.box = box_of_points(std::span(numbers).subspan(1));
  if (!looks_like_fractions(object.box))
    throw Error(
        fmt::format("the box at ({:g}, {:g}) of {:g} x {:g} is not in fractions of the image, from 0 to 1; divide "
                    "x and width by the image's width, y and height by its height",
                    object.box.x, object.box.y, object.box.width, object.box.height));
  check_box(object.box);
  return object;
}

void read_yolo_file(const fs::path& file, const std::vector<fs::path>& folders, const YoloNames& names,
                    bool could_be_keypoints, Collector& found) {
  ImageFinder& images = found.images();
  const std::optional<fs::path> own = images.named(folders, file.stem().string());
  AnnotatedImage read{
      .image = own ? FoundImage{images.name_of(*own), *own}
                   : with_place(file.string(), [&] { return images.search(file.stem().string(), file.parent_path()); }),
      .annotation = file.string(),
      .in_fractions = true};
  int number = 0;
  for (const std::string& line : lines_of(to_utf8(read_file(file)))) {
    const std::string name = fmt::format("line {}", ++number);
    found.object(read, name, [&] {
      return with_place(fmt::format("{}, {}", file.string(), name),
                        [&] { return read_yolo_line(line, names, could_be_keypoints); });
    });
  }
  found.add(std::move(read));
}

void read_yolo(const DataSource& source, Collector& found) {
  const YoloNames names = read_yolo_names(source, found.set().files);
  const bool could_be_keypoints = !names.has_keypoints && LongLines(source).could_be_keypoints(names.is_of_yaml);
  std::map<fs::path, std::vector<fs::path>> folders;
  std::size_t done = 0;
  for (const fs::path& file : source.files) {
    if (is_yaml(file))
      continue;
    const auto [known, is_new] = folders.try_emplace(file.parent_path());
    if (is_new)
      known->second = yolo_image_folders(file.parent_path());
    found.image(found.images().name_of(file),
                [&] { read_yolo_file(file, known->second, names, could_be_keypoints, found); });
    found.step(++done, source.files.size());
  }
}

/// The label files of a folder: .txt files in folders called labels, or beside an image of the same name.
std::vector<fs::path> yolo_files_in(const fs::path& folder, std::span<const fs::path> files) {
  std::unordered_set<std::string> images; // without extension
  for (const fs::path& file : files)
    if (is_named_as_image(file))
      images.insert((file.parent_path() / file.stem()).string());
  std::vector<fs::path> labels;
  std::vector<fs::path> yaml;
  for (const fs::path& file : files) {
    if (is_hidden(file))
      continue;
    const auto is_labels = [](const fs::path& part) { return lower(part.string()) == "labels"; };
    const bool in_labels = std::any_of(file.begin(), std::prev(file.end()), is_labels) || is_labels(folder.filename());
    if (is_yaml(file))
      yaml.push_back(folder / file);
    else if (is_named(file, ".txt") && file.filename() != "classes.txt" &&
             (in_labels || images.contains((file.parent_path() / file.stem()).string())))
      labels.push_back(folder / file);
  }
  // A few lines are enough to tell labels from notes.
  constexpr std::ptrdiff_t tried = 20;
  const bool is_yolo =
      std::any_of(labels.begin(), labels.begin() + std::min(tried, std::ssize(labels)), [](const fs::path& file) {
        const std::vector<std::string> lines = lines_of(to_utf8(read_file(file)));
        return !lines.empty() && is_yolo_line(lines[0]);
      });
  if (!is_yolo)
    return {};
  labels.insert(labels.begin(), yaml.begin(), yaml.end());
  return labels;
}

} // namespace

constexpr DatasetFormat yolo_format{.name = "YOLO",
                                    .id = "yolo",
                                    .what = "a folder of YOLO .txt",
                                    .suffixes = {".yaml", ".yml"},
                                    .annotations_in = yolo_files_in,
                                    .read = read_yolo};

} // namespace scalescope
