#pragma once

#include "core/network/network.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// The entry of a network in the cache: enough to describe it until it has to run.
struct KeptInfo {
  NetworkInfo info;                            ///< only members that depend on the file and the input size are stored
  std::vector<std::string> notes;              ///< notes of the file
  std::map<std::string, std::string> refusals; ///< by an engine's name: why it can't run it, once tried
};

[[nodiscard]] std::string to_json(const KeptInfo& kept);
/// No value if the text was not written by to_json.
[[nodiscard]] std::optional<KeptInfo> kept_from_json(std::string_view text);
/// Adds the stored members to a NetworkInfo with the present source and options.
void restore_into(NetworkInfo& known, const KeptInfo& kept);

} // namespace scalescope
