#pragma once

#include "core/image/sample.h"

#include <filesystem>

namespace scalescope {

/// Lists the images of a folder that have masks of their objects, in the bytewise order of their names. No file is
/// opened. These layouts are found, in the folder itself or else in its sub-folders (train, val, one for each image):
/// - images (imgs, JPEGImages) beside masks (labels, SegmentationObject), each in any case and number;
/// - images and masks in one folder, the masks named as below.
///
/// The masks of an image NAME.jpg are one of:
/// - a label mask: NAME, or NAME_mask, NAME_masks, NAME_label, NAME_labels, NAME_cp_masks (Cellpose), NAME_seg, with an
///   extension of its own. An image NAME_img or NAME_image may have masks of NAME, too;
/// - a folder NAME with a mask for each object;
/// - all files of masks, one for each object, if the folder with images and masks has the image's name and no other
///   image (the Kaggle Data Science Bowl of 2018).
/// Images without masks and masks without an image are left out, with the reason.
/// @throws Error with the name of the folder or file: no such layout, no image with masks, two files of one name.
[[nodiscard]] LabelledSet read_label_masks(const std::filesystem::path& folder);

} // namespace scalescope
