#include "core/features/image_attention.h"

#include "core/base/error.h"
#include "core/features/layer_maps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace scalescope {
namespace {

constexpr auto nowhere = std::numeric_limits<std::size_t>::max();

} // namespace

ImageAttention::ImageAttention(const Layer& layer, const std::vector<std::int64_t>& shape,
                               std::span<const float> values) {
  positions_ = static_cast<std::size_t>(shape[2]);
  if (layer.windows) {
    windows_ = static_cast<std::size_t>(shape[0]);
    const auto weight_rows = static_cast<std::size_t>(shape[1]) - 2;
    heads_ = static_cast<int>(weight_rows / positions_);
    const std::size_t stride = (weight_rows + 2) * positions_;
    for (std::size_t window = 0; window < windows_; ++window) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(window * stride);
      weights_.insert(weights_.end(), first, first + static_cast<std::ptrdiff_t>(weight_rows * positions_));
    }
    place_windows(layer.name, values, weight_rows * positions_, stride);
    return;
  }
  heads_ = static_cast<int>(shape[0]);
  weights_.assign(values.begin(), values.end());
  const TokenForm form = form_of(layer, shape[2]);
  class_token_ = form.class_token;
  places_known_ = form.known();
  rows_ = form.known() ? form.rows : 1;
  columns_ = form.known() ? form.columns : static_cast<int>(shape[2]);
  patch_at_.assign(positions_, -1);
  for (std::size_t token = form.known() ? static_cast<std::size_t>(form.first) : 0; token < positions_; ++token) {
    patch_at_[token] = static_cast<int>(slot_of_.size());
    slot_of_.push_back(token);
  }
}

// The last two rows of each window are the row and the column of its positions.
void ImageAttention::place_windows(const std::string& name, std::span<const float> values, std::size_t numbers_at,
                                   std::size_t stride) {
  const auto number = [&](std::size_t slot, std::size_t which) {
    return std::lround(values[slot / positions_ * stride + numbers_at + which * positions_ + slot % positions_]);
  };
  for (std::size_t slot = 0; slot < windows_ * positions_; ++slot) {
    rows_ = std::max(rows_, static_cast<int>(number(slot, 0)));
    columns_ = std::max(columns_, static_cast<int>(number(slot, 1)));
  }
  const auto patches = static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_);
  bool good = patches <= windows_ * positions_;
  slot_of_.assign(good ? patches : 0, nowhere);
  for (std::size_t slot = 0; good && slot < windows_ * positions_; ++slot) {
    const long row = number(slot, 0);
    const long column = number(slot, 1);
    good = row == 0 ? column == 0 : row > 0 && column > 0;
    const long patch = row == 0 ? -1 : (row - 1) * columns_ + column - 1;
    patch_at_.push_back(static_cast<int>(patch));
    if (!good || patch < 0)
      continue;
    std::size_t& place = slot_of_[static_cast<std::size_t>(patch)];
    good = place == nowhere;
    place = slot;
  }
  if (!good || std::ranges::count(slot_of_, nowhere) > 0)
    throw Error(fmt::format("The windows of '{}' do not make up a map of patches, so its attention can't be shown; "
                            "choose another layer.",
                            name));
  places_known_ = true;
}

std::vector<float> ImageAttention::of_image() const {
  const std::size_t patches = slot_of_.size();
  std::vector<float> maps(static_cast<std::size_t>(heads_) * patches);
  for (std::size_t window = 0; window < windows_; ++window) {
    std::vector<std::size_t> attending;
    for (std::size_t query = 0; query < positions_; ++query)
      if (class_token_ ? query == 0 : patch_at_[window * positions_ + query] >= 0)
        attending.push_back(query);
    for (int head = 0; head < heads_; ++head)
      for (std::size_t key = 0; key < positions_; ++key) {
        const int patch = patch_at_[window * positions_ + key];
        if (patch < 0)
          continue;
        double sum = 0;
        for (const std::size_t query : attending)
          sum += weight(window, head, query, key);
        maps[static_cast<std::size_t>(head) * patches + static_cast<std::size_t>(patch)] =
            static_cast<float>(sum / static_cast<double>(attending.size()));
      }
  }
  return maps;
}

std::vector<float> ImageAttention::of_patch(int row, int column) const {
  const std::size_t patches = slot_of_.size();
  const std::size_t slot = slot_of_.at(static_cast<std::size_t>(row * columns_ + column));
  const std::size_t window = slot / positions_;
  std::vector<float> maps(static_cast<std::size_t>(heads_) * patches);
  for (int head = 0; head < heads_; ++head)
    for (std::size_t key = 0; key < positions_; ++key)
      if (const int patch = patch_at_[window * positions_ + key]; patch >= 0)
        maps[static_cast<std::size_t>(head) * patches + static_cast<std::size_t>(patch)] =
            weight(window, head, slot % positions_, key);
  return maps;
}

} // namespace scalescope
