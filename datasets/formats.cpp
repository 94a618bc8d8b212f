#include "datasets/formats.h"

#include "datasets/detail/folder_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace scalescope {

namespace {

bool has_suffix_of(const DatasetFormat& format, const std::filesystem::path& file) {
  return std::ranges::any_of(format.suffixes,
                             [&](std::string_view suffix) { return !suffix.empty() && is_named(file, suffix); });
}

} // namespace

std::span<const DatasetFormat* const> formats() {
  static constexpr std::array all{&voc_format, &coco_format,         &csv_format,  &yolo_format, &labelme_format,
                                  &via_format, &label_studio_format, &cvat_format, &masks_format};
  return all;
}

const DatasetFormat* format_of(const std::filesystem::path& file) {
  for (const DatasetFormat* format : formats())
    if (format->recognises != nullptr && has_suffix_of(*format, file) && format->recognises(file))
      return format;
  return nullptr;
}

const DatasetFormat* format_by_name(const std::filesystem::path& file) {
  for (const DatasetFormat* format : formats())
    if (format->recognises != nullptr && has_suffix_of(*format, file))
      return format;
  return nullptr;
}

bool is_named_as_data(const std::filesystem::path& file) {
  return std::ranges::any_of(formats(), [&](const DatasetFormat* format) { return has_suffix_of(*format, file); });
}

std::string either(std::string_view DatasetFormat::*text) {
  std::vector<std::string_view> texts;
  for (const DatasetFormat* format : formats())
    texts.push_back(format->*text);
  const std::string_view last = texts.back();
  texts.pop_back();
  return fmt::format("{} or {}", fmt::join(texts, ", "), last);
}

std::vector<std::string> format_ids() {
  std::vector<std::string> ids;
  for (const DatasetFormat* format : formats())
    ids.emplace_back(format->id);
  return ids;
}

std::string format_help() {
  std::string help = either(&DatasetFormat::what) + ".";
  for (const DatasetFormat* format : formats())
    if (!format->help.empty())
      help += fmt::format(" {}", format->help);
  return help;
}

} // namespace scalescope
