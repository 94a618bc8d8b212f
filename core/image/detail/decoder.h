#pragma once
// What images and label masks have in common when they are decoded.

#include "core/base/error.h"
#include "core/image/image_header.h"
#include "core/image/tiff_directory.h"

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <new>
#include <string>
#include <vector>

namespace scalescope {

inline constexpr const char* rare_kind =
    "can't be decoded, because it is damaged or of a rare type: convert it to PNG, or leave it out";

/// The upright samples as OpenCV reads them with these flags. @param header of the bytes. @param described_as what a
/// TIFF file is to say of its samples instead, because libtiff and OpenCV would change or refuse them.
/// @throws BadImage if the size is absurd, or the decoder refuses.
[[nodiscard]] cv::Mat decode(std::string bytes, const ImageHeader& header, int flags,
                             std::map<TiffTag, std::vector<std::uint16_t>> described_as = {});

/// The tag ExtraSamples for colours as they are stored: libtiff would multiply them by an alpha that is unassociated.
[[nodiscard]] std::vector<std::uint16_t> alpha_as_stored(const TiffSamples& samples);

/// A note where a file has several pages or frames, of which the first is used; else empty.
[[nodiscard]] std::string frames_note(const ImageHeader& header);

/// Calls `read` on an image's bytes; converts its exceptions to an Error with the name of the file.
template <typename Read>
auto explained(const std::filesystem::path& file, const Read& read) {
  try {
    return read();
  } catch (const BadImage& bad) {
    throw Error(fmt::format("'{}' {}.", file.string(), bad.what()));
  } catch (const cv::Exception&) { // its text is about OpenCV's code
    throw Error(fmt::format("'{}' {}.", file.string(), rare_kind));
  } catch (const std::bad_alloc&) {
    throw Error(fmt::format("'{}' does not fit into memory: make the image smaller.", file.string()));
  }
}

} // namespace scalescope
