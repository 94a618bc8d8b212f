#include "core/base/error.h"
#include "core/image/resize.h"
#include "core/stage/composite.h"
#include "core/stage/known_segmentation.h"
#include "datasets/scenes.h"
#include "tests/support/support.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <tuple>

using namespace scalescope;

namespace {

using Colour = std::array<int, 3>;
constexpr Colour blue{20, 60, 200};
constexpr Colour orange{240, 160, 30};

constexpr std::array fills{Fill::Inpaint, Fill::Blur, Fill::MeanColour, Fill::Noise};

/// One colour where the mask is set, another elsewhere.
Image two_colours(int width, int height, const std::vector<std::uint8_t>& mask) {
  Image image{width, height, {}};
  for (const std::uint8_t m : mask)
    for (const int c : m != 0 ? orange : blue)
      image.pixels.push_back(static_cast<std::uint8_t>(c));
  return image;
}

std::vector<std::uint8_t> rectangle_mask(int width, int height, const BoundingBox& box) {
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(width) * height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height)
        mask[static_cast<std::size_t>(y) * width + x] = 255;
  return mask;
}

/// How much of a pixel's colour is orange, the rest being blue: what a mixture of the two says by itself.
double orange_share(const Image& image, int x, int y) {
  const std::uint8_t* p = image.pixels.data() + (static_cast<std::size_t>(y) * image.width + x) * 3;
  double along = 0;
  double length = 0;
  for (int c = 0; c < 3; ++c) {
    along += (p[c] - blue[c]) * (orange[c] - blue[c]);
    length += (orange[c] - blue[c]) * (orange[c] - blue[c]);
  }
  return along / length;
}

/// Area of the orange over area of the image.
double orange_fraction(const Image& image) {
  double sum = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      sum += orange_share(image, x, y);
  return sum / (static_cast<double>(image.width) * image.height);
}

/// The box of an orange rectangle, at fractions of a pixel: each side ends where half of the orange would begin.
BoundingBox orange_box(const Image& image) {
  std::vector<double> columns(image.width);
  std::vector<double> rows(image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      columns[x] += orange_share(image, x, y);
      rows[y] += orange_share(image, x, y);
    }
  const auto extent = [](const std::vector<double>& profile) { // first moment and mass of a box function
    std::vector<double> inside = profile;
    std::erase_if(inside, [half = *std::ranges::max_element(profile) / 2](double v) { return v < half; });
    std::ranges::nth_element(inside, inside.begin() + static_cast<std::ptrdiff_t>(inside.size() / 2));
    const double top = inside[inside.size() / 2];
    const double length = std::accumulate(profile.begin(), profile.end(), 0.0) / top;
    double moment = 0;
    for (std::size_t i = 0; i < profile.size(); ++i)
      moment += (i + 0.5) * profile[i] / top;
    return std::pair(moment / length - length / 2, length);
  };
  const auto [x, width] = extent(columns);
  const auto [y, height] = extent(rows);
  return {x, y, width, height};
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

/// A scene whose object stands out from a quiet background.
Scene plain_scene(int object_class, int side, double scale = 0.2) {
  SceneDescription d;
  d.object_class = object_class;
  d.backdrop = Backdrop::Gradient;
  d.texture_seed = 3;
  d.background_seed = 5;
  d.scale = scale;
  return render(d, side, side);
}

bool within(double value, double reference, double share) {
  if (std::abs(value - reference) <= share * reference)
    return true;
  qWarning("%g instead of %g", value, reference);
  return false;
}

} // namespace

class StageTest : public QObject {
  Q_OBJECT

 private slots:
  void scale_1_gives_the_original() {
    const Scene scene = plain_scene(2, 200);
    for (const SegmentBy by : {SegmentBy::Box, SegmentBy::Mask})
      for (const Fill fill : fills) {
        const Segmentation apart = segment(scene.image, scene.box, {by, fill});
        QVERIFY(apart.original.pixels == scene.image.pixels);
        QVERIFY(composite(apart, home(apart)).image.pixels == scene.image.pixels);
        QVERIFY(zoom_camera(apart, 1).image.pixels == scene.image.pixels);
        QCOMPARE(composite(apart, home(apart)).fraction, scene.scale);
      }
  }

