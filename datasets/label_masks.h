#pragma once

#include "core/image/sample.h"

#include <filesystem>

namespace scalescope {

/// Lists the images of a folder in the layout images/NAME.png beside labels/NAME.png, in the bytewise order of their
/// names. A mask belongs to the image whose name is the same before the extension: 16 bits a pixel, 0 for the
/// background, a number for each object (see read_label_mask). Nothing is opened.
/// Masks without an image are left out.
/// @throws Error naming the folder or file: no such layout, an image without a mask, two of one name.
[[nodiscard]] LabelledSet read_label_masks(const std::filesystem::path& folder);

} // namespace scalescope
