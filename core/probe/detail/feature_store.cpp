#include "core/probe/detail/feature_store.h"

#include "core/probe/detail/chunk_file.h"

#include <algorithm>
#include <numeric>

namespace scalescope {

FeatureStore::FeatureStore(std::vector<std::size_t> channels)
    : channels_(std::move(channels)), offsets_(channels_.size() + 1) {
  std::inclusive_scan(channels_.begin(), channels_.end(), offsets_.begin() + 1);
  for (std::size_t& offset : offsets_) {
    offset *= chunk_rows;
  }
}

FeatureStore::FeatureStore(FeatureStore&&) noexcept = default;
FeatureStore& FeatureStore::operator=(FeatureStore&&) noexcept = default;
FeatureStore::~FeatureStore() = default;

void FeatureStore::append(std::size_t rows, std::span<const std::span<const float>> features) {
  for (std::size_t first = 0; first < rows;) {
    if (rows_ - rows_in_file_ == chunk_rows) { // only now, for a set of one chunk needs no file
      if (!file_) {
        file_ = std::make_unique<ChunkFile>();
      }
      file_->append({chunk_.get(), offsets_.back()});
      rows_in_file_ = rows_;
    }
    if (!chunk_) { // not filled with zeros: few rows of many channels then take little memory
      chunk_ = std::make_unique_for_overwrite<float[]>(offsets_.back());
    }
    const std::size_t place = rows_ - rows_in_file_;
    const std::size_t count = std::min(rows - first, chunk_rows - place);
    for (std::size_t layer = 0; layer < channels_.size(); ++layer) {
      const std::size_t channels = channels_[layer];
      std::ranges::copy(features[layer].subspan(first * channels, count * channels),
                        chunk_.get() + offsets_[layer] + place * channels);
    }
    rows_ += count;
    first += count;
  }
}

void FeatureStore::append(const FeatureStore& other) {
  for (std::size_t first = 0; first < other.rows(); first += chunk_rows) {
    const std::size_t count = std::min(chunk_rows, other.rows() - first);
    std::vector<std::span<const float>> features;
    for (std::size_t layer = 0; layer < channels_.size(); ++layer) {
      features.emplace_back(other.row(layer, first), count * channels_[layer]);
    }
    append(count, features);
    other.release(first, first + count - 1);
  }
}

const float* FeatureStore::row(std::size_t layer, std::size_t position) const {
  const std::size_t chunk = position / chunk_rows * offsets_.back();
  const float* begin = position < rows_in_file_ ? file_->values().data() + chunk : chunk_.get();
  return begin + offsets_[layer] + position % chunk_rows * channels_[layer];
}

void FeatureStore::release(std::size_t first, std::size_t last) const {
  // For all layers, because a read also maps the pages around it, which may belong to another layer.
  if (first < rows_in_file_) {
    const std::size_t begin = first / chunk_rows;
    const std::size_t end = last / chunk_rows + 1;
    file_->release(begin * offsets_.back(), (end - begin) * offsets_.back());
  }
}

} // namespace scalescope
