#pragma once

#include "core/network/network.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// What is known of a network once it was opened and measured: enough to answer for it until it has to run.
struct Description {
  std::string architecture;  ///< where it was recognised
  std::string preprocessing; ///< mode its weights want
  std::string preprocessing_reason;
  int input_size = 0; ///< the one that `layers` were measured at
  std::vector<std::string> notes;
  std::vector<Layer> layers;
  std::vector<std::string> blocks;
  std::vector<std::string> head;
  std::size_t output = 0;       ///< which of the tensors that the network returns is its output
  std::string openvino_refusal; ///< why OpenVINO can't convert it, once that was tried and failed
};

[[nodiscard]] std::string to_json(const Description& description);
/// Nothing if the text is not what to_json wrote.
[[nodiscard]] std::optional<Description> description_from_json(std::string_view text);

} // namespace scalescope
