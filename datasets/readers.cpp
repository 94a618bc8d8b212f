#include "datasets/readers.h"

#include "datasets/detail/folder_files.h"
#include "datasets/detail/formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

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

// Tables that lie in a folder itself.
std::vector<fs::path> tables_directly_in(const fs::path& folder, std::initializer_list<const char*> extensions) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (is_named(entry.path(), extensions) && !is_hidden(entry.path()))
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

// The only table in a folder, if there is exactly one.
std::vector<fs::path> tables_in(const fs::path& folder) {
  std::vector<fs::path> tables = tables_directly_in(folder, {".json", ".csv"});
  if (tables.empty())
    if (const auto annotations = first_folder(folder, annotation_folders))
      tables = tables_directly_in(*annotations, {".json"});
  return tables;
}

SampleSet read_table(const fs::path& file, const ReadOptions& options) {
  return is_named(file, {".csv"}) ? read_csv(file, options) : read_coco(file, options);
}

/// Everything in a folder that looks like annotations.
std::vector<fs::path> annotations_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (is_named(entry.path(), {".xml", ".json", ".csv"}) && !is_clutter(entry.path()))
      files.push_back(entry.path());
  for (const char* name : annotation_folders)
    if (fs::is_directory(folder / name))
      for (const fs::path& file : files_below(folder / name))
        files.push_back(folder / name / file);
  std::ranges::sort(files);
  return files;
}

/// Adds a remark on annotations in a folder that were not read.
void remark_unread(SampleSet& set, const fs::path& folder, const std::set<fs::path>& read) {
  std::vector<std::string> unread;
  for (const fs::path& file : annotations_in(folder))
    if (!read.contains(file))
      unread.push_back(file.lexically_relative(folder).generic_string());
  if (unread.empty())
    return;
  const std::size_t shown = std::min<std::size_t>(unread.size(), 3);
  set.remarks.push_back(
      {folder.string(),
       fmt::format("{} in the folder of the annotations {} not read: {}{}",
                   unread.size() == 1 ? "1 file" : fmt::format("{} files", unread.size()),
                   unread.size() == 1 ? "was" : "were",
                   fmt::join(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                   shown < unread.size() ? ", ..." : "")});
}

SampleSet read_folder(const fs::path& folder, const ReadOptions& options) {
  const auto annotations = first_folder(folder, annotation_folders);
  const auto images = first_folder(folder, {"JPEGImages", "images"});
  if (annotations && images) {
    std::vector<fs::path> files = files_below(*annotations);
    std::erase_if(files, [](const fs::path& file) { return is_hidden(file) || !is_named(file, {".xml"}); });
    if (!files.empty()) {
      SampleSet set = read_voc(*annotations, files, *images, options);
      std::set<fs::path> read;
      for (const fs::path& file : files)
        read.insert(*annotations / file);
      remark_unread(set, folder, read);
      return set;
    }
  }

  const std::vector<fs::path> tables = tables_in(folder);
  if (tables.size() == 1) {
    SampleSet set = read_table(tables.front(), options);
    remark_unread(set, folder, {tables.front()});
    return set;
  }
  if (tables.size() > 1) {
    std::vector<std::string> names;
    names.reserve(tables.size());
    for (const fs::path& table : tables)
      names.push_back(table.filename().string());
    throw Error(fmt::format("{}: the folder contains several tables ({}); give one of these files instead",
                            folder.string(), fmt::join(names, ", ")));
  }
  throw Error(fmt::format(
      "{}: the folder is not a data set: it contains neither a folder of .xml files named Annotations, annotations or "
      "annots beside JPEGImages or images (PASCAL VOC) nor a .json (COCO) or .csv; give the folder or file that does",
      folder.string()));
}

/// If all boxes are fractions, the error concerns the whole table, not each row.
void refuse_fractions(const SampleSet& set, const fs::path& data) {
  const auto has_box = [](const Sample& sample) { return sample.box.has_value(); };
  const auto is_in_pixels = [](const Sample& sample) { return sample.box && !looks_like_fractions(*sample.box); };
  if (std::ranges::any_of(set.samples, has_box) && std::ranges::none_of(set.samples, is_in_pixels))
    throw Error(fmt::format("{}: all boxes are smaller than a pixel and look like fractions of the image; multiply x "
                            "and width by the image's width, y and height by its height",
                            data.string()));
}

/// If two annotations describe the same image, one of them is wrong; and ids must be unique.
void refuse_repeated(SampleSet& set, const ReadOptions& options) {
  std::map<std::string, std::string> annotation_of;
  std::vector<Sample> samples = std::move(set.samples);
  set.samples.clear();
  for (Sample& sample : samples)
    read_item(set, options, sample.id, [&] {
      const auto [first, is_new] = annotation_of.emplace(sample.id, sample.annotation);
      if (!is_new)
        throw Error(fmt::format("{}: the image {} is already described by {}; remove one of the two", sample.annotation,
                                sample.id, first->second));
      set.samples.push_back(std::move(sample));
    });
}

SampleSet read_any(const fs::path& data, const ReadOptions& options) {
  if (fs::is_directory(data))
    return read_folder(data, options);
  if (!fs::exists(data))
    throw Error(fmt::format("{}: there is no such file or folder; check the path", data.string()));
  if (is_table(data))
    return read_table(data, options);
  throw Error(
      fmt::format("{}: not a data set; give a folder in PASCAL VOC layout, a COCO .json or a .csv", data.string()));
}

} // namespace

bool is_table(const fs::path& file) { return is_named(file, {".json", ".csv"}); }

std::vector<std::string> target_choices(const fs::path& data) {
  try {
    fs::path file = data;
    if (fs::is_directory(data)) {
      const std::vector<fs::path> tables = tables_in(data);
      if (tables.size() != 1)
        return {};
      file = tables.front();
    }
    return is_named(file, {".csv"}) ? csv_target_choices(file) : std::vector<std::string>();
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
        throw Error(fmt::format("{}: \"{}\" can't be the target: only a .csv has columns, and here the target is the "
                                "{}; leave the target out or give a .csv",
                                data.string(), options.target, object_scale_name));
      set.target_name = object_scale_name;
    }
    refuse_repeated(set, options);
    refuse_fractions(set, data);
    return set;
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", data.string(),
                            error.code().message()));
  }
}

} // namespace scalescope
