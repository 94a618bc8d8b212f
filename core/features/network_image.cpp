#include "core/features/network_image.h"

#include <array>
#include <cstddef>
#include <numeric>

namespace scalescope {
namespace {

// PIL's L24 (Convert.c).
Image luminance(const Image& image) {
  Image grey = image;
  for (std::size_t i = 0; i + 2 < grey.pixels.size(); i += 3) {
    const unsigned sum = grey.pixels[i] * 19595U + grey.pixels[i + 1] * 38470U + grey.pixels[i + 2] * 7471U;
    grey.pixels[i] = grey.pixels[i + 1] = grey.pixels[i + 2] = static_cast<std::uint8_t>((sum + 0x8000U) >> 16U);
  }
  return grey;
}

void average(std::array<float, 3>& values) { values.fill(std::accumulate(values.begin(), values.end(), 0.0F) / 3); }

} // namespace

void preprocess_for(const InputForm& form, const Image& image, const Preprocessing& how, std::span<float> out) {
  if (form.channels == 3)
    return preprocess(image, how, out);
  Preprocessing of_grey = how;
  average(of_grey.mean);
  average(of_grey.standard_deviation);
  preprocess(luminance(image), of_grey, out);
}

} // namespace scalescope
