#include "datasets/readers.h"

#include "datasets/formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

constexpr std::initializer_list<const char*> annotation_folders{"Annotations", "annotations", "annots"};

std::optional<fs::path> first_folder(const fs::path& parent, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (fs::is_directory(parent / name))
      return parent / name;
  return std::nullopt;
}

std::vector<fs::path> files_with(const fs::path& folder, std::initializer_list<const char*> extensions) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (std::ranges::find(extensions, entry.path().extension()) != extensions.end())
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

// The table that a folder stands for, if it does.
std::vector<fs::path> tables_in(const fs::path& folder) {
  std::vector<fs::path> tables = files_with(folder, {".json", ".csv"});
  if (tables.empty())
    if (const auto annotations = first_folder(folder, annotation_folders))
      tables = files_with(*annotations, {".json"});
  return tables;
}

SampleSet read_table(const fs::path& file, const ReadOptions& options) {
  return file.extension() == ".csv" ? read_csv(file, options) : read_coco(file, options);
}

SampleSet read_folder(const fs::path& folder, const ReadOptions& options) {
  const auto annotations = first_folder(folder, annotation_folders);
  const auto images = first_folder(folder, {"JPEGImages", "images"});
  if (annotations && images && !files_with(*annotations, {".xml"}).empty())
    return read_voc(*annotations, *images, options);

  const std::vector<fs::path> tables = tables_in(folder);
  if (tables.size() == 1)
    return read_table(tables.front(), options);
  if (tables.size() > 1) {
    std::vector<std::string> names;
    names.reserve(tables.size());
    for (const fs::path& table : tables)
      names.push_back(table.filename().string());
    throw Error(fmt::format("{}: the folder holds several tables ({}); give one of these files instead",
                            folder.string(), fmt::join(names, ", ")));
  }
  throw Error(fmt::format("{}: the folder is no data set: it holds neither a folder of .xml files named Annotations, "
                          "annotations or annots beside JPEGImages or images (PASCAL VOC) nor a .json (COCO) or .csv; "
                          "give the folder or file that does",
                          folder.string()));
}

/// A picture that two annotations speak of is an error of one of them, and ids must be unique.
void refuse_repeated(SampleSet& set, const ReadOptions& options) {
  std::map<std::string, std::string> annotation_of;
  std::vector<Sample> samples = std::move(set.samples);
  set.samples.clear();
  for (Sample& sample : samples)
    read_item(set, options, sample.id, [&] {
      const auto [first, is_new] = annotation_of.emplace(sample.id, sample.annotation);
      if (!is_new)
        throw Error(fmt::format("{}: the picture {} is already described by {}; take one of the two out",
                                sample.annotation, sample.id, first->second));
      set.samples.push_back(std::move(sample));
    });
}

SampleSet read_any(const fs::path& data, const ReadOptions& options) {
  if (fs::is_directory(data))
    return read_folder(data, options);
  if (!fs::exists(data))
    throw Error(fmt::format("{}: there is no such file or folder; check the path", data.string()));
  if (data.extension() == ".csv" || data.extension() == ".json")
    return read_table(data, options);
  throw Error(
      fmt::format("{}: not a data set; give a folder in PASCAL VOC layout, a COCO .json or a .csv", data.string()));
}

} // namespace

std::vector<std::string> target_choices(const fs::path& data) {
  try {
    fs::path file = data;
    if (fs::is_directory(data)) {
      const std::vector<fs::path> tables = tables_in(data);
      if (tables.size() != 1)
        return {};
      file = tables.front();
    }
    return file.extension() == ".csv" ? csv_target_choices(file) : std::vector<std::string>();
  } catch (const std::exception&) { // read_samples says why
    return {};
  }
}

SampleSet read_samples(const fs::path& data, const ReadOptions& options) {
  try {
    SampleSet set = read_any(data, options);
    const fs::path full = fs::absolute(data).lexically_normal();
    set.name = (full.has_filename() ? full : full.parent_path()).filename().string();
    if (set.target_name.empty()) { // PASCAL VOC or COCO
      if (!options.target.empty() && options.target != object_scale_name)
        throw Error(
            fmt::format("{}: \"{}\" can't be the target: only a .csv has columns, here the target is the {}; leave "
                        "the target out or give a .csv",
                        data.string(), options.target, object_scale_name));
      set.target_name = object_scale_name;
    }
    refuse_repeated(set, options);
    return set;
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", data.string(),
                            error.code().message()));
  }
}

} // namespace scalescope
