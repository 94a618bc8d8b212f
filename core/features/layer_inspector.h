#pragma once

#include "core/image/preprocessing.h"
#include "core/network/network.h"
#include "core/stage/composite.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// An image on the stage, and what was done to its object.
struct StageState {
  std::shared_ptr<const Image> image;        ///< the unchanged image; the network is given this one while at_home()
  std::shared_ptr<const Segmentation> apart; ///< a working copy, split into background and object; null: no object
  Placement placement;                       ///< in the working copy's pixels
  double camera = 1;                         ///< instead of the placement, where it is not 1: see zoom_camera
  int image_size = 224;                      ///< side of what the network is given, in pixels

  [[nodiscard]] bool at_home() const; ///< nothing was done to the object
};

/// The image as the stage shows it. @throws Error as composite.
[[nodiscard]] Frame make_frame(const StageState& state);

/// Every channel of a layer for one image.
struct LayerMaps {
  std::string layer;
  int channels = 0;
  int height = 0; ///< 1 x 1 for a layer that returns a vector
  int width = 0;
  /// channels x height x width. A sequence of n x n positions, a class token before them or not, is a map of n x n.
  std::vector<float> values;
  std::vector<float> pooled; ///< mean of each channel (global average pooling), a class token's included
};

/// Looks at one layer of a network for one image after another, and at what the network takes the image for. Keeps
/// the plans for that between images. Used by the thread that uses the network.
class LayerInspector {
 public:
  explicit LayerInspector(const Network& network) : network_(network) {}

  /// Resizes the frame to StageState::image_size and preprocesses it for the network.
  [[nodiscard]] std::vector<float> pixels(const StageState& state, const Frame& frame,
                                          const Preprocessing& preprocessing) const;

  struct Look {
    LayerMaps maps;
    std::vector<float> probabilities; ///< of the classes; empty if they were not asked for or there are none
    double milliseconds = 0;          ///< of the forward pass
  };
  /// One pass: to the layer only, or to the end for the classes too.
  /// @param pixels 3 x side x side. @throws Error as Network::plan and run.
  [[nodiscard]] Look look(const std::string& layer, bool classes, const std::vector<float>& pixels, int side);

 private:
  struct Known {
    std::string layer;
    bool classes = false;
    Plan plan;
  };
  const Plan& plan(const std::string& layer, bool classes);

  const Network& network_;
  std::vector<Known> known_; ///< the latest first
};

} // namespace scalescope
