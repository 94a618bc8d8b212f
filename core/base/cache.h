#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace scalescope {

/// A folder of what can be made anew: bytes by key, each entry a file with a checksum. Several programs may use it at
/// once. What was not used for longest goes first when it is trimmed.
class Cache {
 public:
  /// @param limit in bytes, kept by trim().
  Cache(std::filesystem::path folder, std::uint64_t limit);
  /// The user's: ${XDG_CACHE_HOME:-~/.cache}/scalescope, at most SCALESCOPE_CACHE_LIMIT megabytes (4,000).
  /// @throws Error if that is not a number, or there is no home.
  [[nodiscard]] static Cache of_user();

  /// The entry, or nothing if there is none or it is damaged; a damaged one is removed.
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const;
  /// @throws Error naming the folder and the cause (disk full, no permission).
  void put(std::string_view key, std::string_view bytes) const;
  /// Removes what killed programs left half-written, then what was not used for longest until the rest is within the
  /// limit.
  void trim() const;

  struct Contents {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Contents contents() const;
  /// Removes every entry, and nothing else that may lie in the folder. @return what was removed.
  Contents clear() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; } ///< bytes

 private:
  std::filesystem::path folder_;
  std::uint64_t limit_;
};

} // namespace scalescope
