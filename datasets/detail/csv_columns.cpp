#include "datasets/detail/csv_columns.h"

#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/file_names.h"
#include "datasets/detail/outline.h"
#include "datasets/detail/via_shape.h"
#include "datasets/image_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>

namespace scalescope {

namespace {

using Names = std::initializer_list<const char*>;
using Form = CsvColumns::Box;

/// A column's name without capitals, blanks, _, - and #: "bboxx" for "bbox_x".
std::string plain_name(std::string name) {
  name = lower(name);
  std::erase_if(name, [](char c) { return c == ' ' || c == '_' || c == '-' || c == '.' || c == '#'; });
  return name;
}

class Header {
 public:
  explicit Header(const std::vector<std::string>& names) : names_(names) {
    for (const std::string& name : names)
      plain_.push_back(plain_name(name));
  }

  /// The column with the first of these names. @throws Error if two have it.
  [[nodiscard]] std::optional<std::size_t> find(Names names) const {
    for (const char* name : names)
      if (const auto place = std::ranges::find(plain_, name); place != plain_.end()) {
        if (std::find(place + 1, plain_.end(), name) != plain_.end())
          throw Error(fmt::format("two columns are called \"{}\"; remove or rename one",
                                  names_[static_cast<std::size_t>(place - plain_.begin())]));
        return static_cast<std::size_t>(place - plain_.begin());
      }
    return std::nullopt;
  }

  /// The columns with all of these names.
  template <std::size_t count>
  [[nodiscard]] std::optional<std::array<std::size_t, count>>
  find_all(const std::array<const char*, count>& names) const {
    std::array<std::size_t, count> places{};
    for (std::size_t i = 0; i < count; ++i)
      if (const auto place = find({names[i]}))
        places[i] = *place;
      else
        return std::nullopt;
    return places;
  }

