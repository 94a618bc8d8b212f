#pragma once

#include "core/network/network.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// What the cache keeps of a network: enough to answer for it until it has to run.
struct KeptInfo {
  NetworkInfo info;                            ///< what hangs on the file and the input size alone is kept of it
  std::vector<std::string> notes;              ///< those of the file
  std::map<std::string, std::string> refusals; ///< by an engine's name: why it can't run it, once that was tried
};

[[nodiscard]] std::string to_json(const KeptInfo& kept);
/// Nothing if the text is not what to_json wrote.
[[nodiscard]] std::optional<KeptInfo> kept_from_json(std::string_view text);
/// What is kept, into what is known of how the network was opened.
void restore_into(NetworkInfo& known, const KeptInfo& kept);

} // namespace scalescope
