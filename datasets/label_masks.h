#pragma once

#include "core/image/sample.h"

#include <filesystem>

namespace scalescope {

/// Lists the images of a folder in the layout images/NAME.png beside labels/NAME.png, in the bytewise order of their
/// names. A mask belongs to the image with the same name before the extension. It has 16 bits per pixel: 0 for the
/// background, and a number for each object (see read_label_mask). No file is opened. Masks without an image are left
/// out.
/// @throws Error with the name of the folder or file: wrong layout, an image without a mask, two files of one name.
[[nodiscard]] LabelledSet read_label_masks(const std::filesystem::path& folder);

} // namespace scalescope
