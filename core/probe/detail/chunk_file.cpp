#include "core/probe/detail/chunk_file.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace scalescope {

namespace {

std::filesystem::path temporary_folder() {
  if (const char* named = std::getenv("TMPDIR"); named != nullptr && *named != '\0') {
    return named;
  }
  const std::filesystem::path lasting = "/var/tmp";
  return std::filesystem::is_directory(lasting) ? lasting : std::filesystem::temp_directory_path();
}

[[noreturn]] void fail(const std::filesystem::path& folder, int error) {
  throw Error(
      fmt::format("The features can't be kept in a temporary file in {}: {}; free space there, or set TMPDIR to "
                  "a folder on a larger disk.",
                  folder.string(), std::generic_category().message(error)));
}

} // namespace

ChunkFile::ChunkFile() : folder_(temporary_folder()) {
  std::string name = (folder_ / "scalescope-XXXXXX").string();
  descriptor_ = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    fail(folder_, errno);
  }
  unlink(name.c_str());
}

ChunkFile::~ChunkFile() {
  if (map_ != nullptr) {
    munmap(map_, bytes_);
  }
  close(descriptor_);
}

void ChunkFile::append(std::span<const float> values) {
  // Written with write(), not through the map, so that a full disk gives an error and not a signal.
  const std::span<const std::byte> bytes = std::as_bytes(values);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count =
        pwrite(descriptor_, bytes.data() + written, bytes.size() - written, static_cast<off_t>(bytes_ + written));
    if (count < 0 && errno != EINTR) {
      fail(folder_, errno);
    }
    written += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  void* map = mmap(nullptr, bytes_ + written, PROT_READ, MAP_SHARED, descriptor_, 0);
  if (map == MAP_FAILED) {
    fail(folder_, errno);
  }
  if (map_ != nullptr) {
    munmap(map_, bytes_);
  }
  map_ = map;
  bytes_ += written;
}

std::span<const float> ChunkFile::values() const { return {static_cast<const float*>(map_), bytes_ / sizeof(float)}; }

void ChunkFile::release(std::size_t first, std::size_t count) const {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t begin = first * sizeof(float) / page * page;
  const std::size_t end = std::min((first + count) * sizeof(float), bytes_);
  if (begin < end) {
    madvise(static_cast<std::byte*>(map_) + begin, end - begin, MADV_DONTNEED); // only advice: it may fail
  }
}

} // namespace scalescope
