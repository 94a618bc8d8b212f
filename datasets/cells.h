#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace scalescope {

/// Options of the images of cells.
struct CellOptions {
  int side = 256;          ///< of the images, in pixels
  int cells = 60;          ///< in an image; fewer if they do not fit without touching
  double min_radius = 4.5; ///< of a cell's mean radius, in pixels
  double max_radius = 8.5;
  std::uint64_t seed = 0;
};

/// Draws images that look like stained nuclei under a microscope and writes them as `transfer` reads them:
/// images/cells-000.png beside labels/cells-000.png (16 bits, 0 for the background, a number for each cell). Sizes,
/// positions, stain and grain are random for every image. They are not real histology: they only show how the method
/// works.
/// @throws Error if the folder can't be written; Cancelled when stopped.
void write_cells(const std::filesystem::path& folder, int images, const CellOptions& options,
                 const std::stop_token& stop = {});

} // namespace scalescope