  void frames_near_home_look_like_the_original() { // so that a drag begins without a jump
    const Scene scene = plain_scene(2, 200);
    for (const SegmentBy by : {SegmentBy::Box, SegmentBy::Mask}) {
      const Segmentation apart = segment(scene.image, scene.box, {by, Fill::Inpaint});
      Placement near = home(apart);
      near.scale = 1.0001;
      QVERIFY(mean_difference(composite(apart, near).image, scene.image) < 0.5);
      QVERIFY(mean_difference(apart.background, scene.image) > 3);
    }
  }

  void area_of_an_object_rendered_at_a_scale_data() {
    QTest::addColumn<int>("object_class");
    for (int i = 0; i < static_cast<int>(scene_classes().size()); ++i)
      QTest::newRow(scene_classes()[i].c_str()) << i;
  }
  void area_of_an_object_rendered_at_a_scale() {
    QFETCH(int, object_class);
    const Scene scene = plain_scene(object_class, 320);
    const double area = static_cast<double>(std::ranges::count(scene.mask, 255)) / (320. * 320);
    const Image image = two_colours(320, 320, scene.mask);
    const Segmentation apart = segment(image, scene.box, scene.mask, {SegmentBy::Mask, Fill::MeanColour});
    QVERIFY(std::abs(orange_fraction(apart.background)) < 0.0005); // nothing of the object stays behind
    for (const double s : {0.25, 0.5, 0.83, 1.01, 1.3, 1.6}) {
      const Frame frame = composite(apart, {s, 160.3, 159.6});
      QVERIFY(within(orange_fraction(frame.image), area * s * s, 0.02));
      QVERIFY(within(frame.mask_fraction, area * s * s, 0.02));
      QVERIFY(within(frame.fraction, scene.scale * s * s, 1e-9));
      QVERIFY(within(fraction_of_scale(apart, s), scene.scale * s * s, 1e-9));
      QVERIFY(within(scale_of_fraction(apart, scene.scale * s * s), s, 1e-9));
    }
  }

  void the_generator_renders_the_same_area() { // the object drawn anew from its outline, instead of resized
    SceneDescription d;
    d.object_class = 4;
    d.scale = 0.15;
    const Scene scene = render(d, 400, 400);
    const Segmentation apart = segment(scene.image, scene.box, scene.mask);
    for (const double s : {0.6, 1.5}) {
      d.scale = 0.15 * s * s;
      const Scene drawn = render(d, 400, 400);
      const Frame frame = composite(apart, {s, 200, 200});
      QVERIFY(within(frame.mask_fraction, std::ranges::count(drawn.mask, 255) / 160000., 0.02));
      QVERIFY(within(frame.fraction, drawn.scale, 0.02));
    }
  }

  void box_and_place_at_fractions_of_a_pixel() {
    const BoundingBox box{70, 60, 90, 60};
    const Image image = two_colours(300, 240, rectangle_mask(300, 240, box));
    for (const SegmentBy by : {SegmentBy::Box, SegmentBy::Mask}) {
      const Segmentation apart = segment(image, box, {by, Fill::MeanColour});
      for (const Placement p : {Placement{0.5, 100.25, 90.75}, {0.777, 60.5, 50.1}, {1.5, 150.4, 120}}) {
        const Frame frame = composite(apart, p);
        const BoundingBox seen = orange_box(frame.image);
        QVERIFY(std::abs(seen.x - frame.box.x) < 0.15 && std::abs(seen.y - frame.box.y) < 0.15);
        QVERIFY(std::abs(seen.width - 90 * p.scale) < 0.3 && std::abs(seen.height - 60 * p.scale) < 0.3);
        QVERIFY(within(seen.width * seen.height / (300. * 240), frame.fraction, 0.02));
        QVERIFY(std::abs(seen.x + seen.width / 2 - p.centre_x) < 0.1);
      }
    }
  }

  void image_size_leaves_the_fraction() {
    const BoundingBox box{70, 60, 90, 60};
    const Image image = two_colours(300, 240, rectangle_mask(300, 240, box));
    const Segmentation apart = segment(image, box, {SegmentBy::Box, Fill::MeanColour});
    const Frame frame = composite(apart, {1.2, 140, 120});
    const double before = orange_fraction(frame.image);
    for (const auto& [width, height] : {std::pair(224, 224), {160, 128}, {480, 480}, {900, 720}}) {
      const Frame other = resized(frame, width, height);
      QVERIFY(other.image.pixels == resize(frame.image, width, height).pixels); // what a network is given
      QVERIFY(within(orange_fraction(other.image), before, 0.01));
      QCOMPARE(other.fraction, frame.fraction);
      QVERIFY(within(object_scale(other.box, width, height), frame.fraction, 1e-9));
      QVERIFY(std::abs(orange_box(other.image).x - other.box.x) < 1);
    }
  }

