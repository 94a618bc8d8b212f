#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

class FolderInUse;

/// Writes several files into one folder so that each appears whole or not at all: all are first written beside their
/// place under temporary names and flushed to the disk, and only when all of them are safe do they take their names
/// (replacing older ones). On any error the temporary files are removed and what was there before stays. Those that a
/// killed run left in the folders it writes into are removed, too.
class FileSet {
 public:
  /// For a job that reads no files. Creates the folder (with its parents) if needed and tries whether a file can be
  /// written there. @throws Error naming the folder, the cause and what to do.
  explicit FileSet(const std::filesystem::path& folder);
  /// For a job that reads `inputs`, of which it must not replace any. @param names all that may be written: write()
  /// takes no other, so that none is forgotten. @throws Error as refuse_to_overwrite too, before anything is made.
  FileSet(const std::filesystem::path& folder, const std::vector<std::string>& names,
          const std::vector<std::filesystem::path>& inputs);
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;
  ~FileSet(); ///< Removes what was not committed, and then the folders it made.

  /// Writes one file's bytes under a temporary name; `name` may hold sub-folders ("features/a.npy"). The last bytes
  /// written under a name count. @throws Error naming the file and the cause (disk full, no permission, a folder or a
  /// device of that name); std::logic_error for a name that was not announced.
  void write(const std::string& name, std::string_view bytes);
  /// Gives every file its name. @throws Error if one of them can't have it; then all have their old content again.
  void commit();

 private:
  void begin();
  void use_folder(const std::filesystem::path& folder);
  void make_folder(const std::filesystem::path& folder);
  void remove_what_is_not_committed();

  std::filesystem::path folder_;
  std::optional<std::set<std::string>> names_; ///< that may be written; nothing: any
  std::map<std::filesystem::path, std::unique_ptr<FolderInUse>> in_use_;
  std::map<std::string, std::filesystem::path> pending_; ///< name to temporary file
  std::vector<std::filesystem::path> created_;           ///< folders, ours to remove if nothing is committed
};

} // namespace scalescope
