#include "core/image/label_mask.h"
#include "datasets/detail/annotations.h"
#include "datasets/formats.h"
#include "datasets/label_masks.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// The masks of a folder, as full paths; none if it has no such layout.
std::vector<fs::path> masks_in(const fs::path& folder, std::span<const fs::path> /*files*/) {
  std::vector<fs::path> masks;
  try {
    for (const LabelledImage& image : read_label_masks(folder).images)
      masks.insert(masks.end(), image.masks.begin(), image.masks.end());
  } catch (const Error&) { // it may still be a folder of images
    return {};
  }
  std::ranges::sort(masks, {}, [](const fs::path& file) { return file.generic_string(); });
  return masks;
}

void read_masks(const DataSource& source, Collector& found) {
  const LabelledSet set = read_label_masks(source.root);
  found.set().left_out = set.left_out;
  MaskNumbers numbers;
  std::size_t done = 0;
  for (const LabelledImage& image : set.images) {
    found.image(image.id, [&] {
      const LabelMask mask = read_label_mask(image, found.options().split_masks);
      numbers.add(image.id, image.masks.front(), mask);
      AnnotatedImage read{.image = {image.id, image.file},
                          .annotation = image.masks.front().string(),
                          .width = static_cast<double>(mask.width),
                          .height = static_cast<double>(mask.height)};
      for (const MaskObject& object : objects_of(mask))
        read.objects.push_back({object.box});
      for (const std::string& note : mask.notes)
        found.set().remarks.push_back({image.masks.front().string(), note});
      found.add(std::move(read));
    });
    found.step(++done, set.images.size());
  }
  if (!found.options().split_masks)
    numbers.check();
  for (Remark& remark : numbers.remarks())
    found.set().remarks.push_back(std::move(remark));
}

} // namespace

constexpr DatasetFormat masks_format{.name = "label masks",
                                     .id = "masks",
                                     .what = "a folder of images and label masks",
                                     .annotations_in = masks_in,
                                     .is_last_resort = true,
                                     .read = read_masks};

} // namespace scalescope
