#include "core/base/file_set.h"

#include "core/base/error.h"
#include "core/base/give_up.h"
#include "core/base/left_behind.h"
#include "core/base/refuse_to_overwrite.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& path, int cause) {
  const bool full = cause == ENOSPC || cause == EDQUOT;
  const bool forbidden = cause == EACCES || cause == EPERM || cause == EROFS;
  throw Error(fmt::format("'{}' can't be written ({}): {}.", path.string(), std::generic_category().message(cause),
                          full        ? "free some space or choose another folder"
                          : forbidden ? "change the permissions or choose another folder"
                                      : "choose another folder"));
}

bool is_folder(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown);
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

/// A temporary file beside its final place. The destructor removes it unless it was kept.
class TemporaryFile {
 public:
  /// @param target for messages
  TemporaryFile(const fs::path& folder, fs::path target) : target_(std::move(target)) {
    do { // a file that was left by another machine may have the same name
      path_ = temporary_name(folder);
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ < 0)
      fail(target_, errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
    if (!path_.empty())
      remove_quietly(path_);
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR)
        fail(target_, errno);
    }
  }

  /// Flushes it to the disk and leaves it there. @return its path
  [[nodiscard]] fs::path keep() {
    if (::fsync(descriptor_) != 0)
      fail(target_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0)
      fail(target_, errno);
    return std::exchange(path_, {});
  }

 private:
  fs::path path_;
  fs::path target_;
  int descriptor_ = -1;
};

/// A new name survives a power failure only if its folder is flushed to the disk. Some file systems can't do this; then
/// it is skipped.
void flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// A second link to the old file before it is replaced, if it exists and the file system supports links.
std::optional<fs::path> keep_old(const fs::path& target) {
  const fs::path old = temporary_name(target.parent_path());
  std::error_code error;
  fs::create_hard_link(target, old, error);
  return error ? std::nullopt : std::optional(old);
}

} // namespace

FileSet::FileSet(const fs::path& folder) : folder_(fs::absolute(folder.empty() ? "." : folder).lexically_normal()) {
  begin();
}

FileSet::FileSet(const fs::path& folder, const std::vector<std::string>& names, const std::vector<fs::path>& inputs)
    : folder_(fs::absolute(folder.empty() ? "." : folder).lexically_normal()), names_(std::in_place) {
  std::vector<fs::path> outputs;
  for (const std::string& name : names) {
    names_->insert(fs::path(name).lexically_normal().string());
    outputs.push_back(folder / name); // as the person wrote it
  }
  refuse_to_overwrite(outputs, inputs);
  begin();
}

void FileSet::begin() {
  try {
    use_folder(folder_);
    const TemporaryFile trial(folder_, folder_);
  } catch (...) {
    remove_what_is_not_committed();
    throw;
  }
}

FileSet::~FileSet() { remove_what_is_not_committed(); }

void FileSet::remove_what_is_not_committed() {
  for (const auto& [name, temporary] : pending_)
    remove_quietly(temporary);
  // The innermost first; a folder that contains other files stays.
  std::for_each(created_.rbegin(), created_.rend(), remove_quietly);
}

/// @param folder to write into; it is made if it is missing, and protected from clean-up by other runs.
void FileSet::use_folder(const fs::path& folder) {
  make_folder(folder);
  if (auto& in_use = in_use_[folder]; !in_use)
    in_use = std::make_unique<FolderInUse>(folder);
}

void FileSet::make_folder(const fs::path& folder) {
  if (is_folder(folder))
    return;
  if (folder.has_relative_path())
    make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) == 0) {
    created_.push_back(folder);
    return;
  }
  const int cause = errno; // because checking the folder would overwrite errno
  if (!is_folder(folder))
    fail(folder, cause == EEXIST ? ENOTDIR : cause);
}

void FileSet::write(const std::string& name, std::string_view bytes) {
  const fs::path relative = fs::path(name).lexically_normal();
  if (!relative.has_filename() || relative.is_absolute() || *relative.begin() == ".." || relative == ".")
    throw Error(fmt::format("'{}' is not the name of a file in '{}': give one without '..' and '/' at its ends.", name,
                            folder_.string()));
  if (names_ && !names_->contains(relative.string()))
    throw std::logic_error(fmt::format("'{}' is not one of the files that were announced", name));
  const fs::path target = folder_ / relative;
  use_folder(target.parent_path());
  if (is_folder(target))
    fail(target, EISDIR);
  std::error_code unknown;
  if (fs::is_other(target, unknown)) // /dev/full, which would be replaced
    throw Error(fmt::format("'{}' is a pipe or a device, not a file; choose another name.", target.string()));
  TemporaryFile file(target.parent_path(), target);
  file.write(bytes);
  fs::path& temporary = pending_[relative.string()];
  if (!temporary.empty())
    remove_quietly(temporary);
  temporary = file.keep();
}

void FileSet::commit() {
  const MustFinish all_or_none;
  for (const auto& [name, temporary] : pending_)
    if (is_folder(folder_ / name))
      fail(folder_ / name, EISDIR);

  struct Renamed {
    fs::path temporary;
    fs::path target;
    bool existed;
    std::optional<fs::path> old;
  };
  std::vector<Renamed> done;
  for (const auto& [name, temporary] : pending_) {
    const fs::path target = folder_ / name;
    std::error_code unknown;
    const bool existed = fs::exists(fs::symlink_status(target, unknown));
    const std::optional<fs::path> old = keep_old(target);
    if (::rename(temporary.c_str(), target.c_str()) == 0) {
      done.push_back({temporary, target, existed, old});
      continue;
    }
    const int cause = errno;
    if (old)
      remove_quietly(*old);
    for (const Renamed& file : done) {
      if (file.existed && !file.old)
        continue; // the new file stays: it is better than none
      std::error_code ignored;
      fs::rename(file.target, file.temporary, ignored);
      if (file.old)
        fs::rename(*file.old, file.target, ignored);
    }
    fail(target, cause);
  }

  std::set<fs::path> folders;
  for (const Renamed& file : done) {
    if (file.old)
      remove_quietly(*file.old);
    folders.insert(file.target.parent_path());
  }
  for (const fs::path& folder : created_)
    folders.insert(folder.parent_path());
  for (const fs::path& folder : folders)
    flush_folder(folder);
  pending_.clear();
  created_.clear();
}

} // namespace scalescope
