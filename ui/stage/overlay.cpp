#include "ui/stage/overlay.h"

#include <QPainter>

#include <opencv2/imgproc.hpp>

namespace scalescope {

QImage overlay(std::span<const float> map, int width, int height, const MapColours& colours, QSize size, double opacity,
               Upscaling upscaling) {
  // resize reads only; OpenCV has no Mat of constant data.
  const cv::Mat values(height, width, CV_32F, const_cast<float*>(map.data()));
  cv::Mat resized;
  const int how = upscaling == Upscaling::Crisp                   ? cv::INTER_NEAREST
                  : size.width() * size.height() < width * height ? cv::INTER_AREA
                                                                  : cv::INTER_LINEAR;
  cv::resize(values, resized, {size.width(), size.height()}, 0, 0, how);
  const QImage opaque = colour({resized.ptr<float>(), resized.total()}, size.width(), size.height(), colours);
  QImage image(size, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::transparent);
  QPainter painter(&image);
  painter.setOpacity(opacity);
  painter.drawImage(0, 0, opaque);
  return image;
}

} // namespace scalescope
