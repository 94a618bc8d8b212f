#include "core/network/detail/loading/image_sizes.h"

#include "core/network/detail/loading/unreadable.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {

ImageLimits read_image_sizes(const std::vector<SizeRange>& sizes, std::vector<std::string>& notes) {
  if (sizes.size() != 4)
    throw Unreadable(fmt::format("takes a tensor of {} dimensions, not a batch of images", sizes.size()),
                     "export a network that takes N x 3 x height x width");
  const auto is_channels = [](const SizeRange& range) {
    return range.least == range.most && (range.least == 1 || range.least == 3);
  };
  const std::size_t height = !is_channels(sizes[1]) && is_channels(sizes[3]) ? 1 : 2;
  const SizeRange batch = sizes[0];
  const SizeRange rows = sizes[height];
  const SizeRange columns = sizes[height + 1];
  constexpr std::int64_t largest = 1 << 20;
  for (const SizeRange& range : {batch, rows, columns})
    if (range.least < 0 || range.least > largest || range.most < 0)
      throw damaged("its sizes of images are impossible");
  constexpr std::int64_t largest_batch = 1024;
  const bool fixed = batch.least == batch.most && batch.most > 1;
  if (fixed && batch.most > largest_batch)
    throw Unreadable(fmt::format("was exported for batches of exactly {} images", batch.most),
                     "export it with fewer, or with dynamic_shapes for the batch");
  const auto smaller = [](std::int64_t a, std::int64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); };
  ImageLimits limits;
  limits.most_images = batch.most;
  limits.exactly = fixed;
  limits.least_side = static_cast<int>(std::max(rows.least, columns.least));
  limits.most_side = static_cast<int>(std::min(smaller(rows.most, columns.most), largest));
  if (limits.most_side > 0 && limits.least_side > limits.most_side)
    throw Unreadable(
        fmt::format("takes images of {} x {} pixels only, but ScaleScope gives square ones", columns.least, rows.least),
        "export it for square images");
  if (limits.most_images == 1)
    notes.emplace_back("It was exported for a single image, so images run one by one, which is slower; "
                       "export it with dynamic_shapes for the batch to avoid this.");
  if (fixed)
    notes.push_back(fmt::format("It was exported for batches of exactly {} images, so it always runs on that many; "
                                "export it with dynamic_shapes for the batch to avoid this.",
                                batch.most));
  if (limits.least_side == limits.most_side && limits.most_side > 0)
    notes.push_back(
        fmt::format("It was exported for images of {0} x {0} pixels, and takes no others.", limits.most_side));
  return limits;
}

} // namespace scalescope
