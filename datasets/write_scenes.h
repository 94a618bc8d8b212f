#pragma once

#include "datasets/scenes.h"

#include <filesystem>
#include <functional>
#include <stop_token>

namespace scalescope {

/// Writes scenes 0 .. count-1 as a data set in PASCAL VOC layout: images/scene-00000.png, annotations/scene-00000.xml,
/// masks/scene-00000.png, and classes.txt with one class per line. The folder appears complete or not at all.
/// @param progress receives the finished share, 0 to 1.
/// @throws Error if the folder is not empty (what a killed run left there does not count) or can't be written;
/// Cancelled
///         when stopped.
void write_scenes(const std::filesystem::path& folder, int count, const SceneOptions& options,
                  const std::stop_token& stop = {}, const std::function<void(double)>& progress = {});

} // namespace scalescope
