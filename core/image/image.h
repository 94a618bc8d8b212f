#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// An image: height x width x 3 samples, RGB, 8 bits each, row by row without padding.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::string> notes = {}; ///< what of its file was not used exactly as it is; see Remark::text
};

} // namespace scalescope
