#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace scalescope {

/// A folder of data that can be computed again: bytes by key, each entry a file with a checksum. Several programs may
/// use it at once. Trimming removes the entries that were not used for the longest time.
class Cache {
 public:
  /// @param limit in bytes, kept by trim().
  Cache(std::filesystem::path folder, std::uint64_t limit);
  /// The user's cache: ${XDG_CACHE_HOME:-~/.cache}/scalescope, at most SCALESCOPE_CACHE_LIMIT megabytes (4,000).
  /// @throws Error if that is not a number, or there is no home.
  [[nodiscard]] static Cache of_user();

  /// The entry; no value if it is missing or damaged. A damaged entry is removed.
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const;
  /// @throws Error naming the folder and the cause (disk full, no permission).
  void put(std::string_view key, std::string_view bytes) const;
  /// Removes half-written files of killed programs, then the entries that were not used for the longest time, until the
  /// rest is within the limit.
  void trim() const;

  struct Contents {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Contents contents() const;
  /// Removes all entries, but no other files in the folder. @return what was removed.
  Contents clear() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; } ///< bytes

 private:
  std::filesystem::path folder_;
  std::uint64_t limit_;
};

} // namespace scalescope
