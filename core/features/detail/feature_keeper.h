#pragma once

#include "core/base/cache.h"

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// Writes features into the cache, one batch at a time, while the next batch runs.
class FeatureKeeper {
 public:
  /// @param cache no value: nothing is written.
  FeatureKeeper(std::optional<Cache> cache, int batch) : cache_(std::move(cache)), batch_(batch) {}

  void keep(std::string key, std::string entry);
  /// Waits until everything is written, and trims the cache. @return a note if it could not be written; this is not an
  /// error.
  [[nodiscard]] std::optional<std::string> finish();

 private:
  using Entries = std::vector<std::pair<std::string, std::string>>;
  void write();
  void wait();

  std::optional<Cache> cache_;
  int batch_;
  bool wrote_ = false;
  Entries pending_;
  std::optional<std::string> note_;
  std::future<void> writing_; ///< last: waited for before the rest goes
};

} // namespace scalescope
