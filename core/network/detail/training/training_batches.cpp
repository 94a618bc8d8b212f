#include "core/network/detail/training/training_batches.h"

#include <algorithm>

namespace scalescope {
namespace {

std::size_t count_of(std::size_t images, std::size_t size) {
  const std::size_t count = (images + size - 1) / size;
  return count > 1 && size > 1 && images % size == 1 ? count - 1 : count;
}

constexpr int most_loaders = 4;

} // namespace

TrainingBatches::TrainingBatches(const TrainingData& data, std::vector<std::size_t> images, int size, int threads)
    : data_(data), images_(std::move(images)), size_(static_cast<std::size_t>(size)),
      count_(count_of(images_.size(), size_)),
      loading_(count_, std::min(threads, most_loaders), static_cast<std::size_t>(std::min(threads, most_loaders)),
               [this](std::size_t batch) { return load(batch); }) {}

at::Tensor TrainingBatches::load(std::size_t batch) const {
  const std::size_t first = batch * size_;
  const std::size_t last = batch + 1 == count_ ? images_.size() : first + size_;
  const std::size_t values = std::size_t{3} * data_.side * data_.side; // of an image
  at::Tensor loaded = at::empty({static_cast<std::int64_t>(last - first), 3, data_.side, data_.side}, at::kFloat);
  const std::span all(loaded.data_ptr<float>(), (last - first) * values);
  for (std::size_t i = first; i < last; ++i)
    data_.load(images_[i], all.subspan((i - first) * values, values));
  return loaded;
}

} // namespace scalescope
