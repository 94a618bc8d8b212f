#pragma once
// The shapes of the VGG Image Annotator, which its .json and its .csv share.

#include "core/image/bounding_box.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace scalescope {

/// The box of a region's shape_attributes: rect, circle, ellipse, polygon, polyline; no value for an image without a
/// region ({}) and for points. @throws Error without the place of the region.
[[nodiscard]] std::optional<BoundingBox> via_box(const nlohmann::json& shape_attributes);

/// The class in region_attributes: the value of class, label, type or name, else the first text; empty if there is
/// none.
[[nodiscard]] std::string via_class(const nlohmann::json& region_attributes);

/// A field of a VIA table. @throws Error without the place of the row
[[nodiscard]] nlohmann::json parsed_via_field(const std::string& text);

} // namespace scalescope
