#include "core/image/sample.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {

std::string left_out_text(std::vector<LeftOut> left_out, const std::vector<LeftOut>& later) {
  left_out.insert(left_out.end(), later.begin(), later.end());
  const auto objects = std::ranges::count(left_out, true, &LeftOut::is_object);
  const auto images = std::ssize(left_out) - objects;
  if (objects == 0)
    return fmt::format("{} left out", images);
  const std::string of_objects = fmt::format("{} object{}", objects, objects == 1 ? "" : "s");
  return images == 0 ? fmt::format("{} left out", of_objects)
                     : fmt::format("{} image{} and {} left out", images, images == 1 ? "" : "s", of_objects);
}

} // namespace scalescope
