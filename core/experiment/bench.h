#pragma once

#include "core/network/network.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// Those of known_engines().
[[nodiscard]] std::vector<Engine> all_engines();

/// What to measure, and how long.
struct BenchSettings {
  int batch = 16;     ///< images a run
  double seconds = 2; ///< of each of the three measurements of a Speed; a run that has begun is finished
  std::vector<Engine> engines = all_engines();
  std::vector<Precision> precisions{Precision::Float32, Precision::BFloat16};
};

/// How fast a network runs: from the median time of a run, images already decoded.
struct Speed {
  double bare = 0;      ///< images per second with one tap, at Bench::bare_layer
  double taps = 0;      ///< images per second with all of Bench::taps pooled
  double one_image = 0; ///< milliseconds for one image, bare
};

/// One engine at one precision.
struct BenchRow {
  Engine engine = Engine::OpenVino;
  Precision precision = Precision::Float32;
  std::string name;           ///< Network::engine(), or the engine's name alone where it can't run
  bool automatic = false;     ///< what Engine::Auto takes, at the precision of the network that was given
  std::optional<Speed> speed; ///< nothing where it can't run,
  std::string reason;         ///< and this sentence says why
};

struct Bench {
  std::string bare_layer;        ///< `output`, or the last block of a network without a head
  std::vector<std::string> taps; ///< the blocks and the head: what an analysis looks at
  std::vector<BenchRow> rows;
};

/// Measures every engine at every precision of the settings on random images of the input size. Each is opened by
/// itself, and one that can't run is listed with the reason.
/// @param progress is told what is being measured.
/// @throws Error if none can run; Cancelled when stopped.
[[nodiscard]] Bench bench(const Network& network, const BenchSettings& settings, std::stop_token stop = {},
                          const std::function<void(const std::string&)>& progress = {});

} // namespace scalescope
