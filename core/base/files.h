#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// A whole file as bytes. @throws Error naming the file if it is missing, a folder, or can't be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// SHA-256 of a file as 64 hexadecimal digits, read in pieces. @throws Error as read_file.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& file);
/// SHA-256 of bytes as 64 hexadecimal digits.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

/// Writes several files into one folder so that each appears whole or not at all: all are first written beside their
/// place under temporary names and flushed to the disk, and only when every one of them is safe they take their names
/// (replacing older ones). On any error the temporary files are removed and what was there before stays.
class FileSet {
 public:
  /// Creates the folder (with its parents) if needed and tries whether a file can be written there.
  /// @throws Error naming the folder, the cause and what to do.
  explicit FileSet(const std::filesystem::path& folder);
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;
  ~FileSet(); ///< Removes what was not committed, and then the folders it made.

  /// Writes one file's bytes under a temporary name; `name` may hold sub-folders ("features/a.npy"). The last bytes
  /// written under a name count. @throws Error naming the file and the cause (disk full, no permission, a folder or a
  /// device of that name).
  void write(const std::string& name, std::string_view bytes);
  /// Gives every file its name. @throws Error if one of them can't have it; then all have their old content again.
  void commit();

 private:
  void make_folder(const std::filesystem::path& folder);
  void remove_what_is_not_committed();

  std::filesystem::path folder_;
  std::map<std::string, std::filesystem::path> pending_; ///< name to temporary file
  std::vector<std::filesystem::path> created_;           ///< folders, ours to remove if nothing is committed
};

} // namespace scalescope
