#pragma once

#include "core/base/progress.h"
#include "core/features/pool_generated.h"
#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/stage/segment.h"

#include <array>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// How objects of two images are shown together.
struct PairSettings {
  std::vector<double> ratios{1, 2, 4, 8}; ///< area of the larger object's box over that of the smaller one's
  double area = 0.125;                    ///< of both boxes together, as a share of the image
  double most_enlarged = 2;               ///< as in RenderSettings
  SegmentSettings cut;                    ///< the filling is not used: nothing of the objects' own images is shown
  std::uint64_t seed = 0;                 ///< of segmenting and of the choice of pairs
};

/// The ratios in ascending order, each once. @throws Error if one is below 1 or above 1000, or none is above 1.
[[nodiscard]] std::vector<double> ratios_of(const PairSettings& settings);

/// An object without its image.
struct CutOut {
  std::string id;    ///< of its sample
  std::string group; ///< likewise
  std::string key;   ///< everything that its pixels depend on
  ObjectLayer object;
  BoundingBox box; ///< in the pixels that `object` has
};

/// The objects of a data set that can be shown.
struct CutOuts {
  std::vector<CutOut> objects;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks; ///< on boxes and images (see ReadObject), and on objects that GrabCut did not find
};

/// Reads and segments every object once, on several threads. An object is left out if it can't be read or segmented, or
/// does not fit: in half of an image, with its box taking PairSettings::area, it must not be enlarged too much, and in
/// its smallest version it must be a pixel wide and high.
/// @param side of the network's input in pixels. @param progress receives "objects".
/// @throws Error as ratios_of, or if no sample has a box; Cancelled when stopped.
[[nodiscard]] CutOuts cut_out_objects(const std::vector<Sample>& samples, const PairSettings& settings, int side,
                                      int threads, const std::stop_token& stop = {}, const JobCallback& progress = {});

/// Two objects, as positions in a list.
struct ObjectPair {
  std::size_t first = 0;
  std::size_t second = 0;
  std::size_t set = 0; ///< pairs of different sets have no image in common
};

/// Pairs of objects of different groups. The groups are matched at random, those of the same size with one another, so
/// that every object is in one pair. Of an odd number of groups, the last three are a set with pairs between any two.
/// If the groups of a set have different sizes, objects of the smaller one are in several pairs.
[[nodiscard]] std::vector<ObjectPair> draw_pairs(std::span<const std::string> groups, std::uint64_t seed);

/// An object at a place of an image for the network.
struct ShownObject {
  std::size_t object = 0; ///< position in CutOuts::objects
  double area = 0;        ///< of its box, as a share of the image
  bool left = false;      ///< in the middle of the left half, else of the right one
};

/// An image with two objects.
struct PairImage {
  std::size_t pair = 0;
  std::size_t ratio = 0; ///< position in PairImages::ratios()
  ShownObject larger;    ///< at ratio 1 the pair's first
  ShownObject smaller;
};

/// Images of pairs of objects, one in each half of a plain ground: the mean colour of the preprocessing, so that the
/// network sees zeros (to within half a grey level). The areas of the two boxes have each of the ratios; their sum is
/// always the same. Each of the two is the larger one and the smaller one, on the left and on the right. At ratio 1
/// the two only change places.
///
/// Before them come the images of single objects: each alone on the left, then on the right, with its box taking as
/// much area as the two together take in an image of a pair.
class PairImages {
 public:
  /// @param side of the network's input in pixels. @param form of its images.
  /// @throws Error as ratios_of, or if there are no two objects of different images.
  PairImages(CutOuts objects, const PairSettings& settings, const Preprocessing& preprocessing, int side,
             const InputForm& form = {});

  /// For pool_generated_images; must not outlive this. Memory holds all objects.
  [[nodiscard]] GeneratedImages source() const;
  [[nodiscard]] std::size_t singles() const { return 2 * cut_outs_.objects.size(); } ///< number of images of one object
  /// The number of the image with that object alone.
  [[nodiscard]] static std::size_t single(const ShownObject& shown) { return 2 * shown.object + (shown.left ? 0 : 1); }
  [[nodiscard]] std::size_t count() const { return singles() + pairs_.size() * variants_.size(); }
  /// The content of an image from singles() on.
  [[nodiscard]] PairImage pair_image(std::size_t i) const;
  /// Image i before preprocessing.
  [[nodiscard]] Image image(std::size_t i) const;

  [[nodiscard]] const CutOuts& cut_outs() const { return cut_outs_; }
  [[nodiscard]] const std::vector<ObjectPair>& pairs() const { return pairs_; }
  [[nodiscard]] const std::vector<double>& ratios() const { return ratios_; }
  [[nodiscard]] const PairSettings& settings() const { return settings_; }
  [[nodiscard]] std::array<std::uint8_t, 3> ground() const { return ground_; } ///< red, green, blue

 private:
  struct Variant {
    std::size_t ratio = 0;
    bool first_is_larger = true;
    bool first_is_left = true;
  };
  [[nodiscard]] std::vector<ShownObject> content(std::size_t i) const;
  [[nodiscard]] std::string key(std::size_t i) const;

  CutOuts cut_outs_;
  PairSettings settings_;
  Preprocessing preprocessing_;
  int side_;
  InputForm form_;
  std::vector<double> ratios_;
  std::array<std::uint8_t, 3> ground_;
  std::vector<ObjectPair> pairs_;
  std::vector<Variant> variants_; ///< of every pair
};

} // namespace scalescope