  void an_object_beyond_the_frame_is_cut_off() {
    const BoundingBox box{100, 100, 100, 100};
    const Image image = two_colours(300, 300, rectangle_mask(300, 300, box));
    const Segmentation apart = segment(image, box, {SegmentBy::Box, Fill::MeanColour});
    const Frame corner = composite(apart, {1, 0, 0});
    QVERIFY(within(orange_fraction(corner.image), 50 * 50 / 90000., 0.02));
    QVERIFY(within(corner.fraction, 50 * 50 / 90000., 1e-9));
    QVERIFY(within(corner.mask_fraction, 50 * 50 / 90000., 0.02));
    QCOMPARE(corner.box.x, -50.0);
    const Frame huge = composite(apart, {7, 150, 150});
    QVERIFY(orange_fraction(huge.image) > 0.999);
    QCOMPARE(huge.fraction, 1.0);
    const Frame gone = composite(apart, {1, 1000, -1000});
    QVERIFY(gone.image.pixels == apart.background.pixels);
    QCOMPARE(gone.fraction, 0.0);
    QCOMPARE(gone.mask_fraction, 0.0);
  }

  void zooming_the_camera() {
    const BoundingBox box{180, 30, 80, 100};
    const Image image = two_colours(300, 240, rectangle_mask(300, 240, box));
    const Segmentation apart = segment(image, box, {SegmentBy::Box, Fill::MeanColour});
    for (const double factor : {0.1, 0.3, 0.7, 1.2, 2.0, 2.35}) {
      const Frame frame = zoom_camera(apart, factor);
      const double asked = apart.fraction * factor * factor;
      QVERIFY(within(frame.fraction, asked, 1e-9));               // whole in sight, up to what fits
      QVERIFY(within(orange_fraction(frame.image), asked, 0.02)); // once: no mirror image of the object
      QVERIFY(within(frame.mask_fraction, asked, 0.02));
      QVERIFY(std::abs(orange_box(frame.image).x - frame.box.x) < 0.2);
    }
    const Frame beyond = zoom_camera(apart, 5); // only the object in sight
    QVERIFY(orange_fraction(beyond.image) > 0.99);
    QCOMPARE(beyond.fraction, 1.0);
    const Frame out = zoom_camera(apart, 0.5);
    QCOMPARE(out.box.x + out.box.width / 2, 220.0);
    QCOMPARE(out.box.y + out.box.height / 2, 80.0);
  }

  void zooming_in_is_cropping() { // in the middle of an image of even size it is what resize makes of the crop
    const Scene scene = plain_scene(1, 200);
    const Segmentation apart = segment(scene.image, {50, 50, 100, 100}, {SegmentBy::Box, Fill::Blur});
    Image crop{100, 100, {}};
    for (int y = 50; y < 150; ++y)
      crop.pixels.insert(crop.pixels.end(), scene.image.pixels.begin() + (y * 200 + 50) * 3,
                         scene.image.pixels.begin() + (y * 200 + 150) * 3);
    const Image expected = resize(crop, 200, 200);
    const Image zoomed = zoom_camera(apart, 2).image;
    for (int y = 1; y < 199; ++y)
      for (int x = 1; x < 199; ++x)
        for (int c = 0; c < 3; ++c)
          QVERIFY(std::abs(zoomed.pixels[(y * 200 + x) * 3 + c] - expected.pixels[(y * 200 + x) * 3 + c]) <= 1);
  }

  void outline_surrounds_the_object() {
    const BoundingBox box{70, 60, 90, 60};
    const Image image = two_colours(300, 240, rectangle_mask(300, 240, box));
    const Segmentation apart = segment(image, box, rectangle_mask(300, 240, box));
    const ObjectOutline outline = outline_at(apart, {2, 150, 120});
    QCOMPARE(outline.size(), std::size_t{1});
    const auto [left, right] = std::ranges::minmax(outline[0], {}, &OutlinePoint::x);
    const auto [top, bottom] = std::ranges::minmax(outline[0], {}, &OutlinePoint::y);
    QVERIFY(std::abs(left.x - 60) < 1.1 && std::abs(right.x - 240) < 1.1);
    QVERIFY(std::abs(top.y - 60) < 1.1 && std::abs(bottom.y - 180) < 1.1);
  }

