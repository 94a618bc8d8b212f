#pragma once

#include "core/network/network.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// The entry of a network in the cache: enough to describe it until it has to run.
struct KeptInfo {
  NetworkInfo info;               ///< only members that depend on the file and the input size are stored
  std::vector<std::string> notes; ///< those of the file
  std::string openvino_refusal;   ///< why OpenVINO can't convert it, once that was tried and failed
};

[[nodiscard]] std::string to_json(const KeptInfo& kept);
/// No value if the text was not written by to_json.
[[nodiscard]] std::optional<KeptInfo> kept_from_json(std::string_view text);
/// Adds the stored members to a NetworkInfo with the present source and options.
void restore_into(NetworkInfo& known, const KeptInfo& kept);

} // namespace scalescope
