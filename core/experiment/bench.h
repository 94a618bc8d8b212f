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

/// The settings of a measurement.
struct BenchSettings {
  int batch = 16;     ///< images per run
  double seconds = 2; ///< for each of the three measurements of a Speed; a started run is finished
  std::vector<Engine> engines = all_engines();
  std::vector<Precision> precisions{Precision::Float32, Precision::BFloat16};
};

/// The speed of a network, from the median time of a run, without decoding.
struct Speed {
  double bare = 0;      ///< images per second with one tap, at Bench::bare_layer
  double taps = 0;      ///< images per second with all of Bench::taps pooled
  double one_image = 0; ///< milliseconds for one image, bare
};

/// One engine at one precision.
struct BenchRow {
  Engine engine = Engine::OpenVino;
  Precision precision = Precision::Float32;
  std::string name;           ///< Network::engine(), or only the engine's name if it can't run
  bool automatic = false;     ///< the choice of Engine::Auto at the precision of the given network
  std::optional<Speed> speed; ///< no value if it can't run;
  std::string reason;         ///< then this is the reason
};

struct Bench {
  std::string bare_layer;        ///< `output`, or the last block of a network without a head
  std::vector<std::string> taps; ///< the blocks and the head, as an analysis reads them
  std::vector<BenchRow> rows;
};

/// Measures every engine at every precision of the settings on random images of the input size. Each is opened
/// separately; one that can't run is listed with the reason.
/// @param progress receives the name of each measurement.
/// @throws Error if none can run; Cancelled when stopped.
[[nodiscard]] Bench bench(const Network& network, const BenchSettings& settings, std::stop_token stop = {},
                          const std::function<void(const std::string&)>& progress = {});

} // namespace scalescope
