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

/// Writes several files into one folder so that each appears complete or not at all. All files are first written under
/// temporary names and flushed to the disk. Then they get their final names and replace older files. On any error the
/// temporary files are removed and the old files stay. Temporary files of killed runs in these folders are removed,
/// too.
class FileSet {
 public:
  /// For a job that reads no files. Creates the folder (with its parents) if needed and checks that a file can be
  /// written there. @throws Error naming the folder, the cause and what to do.
  explicit FileSet(const std::filesystem::path& folder);
  /// For a job that reads `inputs` and must not replace them. @param names all files that may be written; write()
  /// refuses others. @throws Error as refuse_to_overwrite too, before anything is made.
  FileSet(const std::filesystem::path& folder, const std::vector<std::string>& names,
          const std::vector<std::filesystem::path>& inputs);
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;
  ~FileSet(); ///< Removes the files that were not committed, and the folders it made for them.

  /// Writes one file's bytes under a temporary name; `name` may hold sub-folders ("features/a.npy"). A second write
  /// under a name replaces the first. @throws Error naming the file and the cause (disk full, no permission, a folder
  /// or a device of that name); std::logic_error for a name that was not announced.
  void write(const std::string& name, std::string_view bytes);
  /// Gives every file its final name. @throws Error if this fails for one of them; then all old files are restored.
  void commit();

 private:
  void begin();
  void use_folder(const std::filesystem::path& folder);
  void make_folder(const std::filesystem::path& folder);
  void remove_what_is_not_committed();

  std::filesystem::path folder_;
  std::optional<std::set<std::string>> names_; ///< names that may be written; no value: any name
  std::map<std::filesystem::path, std::unique_ptr<FolderInUse>> in_use_;
  std::map<std::string, std::filesystem::path> pending_; ///< name to temporary file
  std::vector<std::filesystem::path> created_;           ///< folders to remove if nothing is committed
};

} // namespace scalescope
