#include "core/base/cache.h"

#include "core/base/error.h"
#include "core/base/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <span>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view extension = ".entry";
constexpr std::string_view unfinished = ".part";
constexpr std::size_t digest_size = 64;

// 256 folders, so that no folder has too many entries.
fs::path place_of(const fs::path& folder, std::string_view key) {
  const std::string name = sha256_of(key);
  return folder / name.substr(0, 2) / (name.substr(2) + std::string(extension));
}

// The checksum includes the key, so that a file under a wrong name is refused.
std::string checksum(std::string_view key, std::string_view bytes) {
  return sha256_of(sha256_of(key) + sha256_of(bytes));
}

struct Entry {
  fs::path file;
  std::uint64_t size = 0;
  fs::file_time_type used;
  bool left_behind = false; ///< half-written by a program that was killed
};

// put() holds a lock on the file that it writes.
bool is_being_written(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const bool free = descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  if (descriptor >= 0)
    ::close(descriptor);
  return !free;
}

// A new file that no other program removes while it is open. @param name mkstemps' pattern, then the file's name.
int open_unfinished(std::string& name) {
  const std::string pattern = name;
  for (;;) {
    name = pattern;
    const int descriptor = ::mkostemps(name.data(), static_cast<int>(unfinished.size()), O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || ::flock(descriptor, LOCK_EX) != 0 || ::fstat(descriptor, &status) != 0 || status.st_nlink > 0)
      return descriptor;
    ::close(descriptor); // removed before it was locked
  }
}

// Entries, and half-written files of killed programs, but not files that are being written. Other programs may remove
// files at the same time.
std::vector<Entry> entries_in(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (const auto& part : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (!part.is_directory(ignored) || part.path().filename().string().size() != 2)
      continue;
    for (const auto& file : fs::directory_iterator(part, ignored)) {
      std::error_code gone;
      const auto suffix = file.path().extension();
      if (suffix != extension && (suffix != unfinished || is_being_written(file.path())))
        continue;
      Entry entry{file.path(), file.file_size(gone), file.last_write_time(gone), suffix == unfinished};
      if (!gone)
        entries.push_back(std::move(entry));
    }
  }
  return entries;
}

Cache::Contents remove_all(std::span<const Entry> entries) {
  Cache::Contents removed;
  for (const Entry& entry : entries) {
    std::error_code ignored;
    if (fs::remove(entry.file, ignored)) {
      ++removed.entries;
      removed.bytes += entry.size;
    }
  }
  return removed;
}

} // namespace

Cache::Cache(fs::path folder, std::uint64_t limit) : folder_(std::move(folder)), limit_(limit) {}

Cache Cache::of_user() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  std::uint64_t megabytes = 4000;
  if (const std::string text = variable("SCALESCOPE_CACHE_LIMIT"); !text.empty()) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), megabytes);
    if (failure != std::errc() || end != text.data() + text.size() || megabytes > 1'000'000'000)
      throw Error(fmt::format("SCALESCOPE_CACHE_LIMIT is '{}'; give a number of megabytes, such as 4000.", text));
  }
  fs::path base = variable("XDG_CACHE_HOME");
  if (base.empty()) {
    const std::string home = variable("HOME");
    if (home.empty())
      throw Error(
          "The cache has no folder, because neither XDG_CACHE_HOME nor HOME is set; set one, or use --no-cache.");
    base = fs::path(home) / ".cache";
  }
  return {base / "scalescope", megabytes * 1'000'000};
}

std::optional<std::string> Cache::get(std::string_view key) const {
  const fs::path file = place_of(folder_, key);
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return std::nullopt;
  std::string bytes;
  try {
    bytes = read_file(file);
  } catch (const Error&) { // another program removed it, or it is not readable: it is computed again
    return std::nullopt;
  }
  const std::string digest = bytes.substr(0, std::min(digest_size, bytes.size()));
  bytes.erase(0, digest.size());
  if (digest != checksum(key, bytes)) {
    fs::remove(file, error);
    return std::nullopt;
  }
  fs::last_write_time(file, fs::file_time_type::clock::now(), error);
  return bytes;
}

void Cache::put(std::string_view key, std::string_view bytes) const {
  const fs::path file = place_of(folder_, key);
  const auto fail = [&](const std::error_code& cause) {
    throw Error(
        fmt::format("The cache in {} can't be written ({}); free some space, clear the cache, or use --no-cache.",
                    folder_.string(), cause.message()));
  };
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error)
    fail(error);
  std::string name = file.string() + ".XXXXXX" + std::string(unfinished);
  const int descriptor = open_unfinished(name);
  std::FILE* stream = descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb");
  if (stream == nullptr)
    fail({errno, std::generic_category()});
  const int lock = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0); // the lock stays until the file has its name
  const std::string digest = checksum(key, bytes);
  errno = 0;
  const bool written = std::fwrite(digest.data(), 1, digest.size(), stream) == digest.size() &&
                       std::fwrite(bytes.data(), 1, bytes.size(), stream) == bytes.size();
  const int cause_of_write = errno;
  const bool closed = std::fclose(stream) == 0; // a full disk may be noticed only here
  const int cause = written ? errno : cause_of_write;
  if (written && closed)
    fs::rename(name, file, error); // whole or not at all
  ::close(lock);
  if (written && closed && !error)
    return;
  std::error_code ignored;
  fs::remove(name, ignored);
  fail(error ? error : std::error_code(cause, std::generic_category()));
}

void Cache::trim() const {
  std::vector<Entry> entries = entries_in(folder_);
  const auto whole =
      std::partition(entries.begin(), entries.end(), [](const Entry& entry) { return entry.left_behind; });
  remove_all({entries.begin(), whole});
  entries.erase(entries.begin(), whole);
  std::ranges::sort(entries, {}, &Entry::used);
  std::uint64_t total = 0;
  for (const Entry& entry : entries)
    total += entry.size;
  std::size_t oldest = 0;
  for (; oldest < entries.size() && total > limit_; ++oldest)
    total -= entries[oldest].size;
  remove_all(std::span(entries).first(oldest));
}

Cache::Contents Cache::contents() const {
  Contents contents;
  for (const Entry& entry : entries_in(folder_)) {
    ++contents.entries;
    contents.bytes += entry.size;
  }
  return contents;
}

Cache::Contents Cache::clear() const { return remove_all(entries_in(folder_)); }

} // namespace scalescope
