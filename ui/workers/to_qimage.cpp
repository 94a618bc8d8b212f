#include "ui/workers/to_qimage.h"

namespace scalescope {

QImage to_qimage(const Image& image) {
  const QImage view(image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.width) * 3,
                    QImage::Format_RGB888);
  return view.convertToFormat(QImage::Format_RGB32);
}

} // namespace scalescope
