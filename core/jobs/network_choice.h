#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <optional>
#include <string>

namespace scalescope {

/// Which network a job runs, and how: what `--model` and the options beside it say.
struct NetworkChoice {
  std::string model;        ///< a file, or the name of an installed network; empty: the architecture alone
  std::string architecture; ///< without a model: which to build. With one: what its checkpoint must be
  bool random_weights = false;
  std::optional<std::uint64_t> seed; ///< of the random weights; nothing: that of the job
  std::string output;                ///< as ModelSource::output
  std::optional<Tokens> tokens;      ///< as ModelSource::tokens; nothing: the mean of the patches
  int input_size = 0;                ///< side of the square input in pixels; 0: the network's own, else 224
  std::string device = "auto";
  Engine engine = Engine::Auto;
  Precision precision = Precision::Float32;
  int threads = 0; ///< 0: all cores
  bool use_cache = true;
  bool operator==(const NetworkChoice&) const = default;
};

/// The network's source. @param seed of the job. @throws Error if no network is named, or there is none of that name.
[[nodiscard]] ModelSource source_of(const NetworkChoice& choice, std::uint64_t seed = 0);
/// How it runs, with the user's cache unless it is not to be used.
[[nodiscard]] RunOptions run_options_of(const NetworkChoice& choice);
/// The choice that opens a network as this one was opened.
[[nodiscard]] NetworkChoice choice_of(const NetworkInfo& network);

} // namespace scalescope
