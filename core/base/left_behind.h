#pragma once
// The temporary files of a FileSet: their names, and how to recognise those of killed runs.

#include <filesystem>

namespace scalescope {

/// An unused name in the folder: .scalescope-KERNEL-PID-N.tmp. KERNEL identifies one boot of one machine.
[[nodiscard]] std::filesystem::path temporary_name(const std::filesystem::path& folder);

/// Whether a folder contains only temporary files of killed runs, and folders like this.
[[nodiscard]] bool holds_only_what_was_left_behind(const std::filesystem::path& folder);

/// Marks a folder as in use while temporary files are written into it, so that other runs don't remove them. The
/// constructor removes temporary files of killed runs.
///
/// It holds a shared lock (flock) on the folder. A run that gets the exclusive lock knows that no other run on this
/// machine writes there, in any container. The lock does not cover other machines that share the folder. Their files,
/// recognised by KERNEL, stay; but on a file system that only one machine uses, such files are from before its last
/// boot and are removed. Version 0.1.0 took no lock and wrote .scalescope-PID-N.tmp. Such a file is removed if its
/// process has ended and no other machine can use the folder.
class FolderInUse {
 public:
  explicit FolderInUse(const std::filesystem::path& folder); ///< If it can't be locked, nothing is removed.
  FolderInUse(const FolderInUse&) = delete;
  FolderInUse& operator=(const FolderInUse&) = delete;
  ~FolderInUse();

 private:
  int descriptor_;
};

} // namespace scalescope
