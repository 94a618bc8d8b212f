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
       Tour::tr(
           "Drag a corner of the object's outline, or turn the wheel over it: the object's scale changes, the image "
           "stays as large as it was. Image size, the pixels that the network is given, is the other slider. Hold "
           "Space to see the image as it was; Ctrl+R puts the object back.")},
      {docks.maps(), Tour::tr("Look"),
       Tour::tr(
           "Every channel of the chosen layer, as it answers to what is on the stage. Click one to enlarge it and to "
           "lay it over the image; [ and ] go to the layers before and after. The likeliest classes stand below "
           "the stage."),
       bring_up("maps")},
      {actions.analyse_button(), Tour::tr("Analyse"),
       Tour::tr(
           "Measures layer by layer how well the object's scale can be read, over all images that are open. The "
           "demonstration has done so with 200 drawn scenes, as three photographs are too few. Controls with random "
           "weights say what the architecture alone gives.")},
      {docks.curve(), Tour::tr("Choose"),
       Tour::tr(
           "R² by layer: 1 is perfect, 0 no better than guessing the mean. Click a point to go to its layer. The "
           "scale that this layer's regression reads then stands below the stage, beside the true one, and it is said "
           "where that is a guess."),
       bring_up("curve")},
      {actions.prune_button(), Tour::tr("Prune"),
       Tour::tr("Cuts the network after the layer where scale is read best, shows what that saves, and writes a "
                "TorchScript file that PyTorch and LibTorch load and train on. All of this is in Help > Manual.")}};
}

} // namespace scalescope
