#pragma once
// How a Resizing is written into JSON: as members of the object that the preprocessing is.

#include "core/image/resizing.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace scalescope {

inline void write_resizing(nlohmann::json& preprocessing, const Resizing& how) {
  preprocessing["resize"] = text_of(how.mode);
  preprocessing["interpolation"] = text_of(how.interpolation);
  preprocessing["crop"] = how.crop;
}

/// What is missing was written before there was a choice. @throws nlohmann::json::exception or
/// std::bad_optional_access for what write_fitting does not write.
[[nodiscard]] inline Resizing read_resizing(const nlohmann::json& preprocessing) {
  Resizing how;
  how.mode = enum_of<ResizeMode>(preprocessing.value("resize", text_of(how.mode))).value();
  how.interpolation = enum_of<Interpolation>(preprocessing.value("interpolation", text_of(how.interpolation))).value();
  how.crop = preprocessing.value("crop", how.crop);
  if (!(how.crop >= least_crop && how.crop <= 1))
    throw std::bad_optional_access();
  return how;
}

} // namespace scalescope
