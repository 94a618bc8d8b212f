#include "datasets/readers.h"

#include "datasets/detail/annotations.h"
#include "datasets/detail/folder_files.h"
#include "datasets/formats.h"
#include "datasets/image_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_set>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// Calls `read`; what the file system says becomes an Error.
template <typename Read>
auto readable(const fs::path& data, const Read& read) {
  try {
    return read();
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", data.string(),
                            error.code().message()));
  }
}

/// The folder that contains all these files.
fs::path common_folder(const std::vector<fs::path>& files) {
  fs::path common = files.front().parent_path();
  for (const fs::path& file : files)
    while (std::mismatch(common.begin(), common.end(), file.begin(), file.end()).first != common.end())
      common = common.parent_path();
  return common;
}

/// What a folder contains, relative to it.
struct FolderContent {
  std::vector<fs::path> files;   ///< but those of results of ours, which name images, too
  std::set<std::string> results; ///< the folders of such results
};

/// @throws Cancelled
FolderContent data_files_in(const fs::path& folder, const std::stop_token& stop) {
  constexpr std::array<std::string_view, 7> records{"analysis.json",   "compare.json",  "direction.json",
                                                    "invariance.json", "measures.json", "transfer.json",
                                                    "report-card.json"};
  FolderContent content{files_below(folder, stop), {}};
  std::vector<fs::path>& files = content.files;
  std::set<fs::path> results; // folders, relative; "" is the folder itself
  for (const fs::path& file : files)
    if (std::ranges::find(records, file.filename().string()) != records.end())
      results.insert(file.parent_path());
  std::erase_if(files, [&](const fs::path& file) {
    for (fs::path in = file.parent_path(); !in.empty(); in = in.parent_path())
      if (results.contains(in)) {
        content.results.insert(in.generic_string());
        return true;
      }
    return results.contains("") && file.parent_path() == "features";
  });
  return content;
}

/// The data sets in a folder.
std::vector<FoundData> data_in(const fs::path& folder, const std::vector<fs::path>& files, const std::string& only) {
  const auto wanted = [&](const DatasetFormat* format) { return only.empty() || only == format->id; };
  std::map<const DatasetFormat*, std::vector<fs::path>> by_format;
  for (const fs::path& file : files)
    if (!is_hidden(file) && is_named_as_data(file))
      if (const DatasetFormat* format = format_of(folder / file); format != nullptr && wanted(format))
        by_format[format].push_back(folder / file);
  std::vector<FoundData> all;
  for (const DatasetFormat* format : formats()) {
    if (format->is_last_resort && !all.empty())
      continue;
    std::vector<fs::path> own = format->annotations_in != nullptr && wanted(format)
                                    ? format->annotations_in(folder, files)
                                    : std::move(by_format[format]);
    if (own.empty())
      continue;
    const bool one_name =
        std::ranges::all_of(own, [&](const fs::path& file) { return file.filename() == own[0].filename(); });
    if (!format->one_file || one_name) {
      const fs::path root = own.size() == 1 && format->one_file ? root_of(own[0].parent_path()) : folder;
      const fs::path inner = own.size() == 1 ? own[0] : common_folder(own);
      const std::string choice = fs::equivalent(inner, folder) ? fmt::format("--format {}", format->id)
                                                               : fmt::format("--data {}", inner.string());
      all.push_back({format, root, std::move(own), inner, choice});
    } else {
      for (fs::path& file : own)
        all.push_back({format, root_of(file.parent_path()), {file}, file, fmt::format("--data {}", file.string())});
    }
  }
  // A damaged table, for example: its reader says what is wrong with it.
  std::vector<fs::path> unknown;
  for (const fs::path& file : files)
    if (all.empty() && only.empty() && !is_hidden(file) && format_by_name(file) != nullptr)
      unknown.push_back(folder / file);
  if (unknown.size() == 1)
    all.push_back({format_by_name(unknown[0]), root_of(unknown[0].parent_path()), unknown, unknown[0], {}});
  // The images of annotations that lie alone in a folder named for them are one folder up.
  if (is_named_as_annotations(full_path(folder)))
    for (FoundData& found : all)
      if (found.root == folder)
        found.root = root_of(folder);
  return all;
}

std::string missing(const fs::path& data) {
  return fmt::format("{}: there is no such file or folder; check the path", data.string());
}

