#pragma once
// The storage of a probe's features (private to this library).

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace scalescope {

class ChunkFile;

/// Rows of features of several layers, in the order in which they came. Memory holds one chunk of rows; the chunks
/// before it lie in one temporary file without a name, so that nothing of it is left however the program ends. Within a
/// chunk a layer's rows lie together: a layer is read without the others.
class FeatureStore {
 public:
  static constexpr std::size_t chunk_rows = 256;

  /// @param channels of each layer.
  explicit FeatureStore(std::vector<std::size_t> channels);
  FeatureStore(FeatureStore&&) noexcept;
  FeatureStore& operator=(FeatureStore&&) noexcept;
  ~FeatureStore();

  /// Appends rows. @param features one span per layer, each rows x channels, row after row.
  /// @throws Error if they don't fit on the disk: the folder of the file is TMPDIR, else /var/tmp, else the system's
  /// own
  ///         for temporary files. After that the store can only be destroyed.
  void append(std::size_t rows, std::span<const std::span<const float>> features);
  void append(const FeatureStore& other);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t channels(std::size_t layer) const { return channels_[layer]; }

  /// The features of a layer in the row at a position; the rows after it follow up to the end of the chunk. Valid until
  /// rows are appended.
  [[nodiscard]] const float* row(std::size_t layer, std::size_t position) const;

  /// Lets go of the memory that holds what was read of the rows at positions first .. last. They can be read again,
  /// now or by another thread at the same time: the system then takes them from its cache of the file, or the disk.
  void release(std::size_t first, std::size_t last) const;

 private:
  std::vector<std::size_t> channels_;
  std::vector<std::size_t> offsets_; ///< of each layer in a chunk, in floats; at the end the size of a chunk
  std::size_t rows_ = 0;
  std::size_t rows_in_file_ = 0;
  std::unique_ptr<float[]> chunk_; ///< the rows that are not in the file
  std::unique_ptr<ChunkFile> file_;
};

} // namespace scalescope
