#pragma once

#include "core/features/layer_maps.h"
#include "core/image/preprocessing.h"
#include "core/network/network.h"
#include "core/stage/composite.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// An image on the stage, and the changes of its object.
struct StageState {
  std::shared_ptr<const Image> image;        ///< the original; the network is given it while object_unchanged()
  std::shared_ptr<const Segmentation> apart; ///< a working copy, split into background and object; null: no object
  Placement placement;                       ///< in the working copy's pixels
  double camera = 1;    ///< zoom of the whole image; if it is not 1, placement is ignored: see zoom_camera
  int image_size = 224; ///< side of the network's input, in pixels

  [[nodiscard]] bool object_unchanged() const; ///< neither placement nor camera changes the image
};

/// The image as the stage shows it, and what a network with this preprocessing sees of it. @throws Error as composite.
[[nodiscard]] Frame make_frame(const StageState& state, const Resizing& resizing = {});

/// Runs a network on one image at a time, and gives the feature maps of a layer and the class probabilities. Keeps
/// plans between images. Used only in the thread that uses the network, which must outlive it.
class LayerInspector {
 public:
  explicit LayerInspector(const Network& network) : network_(network) {}

  /// Makes the frame a square of StageState::image_size pixels and preprocesses it for the network.
  [[nodiscard]] std::vector<float> pixels(const StageState& state, const Frame& frame,
                                          const Preprocessing& preprocessing) const;

  struct Look {
    LayerMaps maps;
    std::vector<float> probabilities; ///< of the classes; empty if not requested or if there are none
    double milliseconds = 0;          ///< of the forward pass
  };
  /// One pass: only up to the layer, or to the end for the classes, too.
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