  void fills_hide_the_object_and_join_its_surroundings_data() {
    QTest::addColumn<int>("fill");
    QTest::newRow("inpaint") << int(Fill::Inpaint);
    QTest::newRow("blur") << int(Fill::Blur);
    QTest::newRow("mean") << int(Fill::MeanColour);
    QTest::newRow("noise") << int(Fill::Noise);
  }
  void fills_hide_the_object_and_join_its_surroundings() {
    QFETCH(int, fill);
    const BoundingBox box{80, 60, 90, 60};
    Image image = two_colours(300, 240, rectangle_mask(300, 240, box));
    for (int y = 0; y < 240; ++y) // surroundings that get redder to the right and vary a little
      for (int x = 0; x < 300; ++x)
        if (std::uint8_t* p = image.pixels.data() + (y * 300 + x) * 3; p[2] == blue[2])
          p[0] = static_cast<std::uint8_t>(20 + x / 5 + (x * 7 + y * 13) % 5);
    const Segmentation apart = segment(image, box, rectangle_mask(300, 240, box), {SegmentBy::Mask, Fill(fill)}, 1);
    double mean = 0;
    double square = 0;
    int most_step = 0;
    const auto red = [&](int x, int y) { return int{apart.background.pixels[(y * 300 + x) * 3]}; };
    for (int y = 60; y < 120; ++y)
      for (int x = 70; x < 180; ++x) {
        const std::uint8_t* p = apart.background.pixels.data() + (y * 300 + x) * 3;
        QVERIFY(std::abs(p[1] - blue[1]) <= 1 && std::abs(p[2] - blue[2]) <= 1); // no orange
        mean += red(x, y);
        square += red(x, y) * red(x, y);
        most_step = std::max(most_step, std::abs(red(x, y) - red(x - 1, y)));
      }
    mean /= 60 * 110;
    const double standard_deviation = std::sqrt(square / (60 * 110) - mean * mean);
    QVERIFY(within(mean, 49, 0.15)); // 20 + 149.5 / 5 + 2 / 2 less: the mean of the surroundings
    if (Fill(fill) == Fill::Noise)
      QVERIFY(within(standard_deviation, 17.4, 0.15)); // sqrt(60^2 / 12 + (5^2 - 1) / 12)
    else if (Fill(fill) == Fill::MeanColour)
      QVERIFY(most_step <= 10); // the step at the place's border, faded over three pixels
    else
      QVERIFY(most_step <= 6);    // no seam: not more than in the surroundings
    if (Fill(fill) == Fill::Blur) // goes on from the left border's colour to the right one's
      QVERIFY(red(160, 90) - red(90, 90) > 7);
    for (const int x : {20, 60, 200}) // far from the object nothing changes
      QVERIFY(std::equal(image.pixels.begin() + (90 * 300 + x) * 3, image.pixels.begin() + (90 * 300 + x + 1) * 3,
                         apart.background.pixels.begin() + (90 * 300 + x) * 3));
  }

  void inpainting_continues_a_texture() { // stripes go on through the object's place
    Image image{240, 200, {}};
    for (int y = 0; y < 200; ++y)
      for (int x = 0; x < 240; ++x)
        image.pixels.insert(image.pixels.end(), 3, x / 8 % 2 == 0 ? 60 : 190);
    const Image striped = image;
    for (int y = 70; y < 130; ++y)
      for (int x = 90; x < 150; ++x)
        image.pixels[(y * 240 + x) * 3] = 255;
    const Segmentation apart = segment(image, {90, 70, 60, 60}, {SegmentBy::Box, Fill::Inpaint});
    QVERIFY(mean_difference(apart.background, striped) < 1);
    const Segmentation blurred = segment(image, {90, 70, 60, 60}, {SegmentBy::Box, Fill::Blur});
    QVERIFY(mean_difference(blurred.background, striped) > 4);
  }

  void grabcut_finds_a_clear_object() {
    for (const int side : {224, 1500})
      for (int object_class = 0; object_class < static_cast<int>(scene_classes().size());
           object_class += side == 224 ? 1 : 5) {
        const Scene scene = plain_scene(object_class, side, 0.3);
        const Segmentation apart = segment(scene.image, scene.box, {SegmentBy::Mask, Fill::MeanColour, 0});
        QVERIFY2(apart.note.empty(), scene_classes()[object_class].c_str());
        const ObjectLayer& layer = apart.object;
        double both = 0;
        double either = 0;
        for (int y = 0; y < side; ++y)
          for (int x = 0; x < side; ++x) {
            const int lx = x - layer.left;
            const int ly = y - layer.top;
            const bool found = lx >= 0 && ly >= 0 && lx < layer.width && ly < layer.height &&
                               layer.pixels[(static_cast<std::size_t>(ly) * layer.width + lx) * 4 + 3] >= 128;
            const bool truly = scene.mask[static_cast<std::size_t>(y) * side + x] != 0;
            both += found && truly;
            either += found || truly;
          }
        // What is seen through the ring, GrabCut takes for part of it.
        const double least = scene_classes()[object_class] == "ring" ? 0.7 : 0.8;
        QVERIFY2(both / either > least, scene_classes()[object_class].c_str());
      }
  }

