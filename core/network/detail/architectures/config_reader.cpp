#include "core/network/detail/architectures/config_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>

namespace scalescope {

using nlohmann::json;

/// A value as a message shows it: short, and nothing that a terminal would act on.
static std::string shown(const json& value) {
  constexpr std::size_t most = 40;
  if (value.is_structured() && value.size() > 8)
    return value.is_array() ? "a long list" : "an object";
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > most)
    text = text.substr(0, most) + "...";
  return for_terminal(text);
}

ConfigReader::ConfigReader(const json& settings) : settings_(settings.is_null() ? json::object() : settings) {
  if (!settings_.is_object())
    throw Error(fmt::format("holds {} where the settings of a network are needed: use the file that belongs to the "
                            "weights.",
                            shown(settings_)));
}

const json* ConfigReader::find(const std::string& name) {
  read_.insert(name);
  const auto found = settings_.find(name);
  return found == settings_.end() || found->is_null() ? nullptr : &*found;
}

bool ConfigReader::has(const std::string& name) const {
  const auto found = settings_.find(name);
  return found != settings_.end() && !found->is_null();
}

void ConfigReader::refuse(const std::string& name, const std::string& needed) const {
  throw Error(fmt::format("sets {} to {}, where ScaleScope knows only {}: correct it if it is wrong, else {}.",
                          for_terminal(name), shown(settings_.at(name)), needed, export_instead));
}

std::int64_t ConfigReader::whole(const std::string& name, std::int64_t usual, std::int64_t least, std::int64_t most) {
  const json* value = find(name);
  if (value == nullptr)
    return usual;
  const bool is_whole = value->is_number_unsigned() ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(most)
                                                    : value->is_number_integer();
  if (!is_whole || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most)
    refuse(name, fmt::format("whole numbers from {} to {}", least, most));
  return value->get<std::int64_t>();
}

std::int64_t ConfigReader::side(const std::string& name, std::int64_t usual, std::int64_t most) {
  const json* value = find(name);
  if (value == nullptr)
    return usual;
  if (value->is_array() && value->size() == 2 && (*value)[0] == (*value)[1])
    settings_[name] = json((*value)[0]);
  if (settings_[name].is_array())
    refuse(name, "squares");
  return whole(name, usual, 1, most);
}

double ConfigReader::number(const std::string& name, double usual, double least, double most) {
  const json* value = find(name);
  if (value == nullptr)
    return usual;
  if (!value->is_number() || !(value->get<double>() >= least && value->get<double>() <= most))
    refuse(name, fmt::format("numbers from {} to {}", least, most));
  return value->get<double>();
}

bool ConfigReader::flag(const std::string& name, bool usual) {
  const json* value = find(name);
  if (value == nullptr)
    return usual;
  if (!value->is_boolean())
    refuse(name, "true and false");
  return value->get<bool>();
}

std::string ConfigReader::text(const std::string& name, const std::string& usual) {
  const json* value = find(name);
  if (value == nullptr)
    return usual;
  if (!value->is_string())
    refuse(name, "texts");
  return value->get<std::string>();
}

std::vector<std::int64_t> ConfigReader::list(const std::string& name, const std::vector<std::int64_t>& usual,
                                             std::int64_t least, std::int64_t most) {
  constexpr std::size_t longest = 16;
  const json* value = find(name);
  if (value == nullptr)
    return usual;
  const auto fits = [&](const json& one) { return one.is_number_integer() && one >= json(least) && one <= json(most); };
  if (!value->is_array() || value->empty() || value->size() > longest ||
      !std::all_of(value->begin(), value->end(), fits))
    refuse(name, fmt::format("lists of up to {} whole numbers from {} to {}", longest, least, most));
  return value->get<std::vector<std::int64_t>>();
}

void ConfigReader::only(const std::string& name, const json& value) {
  if (const json* given = find(name); given != nullptr && *given != value)
    refuse(name, value.dump());
}

void ConfigReader::ignore(const std::vector<std::string>& names) { read_.insert(names.begin(), names.end()); }

void ConfigReader::finish() const {
  for (const auto& [name, value] : settings_.items())
    if (!value.is_null() && !read_.contains(name))
      throw Error(fmt::format("sets {} to {}, and ScaleScope does not know what this changes in the network: {}.",
                              for_terminal(name), shown(value), export_instead));
}

} // namespace scalescope
