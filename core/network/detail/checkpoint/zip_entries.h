#pragma once

#include <zip.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

namespace scalescope::checkpoint {

/// The entries of a zip that PyTorch wrote. Where all are in one folder, as torch.save and
/// torch.export.save put them, they are named without it.
class ZipEntries {
 public:
  /// @throws Unreadable if the table of contents is damaged.
  explicit ZipEntries(const std::filesystem::path& file);
  /// @param bytes of the zip.
  explicit ZipEntries(std::shared_ptr<const std::string> bytes);

  /// What a compressed entry may unpack to, in bytes for each of the file's; 0: there may be none, as PyTorch writes
  /// none.
  std::uint64_t most_times = 0;

  [[nodiscard]] std::uint64_t file_size() const { return size_; }
  [[nodiscard]] bool contains(const std::string& name) const { return entries_.contains(name); }

  /// Unpacked, in bytes. @throws Unreadable if it is missing or compressed.
  [[nodiscard]] std::uint64_t size_of(const std::string& name) const;
  /// Reads a whole entry. @throws Unreadable as size_of, if it is too large, or if its checksum is wrong.
  /// @param most bytes; 0: as many as the file has, or what most_times makes of them.
  [[nodiscard]] std::string read(const std::string& name, std::uint64_t most = 0) const;
  /// Likewise, an entry of `size` bytes. @throws Unreadable also if it has another size.
  void read(const std::string& name, char* bytes, std::uint64_t size) const;

 private:
  using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;

  void list();

  std::shared_ptr<const std::string> bytes_; ///< null for a file
  std::uint64_t size_;
  Zip zip_;
  std::unordered_map<std::string, zip_uint64_t> entries_;
};

} // namespace scalescope::checkpoint
