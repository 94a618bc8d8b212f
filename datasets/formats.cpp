#include "datasets/formats.h"

#include "datasets/detail/folder_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace scalescope {

std::span<const DatasetFormat* const> formats() {
  static constexpr std::array all{&voc_format, &coco_format, &csv_format};
  return all;
}

const DatasetFormat* table_format(const std::filesystem::path& file) {
  for (const DatasetFormat* format : formats())
    if (format->is_table() && is_named(file, format->suffix))
      return format;
  return nullptr;
}

std::string either(std::string_view DatasetFormat::*text, bool (*which)(const DatasetFormat&)) {
  std::vector<std::string_view> texts;
  for (const DatasetFormat* format : formats())
    if (which == nullptr || which(*format))
      texts.push_back(format->*text);
  const std::string_view last = texts.back();
  texts.pop_back();
  return texts.empty() ? std::string(last) : fmt::format("{} or {}", fmt::join(texts, ", "), last);
}

std::string format_help() {
  std::string help = either(&DatasetFormat::what) + ".";
  for (const DatasetFormat* format : formats())
    if (!format->help.empty())
      help += fmt::format(" {}", format->help);
  return help;
}

} // namespace scalescope
