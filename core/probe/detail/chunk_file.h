#pragma once
// A temporary file that only grows and is read as memory (private to this library).

#include <cstddef>
#include <filesystem>
#include <span>

namespace scalescope {

/// The file lies in TMPDIR, else /var/tmp (/tmp is memory on many systems), else the system's folder for temporary
/// files. It has no name, so it disappears with the program.
class ChunkFile {
 public:
  ChunkFile(); ///< @throws Error if the file can't be made.
  ChunkFile(const ChunkFile&) = delete;
  ChunkFile& operator=(const ChunkFile&) = delete;
  ~ChunkFile();

  /// @throws Error if the disk is full or can't be written; what was there stays readable.
  void append(std::span<const float> values);

  /// All that was appended. Valid until more is.
  [[nodiscard]] std::span<const float> values() const;

  /// Gives the memory of `count` values from the one at `first` back to the system, until they are read again.
  void release(std::size_t first, std::size_t count) const;

 private:
  std::filesystem::path folder_;
  int descriptor_ = -1;
  void* map_ = nullptr;
  std::size_t bytes_ = 0;
};

} // namespace scalescope
