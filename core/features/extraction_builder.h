#pragma once

#include "core/features/extract_samples.h"
#include "core/features/pool_generated.h"

#include <chrono>
#include <map>

namespace scalescope {

/// Builds an Extraction row by row, and measures the time from the beginning.
class ExtractionBuilder {
 public:
  ExtractionBuilder(const Network& network, const std::vector<std::string>& layers);

  /// @param index of the row in its data set. Rows come in any order; the result is sorted by it.
  void add(std::int64_t index, Row row, std::span<const std::span<const float>> features);
  /// Adds the counts and times of a pass through the network.
  void count(const PoolingTally& tally);
  /// @throws Error if there are no rows, with the first reason.
  [[nodiscard]] Extraction finish(std::vector<LeftOut> left_out, std::vector<Remark> remarks = {});

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Extraction result_;
  std::map<std::int64_t, Row> rows_;
};

} // namespace scalescope
