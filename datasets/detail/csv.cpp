#include "core/base/files.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/csv_columns.h"
#include "datasets/detail/csv_table.h"
#include "datasets/detail/outline.h"
#include "datasets/detail/via_shape.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <unordered_map>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

FoundImage find_csv_image(const std::string& written, const fs::path& folder, bool is_one_of_several,
                          ImageFinder& images) {
  const std::vector<fs::path> folders{folder};
  // Of one table, names are as written; of several (train, test), their folders tell them apart.
  if (const auto file = ImageFinder::at(folders, written))
    return {is_one_of_several ? images.name_of(*file) : fs::path(written).lexically_normal().generic_string(), *file};
  return images.search(written, folder);
}

DrawnOn read_size(const CsvRow& row, const CsvTable& table, const CsvColumns& columns, const BoundingBox& box) {
  if (!columns.size || std::ranges::any_of(*columns.size, [&](auto c) { return row.fields[c].empty(); }))
    return {0, 0, box};
  const auto& [width, height] = *columns.size;
  const DrawnOn size{number_in(row, width, table), number_in(row, height, table), box};
  return {size.width, size.height, box, size.width == 1 && size.height == 1 && looks_like_fractions(box)};
}

/// @return no value for a row that says that its image has no object.
std::optional<Sample> read_row(const CsvRow& row, const CsvTable& table, const CsvColumns& columns,
                               const fs::path& file, bool is_one_of_several, Collector& found) {
  if (row.fields.size() != table.header.size())
    throw Error(fmt::format("the row has {} fields, but the header has {}; correct the row or put quotes around fields "
                            "that hold a separator",
                            row.fields.size(), table.header.size()));
  const FoundImage image =
      find_csv_image(row.fields[columns.file], file.parent_path(), is_one_of_several, found.images());
  found.add_file(image.file); // also if the row turns out to be faulty
  Sample sample;
  sample.id = image.name;
  sample.file = image.file;
  sample.annotation = fmt::format("{}, line {}", file.string(), row.line);
  sample.group = columns.group ? row.fields[*columns.group] : group_of_image(sample.id);
  if (columns.category)
    sample.category = trimmed(row.fields[*columns.category]);
  else if (columns.via_class)
    sample.category = via_class(parsed_via_field(row.fields[*columns.via_class]));
  if (columns.target)
    sample.target = number_in(row, *columns.target, table);
  sample.box = box_in(row, table, columns);
  if (sample.box) {
    check_box(*sample.box);
    sample.drawn_on = read_size(row, table, columns, *sample.box);
  }
  if (!sample.box && !sample.target)
    return std::nullopt;
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
  std::unordered_map<std::string, BoundingBox> extents;
  for (const Sample& sample : samples)
    if (sample.drawn_on)
      if (const auto [known, is_new] = extents.try_emplace(sample.file.string(), *sample.box); !is_new)
        known->second = united(known->second, *sample.box);
  for (Sample& sample : samples)
    if (sample.drawn_on)
      sample.drawn_on->extent = extents.at(sample.file.string());
}

CsvTable read_table(const fs::path& file) {
  return with_place(file.string(), [&] { return parse_csv(read_file(file)); });
}

std::vector<std::string> csv_targets(const fs::path& file) {
  CsvTable table = read_table(file);
  std::optional<CsvColumns> columns;
  try {
    columns = find_columns(table, object_scale_name);
  } catch (const Error&) { // it has no boxes
    (void)names_images(table);
  }
  std::vector<std::string> choices;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    const bool is_known =
        columns &&
        (i == columns->file || i == columns->group ||
         (columns->box_as != CsvColumns::Box::None && std::ranges::find(columns->box, i) != columns->box.end()) ||
         (columns->size && std::ranges::find(*columns->size, i) != columns->size->end()));
    if (!is_known && table.header[i] != "file" && table.header[i] != "group" && !table.rows.empty() &&
        i < table.rows.front().fields.size() && parse_number(table.rows.front().fields[i]))
      choices.push_back(table.header[i]);
  }
  if (columns && std::ranges::find(choices, object_scale_name) == choices.end())
    choices.emplace_back(object_scale_name);
  return choices;
}

void read_csv(const DataSource& source, Collector& found) {
  for (const fs::path& file : source.files) {
    CsvTable table = read_table(file);
    const CsvColumns columns = with_place(file.string(), [&] { return find_columns(table, found.options().target); });
    found.set().target_name = columns.target ? table.header[*columns.target] : object_scale_name;
    std::size_t done = 0;
    for (const CsvRow& row : table.rows) {
      const std::string line = fmt::format("line {}", row.line);
      found.image(line, [&] {
        if (auto sample = with_place(fmt::format("{}, {}", file.string(), line), [&] {
              return read_row(row, table, columns, file, source.files.size() > 1, found);
            }))
          found.add(std::move(*sample));
        else
          found.set().left_out.push_back({line, "no object"});
      });
      found.step(++done, table.rows.size());
    }
  }
  number_repeated_files(found.set().samples);
  unite_extents(found.set().samples);
}

bool is_csv_of_images(const fs::path& file) {
  std::string start(1 << 16, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(stream.gcount()));
  try {
    CsvTable table = parse_csv(start, true);
    return table.header.size() > 1 && names_images(table);
  } catch (const Error&) {
    return false;
  }
}

} // namespace

constexpr DatasetFormat csv_format{
    .name = "CSV",
    .id = "csv",
    .what = "a .csv",
    .help =
        "A .csv has the columns file and target (and optionally x, y, w, h, group, class), or the file and the box as "
        "other tools name them.",
    .suffixes = {".csv", ".tsv"},
    .one_file = true,
    .recognises = is_csv_of_images,
    .read = read_csv,
    .targets = csv_targets};

} // namespace scalescope