  void what_grabcut_cannot_find_is_said() {
    const Image flat = two_colours(200, 200, std::vector<std::uint8_t>(40000, 0));
    const Segmentation apart = segment(flat, {50, 50, 80, 80});
    QVERIFY(QString::fromStdString(apart.note).contains("the whole box"));
    QVERIFY(within(apart.mask_fraction, 0.16, 1e-6));
    QVERIFY(segment(flat, {50, 50, 80, 80}, {SegmentBy::Box, Fill::Inpaint}).note.empty());
  }

  void what_cannot_be_inpainted_is_said() {
    const Image image = two_colours(100, 100, rectangle_mask(100, 100, {0, 0, 95, 100}));
    const Segmentation apart = segment(image, {0, 0, 95, 100}, {SegmentBy::Box, Fill::Inpaint, 0});
    QVERIFY(QString::fromStdString(apart.note).contains("blurred"));
    QVERIFY(orange_fraction(apart.background) < 0.05);
  }

  void the_same_seed_gives_the_same_bytes() {
    SceneOptions options;
    options.seed = 8;
    const Scene scene = make_scene(options, 3);
    for (const Fill fill : {Fill::Inpaint, Fill::Noise}) {
      const Segmentation a = segment(scene.image, scene.box, {SegmentBy::Mask, fill}, 7);
      std::ignore = segment(scene.image, scene.box, {SegmentBy::Mask, fill}, 8); // draws other random numbers between
      const Segmentation b = segment(scene.image, scene.box, {SegmentBy::Mask, fill}, 7);
      QVERIFY(a.background.pixels == b.background.pixels && a.object.pixels == b.object.pixels);
    }
    const Segmentation one = segment(scene.image, scene.box, {SegmentBy::Box, Fill::Noise}, 1);
    const Segmentation two = segment(scene.image, scene.box, {SegmentBy::Box, Fill::Noise}, 2);
    QVERIFY(one.background.pixels != two.background.pixels);
  }

  void boxes_partly_outside() {
    const BoundingBox visible{0, 40, 60, 50};
    const Image image = two_colours(200, 150, rectangle_mask(200, 150, visible));
    for (const SegmentBy by : {SegmentBy::Box, SegmentBy::Mask}) {
      const Segmentation apart = segment(image, {-40, 40, 100, 50}, {by, Fill::MeanColour});
      QCOMPARE(apart.box.x, 0.0);
      QCOMPARE(apart.box.width, 60.0);
      QVERIFY(within(apart.fraction, 0.1, 1e-9));
      QVERIFY(composite(apart, home(apart)).image.pixels == image.pixels);
      // Where the image's edge cut the object off, it is opaque up to its last pixel.
      const BoundingBox seen = orange_box(composite(apart, {1, 100, 75}).image);
      QVERIFY(std::abs(seen.x - 70) < 0.3 && std::abs(seen.width - 60) < 0.5);
    }
  }

  void small_boxes() {
    const BoundingBox box{50, 50, 5, 4};
    const Image image = two_colours(100, 100, rectangle_mask(100, 100, box));
    for (const SegmentBy by : {SegmentBy::Box, SegmentBy::Mask}) {
      const Segmentation apart = segment(image, box, {by, Fill::Inpaint});
      QVERIFY(orange_fraction(apart.background) < 0.0002);
      const Frame frame = composite(apart, {8, 50, 50});
      QVERIFY(within(frame.fraction, 20 * 64 / 10000., 1e-9));
    }
  }

