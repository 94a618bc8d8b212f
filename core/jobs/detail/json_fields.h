#pragma once

#include "core/base/enum_names.h"
#include "core/base/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace scalescope {

/// The least and the largest that a number may be.
struct Limits {
  double least = std::numeric_limits<double>::lowest();
  double largest = std::numeric_limits<double>::max();
};

template <typename Value>
inline constexpr bool is_optional = false;
template <typename Value>
inline constexpr bool is_optional<std::optional<Value>> = true;
template <typename Value>
inline constexpr bool is_list = false;
template <typename Value>
inline constexpr bool is_list<std::vector<Value>> = true;
template <typename Value, std::size_t N>
inline constexpr bool is_list<std::array<Value, N>> = true;

/// Writes the fields that a job describes (see job_fields.h) into a JSON object.
class FieldWriter {
 public:
  nlohmann::json object = nlohmann::json::object();

  template <typename Value>
  void operator()(const char* name, const Value& value, const Limits& = {}) {
    if constexpr (is_optional<Value>) {
      if (value)
        object[name] = json_of(*value);
    } else {
      object[name] = json_of(value);
    }
  }

 private:
  template <typename Value>
  static nlohmann::json json_of(const Value& value) {
    if constexpr (NamedEnum<Value>) {
      return text_of(value);
    } else if constexpr (is_list<Value>) {
      nlohmann::json list = nlohmann::json::array();
      for (const auto& one : value)
        list.push_back(json_of(one));
      return list;
    } else if constexpr (std::is_arithmetic_v<Value> || std::same_as<Value, std::string>) {
      return value;
    } else {
      FieldWriter inner;
      fields(inner, const_cast<Value&>(value)); // one description reads and writes; this only reads the value
      return std::move(inner.object);
    }
  }
};

/// Reads them again: what is missing keeps its default. @throws Error naming the file and the entry: unknown, of
/// another kind than it must be, outside of its limits.
class FieldReader {
 public:
  /// @param where the file, for messages. @param path of the object in it: "network."
  FieldReader(const nlohmann::json& object, std::string where, std::string path = {})
      : object_(object), where_(std::move(where)), path_(std::move(path)) {
    if (!object.is_object())
      throw Error(fmt::format("{}: '{}' is not an object of names and values; correct it.", where_,
                              path_.substr(0, path_.size() - (path_.empty() ? 0 : 1))));
  }

  template <typename Value>
  void operator()(const char* name, Value& value, const Limits& limits = {}) {
    known_.insert(name);
    const auto found = object_.find(name);
    if (found == object_.end())
      return;
    if constexpr (is_optional<Value>)
      read(name, *found, value.emplace(), limits);
    else
      read(name, *found, value, limits);
  }

  /// After all fields: whether there is none that nobody asked for.
  void refuse_unknown() const {
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name))
        throw Error(fmt::format("{}: a job has no entry '{}{}'; correct its name or remove it.", where_, path_, name));
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& wanted) const {
    throw Error(fmt::format("{}: '{}{}' is not {}; correct it.", where_, path_, name, wanted));
  }

  template <typename Value>
  void read(const std::string& name, const nlohmann::json& json, Value& value, const Limits& limits) {
    if constexpr (NamedEnum<Value>) {
      const auto known = json.is_string() ? enum_of<Value>(json.get<std::string>()) : std::nullopt;
      if (!known)
        refuse(name, "one of " + names_text<Value>());
      value = *known;
    } else if constexpr (std::same_as<Value, bool>) {
      if (!json.is_boolean())
        refuse(name, "true or false");
      value = json.get<bool>();
    } else if constexpr (std::same_as<Value, std::string>) {
      if (!json.is_string())
        refuse(name, "a text");
      value = json.get<std::string>();
    } else if constexpr (std::is_arithmetic_v<Value>) {
      const double least = std::max(limits.least, static_cast<double>(std::numeric_limits<Value>::lowest()));
      const double largest = std::min(limits.largest, static_cast<double>(std::numeric_limits<Value>::max()));
      const bool whole = std::is_floating_point_v<Value> || json.is_number_integer();
      if (!json.is_number() || !whole || !(json.get<double>() >= least && json.get<double>() <= largest))
        refuse(name, limits.largest < std::numeric_limits<double>::max()
                         ? fmt::format("a {}number from {} to {}", std::is_floating_point_v<Value> ? "" : "whole ",
                                       least, largest)
                         : fmt::format("a {}number in its range", std::is_floating_point_v<Value> ? "" : "whole "));
      value = json.get<Value>();
    } else if constexpr (is_list<Value>) {
      read_list(name, json, value, limits);
    } else {
      FieldReader inner(json, where_, path_ + name + '.');
      fields(inner, value);
      inner.refuse_unknown();
    }
  }

  template <typename One>
  void read_list(const std::string& name, const nlohmann::json& json, std::vector<One>& list, const Limits& limits) {
    if (!json.is_array())
      refuse(name, "a list");
    list.clear();
    for (const auto& one : json)
      read(name, one, list.emplace_back(), limits);
  }
  template <typename One, std::size_t N>
  void read_list(const std::string& name, const nlohmann::json& json, std::array<One, N>& list, const Limits& limits) {
    if (!json.is_array() || json.size() != N)
      refuse(name, fmt::format("a list of {}", N));
    for (std::size_t i = 0; i < N; ++i)
      read(name, json[i], list[i], limits);
  }

  const nlohmann::json& object_;
  std::string where_;
  std::string path_;
  std::set<std::string> known_;
};

} // namespace scalescope
