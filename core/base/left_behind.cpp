#include "core/base/left_behind.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = ".scalescope-";
constexpr std::size_t kernel_digits = 16;

/// The beginning of the boot id, without its dashes; empty if /proc does not provide it.
const std::string& this_kernel() {
  static const std::string id = [] {
    std::string text;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id") >> std::ws, text);
    std::erase(text, '-');
    return text.size() < kernel_digits ? std::string() : text.substr(0, kernel_digits);
  }();
  return id;
}

/// The parts of a temporary file's name.
struct Writer {
  std::string kernel; ///< empty: from version 0.1.0, or without /proc
  pid_t process = 0;
};

std::optional<Writer> writer_of(const fs::path& file) {
  static const std::regex pattern(R"(\.scalescope-(?:([0-9a-f]{16})-)?(\d{1,9})-\d+\.tmp)");
  const std::string name = file.filename().string();
  std::smatch match;
  if (!name.starts_with(prefix) || !std::regex_match(name, match, pattern))
    return std::nullopt;
  return Writer{match[1], std::stoi(match[2])};
}

/// Whether no other machine can use the folder.
bool is_of_one_machine(int folder) {
  constexpr std::array<std::int64_t, 6> local{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,       BTRFS_SUPER_MAGIC,
                                              F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, TMPFS_MAGIC};
  struct statfs status {};
  return ::fstatfs(folder, &status) == 0 &&
         std::ranges::find(local, static_cast<std::int64_t>(status.f_type)) != local.end();
}

/// Which runs may be writing into a folder.
struct Knowledge {
  bool alone = false;       ///< no run on this machine
  bool one_machine = false; ///< no other machine can write there

  [[nodiscard]] bool left_behind(const Writer& writer) const {
    const bool gone = !writer.kernel.empty() || (::kill(writer.process, 0) != 0 && errno == ESRCH);
    return alone && gone && (one_machine || (!writer.kernel.empty() && writer.kernel == this_kernel()));
  }
};

int open_folder(const fs::path& folder) { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

/// An exclusive lock is held for a moment during clean-up. Or somebody runs this program under flock(1): then the lock
/// is not available, and the program continues without it.
void share(int folder) {
  for (int tries = 0; tries < 50 && ::flock(folder, LOCK_SH | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// @param folder a descriptor; if its lock is free, it is held exclusively afterwards.
Knowledge look_at(int folder) { return {::flock(folder, LOCK_EX | LOCK_NB) == 0, is_of_one_machine(folder)}; }

} // namespace

fs::path temporary_name(const fs::path& folder) {
  static std::atomic<unsigned> counter = 0;
  return folder /
         fmt::format("{}{}{}{}-{}.tmp", prefix, this_kernel(), this_kernel().empty() ? "" : "-", ::getpid(), counter++);
}

bool holds_only_what_was_left_behind(const fs::path& folder) {
  const int descriptor = open_folder(folder);
  if (descriptor < 0)
    return false;
  const Knowledge known = look_at(descriptor);
  std::error_code error;
  bool only = true;
  for (fs::directory_iterator entry(folder, error); only && !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code unknown;
    const bool is_folder = entry->symlink_status(unknown).type() == fs::file_type::directory;
    const auto writer = writer_of(entry->path());
    only = is_folder ? holds_only_what_was_left_behind(entry->path()) : writer && known.left_behind(*writer);
  }
  ::close(descriptor);
  return only && !error;
}

FolderInUse::FolderInUse(const fs::path& folder) : descriptor_(open_folder(folder)) {
  if (descriptor_ < 0)
    return;
  const Knowledge known = look_at(descriptor_);
  std::vector<fs::path> left_behind;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored); !ignored && entry != fs::directory_iterator();
       entry.increment(ignored))
    if (const auto writer = writer_of(entry->path()); writer && known.left_behind(*writer))
      left_behind.push_back(entry->path());
  for (const fs::path& file : left_behind)
    fs::remove(file, ignored);
  share(descriptor_);
}

FolderInUse::~FolderInUse() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

} // namespace scalescope