  void bad_arguments_give_a_sentence() {
    const Image image = two_colours(100, 80, rectangle_mask(100, 80, {20, 20, 30, 30}));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const BoundingBox box : {BoundingBox{20, 20, 0, 30},
                                  {20, 20, 3.9, 30},
                                  {200, 20, 30, 30},
                                  {20, 20, -5, 10},
                                  {98, 20, 30, 30},
                                  {nan, 0, 30, 30}})
      QVERIFY(error_text([&] { std::ignore = segment(image, box); }).contains("fewer than 4 x 4 pixels"));
    QVERIFY(error_text([&] { std::ignore = segment(image, {-10, -10, 200, 200}); }).contains("covers the whole image"));
    QVERIFY(error_text([&] { std::ignore = segment(Image{}, {0, 0, 10, 10}); }).contains("fewer than 4 x 4 pixels"));
    QVERIFY(error_text([&] {
              std::ignore = segment(image, {20, 20, 30, 30}, {SegmentBy::Box, Fill::Blur, nan});
            }).contains("soft edge"));
    const std::vector<std::uint8_t> mask(8000);
    QVERIFY(error_text([&] { std::ignore = segment(image, {20, 20, 30, 30}, mask); }).contains("empty"));
    QVERIFY(error_text([&] {
              std::ignore = segment(image, {20, 20, 30, 30}, std::span(mask).first(7999));
            }).contains("7999 pixels"));
    const Segmentation apart = segment(image, {20, 20, 30, 30});
    for (const Placement p : {Placement{0, 50, 50}, {-1, 50, 50}, {nan, 50, 50}, {1, nan, 50}, {0.01, 50, 50}})
      QVERIFY(error_text([&] { std::ignore = composite(apart, p); }).contains("can't be shown"));
    QVERIFY(error_text([&] { std::ignore = zoom_camera(apart, 0); }).contains("can't be shown"));
  }

  // What comes from the cache is what was made, byte for byte; other settings are other entries; a foreign entry is
  // made anew.
  void a_known_segmentation_is_not_made_again() {
    const QTemporaryDir folder;
    const Cache cache(to_path(folder.path()), 1ULL << 30);
    const Scene scene = make_scene({}, 3);
    const auto same = [](const Segmentation& a, const Segmentation& b) {
      const auto points_equal = [](const auto& p, const auto& q) {
        return std::ranges::equal(
            p, q, [](const OutlinePoint& x, const OutlinePoint& y) { return x.x == y.x && x.y == y.y; });
      };
      return a.original.pixels == b.original.pixels && a.background.pixels == b.background.pixels &&
             a.background.width == b.background.width && a.object.pixels == b.object.pixels &&
             a.object.left == b.object.left && a.object.top == b.object.top && a.object.width == b.object.width &&
             a.object.height == b.object.height && a.box.x == b.box.x && a.box.y == b.box.y &&
             a.box.width == b.box.width && a.box.height == b.box.height && a.fraction == b.fraction &&
             a.mask_fraction == b.mask_fraction && a.note == b.note &&
             std::ranges::equal(a.outline, b.outline, points_equal);
    };
    for (const Fill fill : fills) {
      const SegmentSettings settings{SegmentBy::Mask, fill, 0.01};
      const Segmentation made = segment(scene.image, scene.box, settings, 5);
      QVERIFY(same(known_segmentation(std::nullopt, "a", scene.image, scene.box, settings, 5), made));
      QVERIFY(same(known_segmentation(cache, "a", scene.image, scene.box, settings, 5), made));
      QVERIFY(same(known_segmentation(cache, "a", scene.image, scene.box, settings, 5), made));
    }
    QCOMPARE(cache.contents().entries, std::uint64_t{4});
    const SegmentSettings settings{SegmentBy::Mask, Fill::Noise, 0.01};
    (void)known_segmentation(cache, "a", scene.image, scene.box, settings, 6);
    (void)known_segmentation(cache, "b", scene.image, scene.box, settings, 5);
    QCOMPARE(cache.contents().entries, std::uint64_t{6});

    Image grey = scene.image; // said to be of the same file: then it is the entry that speaks
    std::ranges::fill(grey.pixels, std::uint8_t{128});
    QCOMPARE(known_segmentation(cache, "a", grey, scene.box, settings, 6).object.pixels,
             segment(scene.image, scene.box, settings, 6).object.pixels);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache.folder()))
      if (entry.is_regular_file())
        std::filesystem::resize_file(entry.path(), entry.file_size() / 2);
    QVERIFY(same(known_segmentation(cache, "a", scene.image, scene.box, {SegmentBy::Mask, Fill::Noise, 0.01}, 5),
                 segment(scene.image, scene.box, {SegmentBy::Mask, Fill::Noise, 0.01}, 5)));
  }
};

QTEST_GUILESS_MAIN(StageTest)
#include "stage_test.moc"
