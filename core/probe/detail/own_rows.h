#pragma once
// A layer's features as rows of a store of their own (private to this library).

#include "core/probe/detail/columns.h"
#include "core/probe/detail/feature_store.h"

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace scalescope {

class OwnRows {
 public:
  /// @param features rows x channels, row after row. They are copied.
  OwnRows(std::span<const float> features, std::size_t channels)
      : store_({channels}), order_(features.size() / channels) {
    store_.append(order_.size(), std::vector<std::span<const float>>{features});
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }
  /// Valid as long as this.
  [[nodiscard]] LayerRows rows() const { return {store_, 0, order_}; }

 private:
  FeatureStore store_;
  std::vector<std::size_t> order_;
};

} // namespace scalescope
