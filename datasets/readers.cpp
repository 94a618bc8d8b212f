#include "datasets/readers.h"

#include "datasets/detail/annotations.h"
#include "datasets/detail/folder_files.h"
#include "datasets/formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// Tables that lie in a folder itself.
std::vector<fs::path> tables_directly_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (is_table(entry.path()) && !is_hidden(entry.path()))
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

/// The tables that a folder may be read as.
std::vector<fs::path> tables_in(const fs::path& folder) {
  std::vector<fs::path> tables = tables_directly_in(folder);
  if (tables.empty())
    if (const auto annotations = first_folder(folder, annotation_folders)) {
      tables = tables_directly_in(*annotations);
      std::erase_if(tables, [](const fs::path& table) { return !table_format(table)->in_annotations; });
    }
  return tables;
}

bool is_named_as_annotation(const fs::path& file) {
  return std::ranges::any_of(formats(), [&](const DatasetFormat* format) { return is_named(file, format->suffix); });
}

/// Everything in a folder that looks like annotations.
std::vector<fs::path> annotations_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (is_named_as_annotation(entry.path()) && !is_clutter(entry.path()))
      files.push_back(entry.path());
  for (const char* name : annotation_folders)
    if (fs::is_directory(folder / name))
      for (const fs::path& file : files_below(folder / name))
        files.push_back(folder / name / file);
  std::ranges::sort(files);
  return files;
}

/// Adds a remark on annotations in a folder that were not read.
void remark_unread(SampleSet& set, const fs::path& folder) {
  const std::set<fs::path> read(set.files.begin(), set.files.end());
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

/// What a folder is read as: a table in it, or itself.
struct FoundData {
  const DatasetFormat* format;
  fs::path data;
};

FoundData find_data(const fs::path& folder) {
  for (const DatasetFormat* format : formats())
    if (!format->is_table() && format->recognises(folder))
      return {format, folder};
  const std::vector<fs::path> tables = tables_in(folder);
  if (tables.size() == 1)
    return {table_format(tables.front()), tables.front()};
  if (tables.size() > 1) {
    std::vector<std::string> names;
    names.reserve(tables.size());
    for (const fs::path& table : tables)
      names.push_back(table.filename().string());
    throw Error(fmt::format("{}: the folder contains several tables ({}); give one of these files instead",
                            folder.string(), fmt::join(names, ", ")));
  }
  std::vector<std::string> looked_for;
  for (const DatasetFormat* format : formats())
    looked_for.push_back(format->is_table() ? std::string(format->what)
                                            : fmt::format("{} ({})", format->layout, format->name));
  throw Error(fmt::format("{}: the folder is not a data set: it contains neither {}; give the folder or file that does",
                          folder.string(), fmt::join(looked_for, " nor ")));
}

SampleSet read_folder(const fs::path& folder, const ReadOptions& options) {
  const FoundData found = find_data(folder);
  SampleSet set = found.format->read(found.data, options);
  remark_unread(set, folder);
  return set;
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
  if (const DatasetFormat* format = table_format(data))
    return format->read(data, options);
  throw Error(fmt::format("{}: not a data set; give {}", data.string(), either(&DatasetFormat::what)));
}

bool has_targets(const DatasetFormat& format) { return format.targets != nullptr; }

} // namespace

bool is_table(const fs::path& file) { return table_format(file) != nullptr; }

bool holds_annotations(const fs::path& folder) {
  if (first_folder(folder, annotation_folders))
    return true;
  if (std::ranges::any_of(formats(), [&](const DatasetFormat* f) { return !f->is_table() && f->recognises(folder); }))
    return true;
  const fs::directory_iterator entries(folder);
  return std::any_of(begin(entries), end(entries), [](const fs::directory_entry& e) { return is_table(e.path()); });
}

std::vector<std::string> target_choices(const fs::path& data) {
  try {
    fs::path file = data;
    if (fs::is_directory(data)) {
      const std::vector<fs::path> tables = tables_in(data);
      if (tables.size() != 1)
        return {};
      file = tables.front();
    }
    const DatasetFormat* format = table_format(file);
    return format != nullptr && format->targets != nullptr ? format->targets(file) : std::vector<std::string>();
  } catch (const std::exception&) { // read_samples says why
    return {};
  }
}

SampleSet read_samples(const fs::path& data, const ReadOptions& options) {
  try {
    SampleSet set = read_any(data, options);
    const fs::path full = fs::absolute(data).lexically_normal();
    set.name = (full.has_filename() ? full : full.parent_path()).filename().string();
    if (set.target_name.empty()) { // no table with columns
      if (!options.target.empty() && options.target != object_scale_name)
        throw Error(fmt::format("{}: \"{}\" can't be the target: only {} has columns, here the target is the {}; leave "
                                "the target out or give {}",
                                data.string(), options.target, either(&DatasetFormat::what, has_targets),
                                object_scale_name, either(&DatasetFormat::what, has_targets)));
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
