#pragma once

#include "core/image/bounding_box.h"
#include "core/image/image.h"
#include "core/image/sample.h"

#include <string>
#include <vector>

namespace scalescope {

/// An object in its image, as the experiments that show it elsewhere or at other scales need it.
struct ReadObject {
  std::string hash;                 ///< SHA-256 of the file
  Image copy;                       ///< the image; a smaller one if it is much larger than the network's input
  BoundingBox box;                  ///< of the object within the copy
  std::vector<std::string> remarks; ///< on the box, and on the image: see place_box, Image::notes
};

/// Reads a sample's image and places its box. @param side of the network's input in pixels: the copy is at most twice
/// as long. @throws Error as read_image and place_box, also if the sample has no box.
[[nodiscard]] ReadObject read_object(const Sample& sample, int side);

} // namespace scalescope
