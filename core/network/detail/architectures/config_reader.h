#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace scalescope {

/// The end of every message about a network that can't be built from its config.json.
inline constexpr const char* export_instead =
    "export the network in Python with torch.export.save(torch.export.export(model, (example,)), \"NAME.pt2\") and "
    "open that file";

/// Reads the settings of a network from an object of JSON, each in its bounds, and notes which were read. Null counts
/// as not set, as in Python.
/// Its errors begin with what is wrong: "sets depth to -1, ..."; the caller puts the file's name in front.
class ConfigReader {
 public:
  /// @throws Error unless it is an object, or null.
  explicit ConfigReader(const nlohmann::json& settings);

  [[nodiscard]] bool has(const std::string& name) const;
  /// @throws Error for a number that is not whole or not in [least, most]. So do the others for theirs.
  [[nodiscard]] std::int64_t whole(const std::string& name, std::int64_t usual, std::int64_t least, std::int64_t most);
  /// A number, or a list of two equal ones: a square.
  [[nodiscard]] std::int64_t side(const std::string& name, std::int64_t usual, std::int64_t most);
  [[nodiscard]] double number(const std::string& name, double usual, double least, double most);
  [[nodiscard]] bool flag(const std::string& name, bool usual);
  [[nodiscard]] std::string text(const std::string& name, const std::string& usual);
  [[nodiscard]] std::vector<std::int64_t> list(const std::string& name, const std::vector<std::int64_t>& usual,
                                               std::int64_t least, std::int64_t most);
  /// A setting that can only have one value here.
  void only(const std::string& name, const nlohmann::json& value);
  /// Settings that evaluation does not depend on.
  void ignore(const std::vector<std::string>& names);
  /// @throws Error if a setting was not read: what it would change isn't known.
  void finish() const;

  /// @param needed "a whole number from 1 to 64"
  [[noreturn]] void refuse(const std::string& name, const std::string& needed) const;

 private:
  [[nodiscard]] const nlohmann::json* find(const std::string& name);

  nlohmann::json settings_;
  std::set<std::string> read_;
};

} // namespace scalescope
