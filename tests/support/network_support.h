#pragma once
// Common parts of the tests of networks.

#include "core/network/network.h"
#include "tests/support/support.h"

#include <QJsonArray>

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

/// How much more memory the program has had at a time, in MiB, since this was made.
class MemoryPeak {
 public:
  /// What a broken file may make it; AddressSanitizer keeps what was freed.
#ifdef __SANITIZE_ADDRESS__
  static constexpr long most = 1500;
#else
  static constexpr long most = 500;
#endif
  [[nodiscard]] long grown() const { return now() - before_; }

 private:
  [[nodiscard]] static long now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss / 1024;
  }
  long before_ = now();
};

/// The same pixels each time, from -1 to 1: n x 3 x side x side.
inline std::vector<float> noise(int n, int side) {
  std::vector<float> values(static_cast<std::size_t>(n) * 3 * side * side);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / 8388608.0f - 1;
  }
  return values;
}

/// A built-in architecture with weights that are drawn.
inline scalescope::ModelSource drawn(const char* architecture) {
  scalescope::ModelSource source;
  source.architecture = architecture;
  source.random_weights = true;
  return source;
}

/// A network's file; weights that are drawn are those of seed 3.
inline scalescope::ModelSource source_of(const QString& file, bool random_weights = false) {
  scalescope::ModelSource source;
  source.file = to_path(file);
  source.random_weights = random_weights;
  source.seed = 3;
  return source;
}

/// OpenVINO or LibTorch. @param side 0: the network's own
inline scalescope::RunOptions on(bool openvino, int side = 0) {
  scalescope::RunOptions options;
  options.engine = openvino ? scalescope::Engine::OpenVino : scalescope::Engine::LibTorch;
  options.input_size = side;
  return options;
}

inline std::vector<float> numbers_of(const QJsonArray& array) {
  std::vector<float> values;
  for (const auto& one : array)
    values.push_back(static_cast<float>(one.toDouble()));
  return values;
}

/// The largest difference over the largest magnitude. NaN and infinities must be at the same places.
inline double off(const std::vector<float>& ours, const std::vector<float>& theirs) {
  if (ours.size() != theirs.size() || ours.empty())
    return INFINITY;
  double largest = 0;
  double magnitude = 1e-30;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double wanted = theirs[i];
    if (std::isfinite(wanted))
      magnitude = std::max(magnitude, std::abs(wanted));
    if (ours[i] == theirs[i] || (std::isnan(ours[i]) && std::isnan(theirs[i])))
      continue;
    const double difference = std::abs(ours[i] - wanted);
    largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
  }
  return largest / magnitude;
}

/// Its notes, a line each.
inline QString notes_of(const scalescope::Network& network) {
  QStringList notes;
  for (const std::string& note : network.info().notes)
    notes << QString::fromStdString(note);
  return notes.join('\n');
}

/// Whether this build, or this machine, has no OpenVINO.
inline bool no_openvino() {
  scalescope::RunOptions options;
  options.engine = scalescope::Engine::OpenVino;
  return !error_text([&] { (void)scalescope::Network::open(drawn("resnet18"), options); }).isEmpty();
}
