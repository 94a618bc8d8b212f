#pragma once

#include "core/base/cache.h"

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// Puts what came out of the network into the cache, a batch at a time, while the next batch is under way.
class FeatureKeeper {
 public:
  /// @param cache nothing: nothing is kept.
  FeatureKeeper(std::optional<Cache> cache, int batch) : cache_(std::move(cache)), batch_(batch) {}

  void keep(std::string key, std::string entry);
  /// Waits until all is there, and trims the cache. @return a note if it could not be written: a cache is a
  /// convenience.
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
