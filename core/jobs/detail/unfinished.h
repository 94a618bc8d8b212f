#pragma once

#include "core/base/cache.h"
#include "core/base/error.h"

#include <filesystem>
#include <string>

namespace scalescope {

/// DIR/unfinished: the features that a job with `resume` keeps until it is done.
class Unfinished {
 public:
  /// @param kept whether the job keeps any; else all of this does nothing.
  Unfinished(const std::filesystem::path& out, bool kept);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] Cache cache() const;
  /// Removes what was kept; what else may lie there stays.
  void forget() const;

  /// What `make` returns. If it throws, nothing is left behind of a job that had not begun before.
  template <typename Make>
  [[nodiscard]] auto unless_new(const Make& make) const {
    try {
      return make();
    } catch (const Error&) {
      if (!was_there_)
        forget();
      throw;
    }
  }

 private:
  std::filesystem::path folder_;
  bool kept_;
  bool was_there_ = false; ///< there was something to go on from
};

} // namespace scalescope
