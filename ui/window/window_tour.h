#pragma once

#include "ui/window/tour.h"

#include <vector>

namespace scalescope {

class Actions;
class Docks;
class StagePanel;

/// The steps of the tour through the window: rescale, look, analyse, choose, prune.
[[nodiscard]] std::vector<TourStep> window_tour(StagePanel& stage, Docks& docks, const Actions& actions);

} // namespace scalescope
