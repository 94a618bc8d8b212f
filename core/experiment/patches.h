#pragma once

#include "core/image/image.h"
#include "core/image/resize.h"
#include "core/image/sample.h"

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The settings of patches from images of one native magnification.
struct PatchSettings {
  std::vector<double> magnifications; ///< of the patches, in the unit of `native`
  double native = 40;                 ///< magnification that the images were taken at
  int side = 224;                     ///< of a patch, in pixels
  int patches = 3;                    ///< per image and magnification
  int least_nuclei = 3;               ///< that must lie completely inside a patch: the mean of fewer says little
  bool split_masks = false;           ///< take each connected part of a mask as an object: see split_into_parts
  std::uint32_t seed = 0;             ///< seed of their positions
};

/// A square part of an image that is shown at another magnification.
struct Patch {
  std::string id;           ///< "images/a.png@20x#0": image, magnification, number
  std::size_t image = 0;    ///< in the data set
  double magnification = 0; ///< as chosen; `side` is rounded to whole pixels
  int x = 0;                ///< of its left column in the image
  int y = 0;                ///< of its top row
  int side = 0;             ///< in pixels of the image: at magnification m about PatchSettings::side * native / m
  int nuclei = 0;           ///< completely inside: none of their pixels is in the patch's outermost rows and columns
  double area = 0;          ///< mean area of these in pixels of the patch
};

struct ImageSize {
  int width = 0;
  int height = 0;
  bool operator==(const ImageSize&) const = default;
};

struct Patches {
  std::vector<Patch> patches;   ///< image by image, magnification by magnification
  std::vector<ImageSize> sizes; ///< of every image's mask, and so of the image
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks = {}; ///< on masks and images
};

/// Chooses the patches of labelled images and measures their nuclei. It opens masks, but not images. A patch never
/// contains padding, tiling or upsampling, because each would reveal its magnification: it is a part of an image, made
/// smaller. Left out, with the reason, are magnifications above the native one, parts larger than their image, patches
/// beyond the number of different positions, and patches with too few whole nuclei. Positions are drawn uniformly, each
/// once; patches may overlap. They depend only on the seed, the image's id and size, and the magnification. Areas are
/// counted on the full mask and then multiplied by (patch side / part side)^2. This is exact; a smaller mask would lose
/// thin parts.
/// @param progress receives the number of finished masks.
/// @throws Error for a mask that can't be read, masks that do not number their objects (see MaskNumbers), or settings
/// that make no sense; Cancelled when stopped.
[[nodiscard]] Patches choose_patches(std::span<const LabelledImage> images, const PatchSettings& settings,
                                     const std::stop_token& stop = {},
                                     const std::function<void(std::size_t)>& progress = {});

/// Reads an image of patches. @param size of its mask. @throws Error if it can't be read or has another size.
[[nodiscard]] Image read_labelled(const LabelledImage& image, ImageSize size);

/// The patch's pixels: the part cropped from its image, made smaller with antialiasing (see resize).
/// @param image of the patch. @param side of the result.
[[nodiscard]] Image crop_patch(const Image& image, const Patch& patch, int side,
                               Interpolation interpolation = Interpolation::Bilinear);

} // namespace scalescope