 private:
  const std::vector<std::string>& names_;
  std::vector<std::string> plain_;
};

constexpr Names file_names{"file",          "filename", "filepath", "image",   "imagename", "imagepath", "imagefile",
                           "imagefilename", "imageid",  "img",      "imgname", "imgpath",   "imgid",     "path"};

void find_box(const Header& header, CsvColumns& columns) {
  struct Layout {
    Form form;
    std::array<const char*, 4> names;
  };
  for (const Layout& layout : std::initializer_list<Layout>{
           {Form::CornerAndSize, {"x", "y", "w", "h"}},
           {Form::CornerAndSize, {"bboxx", "bboxy", "bboxwidth", "bboxheight"}},
           {Form::CornerAndSize, {"bboxx", "bboxy", "bboxw", "bboxh"}},
           {Form::Corners, {"xmin", "ymin", "xmax", "ymax"}},
           {Form::Corners, {"bboxxmin", "bboxymin", "bboxxmax", "bboxymax"}},
           {Form::Corners, {"x1", "y1", "x2", "y2"}},
           {Form::Corners, {"x0", "y0", "x1", "y1"}},
           {Form::Corners, {"xtl", "ytl", "xbr", "ybr"}},
           {Form::Corners, {"left", "top", "right", "bottom"}},
           {Form::CornerAndSize, {"x", "y", "width", "height"}},
           {Form::CornerAndSize, {"xmin", "ymin", "width", "height"}},
           {Form::CornerAndSize, {"left", "top", "width", "height"}},
           {Form::CentreAndSize, {"xcenter", "ycenter", "width", "height"}},
           {Form::CentreAndSize, {"xcentre", "ycentre", "width", "height"}},
           {Form::CentreAndSize, {"cx", "cy", "w", "h"}},
       })
    if (const auto places = header.find_all(layout.names)) {
      columns.box_as = layout.form;
      columns.box = *places;
      return;
    }
  for (const auto& [form, name] : {std::pair(Form::Via, "regionshapeattributes"), std::pair(Form::Text, "bbox")})
    if (const auto place = header.find({name})) {
      columns.box_as = form;
      columns.box[0] = *place;
      return;
    }
}

/// Layouts that are written without a header, told by the fields of a row.
void add_missing_header(CsvTable& table) {
  const std::vector<std::string>& first = table.header;
  const auto are_numbers = [&](std::initializer_list<std::size_t> fields) {
    return std::ranges::all_of(fields, [&](std::size_t i) { return parse_number(first[i]).has_value(); });
  };
  const auto is_empty = [](const std::string& field) { return field.empty(); }; // an image without an object
  std::vector<std::string> header;
  if (first.size() == 8 && are_numbers({1, 2, 3, 4, 6, 7}) && is_named_as_image(first[5]))
    header = {"label", "x", "y", "w", "h", "file", "image_width", "image_height"};
  else if (first.size() == 6 && is_named_as_image(first[0]) &&
           (are_numbers({1, 2, 3, 4}) || std::all_of(first.begin() + 1, first.end(), is_empty)))
    header = {"file", "xmin", "ymin", "xmax", "ymax", "class"};
  if (!header.empty()) {
    table.rows.insert(table.rows.begin(), {table.header_line, table.header});
    table.header = std::move(header);
  }
}

[[noreturn]] void refuse_missing(const std::vector<std::string>& header, const std::string& name,
                                 const std::string& remedy) {
  constexpr std::size_t most = 12;
  throw Error(fmt::format("there is no column \"{}\", only \"{}\"{}; {}", name,
                          printable(fmt::format("{}", fmt::join(nearest(name, header, most), "\", \""))),
                          header.size() > most ? " and more" : "", remedy));
}

} // namespace

bool names_images(CsvTable& table) {
  add_missing_header(table);
  return Header(table.header).find(file_names).has_value();
}

CsvColumns find_columns(CsvTable& table, const std::string& target) {
  if (!names_images(table))
    refuse_missing(table.header, "file", "name the column of the images' files \"file\"");
  const Header header(table.header);
  CsvColumns columns;
  columns.file = *header.find(file_names);
  find_box(header, columns);
  columns.size = header.find_all<2>({"imagewidth", "imageheight"});
  if (!columns.size)
    columns.size = header.find_all<2>({"imgwidth", "imgheight"});
  if (!columns.size && (columns.box_as == Form::Corners || columns.box_as == Form::Text))
    columns.size = header.find_all<2>({"width", "height"});
  columns.group = header.find({"group"});

  const std::string wanted = target.empty() ? "target" : target;
  const auto exact = std::ranges::find(table.header, wanted);
  if (exact != table.header.end() && std::find(exact + 1, table.header.end(), wanted) == table.header.end())
    columns.target = static_cast<std::size_t>(exact - table.header.begin());
  else
    columns.target = header.find({plain_name(wanted).c_str()});
  for (const char* name : {"class", "label", "category", "classname", "labelname", "categoryname"})
    if (const auto place = header.find({name}); place && place != columns.target && !columns.category)
      columns.category = place;
  if (columns.box_as == Form::Via)
    columns.via_class = header.find({"regionattributes"});
  const bool scale_serves = columns.box_as != Form::None && (target.empty() || target == object_scale_name);
  if (!columns.target && !scale_serves)
    refuse_missing(table.header, wanted, "choose one of them as the target, or give the object's box as x, y, w and h");
  return columns;
}

double number_in(const CsvRow& row, std::size_t column, const CsvTable& table) {
  std::string text = row.fields[column];
  if (table.separator != ',' && std::ranges::count(text, ',') == 1 && text.find('.') == std::string::npos)
    std::ranges::replace(text, ',', '.'); // 0,5 as spreadsheets write it in many countries
  else if (table.has_decimal_comma.at(column) && text.find('.') != std::string::npos &&
           text.find(',') == std::string::npos)
    throw Error(
        fmt::format("\"{:.40}\" in the column \"{}\" has a point, but other numbers of the column have a decimal "
                    "comma, so that it may be 1000 times as large; write all of them alike",
                    printable(text), table.header[column]));
  const std::optional<double> number = parse_number(text);
  if (!number)
    throw Error(fmt::format("\"{:.40}\" in the column \"{}\" is not a number; write it like 0.5{}, or remove the row",
                            printable(row.fields[column]), table.header[column],
                            text.ends_with('%') ? ", without the %" : ""));
  return *number;
}

std::optional<BoundingBox> box_in(const CsvRow& row, const CsvTable& table, const CsvColumns& columns) {
  const auto field = [&](std::size_t i) { return trimmed(row.fields[columns.box[i]]); };
  const bool is_one_field = columns.box_as == Form::Text || columns.box_as == Form::Via;
  const bool is_empty =
      is_one_field ? field(0).empty() : field(0).empty() && field(1).empty() && field(2).empty() && field(3).empty();
  if (columns.box_as == Form::None || is_empty)
    return std::nullopt;
  if (columns.box_as == Form::Via)
    return via_box(parsed_via_field(std::string(field(0))));
  std::array<double, 4> numbers{};
  if (columns.box_as == Form::Text) {
    std::string text(field(0));
    std::erase_if(text, [](char c) { return c == '[' || c == ']' || c == '(' || c == ')'; });
    std::ranges::replace(text, ' ', ',');
    const std::vector<std::string> parts = split_field(text, ',');
    for (std::size_t i = 0; i < 4; ++i) {
      const std::optional<double> number = parts.size() == 4 ? parse_number(parts[i]) : std::nullopt;
      if (!number)
        throw Error(fmt::format("\"{:.60}\" in the column \"{}\" is no box; write it like [x, y, width, height]",
                                printable(std::string(field(0))), table.header[columns.box[0]]));
      numbers[i] = *number;
    }
  } else {
    for (std::size_t i = 0; i < 4; ++i)
      numbers[i] = number_in(row, columns.box[i], table);
  }
  const auto [a, b, c, d] = numbers;
  if (columns.box_as == Form::Corners)
    return BoundingBox{a, b, c - a, d - b};
  if (columns.box_as == Form::CentreAndSize)
    return BoundingBox{a - c / 2, b - d / 2, c, d};
  return BoundingBox{a, b, c, d};
}

} // namespace scalescope
