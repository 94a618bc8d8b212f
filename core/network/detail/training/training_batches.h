#pragma once

#include "core/base/read_ahead.h"
#include "core/network/fine_tune.h"

#include <ATen/ATen.h>

namespace scalescope {

/// One pass over images, batch by batch. Other threads load them ahead of the consumer.
class TrainingBatches {
 public:
  /// @param images in the order in which they are taken; at least one. @param size of a batch. If the last batch would
  /// have one image, it joins the batch before, because batch norm can't train on a single vector.
  TrainingBatches(const TrainingData& data, std::vector<std::size_t> images, int size, int threads);
  /// The next batch, N x 3 x side x side on the CPU. To be called until all images were taken. @throws what
  /// TrainingData::load does.
  [[nodiscard]] at::Tensor next() { return loading_.next(); }

 private:
  [[nodiscard]] at::Tensor load(std::size_t batch) const;

  const TrainingData& data_;
  std::vector<std::size_t> images_;
  std::size_t size_;
  std::size_t count_;
  ReadAhead<at::Tensor> loading_; ///< last: it uses the others
};

} // namespace scalescope
