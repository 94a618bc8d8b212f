#include "core/experiment/read_object.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"
#include "core/stage/segment.h"

#include <fmt/format.h>

namespace scalescope {

ReadObject read_object(const Sample& sample, int side) {
  if (!sample.box)
    throw Error(fmt::format("{}: {} has no box, so there is no object to render; add one.", sample.annotation,
                            sample.file.string()));
  ReadObject read;
  std::string bytes = read_upright_image(sample.file);
  read.hash = sha256_of(bytes);
  const int orientation = orientation_of(bytes);
  const Image image = decode_image(std::move(bytes), sample.file);
  const PlacedBox placed = place_box(sample, {image.width, image.height, orientation});
  if (!placed.remark.empty())
    read.remarks.push_back(placed.remark);
  read.remarks.insert(read.remarks.end(), image.notes.begin(), image.notes.end());
  std::tie(read.copy, read.box) = working_copy(image, placed.box, 2 * side);
  read.box = clip(read.box, read.copy.width, read.copy.height);
  if (read.box.width * read.box.height <= 0)
    throw Error(fmt::format("{}: the box lies outside of {}; correct it or take it out.", sample.annotation,
                            sample.file.string()));
  return read;
}

} // namespace scalescope
