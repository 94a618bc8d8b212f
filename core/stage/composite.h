#pragma once

#include "core/image/bounding_box.h"
#include "core/image/image.h"
#include "core/stage/segment.h"

namespace scalescope {

/// The position and size of the object.
struct Placement {
  double scale = 1;    ///< linear factor on the original object; object scale, an area, is Frame::fraction
  double centre_x = 0; ///< of the box, in pixels of the image; may lie outside of it
  double centre_y = 0;
};

/// An image made for one placement of the object.
struct Frame {
  Image image;
  BoundingBox box;          ///< of the object, including the part outside of the image
  double fraction = 0;      ///< object scale: area of the box within the image over area of the image; from make_frame:
                            ///< of what the network sees of both
  double mask_fraction = 0; ///< area of the object itself within the image over area of the image
  BoundingBox seen = {};    ///< what the network sees of the image, from make_frame: see seen_part
};

/// The placement of the unchanged object.
[[nodiscard]] Placement home(const Segmentation& apart);

/// Object scale is an area and grows with the square of the linear factor: scale = sqrt(fraction / original fraction).
/// The fraction is that of the whole box, including what would lie outside of the image.
[[nodiscard]] double scale_of_fraction(const Segmentation& apart, double fraction);
[[nodiscard]] double fraction_of_scale(const Segmentation& apart, double scale);

/// The background with the object at its new place and size, antialiased and at fractions of a pixel; parts outside of
/// the image are cropped. At the original placement, the result is the original, bit for bit. Networks get
/// resize(frame.image, side, side).
/// @throws Error if the placement is not finite or the object would be smaller than a pixel.
[[nodiscard]] Frame composite(const Segmentation& apart, const Placement& placement);

/// Draws an object over any image, antialiased and at fractions of a pixel; parts outside of it are cropped. composite
/// draws it over its own background.
/// @param box of the object, in the pixels that the layer has. @param placement the box's, in pixels of `onto`.
/// @return the area in pixels that the object itself covers: the sum of its alpha, 0 to 1 each.
double draw_object(const ObjectLayer& object, const BoundingBox& box, const Placement& placement, Image& onto);

/// The mask's outline at a placement, in pixels.
[[nodiscard]] ObjectOutline outline_at(const Segmentation& apart, const Placement& placement);

/// The whole view enlarged by `factor`, as if the camera came nearer (above 1) or went away (below 1); the image keeps
/// its size. The object's centre stays in place, but the view moves as far as needed to keep the box complete if it
/// fits. Outside of the image, the mirrored background without the object is shown. At 1, the result is the original,
/// bit for bit.
/// @throws Error as composite.
[[nodiscard]] Frame zoom_camera(const Segmentation& apart, double factor);

/// The frame at another image size: box and pixels change together, the fractions stay.
/// @throws Error as resize.
[[nodiscard]] Frame resized(const Frame& frame, int width, int height);

} // namespace scalescope
