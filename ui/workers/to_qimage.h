#pragma once

#include "core/image/image.h"

#include <QImage>

namespace scalescope {

/// Copies the image's pixels into a QImage of the format that is painted fastest (RGB32).
[[nodiscard]] QImage to_qimage(const Image& image);

} // namespace scalescope