/// The one data set that is meant.
FoundData the_data(const fs::path& data, const ReadOptions& options, const ReadWatch& watch) {
  std::vector<FoundData> found = find_data(data, options.format, watch.stop);
  if (found.size() == 1)
    return std::move(found.front());
  const std::string as = options.format.empty() ? std::string() : fmt::format(" in the format {}", options.format);
  if (found.empty())
    throw Error(
        fs::is_directory(data)
            ? fmt::format("{}: the folder is not a data set{}: it and its sub-folders contain none of {}; give the "
                          "folder or file that is one",
                          data.string(), as, either(&DatasetFormat::what))
            : fmt::format("{}: not a data set{}; give {}", data.string(), as, either(&DatasetFormat::what)));
  constexpr std::size_t most = 6;
  std::vector<std::string> choices;
  for (const FoundData& one : found)
    choices.push_back(fmt::format("{} ({}{})", one.choice, one.format->name,
                                  one.files.size() == 1 ? "" : fmt::format(", {} files", one.files.size())));
  const std::size_t more = choices.size() > most ? choices.size() - most : 0;
  choices.resize(choices.size() - more);
  throw Error(fmt::format("{}: the folder could be {} data sets; choose one: {}{}", data.string(), found.size(),
                          fmt::join(choices, ", "), more == 0 ? "" : fmt::format(", and {} more", more)));
}

std::string first_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min<std::size_t>(names.size(), 3);
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     shown < names.size() ? ", ..." : "");
}

/// Adds remarks on what lies in a folder and was not read: annotations, and images without one.
void remark_unread(SampleSet& set, const fs::path& folder, const FolderContent& content) {
  std::unordered_set<std::string> read;
  for (const fs::path& file : set.files)
    read.insert(full_path(file).string());
  std::vector<std::string> annotations;
  std::vector<std::string> images;
  for (const fs::path& file : content.files) {
    const bool may_be_one = is_named_as_data(file) && !is_named(file, ".txt") && !is_hidden(file);
    const bool among_them = std::any_of(file.begin(), std::prev(file.end()), is_named_as_annotations);
    if (read.contains(full_path(folder / file).string()))
      continue;
    if (may_be_one || (among_them && !is_named_as_image(file)))
      annotations.push_back(file.generic_string());
    else if (is_named_as_image(file) && !is_hidden(file) && std::none_of(file.begin(), file.end(), is_named_as_masks))
      images.push_back(file.generic_string());
  }
  if (!annotations.empty())
    set.remarks.push_back(
        {folder.string(), fmt::format("{} that may be annotations {} not read: {}",
                                      annotations.size() == 1 ? "1 file" : fmt::format("{} files", annotations.size()),
                                      annotations.size() == 1 ? "was" : "were", first_of(annotations))});
  if (!content.results.empty())
    set.remarks.push_back({folder.string(), fmt::format("results of ScaleScope are no data and were not read: {}",
                                                        first_of({content.results.begin(), content.results.end()}))});
  if (!images.empty())
    set.remarks.push_back(
        {folder.string(), fmt::format("{} no annotation: {}",
                                      images.size() == 1 ? "1 image has" : fmt::format("{} images have", images.size()),
                                      first_of(images))});
}

} // namespace

std::vector<FoundData> find_data(const fs::path& written, const std::string& only, const std::stop_token& stop) {
  return readable(written, [&]() -> std::vector<FoundData> {
    // Of ".", "..", "data/." and the like, the name matters too: it may be "labels".
    const fs::path tidy = (written / "x").lexically_normal().parent_path(); // without a slash at its end
    const fs::path data = tidy.empty() || tidy.filename() == ".." ? full_path(written) : tidy;
    if (fs::is_directory(data))
      return data_in(data, data_files_in(data, stop).files, only);
    if (!fs::exists(data))
      throw Error(missing(data));
    const DatasetFormat* format = format_of(data);
    if (format == nullptr)
      format = format_by_name(data);
    if (format == nullptr || (!only.empty() && only != format->id))
      return {};
    return {{format, root_of(data.parent_path()), {data}, data, {}}};
  });
}

std::vector<std::string> target_choices(const fs::path& data) {
  try {
    const std::vector<FoundData> found = find_data(data);
    if (found.size() != 1 || found[0].format->targets == nullptr)
      return {};
    return found[0].format->targets(found[0].files.front());
  } catch (const std::exception&) { // read_samples says why
    return {};
  }
}

SampleSet read_all_samples(const fs::path& data, const ReadOptions& options, const ReadWatch& watch) {
  return readable(data, [&] {
    const FoundData found = the_data(data, options, watch);
    Collector collector(found.root, options, watch);
    found.format->read({found.root, found.files}, collector);
    SampleSet set = collector.finish(data);
    set.files.insert(set.files.end(), found.files.begin(), found.files.end());
    set.format = found.format->name;
    if (fs::is_directory(data))
      remark_unread(set, data, data_files_in(data, watch.stop));
    set.name = full_path(data).filename().string();
    if (set.target_name.empty()) { // no table with columns
      if (!options.target.empty() && options.target != object_scale_name)
        throw Error(
            fmt::format("{}: \"{}\" can't be the target: only a .csv has columns, here the target is the {}; leave "
                        "the target out or give a .csv",
                        data.string(), options.target, object_scale_name));
      set.target_name = object_scale_name;
    }
    return set;
  });
}

SampleSet read_samples(const fs::path& data, const ReadOptions& options, const ReadWatch& watch) {
  return select_samples(read_all_samples(data, options, watch), options.objects, options.classes);
}

} // namespace scalescope
