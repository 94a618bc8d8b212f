#pragma once

#include "core/image/bounding_box.h"
#include "core/image/image.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// The kinds of objects; each has its own shape and pattern.
[[nodiscard]] const std::vector<std::string>& scene_classes();

/// The background of the object.
enum class Backdrop { Gradient, Clouds, Stripes, Checks, Blobs, Horizon };
inline constexpr int backdrop_count = 6;

/// The light of a scene, which falls on object and background alike.
struct Lighting {
  double direction = -2.3; ///< direction in radians: 0 is from the right, then clockwise; -2.3 is from the top left
  double contrast = 0.5;   ///< of light and shade, 0 to 1
  double exposure = 1;     ///< factor on everything
  double warmth = 0;       ///< -1 bluish to 1 reddish
};

/// The complete description of a scene. The members are independent: with another scale, the same object is in front of
/// the same background in the same light.
struct SceneDescription {
  int object_class = 0;           ///< index in scene_classes()
  std::uint64_t texture_seed = 0; ///< draws the object's colours and the details of its pattern
  Backdrop backdrop = Backdrop::Clouds;
  std::uint64_t background_seed = 0; ///< draws the backdrop's colours and details
  Lighting light;
  double centre_x = 0.5; ///< of the object's box, as a fraction of the image's width
  double centre_y = 0.5; ///< and of its height
  double scale = 0.2;    ///< area of the object's box over area of the image; its pattern grows along
  double rotation = 0;   ///< radians, clockwise
};

/// An image of one object and the truth about it.
struct Scene {
  Image image;
  BoundingBox box;                ///< the tight box of the mask
  std::vector<std::uint8_t> mask; ///< height x width: 255 where the object covers at least half of the pixel, else 0
  int object_class = 0;           ///< index in scene_classes()
  double scale = 0;               ///< area of `box` over area of the image: as rendered, so in whole pixels
};

/// Options of the scenes.
struct SceneOptions {
  int width = 224;
  int height = 224;
  double min_scale = 0.02;
  double max_scale = 0.6; ///< at most what fits at any rotation: 0.65 in a square image
  std::uint64_t seed = 0;
};

/// The index-th scene of a seed; it does not depend on the others. Class, textures, backdrop, light and rotation are
/// uniform. So is the square root of the scale (the object's side), and the position among those where the object is
/// completely inside the image. Nothing but the object reveals its scale.
/// @throws Error if the options can't be met.
[[nodiscard]] SceneDescription describe_scene(const SceneOptions& options, std::uint64_t index);

/// Draws a scene. The same description gives the same bytes, in any thread.
/// @throws Error if the object is not completely inside the image, or is too small to be seen (below 8 x 8 pixels).
[[nodiscard]] Scene render(const SceneDescription& description, int width, int height);

/// The largest scale at which the object is completely inside the image, with its present centre.
[[nodiscard]] double largest_scale(const SceneDescription& description, int width, int height);

/// render(describe_scene(options, index)).
[[nodiscard]] Scene make_scene(const SceneOptions& options, std::uint64_t index);

} // namespace scalescope
