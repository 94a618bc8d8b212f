#pragma once
// The temporary files of a FileSet: their names, and which of them a run that was killed left behind.

#include <filesystem>

namespace scalescope {

/// A name that no file in the folder has as yet: .scalescope-KERNEL-PID-N.tmp, where KERNEL tells one start of one
/// machine from all others.
[[nodiscard]] std::filesystem::path temporary_name(const std::filesystem::path& folder);

/// Whether a folder holds nothing but temporary files that runs left behind, and folders of which this is true.
[[nodiscard]] bool holds_only_what_was_left_behind(const std::filesystem::path& folder);

/// A folder that temporary files are being written into: as long as this lives, no other run takes them for left
/// behind. When it is made, it removes those that are.
///
/// It holds a shared lock (flock) on the folder; who can have the lock alone knows that nobody on this machine writes
/// there, in whatever container. The lock says nothing of other machines that share the folder: their files, known by
/// KERNEL, are left alone, but on a file system that only one machine has, where they are from before it was started.
/// Version 0.1.0 took no lock and wrote .scalescope-PID-N.tmp: such a file is left behind when its process is gone, and
/// left alone where other machines may have the folder.
class FolderInUse {
 public:
  explicit FolderInUse(const std::filesystem::path& folder); ///< Where it can't be locked, nothing is removed.
  FolderInUse(const FolderInUse&) = delete;
  FolderInUse& operator=(const FolderInUse&) = delete;
  ~FolderInUse();

 private:
  int descriptor_;
};

} // namespace scalescope
