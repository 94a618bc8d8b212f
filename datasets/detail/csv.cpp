#include "core/base/files.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/csv_table.h"
#include "datasets/formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// Positions of the known columns.
struct Columns {
  std::size_t file = 0;
  std::optional<std::size_t> target;
  std::optional<std::array<std::size_t, 4>> box;  ///< x, y, w, h
  std::optional<std::array<std::size_t, 2>> size; ///< image_width, image_height: of the image that boxes refer to
  std::optional<std::size_t> group;
  std::optional<std::size_t> category;
};

/// The edit distance of two words (Levenshtein).
std::size_t edits_between(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (const char letter : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (letter != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::size_t> find(const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::ranges::find(header, name);
  return found == header.end() ? std::nullopt : std::optional<std::size_t>(found - header.begin());
}

[[noreturn]] void refuse_missing(std::vector<std::string> header, const std::string& name, const std::string& remedy,
                                 const fs::path& file) {
  std::ranges::stable_sort(header, {}, [&](const std::string& column) { return edits_between(column, name); });
  throw Error(fmt::format("{}: there is no column \"{}\", only \"{}\"; {}", file.string(), name,
                          fmt::join(header, "\", \""), remedy));
}

Columns find_columns(const std::vector<std::string>& header, const std::string& target, const fs::path& file) {
  Columns columns;
  if (const auto place = find(header, "file"))
    columns.file = *place;
  else
    refuse_missing(header, "file", "name the column of the images' files \"file\"", file);

  const std::array box{find(header, "x"), find(header, "y"), find(header, "w"), find(header, "h")};
  if (std::ranges::all_of(box, [](const auto& place) { return place.has_value(); }))
    columns.box = {*box[0], *box[1], *box[2], *box[3]};

  if (const auto width = find(header, "image_width"), height = find(header, "image_height"); width && height)
    columns.size = {*width, *height};

  columns.group = find(header, "group");
  columns.target = find(header, target.empty() ? "target" : target);
  for (const char* name : {"class", "label", "category"})
    if (const auto place = find(header, name); place && place != columns.target && !columns.category)
      columns.category = place;
  const bool scale_serves = columns.box && (target.empty() || target == object_scale_name);
  if (!columns.target && !scale_serves)
    refuse_missing(header, target.empty() ? "target" : target,
                   "choose one of them as the target, or give the object's box as x, y, w and h", file);
  return columns;
}

double number_in(const CsvRow& row, std::size_t column, const std::string& name, const std::string& where) {
  const std::optional<double> number = parse_number(row.fields[column]);
  if (!number)
    throw Error(fmt::format("{}: \"{:.40}\" in the column \"{}\" is not a number; write it like 0.5, or remove the row",
                            where, row.fields[column], name));
  return *number;
}

DrawnOn read_size(const CsvRow& row, const Columns& columns, const BoundingBox& box, const std::string& where) {
  if (!columns.size || std::ranges::any_of(*columns.size, [&](auto c) { return row.fields[c].empty(); }))
    return {0, 0, box};
  const auto& [width, height] = *columns.size;
  return {number_in(row, width, "image_width", where), number_in(row, height, "image_height", where), box};
}

/// @param files gets the image's.
Sample read_row(const CsvRow& row, const CsvTable& table, const Columns& columns, const fs::path& file,
                std::vector<fs::path>& files) {
  const std::string where = fmt::format("{}, line {}", file.string(), row.line);
  if (row.fields.size() != table.header.size())
    throw Error(fmt::format("{}: the row has {} fields, but the header has {}; correct the row or put quotes around "
                            "fields that hold a separator",
                            where, row.fields.size(), table.header.size()));
  Sample sample;
  sample.id = fs::path(row.fields[columns.file]).lexically_normal().generic_string();
  sample.file = file.parent_path() / sample.id;
  sample.annotation = where;
  sample.group = columns.group ? row.fields[*columns.group] : sample.id;
  if (columns.category)
    sample.category = trimmed(row.fields[*columns.category]);
  if (!file_exists(sample.file))
    throw Error(fmt::format("{}: there is no image {}; file names are relative to the folder of the CSV, so correct "
                            "the name or add the image",
                            where, sample.file.string()));
  files.push_back(sample.file);
  if (columns.target)
    sample.target = number_in(row, *columns.target, table.header[*columns.target], where);
  // If there is a target, the box is optional and may be empty in a row.
  if (columns.box &&
      !(sample.target && std::ranges::all_of(*columns.box, [&](auto c) { return row.fields[c].empty(); }))) {
    const auto& [x, y, w, h] = *columns.box;
    sample.box = BoundingBox{number_in(row, x, "x", where), number_in(row, y, "y", where),
                             number_in(row, w, "w", where), number_in(row, h, "h", where)};
    check_box(*sample.box, where);
    sample.drawn_on = read_size(row, columns, *sample.box, where);
  }
  return sample;
}

/// Gives rows of the same file different ids: "#0", "#1", ...
void number_repeated_files(std::vector<Sample>& samples) {
  std::map<std::string, std::pair<int, int>> count_and_next;
  for (const Sample& sample : samples)
    ++count_and_next[sample.id].first;
  for (Sample& sample : samples)
    if (auto& [count, next] = count_and_next.at(sample.id); count > 1)
      sample.id += fmt::format("#{}", next++);
}

/// Boxes of one file are on one image: each sample gets the extent of all boxes.
void unite_extents(std::vector<Sample>& samples) {
  std::map<fs::path, BoundingBox> extents;
  for (const Sample& sample : samples)
    if (sample.drawn_on)
      if (const auto [known, is_new] = extents.try_emplace(sample.file, *sample.box); !is_new)
        known->second = united(known->second, *sample.box);
  for (Sample& sample : samples)
    if (sample.drawn_on)
      sample.drawn_on->extent = extents.at(sample.file);
}

std::vector<std::string> csv_targets(const fs::path& file) {
  const CsvTable table = parse_csv(read_file(file), file.string());
  std::vector<std::string> choices;
  int box_columns = 0;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    const std::string& name = table.header[i];
    if (name == "x" || name == "y" || name == "w" || name == "h")
      ++box_columns;
    else if (name != "file" && name != "group" && !table.rows.empty() && i < table.rows.front().fields.size() &&
             parse_number(table.rows.front().fields[i]))
      choices.push_back(name);
  }
  if (box_columns == 4 && std::ranges::find(choices, object_scale_name) == choices.end())
    choices.emplace_back(object_scale_name);
  return choices;
}

SampleSet read_csv(const fs::path& file, const ReadOptions& options) {
  const CsvTable table = parse_csv(read_file(file), file.string());
  const Columns columns = find_columns(table.header, options.target, file);
  SampleSet set;
  set.files.push_back(file);
  set.target_name = columns.target ? table.header[*columns.target] : object_scale_name;
  for (const CsvRow& row : table.rows)
    read_item(set, options, fmt::format("line {}", row.line),
              [&] { set.samples.push_back(read_row(row, table, columns, file, set.files)); });
  number_repeated_files(set.samples);
  unite_extents(set.samples);
  return set;
}

} // namespace

constexpr DatasetFormat csv_format{.name = "CSV",
                                   .what = "a .csv",
                                   .help = "A .csv has the columns file and target (and optionally x, y, w, h, group).",
                                   .suffix = ".csv",
                                   .read = read_csv,
                                   .targets = csv_targets};

} // namespace scalescope
