#pragma once

#include <opencv2/core.hpp>

namespace scalescope {

/// How a TIFF file stores CIE 1976 L*a*b* (white point D50), as its tag PhotometricInterpretation says (TIFF 6.0,
/// section 23; TIFF Technical Note 4).
enum class LabEncoding {
  cielab, ///< 8: a* and b* are signed numbers; with 16 bits in units of 1/256
  icclab, ///< 9: a* and b* have an offset of 128; with 16 bits L* = 100 is 65280
};

/// The colours as 8-bit sRGB, adapted to its white point D65 with Bradford's matrix; colours that sRGB lacks are
/// clipped. @param samples L*, a*, b* in the order of OpenCV: b*, a*, L*, with 8 or 16 bits. The result is BGR.
[[nodiscard]] cv::Mat lab_to_bgr(const cv::Mat& samples, LabEncoding encoding);

} // namespace scalescope
