#include "core/stage/detail/find_object.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace scalescope {

namespace {

constexpr double surroundings = 0.3;  // on each side, in sides of the box
constexpr double coarse_side = 160;   // longest side of the copy for finding the object
constexpr double fine_side = 384;     // longest side of the copy for finding its border
constexpr double band = 0.03;         // of the longest side: where the border may lie off the coarse one, each side
constexpr double least_share = 0.15;  // of the box that an object fills
constexpr double least_part = 0.1;    // of the largest part: smaller parts are dropped
constexpr double largest_hole = 0.02; // of the object: smaller holes are filled
constexpr int least_samples = 50;     // GrabCut fits five Gaussians to the colours outside and five to those inside

/// OpenCV's random numbers of this thread, seeded while this lives.
class SeededRandomNumbers {
 public:
  explicit SeededRandomNumbers(std::uint64_t seed) : before_(cv::theRNG()) { cv::theRNG() = cv::RNG(seed + 1); }
  SeededRandomNumbers(const SeededRandomNumbers&) = delete;
  SeededRandomNumbers& operator=(const SeededRandomNumbers&) = delete;
  ~SeededRandomNumbers() { cv::theRNG() = before_; }

 private:
  cv::RNG before_;
};

/// Sets the connected parts of `value` that are smaller than `least` pixels to the other value, 0 or 1.
void flip_small_parts(cv::Mat1b& mask, int value, double least) {
  cv::Mat1i part;
  cv::Mat1i stats;
  cv::Mat1d centres;
  const int count = cv::connectedComponentsWithStats(mask == value, part, stats, centres, 4);
  for (int i = 1; i < count; ++i)
    if (stats(i, cv::CC_STAT_AREA) < least)
      mask.setTo(1 - value, part == i);
}

int largest_part(const cv::Mat1b& mask) {
  cv::Mat1i part;
  cv::Mat1i stats;
  cv::Mat1d centres;
  const int count = cv::connectedComponentsWithStats(mask, part, stats, centres, 4);
  int largest = 0;
  for (int i = 1; i < count; ++i)
    largest = std::max(largest, stats(i, cv::CC_STAT_AREA));
  return largest;
}

/// A part of the image, and the box in it, at another size.
struct Copy {
  cv::Mat3b image;
  cv::Rect box;
};

Copy make_copy(const cv::Mat3b& image, const cv::Rect2d& box, double longest_side) {
  const double factor = std::min(1.0, longest_side / std::max(image.cols, image.rows));
  const cv::Size size(std::max(1, cvRound(image.cols * factor)), std::max(1, cvRound(image.rows * factor)));
  Copy copy;
  cv::resize(image, copy.image, size, 0, 0, cv::INTER_AREA);
  copy.box = cv::Rect(cvRound(box.x * factor), cvRound(box.y * factor), cvRound(box.width * factor),
                      cvRound(box.height * factor)) &
             cv::Rect({}, size);
  return copy;
}

/// GrabCut's models of the colours of background and object.
struct ColourModels {
  cv::Mat background;
  cv::Mat object;
};

/// 0 or 1 each.
cv::Mat1b object_in(const cv::Mat1b& labels) { return labels & 1; } // GC_FGD and GC_PR_FGD are odd

/// @param core an ellipse in the middle of the box that is surely of the object, in shares of the box; 0 for none.
cv::Mat1b find_coarsely(const Copy& copy, double core, ColourModels& models) {
  cv::Mat1b labels(copy.image.size(), static_cast<uchar>(cv::GC_BGD));
  labels(copy.box) = cv::GC_PR_FGD;
  if (core > 0) {
    const cv::Point2f centre(static_cast<float>(copy.box.x + copy.box.width / 2.0),
                             static_cast<float>(copy.box.y + copy.box.height / 2.0));
    const cv::Size2f size(static_cast<float>(core * copy.box.width), static_cast<float>(core * copy.box.height));
    cv::ellipse(labels, cv::RotatedRect(centre, size, 0), cv::GC_FGD, cv::FILLED);
  }
  models = {};
  cv::grabCut(copy.image, labels, cv::Rect(), models.background, models.object, 3, cv::GC_INIT_WITH_MASK);
  return object_in(labels);
}

/// The border again, at a higher resolution: only a band around the coarse one is in question.
cv::Mat1b find_finely(const Copy& copy, const cv::Mat1b& coarse, ColourModels& models) {
  cv::Mat1b labels;
  cv::resize(coarse, labels, copy.image.size(), 0, 0, cv::INTER_NEAREST);
  const int width = 1 + cvRound(band * std::max(labels.cols, labels.rows));
  const cv::Mat around = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * width + 1, 2 * width + 1});
  cv::Mat1b surely;
  cv::Mat1b perhaps;
  cv::erode(labels, surely, around);
  cv::dilate(labels, perhaps, around);
  labels.setTo(cv::GC_PR_FGD, labels);
  labels.setTo(cv::GC_PR_BGD, labels == 0);
  labels.setTo(cv::GC_FGD, surely);
  labels.setTo(cv::GC_BGD, perhaps == 0);
  cv::Mat1b outside(labels.size(), uchar{1});
  outside(copy.box) = 0;
  labels.setTo(cv::GC_BGD, outside);
  cv::grabCut(copy.image, labels, cv::Rect(), models.background, models.object, 1, cv::GC_EVAL);
  return object_in(labels);
}

