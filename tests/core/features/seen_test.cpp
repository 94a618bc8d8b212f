// What a network sees of an image follows its preprocessing: pixels, object scale, what is left out and what is said.
// The layer `area` has the channel 3 red + 1, and only the object is red: its mean says which share of the square the
// object really has.

#include "core/experiment/object_scale.h"
#include "core/features/extract_samples.h"
#include "core/features/layer_inspector.h"
#include "core/image/encode_png.h"
#include "core/stage/segment.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QTest>

#include <cmath>
#include <fstream>

using namespace scalescope;

namespace {

constexpr int side = 120;

Image picture(int width, int height, const BoundingBox& box) {
  Image image{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = &image.pixels[3 * (static_cast<std::size_t>(y) * width + x)];
      const bool is_object = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
      pixel[0] = is_object ? 255 : 0;
      pixel[1] = static_cast<std::uint8_t>((7 * x + 3 * y) % 200);
    }
  return image;
}

Preprocessing seeing(const Resizing& resizing) {
  Preprocessing how = Preprocessing::custom({0, 0, 0}, {1, 1, 1});
  how.resizing = resizing;
  return how;
}

} // namespace

class SeenTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::vector<Sample> samples_; // in images of 240 x 160: in the middle, at the left edge, cut by the crop, in a corner

  Network network(bool cached = false) const {
    ModelSource source;
    source.file = to_path(folder_.filePath("known.pt"));
    RunOptions options;
    options.engine = Engine::LibTorch;
    options.input_size = side;
    options.threads = 2;
    if (cached)
      options.cache = Cache(to_path(folder_.filePath("cache")), 100'000'000);
    return Network::open(source, options);
  }

  static ExtractionSettings settings(const Resizing& resizing) {
    ExtractionSettings how;
    how.layers = {"area"};
    how.preprocessing = seeing(resizing);
    how.batch = 4;
    return how;
  }

  // The share that is red.
  static double red_share(const Extraction& extraction, std::size_t row) {
    const std::size_t channels = static_cast<std::size_t>(extraction.probe.layers()[0].channels);
    return (extraction.probe.features(0)[row * channels] - 1) / 3;
  }

 private slots:
  void initTestCase() {
    handmade::write_known_answers(to_path(folder_.filePath("known.pt")));
    int i = 0;
    for (const BoundingBox& box : {BoundingBox{90, 50, 60, 60}, BoundingBox{0, 60, 30, 40}, BoundingBox{20, 40, 60, 80},
                                   BoundingBox{200, 120, 40, 40}}) {
      const std::string name = std::to_string(i++) + ".png";
      const auto png = encode_png(picture(240, 160, box));
      const auto file = to_path(folder_.filePath(QString::fromStdString(name)));
      std::ofstream(file, std::ios::binary) << std::string(png.begin(), png.end());
      samples_.push_back({name, file, name, "boxes.csv", box, {}});
    }
  }

  void scale_is_what_the_network_sees_data() {
    QTest::addColumn<int>("mode");
    QTest::addColumn<double>("crop");
    QTest::addColumn<int>("seen"); // objects
    QTest::newRow("squash") << static_cast<int>(ResizeMode::Squash) << 1.0 << 4;
    QTest::newRow("crop") << static_cast<int>(ResizeMode::Crop) << 1.0 << 2; // x from 40 to 200
    QTest::newRow("crop 0.75") << static_cast<int>(ResizeMode::Crop) << 0.75 << 2;
    QTest::newRow("squash and crop") << static_cast<int>(ResizeMode::Squash) << 0.8 << 4; // 24 to 216, 16 to 144
    QTest::newRow("pad") << static_cast<int>(ResizeMode::Pad) << 1.0 << 4;
    QTest::newRow("pad and crop") << static_cast<int>(ResizeMode::Pad) << 0.8 << 4;
  }

  void scale_is_what_the_network_sees() {
    QFETCH(int, mode);
    QFETCH(double, crop);
    QFETCH(int, seen);
    const Resizing resizing{static_cast<ResizeMode>(mode), Interpolation::Bicubic, crop};
    for (const bool cached : {false, true, true}) {
      const Extraction extraction = extract_samples(network(cached), samples_, settings(resizing));
      QCOMPARE(static_cast<int>(extraction.rows.size()), seen);
      for (std::size_t i = 0; i < extraction.rows.size(); ++i) {
        const Row& row = extraction.rows[i];
        // Pixels at the object's edges are mixed: half a pixel of the square on each side at most.
        QVERIFY2(
            std::abs(row.target - red_share(extraction, i)) < 0.006,
            qPrintable(QString("%1: %2, seen %3").arg(row.id.c_str()).arg(row.target).arg(red_share(extraction, i))));
      }
      QCOMPARE(static_cast<int>(extraction.left_out.size()), 4 - seen);
      for (const LeftOut& one : extraction.left_out)
        QVERIFY(one.reason.starts_with("its object lies outside of the part of the image that the network sees ("));
    }
  }

  void says_how_many_objects_are_cut() {
    const auto notes = [&](const Resizing& resizing) {
      QString all;
      for (const std::string& note : extract_samples(network(), samples_, settings(resizing)).notes)
        all += QString::fromStdString(note);
      return all;
    };
    QVERIFY(!notes({}).contains("cut"));
    QVERIFY(!notes({.mode = ResizeMode::Pad}).contains("cut"));
    const QString said = notes({.mode = ResizeMode::Crop});
    QVERIFY2(said.contains("1 of 2 objects are cut: the network sees less than 90 % of their box (middle cropped, "
                           "bilinear)"),
             qPrintable(said));
  }

  // Of two images of different proportions, squashed: every number as it was before there was a choice.
  void squashing_is_as_it_was() {
    const Extraction extraction = extract_samples(network(), samples_, settings({}));
    for (std::size_t i = 0; i < samples_.size(); ++i)
      QCOMPARE(extraction.rows[i].target, object_scale(*samples_[i].box, 240, 160));
    QCOMPARE(key_of(seeing({})), std::string("255|0,0,0|1,1,1|false"));
    QVERIFY(key_of(seeing({.interpolation = Interpolation::Bicubic})) != key_of(seeing({})));
  }

  // Objects that are rendered have the planned share of what is seen, and lie in it.
  void renders_within_what_is_seen() {
    RenderSettings rendering;
    rendering.cut = {SegmentBy::Box, Fill::MeanColour, 0.004};
    rendering.smallest = 0.05;
    rendering.largest = 0.3;
    rendering.most_enlarged = 10;
    rendering.scales = 3;
    const std::vector<Sample> middle{samples_[0], samples_[1]};
    for (const ResizeMode mode : {ResizeMode::Squash, ResizeMode::Crop, ResizeMode::Pad}) {
      const Extraction extraction = rendered_scales(network(), middle, settings({.mode = mode, .crop = 0.9}), rendering,
                                                    ScaleMeasure::Area, {}, {});
      QVERIFY(extraction.rows.size() >= 5);
      for (std::size_t i = 0; i < extraction.rows.size(); ++i)
        QVERIFY2(std::abs(extraction.rows[i].target - red_share(extraction, i)) < 0.02,
                 qPrintable(QString("%1: %2, seen %3")
                                .arg(extraction.rows[i].id.c_str())
                                .arg(extraction.rows[i].target)
                                .arg(red_share(extraction, i))));
    }
  }

  // The window's numbers, and the pixels that its network gets.
  void the_stage_shows_what_is_seen() {
    const BoundingBox box{20, 40, 60, 80};
    StageState state;
    state.image = std::make_shared<const Image>(picture(240, 160, box));
    state.apart =
        std::make_shared<const Segmentation>(segment(*state.image, box, {SegmentBy::Box, Fill::MeanColour, 0.004}, 0));
    state.placement = home(*state.apart);
    state.image_size = side;
    const Network opened = network();
    LayerInspector inspector(opened);
    for (const double scale : {1.0, 1.5})
      for (const ResizeMode mode : {ResizeMode::Squash, ResizeMode::Crop, ResizeMode::Pad}) {
        const Preprocessing how = seeing({.mode = mode});
        state.placement.scale = scale;
        const Frame frame = make_frame(state, how.resizing);
        const auto pixels = inspector.pixels(state, frame, how);
        double red = 0;
        for (std::size_t i = 0; i < std::size_t{side} * side; ++i)
          red += pixels[i] / (side * side);
        QVERIFY2(std::abs(frame.fraction - red) < 0.015,
                 qPrintable(QString("%1: %2, seen %3").arg(static_cast<int>(mode)).arg(frame.fraction).arg(red)));
        if (mode == ResizeMode::Crop)
          QCOMPARE(frame.seen.x, 40.0);
        if (mode == ResizeMode::Pad)
          QCOMPARE(frame.seen.y, -40.0);
      }
  }
};

QTEST_GUILESS_MAIN(SeenTest)
#include "seen_test.moc"
