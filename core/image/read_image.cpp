#include "core/image/read_image.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/image/detail/cielab.h"
#include "core/image/detail/decoder.h"

#include <fmt/format.h>
#include <opencv2/core/version.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string>
#include <utility>

namespace scalescope {

namespace {

// Values of PhotometricInterpretation, ExtraSamples and SampleFormat in a TIFF.
constexpr std::uint64_t black_is_zero = 1;
constexpr std::uint64_t rgb_colours = 2;
constexpr std::uint64_t cmyk_colours = 5;
constexpr std::uint64_t cielab_colours = 8;
constexpr std::uint64_t icclab_colours = 9;
constexpr std::uint64_t associated_alpha = 1;
constexpr std::uint64_t unassociated_alpha = 2;
constexpr std::uint64_t signed_samples = 2;
constexpr std::uint64_t float_samples = 3;

bool is_lab(const TiffSamples& samples) {
  return samples.colours == cielab_colours || samples.colours == icclab_colours;
}

/// Refuses samples that would be decoded wrongly.
void check_samples(const TiffSamples& samples) {
  if (samples.kind == float_samples)
    throw BadImage("contains floating-point samples: convert it to unsigned 8 or 16 bits");
  if (samples.kind != 1 && !(is_lab(samples) && samples.kind == signed_samples))
    throw BadImage("contains signed samples: convert it to unsigned 8 or 16 bits");
  constexpr std::array sizes{1, 2, 4, 8, 16};
  if (std::ranges::find(sizes, static_cast<int>(samples.bits)) == sizes.end())
    throw BadImage(fmt::format("contains samples of {} bits: convert it to 8 or 16 bits", samples.bits));
  // OpenCV takes four channels at most, and of two channels with 16 bits it takes 8 of them.
  if (samples.channels > 4 || (samples.bits == 16 && samples.channels == 2))
    throw BadImage(
        fmt::format("has {} channels per pixel: save one of them as grey, or three as RGB", samples.channels));
  if (samples.bits == 16) {
    // OpenCV decodes all 16-bit files as interleaved grey or RGB, even if they are not.
    const bool as_decoded = samples.colours == black_is_zero || samples.colours == rgb_colours || is_lab(samples);
    if (!as_decoded || (samples.planes && samples.channels > 1))
      throw BadImage("contains 16-bit samples that are not interleaved grey, RGB or CIELAB: convert it to 8 bits");
  }
}

/// Undoes the multiplication of colours by alpha as PIL does. @param image BGR and alpha, 8 or 16 bits
template <typename Sample>
cv::Mat divided_by_alpha(const cv::Mat& image) {
  using Pixel = cv::Vec<Sample, 4>;
  cv::Mat colours(image.size(), CV_MAKETYPE(image.depth(), 3));
  constexpr unsigned full = std::numeric_limits<Sample>::max();
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const auto& pixel = image.at<Pixel>(y, x);
      auto& out = colours.at<cv::Vec<Sample, 3>>(y, x);
      for (int c = 0; c < 3; ++c)
        out[c] = pixel[3] == 0
                     ? Sample{0}
                     : static_cast<Sample>(std::min<std::uint64_t>(full, std::uint64_t{pixel[c]} * full / pixel[3]));
    }
  return colours;
}

struct Decoded {
  cv::Mat bgr; ///< 8 or 16 bits
  std::vector<std::string> notes;
};

bool has_alpha_to_undo(const TiffSamples& samples) {
  return samples.first_extra == associated_alpha && samples.colours == rgb_colours && samples.channels == 4;
}

/// What the header shows that is not used as it is.
std::vector<std::string> notes_of_header(const ImageHeader& header) {
  std::vector<std::string> notes;
  if (std::string note = frames_note(header); !note.empty())
    notes.push_back(std::move(note));
  const TiffSamples& samples = header.tiff;
  const std::uint64_t used = samples.colours == cmyk_colours                                    ? 4
                             : samples.colours == rgb_colours || samples.colours > cmyk_colours ? 3
                                                                                                : 1;
  const bool is_alpha = samples.channels == used + 1 &&
                        (samples.first_extra == associated_alpha || samples.first_extra == unassociated_alpha);
  if (samples.channels > used && !is_alpha)
    notes.push_back(fmt::format("only the first {}of its {} channels {} used",
                                used == 1 ? "" : fmt::format("{} ", used), samples.channels,
                                used == 1 ? "was" : "were"));
  if (is_alpha && samples.first_extra == associated_alpha && !has_alpha_to_undo(samples))
    notes.emplace_back("its colours, which were multiplied by its alpha, were used as stored");
  return notes;
}

Decoded decode_tiff(std::string bytes, const ImageHeader& header) {
  const TiffSamples& samples = header.tiff;
  check_samples(samples);
  std::map<TiffTag, std::vector<std::uint16_t>> described_as;
  if (samples.extra_channels > 0)
    described_as[TiffTag::extra_samples] = alpha_as_stored(samples);
  if (is_lab(samples)) {
    described_as[TiffTag::photometric] = {rgb_colours};
    described_as[TiffTag::sample_format] = std::vector<std::uint16_t>(samples.channels, 1);
  }
  const bool undo_alpha = has_alpha_to_undo(samples);
  cv::Mat bgr = decode(std::move(bytes), header,
                       undo_alpha ? cv::IMREAD_UNCHANGED : cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH, described_as);
  if (undo_alpha && bgr.type() == CV_8UC4)
    bgr = divided_by_alpha<std::uint8_t>(bgr);
  else if (undo_alpha && bgr.type() == CV_16UC4)
    bgr = divided_by_alpha<std::uint16_t>(bgr);
  if (is_lab(samples) && (bgr.type() == CV_8UC3 || bgr.type() == CV_16UC3))
    bgr = lab_to_bgr(bgr, samples.colours == icclab_colours ? LabEncoding::icclab : LabEncoding::cielab);
  return {bgr, notes_of_header(header)};
}

Decoded decode_other(std::string bytes, const ImageHeader& header) {
  // The colour profile is removed: samples are used as stored, and libpng would write a warning to stderr for many
  // profiles.
  bytes.erase(header.colour_profile_at, header.colour_profile_size);
  return {decode(std::move(bytes), header, cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH), notes_of_header(header)};
}

/// Whether some sample has a bit below the significant ones. In a PNG these are the upper bits, so such a file has its
/// samples in the lower bits, against the rule.
bool uses_low_bits(const cv::Mat& samples, std::uint64_t significant) {
  const unsigned low = (1U << (16 - significant)) - 1;
  bool found = false;
  for (auto pixel = samples.begin<cv::Vec3w>(); pixel != samples.end<cv::Vec3w>() && !found; ++pixel)
    found = (((*pixel)[0] | (*pixel)[1] | (*pixel)[2]) & low) != 0;
  return found;
}

/// The samples of 16 bits with 8. Cameras store 10, 12 or 14 bits in 16; with a tag that says so, they are scaled by
/// it.
void to_8_bits(Decoded& decoded, const ImageHeader& header) {
  constexpr double full = 65535;
  constexpr double dark = 16383; // of 14 bits in 16: a quarter of the range
  double largest = 0;
  cv::minMaxLoc(decoded.bgr.reshape(1), nullptr, &largest);
  double range = full;
  if (const auto stated = static_cast<double>(header.tiff.largest); stated > 0 && stated < full) {
    if (largest <= stated)
      range = stated;
    else
      decoded.notes.push_back(
          fmt::format("its MaxSampleValue is {}, but it has samples up to {}, so it was ignored", stated, largest));
  }
  const std::uint64_t significant = header.significant_bits;
  if (significant > 0 && significant < 16 && largest < static_cast<double>(1U << significant) &&
      uses_low_bits(decoded.bgr, significant))
    range = static_cast<double>((1U << significant) - 1);
  if (range < full)
    decoded.notes.push_back(
        fmt::format("its 16-bit samples were scaled, because it states that they end at {}", range));
  else if (largest <= dark)
    decoded.notes.push_back(fmt::format("it is {}, because its largest sample is {} of 65535; if its samples have {} "
                                        "bits, scale them to 16",
                                        largest <= dark / 4 ? "nearly black" : "dark", largest,
                                        std::max(8, static_cast<int>(std::bit_width(static_cast<unsigned>(largest))))));
  decoded.bgr.convertTo(decoded.bgr, CV_8U, 255 / range);
}

Image to_image(std::string bytes) {
  const ImageHeader header = read_image_header(bytes);
  Decoded decoded = header.format == ImageFormat::tiff ? decode_tiff(std::move(bytes), header)
                                                       : decode_other(std::move(bytes), header);
  if (decoded.bgr.type() != CV_8UC3 && decoded.bgr.type() != CV_16UC3)
    throw BadImage(rare_kind);
  if (decoded.bgr.depth() == CV_16U)
    to_8_bits(decoded, header);
  const cv::Mat& bgr = decoded.bgr;
  Image image{bgr.cols, bgr.rows, std::vector<std::uint8_t>(bgr.total() * 3), std::move(decoded.notes)};
  cv::Mat rgb(bgr.size(), CV_8UC3, image.pixels.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return image;
}

} // namespace

std::string read_upright_image(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::file_size(file, error) > std::numeric_limits<int>::max() && !error)
    throw Error(fmt::format("'{}' is larger than 2 GB, too large for an image: make it smaller.", file.string()));
  return read_file(file);
}

int orientation_of(std::string_view bytes) {
  try {
    return read_image_header(bytes).orientation;
  } catch (const BadImage&) {
    return 1;
  }
}

Image decode_image(std::string bytes, const std::filesystem::path& file) {
  return explained(file, [&] { return to_image(std::move(bytes)); });
}

std::vector<std::string> notes_of(const std::string& bytes) {
  try {
    const ImageHeader header = read_image_header(bytes);
    const bool samples_matter = header.format == ImageFormat::tiff ? header.tiff.bits == 16 : header.bits == 16;
    return samples_matter ? decode_image(bytes, {}).notes : notes_of_header(header);
  } catch (const BadImage&) {
  } catch (const Error&) { // of decode_image
  }
  return {};
}

Image read_image(const std::filesystem::path& file) { return decode_image(read_upright_image(file), file); }

std::string opencv_version() { return CV_VERSION; }

} // namespace scalescope