struct Found {
  cv::Mat1b mask;
  ColourModels models;
  double tightness = -1; ///< share of the box that the mask's own box fills
};

/// A box is drawn tightly around its object (Lempitsky et al. 2009). Of several starts, the one with the object that
/// fills the box best is used; the earlier one if they are similar. Without a sure core, objects that resemble their
/// surroundings vanish.
Found find_best(const Copy& copy) {
  Found best;
  for (const double core : {0.0, 0.5, 0.7}) {
    Found found;
    found.mask = find_coarsely(copy, core, found.models);
    found.tightness = static_cast<double>(cv::boundingRect(found.mask).area()) / copy.box.area();
    if (cv::countNonZero(found.mask) < least_share * copy.box.area() || found.tightness < 1.1 * core * core)
      found.tightness = 0; // nothing, or little but the core
    if (found.tightness > best.tightness + 0.03)
      best = found;
    if (best.tightness > 0.9)
      break;
  }
  return best;
}

} // namespace

std::optional<cv::Mat1f> find_object(const cv::Mat3b& image, const cv::Rect2d& box, std::uint64_t seed) {
  const cv::Point first(static_cast<int>(std::floor(box.x - box.width * surroundings)),
                        static_cast<int>(std::floor(box.y - box.height * surroundings)));
  const cv::Point last(static_cast<int>(std::ceil(box.x + box.width * (1 + surroundings))),
                       static_cast<int>(std::ceil(box.y + box.height * (1 + surroundings))));
  const cv::Rect around = cv::Rect(first, last) & cv::Rect({}, image.size());
  const cv::Rect2d box_in_it(box.x - around.x, box.y - around.y, box.width, box.height);
  const Copy coarse = make_copy(image(around), box_in_it, coarse_side);
  if (coarse.box.area() < least_samples || static_cast<int>(coarse.image.total()) - coarse.box.area() < least_samples)
    return std::nullopt;

  const SeededRandomNumbers seeded(seed);
  Found found = find_best(coarse);
  if (found.tightness <= 0)
    return std::nullopt;
  const Copy fine = make_copy(image(around), box_in_it, fine_side);
  cv::Mat1b mask = find_finely(fine, found.mask, found.models);
  flip_small_parts(mask, 1, least_part * largest_part(mask));
  flip_small_parts(mask, 0, largest_hole * cv::countNonZero(mask));
  if (cv::countNonZero(mask) < least_share * fine.box.area())
    return std::nullopt;

  // Blurred before it is enlarged, and thresholded at one half afterwards, so that the copy's pixel steps become a
  // smooth border.
  cv::Mat1f soft;
  mask.convertTo(soft, CV_32F);
  cv::GaussianBlur(soft, soft, {}, 0.8, 0.8, cv::BORDER_REPLICATE);
  cv::Mat1f enlarged;
  cv::resize(soft, enlarged, around.size(), 0, 0, cv::INTER_CUBIC);
  cv::Mat1f result(image.size(), 0.F);
  result(around).setTo(1, enlarged > 0.5F);
  return result;
}

} // namespace scalescope
