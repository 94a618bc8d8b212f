#include "ui/window/window_tour.h"

#include "ui/curve/curve_view.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/stage_view.h"
#include "ui/window/actions.h"
#include "ui/window/docks.h"
#include "ui/window/stage_panel.h"

namespace scalescope {

std::vector<TourStep> window_tour(StagePanel& stage, Docks& docks, const Actions& actions) {
  const auto bring_up = [&docks](const char* dock) { return [&docks, dock] { docks.bring_up(dock); }; };
  return {
      {stage.stage(), Tour::tr("Rescale"),
       Tour::tr("Drag a corner of the object's outline, or turn the wheel over it. The object's scale changes; the "
                "size of the image stays the same. The other slider changes the image size: the pixels that the "
                "network is given. Hold Space to see the unchanged image. Ctrl+R puts the object back.")},
      {docks.maps(), Tour::tr("Look"),
       Tour::tr("Every channel of the chosen layer, for the image on the stage. Click a channel to enlarge it and to "
                "lay it over the image. [ and ] go to the previous and the next layer. The most likely classes are "
                "below the stage."),
       bring_up("maps")},
      {actions.analyze_button(), Tour::tr("Analyse"),
       Tour::tr("Measures layer by layer how well the object's scale can be read, on all open images. The "
                "demonstration uses 200 synthetic scenes, because three photographs are too few. The control with "
                "random weights shows what the architecture alone gives.")},
      {docks.curve(), Tour::tr("Choose"),
       Tour::tr("R² by layer: 1 is perfect, 0 is no better than guessing the mean. Click a point to go to its layer. "
                "Below the stage you then see the scale that this layer's regression reads, and the true one. A mark "
                "shows when the reading is a guess."),
       bring_up("curve")},
      {actions.prune_button(), Tour::tr("Prune"),
       Tour::tr("Prunes the network after the layer with the best R², shows what that saves, and writes a TorchScript "
                "file. PyTorch and LibTorch can load it and train it further. Help > Manual explains all of this.")}};
}

} // namespace scalescope
