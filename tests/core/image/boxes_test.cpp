// Where a box lies in its image: annotations whose size is not the image's, images that EXIF turns, fractions.

#include "core/experiment/rendering.h"
#include "core/features/detail/image_loader.h"
#include "core/features/extract_samples.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"
#include "datasets/readers.h"
#include "tests/support/support.h"
#include "tests/support/test_images.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// The bounds of what is white in an image.
BoundingBox white_in(const Image& image) {
  int left = image.width;
  int top = image.height;
  int right = 0;
  int bottom = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (image.pixels[3 * (static_cast<std::size_t>(y) * image.width + x)] > 127) {
        left = std::min(left, x);
        top = std::min(top, y);
        right = std::max(right, x + 1);
        bottom = std::max(bottom, y + 1);
      }
  return {double(left), double(top), double(right - left), double(bottom - top)};
}

void compare_boxes(const BoundingBox& box, const BoundingBox& expected) {
  const auto same = [](double a, double b) { return std::abs(a - b) < 1e-9; };
  QVERIFY2(same(box.x, expected.x) && same(box.y, expected.y) && same(box.width, expected.width) &&
               same(box.height, expected.height),
           qPrintable(QStringLiteral("%1, %2, %3 x %4").arg(box.x).arg(box.y).arg(box.width).arg(box.height)));
}

/// What became of the samples of a data set once their images were read.
struct Loaded {
  std::vector<Row> rows;
  std::vector<Remark> remarks;
  std::vector<LeftOut> left_out;
};

Loaded load(const std::vector<Sample>& samples) {
  ExtractionSettings settings;
  settings.preprocessing = Preprocessing::named("torch");
  settings.keep_going = true;
  constexpr int side = 8;
  const ImageLoader loader{samples, settings, side, 0, {}, ""};
  std::vector<float> pixels(3 * side * side);
  Loaded all;
  for (const SampledImage& image : group_by_image(samples)) {
    const LoadedSampleImage one = loader.load(image, pixels);
    all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
    all.remarks.insert(all.remarks.end(), one.remarks.begin(), one.remarks.end());
    all.left_out.insert(all.left_out.end(), one.left_out.begin(), one.left_out.end());
  }
  return all;
}

/// The share of the first sample whose id has this in it; -1 where there is none.
double share_of(const Loaded& loaded, const std::string& id) {
  for (const Row& row : loaded.rows)
    if (row.id.find(id) != std::string::npos)
      return row.target;
  return -1;
}

std::string voc_xml(const std::string& size, const std::vector<std::array<double, 4>>& corners) {
  std::string xml = "<annotation>" + size;
  for (const auto& [x0, y0, x1, y1] : corners)
    xml += "<object><bndbox><xmin>" + std::to_string(x0) + "</xmin><ymin>" + std::to_string(y0) + "</ymin><xmax>" +
           std::to_string(x1) + "</xmax><ymax>" + std::to_string(y1) + "</ymax></bndbox></object>";
  return xml + "</annotation>";
}

std::string size_xml(int width, int height) {
  return "<size><width>" + std::to_string(width) + "</width><height>" + std::to_string(height) + "</height></size>";
}

void write_text(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

} // namespace

class BoxesTest : public QObject {
  Q_OBJECT
  QTemporaryDir scratch_;
  fs::path folder_;

 private slots:
  void init() {
    static int number = 0;
    folder_ = to_path(scratch_.filePath(QString::number(++number)));
    fs::create_directories(folder_);
  }

  // read_image is held against Pillow in image_test, so the white box in what it reads is where the box has to be.
  void a_box_turns_with_its_image() {
    const BoundingBox box{3, 5, 10, 4};
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const fs::path file = folder_ / (std::to_string(orientation) + ".png");
      write_image(file, 30, 20, orientation, box);
      QCOMPARE(orientation_of(read_upright_image(file)), orientation);
      const Image upright = read_image(file);
      QCOMPARE(upright.width, orientation > 4 ? 20 : 30);
      compare_boxes(turned_upright(box, orientation, upright.width, upright.height), white_in(upright));
    }
  }

  void boxes_are_placed_data() {
    QTest::addColumn<QList<double>>(
        "stated");                         // width and height, then the box, then what holds all boxes if that is more
    QTest::addColumn<QList<int>>("image"); // width and height upright, orientation
    QTest::addColumn<QList<double>>("placed");
    QTest::addColumn<QString>("said"); // in the remark, or in the sentence of a refusal
    const auto row = [](const char* name, const QList<double>& stated, const QList<int>& image,
                        const QList<double>& placed, const char* said) {
      QTest::newRow(name) << stated << image << placed << QString::fromUtf8(said);
    };
    const QList<double> refused;
    row("as stated", {60, 40, 6, 8, 20, 10}, {60, 40, 1}, {6, 8, 20, 10}, "");
    row("reaching out", {60, 40, -6, 8, 90, 10}, {60, 40, 1}, {-6, 8, 90, 10},
        "its box reaches beyond the image, which has 60 x 40 pixels, and the part within was used");
    row("resized, and nothing stated", {0, 0, 40, 30, 40, 30}, {60, 40, 1}, refused,
        "boxes reach far beyond p.png, which has 60 x 40 pixels");
    row("a little beyond, and nothing stated", {0, 0, 40, 30, 25, 12}, {60, 40, 1}, {40, 30, 25, 12},
        "reaches beyond the image");
    row("reaching out by a hair", {60, 40, -1, 8, 62, 10}, {60, 40, 1}, {-1, 8, 62, 10}, "");
    row("another object reaches out", {60, 40, 6, 8, 20, 10, -6, 8, 90, 10}, {60, 40, 1}, {6, 8, 20, 10}, "");
    row("nothing stated", {0, 0, 6, 8, 20, 10}, {60, 40, 1}, {6, 8, 20, 10}, "");
    row("half a size stated", {600, 0, 6, 8, 20, 10}, {60, 40, 1}, {6, 8, 20, 10}, "");

    // Resized after it was annotated (detectron2 863): the same to within a pixel.
    row("made smaller", {1200, 900, 100, 100, 400, 300}, {600, 450, 1}, {50, 50, 200, 150},
        "the annotation says 1200 x 900, but the image has 600 x 450 pixels: its box was scaled by 0.5");
    row("made larger", {30, 20, 6, 8, 20, 10}, {90, 60, 1}, {18, 24, 60, 30}, "scaled by 3");
    row("made smaller and rounded", {500, 333, 100, 100, 200, 100}, {224, 149, 1},
        {100 * 224 / 500., 100 * 149 / 333., 200 * 224 / 500., 100 * 149 / 333.}, "scaled by 0.448");
    row("a pixel off", {500, 375, 100, 100, 200, 100}, {500, 374, 1}, {100, 100 * 374 / 375., 200, 100 * 374 / 375.},
        "says 500 x 375, but the image has 500 x 374");
    row("made square", {1200, 900, 100, 100, 400, 300}, {224, 224, 1}, refused,
        "the image has 1200 x 900 pixels, but p.png has 224 x 224 pixels, another shape");
    row("another image's size", {640, 480, 10, 10, 40, 30}, {100, 600, 1}, refused, "640 x 480 pixels, but");
    row("sides changed places", {40, 60, 6, 8, 20, 10}, {60, 40, 1}, refused, "40 x 60 pixels, but");

    // The size alone is wrong (labelImg 278): the boxes can't have been drawn on it.
    row("stale size", {2048, 1536, 3816, 1244, 241, 482}, {4608, 3456, 1}, {3816, 1244, 241, 482},
        "says 2048 x 1536, but the image has 4608 x 3456 pixels: its box was used as written");
    row("stale size, another object tells", {2048, 1536, 10, 20, 241, 482, 10, 20, 4047, 1700}, {4608, 3456, 1},
        {10, 20, 241, 482}, "its box was used as written");
    row("stale size, partly beyond", {60, 40, 50, 30, 20, 20}, {120, 80, 1}, {50, 30, 20, 20}, "used as written");
    row("a hair beyond is within", {60, 40, 50, 30, 10.9, 10}, {120, 80, 1}, {100, 60, 21.8, 20}, "scaled by 2");
    row("beyond both", {60, 40, 100, 30, 40, 20}, {120, 80, 1}, refused, "boxes lie outside the size that it gives");

    // Turned by EXIF (VoTT 840, label-studio 6608).
    row("drawn upright", {300, 400, 20, 310, 100, 80}, {300, 400, 6}, {20, 310, 100, 80}, "");
    row("drawn before, 6", {400, 300, 250, 100, 140, 100}, {300, 400, 6}, {100, 250, 100, 140},
        "the annotation says 400 x 300, but the image has 300 x 400 pixels (400 x 300 before its EXIF rotation): its "
        "box "
        "was rotated with the image");
    row("drawn before, 5", {40, 30, 25, 10, 14, 8}, {30, 40, 5}, {10, 25, 8, 14}, "rotated with the image");
    row("drawn before, 7", {40, 30, 25, 10, 14, 8}, {30, 40, 7}, {12, 1, 8, 14}, "rotated with the image");
    row("drawn before, 8", {40, 30, 25, 10, 14, 8}, {30, 40, 8}, {10, 1, 8, 14}, "rotated with the image");
    row("drawn before, and made smaller", {80, 60, 50, 20, 28, 16}, {30, 40, 8}, {10, 1, 8, 14},
        "scaled by 0.5 and rotated");
    row("drawn upright, and made smaller", {600, 800, 40, 620, 200, 160}, {300, 400, 6}, {20, 310, 100, 80},
        "scaled by 0.5");
    row("the size before, boxes after", {400, 300, 20, 310, 100, 80}, {300, 400, 6}, refused,
        "300 x 400 pixels (400 x 300");
    row("the size after, boxes before", {300, 400, 250, 100, 140, 100}, {300, 400, 6}, refused,
        "boxes do not lie within p.png");
    row("no size, boxes before", {0, 0, 250, 100, 140, 100}, {300, 400, 6}, refused, "boxes do not lie within p.png");
    row("no size", {0, 0, 20, 210, 100, 80}, {300, 400, 6}, {20, 210, 100, 80}, "used as drawn on the upright image");
    row("upside down", {40, 30, 25, 10, 14, 8}, {40, 30, 3}, {25, 10, 14, 8}, "used as drawn on the upright image");
    row("mirrored, made smaller", {80, 60, 50, 20, 28, 16}, {40, 30, 2}, {25, 10, 14, 8},
        "used as drawn on the upright image");
    row("a square", {30, 30, 20, 10, 5, 8}, {30, 30, 6}, {20, 10, 5, 8}, "used as drawn on the upright image");
    row("turned, another shape", {400, 100, 25, 10, 14, 8}, {300, 400, 6}, refused, "400 x 100 pixels, but");

    row("a fraction", {60, 40, 0.25, 0.5, 0.5, 0.25}, {60, 40, 1}, refused, "looks like fractions");
    row("one of YOLO", {0, 0, 0.6, 0.7, 0.9, 0.5}, {60, 40, 1}, refused,
        "multiply by the image's width and height, 60");
    row("the whole as a fraction", {0, 0, 0, 0, 1, 1}, {60, 40, 1}, refused, "looks like fractions");
    row("a small object", {60, 40, 2, 0, 1, 1}, {60, 40, 1}, {2, 0, 1, 1}, "");
    row("outside", {60, 40, 70, 8, 20, 10}, {60, 40, 1}, refused, "no area within p.png, which is 60 x 40");
  }
  void boxes_are_placed() {
    QFETCH(const QList<double>, stated);
    QFETCH(const QList<int>, image);
    QFETCH(const QList<double>, placed);
    QFETCH(const QString, said);
    const auto box_at = [](const QList<double>& list, int at) {
      return BoundingBox{list[at], list[at + 1], list[at + 2], list[at + 3]};
    };
    Sample sample{"p", "p.png", "p", "p.xml", box_at(stated, 2), {}};
    sample.drawn_on = DrawnOn{stated[0], stated[1], stated.size() > 6 ? box_at(stated, 6) : *sample.box};
    const ImageFrame frame{image[0], image[1], image[2]};
    if (placed.empty()) {
      const QString message = error_text([&] { (void)place_box(sample, frame); });
      QVERIFY2(message.contains("p.xml: ") && message.contains(said) && message.endsWith('.'), qPrintable(message));
      return;
    }
    const PlacedBox found = place_box(sample, frame);
    compare_boxes(found.box, box_at(placed, 0));
    QCOMPARE(found.remark.empty(), said.isEmpty());
    QVERIFY2(QString::fromStdString(found.remark).contains(said), found.remark.c_str());
  }

  // A box that is known to be one of the upright image, as one drawn by hand, needs no size.
  void a_box_without_annotation_is_upright() {
    const Sample sample{"p", "p.png", "p", "", BoundingBox{25, 10, 14, 8}, {}};
    QVERIFY(place_box(sample, {40, 30, 3}).remark.empty());
    compare_boxes(place_box(sample, {40, 30, 3}).box, *sample.box);
  }

  void shares_of_all_formats_data() {
    QTest::addColumn<QString>("format");
    for (const char* format : {"voc", "coco", "csv"})
      QTest::newRow(format) << format;
  }
  void shares_of_all_formats() {
    QFETCH(const QString, format);
    struct Case {
      const char* name;
      int width, height, orientation; // as stored
      int stated_width, stated_height;
      std::array<double, 4> box; // x, y, width, height
      double share;              // 0: refused
      bool is_said;
    };
    const std::vector<Case> cases{{"same", 60, 45, 1, 60, 45, {10, 10, 20, 15}, 300 / 2700., false},
                                  {"smaller", 60, 45, 1, 120, 90, {10, 10, 40, 30}, 300 / 2700., true},
                                  {"larger", 60, 45, 1, 20, 15, {2, 3, 10, 6}, 540 / 2700., true},
                                  {"stale", 60, 45, 1, 20, 15, {40, 20, 12, 15}, 180 / 2700., true},
                                  {"before", 40, 30, 6, 40, 30, {25, 10, 14, 10}, 140 / 1200., true},
                                  {"before8", 40, 30, 8, 40, 30, {25, 10, 14, 10}, 140 / 1200., true},
                                  {"after", 40, 30, 6, 30, 40, {2, 31, 10, 8}, 80 / 1200., false},
                                  {"turned", 40, 30, 3, 40, 30, {2, 3, 10, 8}, 80 / 1200., true},
                                  {"other", 60, 45, 1, 100, 200, {10, 10, 20, 15}, 0, false}};
    std::string coco_images;
    std::string coco_boxes;
    std::string csv = "file,x,y,w,h,image_width,image_height\n";
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const Case& c = cases[i];
      const auto& [x, y, w, h] = c.box;
      const std::string name = std::string("c-") + c.name + ".png";
      write_image(folder_ / "images" / name, c.width, c.height, c.orientation);
      if (format == "voc")
        write_text(folder_ / "annotations" / (std::string("c-") + c.name + ".xml"),
                   voc_xml(size_xml(c.stated_width, c.stated_height), {{x, y, x + w, y + h}}));
      const QString id = QString::number(i + 1);
      coco_images += QStringLiteral(R"(%1{"id": %2, "file_name": "images/%3", "width": %4, "height": %5})")
                         .arg(i > 0 ? "," : "", id, QString::fromStdString(name))
                         .arg(c.stated_width)
                         .arg(c.stated_height)
                         .toStdString();
      coco_boxes += QStringLiteral(R"(%1{"id": %2, "image_id": %2, "bbox": [%3, %4, %5, %6]})")
                        .arg(i > 0 ? "," : "", id)
                        .arg(x)
                        .arg(y)
                        .arg(w)
                        .arg(h)
                        .toStdString();
      csv += QStringLiteral("images/%1,%2,%3,%4,%5,%6,%7\n")
                 .arg(QString::fromStdString(name))
                 .arg(x)
                 .arg(y)
                 .arg(w)
                 .arg(h)
                 .arg(c.stated_width)
                 .arg(c.stated_height)
                 .toStdString();
    }
    if (format == "coco")
      write_text(folder_ / "set.json", R"({"images": [)" + coco_images + R"(], "annotations": [)" + coco_boxes + "]}");
    if (format == "csv")
      write_text(folder_ / "set.csv", csv);
    const SampleSet set = read_samples(folder_);
    QVERIFY(set.remarks.empty());
    const Loaded loaded = load(set.samples);
    for (const Case& c : cases) {
      const std::string id = std::string("c-") + c.name + ".png";
      const bool is_said = std::ranges::any_of(
          loaded.remarks, [&](const Remark& remark) { return remark.what.find(id) != std::string::npos; });
      QVERIFY2(c.share == 0 ? share_of(loaded, id) == -1 : std::abs(share_of(loaded, id) - c.share) < 1e-9, c.name);
      QVERIFY2(is_said == c.is_said, c.name);
    }
    QCOMPARE(loaded.left_out.size(), std::size_t{1});
    const QString refusal = QString::fromStdString(loaded.left_out[0].reason);
    QVERIFY2(refusal.contains("100 x 200") && refusal.contains("60 x 45"), qPrintable(refusal));
  }

  // The size is judged by all boxes of the annotation, whichever of them are samples.
  void all_objects_tell_what_a_size_is_worth() {
    write_image(folder_ / "images/a.png", 60, 45);
    write_text(folder_ / "annotations/a.xml", voc_xml(size_xml(20, 15), {{2, 3, 12, 9}, {40, 20, 52, 35}}));
    const Loaded each = load(read_samples(folder_, {.objects = ObjectRule::Each}).samples);
    QCOMPARE(each.rows.size(), std::size_t{2});
    QCOMPARE(each.rows[0].target, 60 / 2700.);
    QCOMPARE(each.rows[1].target, 180 / 2700.);
    write_text(folder_ / "t.csv", "file,x,y,w,h,image_width,image_height\nimages/a.png,2,3,10,6,20,15\n"
                                  "images/a.png,40,20,12,15,20,15\n");
    QCOMPARE(share_of(load(read_samples(folder_ / "t.csv").samples), "a.png#0"), 60 / 2700.);
  }

  // What an image that EXIF turns gives to the network at another scale of its object is what an upright copy gives.
  void renderings_are_those_of_the_upright_image() {
    const BoundingBox stored{50, 20, 24, 18};
    write_image(folder_ / "turned.png", 96, 64, 6, stored);
    const BoundingBox upright = turned_upright(stored, 6, 64, 96);
    write_image(folder_ / "upright.png", 64, 96, 1, upright);
    QCOMPARE(read_image(folder_ / "turned.png").pixels, read_image(folder_ / "upright.png").pixels);
    std::vector<Sample> samples{
        {"turned", folder_ / "turned.png", "t", "t.xml", stored, {}, DrawnOn{96, 64, stored}},
        {"upright", folder_ / "upright.png", "u", "u.xml", upright, {}, DrawnOn{64, 96, upright}}};
    RenderSettings settings;
    settings.scales = 2;
    settings.smallest = 0.05;
    settings.largest = 0.2;
    settings.cut.by = SegmentBy::Box;
    Renderings renderings(samples, settings, Preprocessing::named("torch"), 64);
    const GeneratedImages source = renderings.source();
    QCOMPARE(source.count, std::size_t{4});
    for (std::size_t i = 0; i < 2; ++i) {
      std::vector<float> of_turned(3 * 64 * 64);
      std::vector<float> of_upright(3 * 64 * 64);
      QVERIFY(source.load(i, of_turned));
      QVERIFY(source.load(i + 2, of_upright));
      QCOMPARE(of_turned, of_upright);
    }
    QCOMPARE(renderings.remarks().size(), std::size_t{1});
    QCOMPARE(renderings.remarks()[0].what, std::string("turned"));
    // The cache's key holds the box as it was placed, so another size in the annotation is another entry.
    samples[0].drawn_on->width = 192;
    samples[0].drawn_on->height = 128;
    Renderings scaled(samples, settings, Preprocessing::named("torch"), 64);
    QVERIFY(scaled.source().key(0) != source.key(0));
    QCOMPARE(scaled.source().key(2), source.key(2));
  }

  // Features come from the cache, which knows no boxes: shares and remarks are those of the annotation as it is now.
  void cached_images_keep_no_boxes() {
    const ModelSource model{.file = {}, .architecture = "resnet18", .random_weights = true, .seed = 1};
    RunOptions run;
    run.input_size = 64;
    run.cache = Cache(folder_ / "cache", 10'000'000);
    const Network network = Network::open(model, run);
    write_image(folder_ / "a.png", 40, 30, 6);
    ExtractionSettings how;
    how.layers = {"layer1.0"};
    how.preprocessing = Preprocessing::named("torch");
    std::vector<Sample> samples{{"a", folder_ / "a.png", "a", "a.xml", BoundingBox{20, 10, 14, 10}, {}}};
    samples[0].drawn_on = DrawnOn{40, 30, *samples[0].box};
    for (const std::int64_t cached : {0, 1}) {
      const Extraction extraction = extract_samples(network, samples, how);
      QCOMPARE(extraction.from_cache, cached);
      QCOMPARE(extraction.rows[0].target, 140 / 1200.);
      QCOMPARE(extraction.remarks.size(), std::size_t{1});
    }
    samples[0].drawn_on = DrawnOn{80, 60, *samples[0].box};
    const Extraction other = extract_samples(network, samples, how);
    QCOMPARE(other.from_cache, 1);
    QCOMPARE(other.rows[0].target, 35 / 1200.);
    samples[0].drawn_on = DrawnOn{80, 20, *samples[0].box};
    const QString message = error_text([&] { (void)extract_samples(network, samples, how); });
    QVERIFY2(message.contains("80 x 20") && message.contains("30 x 40"), qPrintable(message));
  }

  // The cases that people reported, at the shares that are right for them.
  void shared_cases_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("id");
    QTest::addColumn<double>("share");
    QTest::addColumn<int>("remarks"); // of the images
    QTest::newRow("06-resized-after-annotation") << "06-resized-after-annotation"
                                                 << "small.jpg" << 30000 / 270000. << 1;
    QTest::newRow("18-coco-resized") << "18-coco-resized"
                                     << "small.jpg" << 30000 / 270000. << 1;
    QTest::newRow("06-stale-size-small") << "06-stale-size-small"
                                         << "000042.jpg" << 241 * 482 / (4608. * 3456) << 1;
    QTest::newRow("07-exif-right") << "07-exif-right"
                                   << "photo.jpg" << 8000 / 120000. << 0;
    QTest::newRow("09-xml-upper") << "09-xml-upper"
                                  << "up.jpg" << 0.25 << 0;
  }
  void shared_cases() {
    NEED_SHARED(shared);
    QFETCH(const QString, name);
    QFETCH(const QString, id);
    QFETCH(const double, share);
    QFETCH(const int, remarks);
    const fs::path cases = to_path(shared) / "cases";
    if (!fs::exists(cases))
      QSKIP("the shared folder has no cases");
    const SampleSet set = read_samples(cases / name.toStdString());
    QVERIFY(set.remarks.empty());
    const Loaded loaded = load(set.samples);
    QCOMPARE(loaded.rows.size(), std::size_t{15});
    QVERIFY(loaded.left_out.empty());
    QCOMPARE(share_of(loaded, id.toStdString()), share);
    QCOMPARE(static_cast<int>(loaded.remarks.size()), remarks);
    const Loaded base = load(read_samples(cases / "00-base").samples);
    for (const Row& row : base.rows)
      QCOMPARE(share_of(loaded, row.id.substr(row.id.find('/'))), row.target);
  }

  void shared_fractions_and_stale_names() {
    NEED_SHARED(shared);
    const fs::path cases = to_path(shared) / "cases";
    if (!fs::exists(cases))
      QSKIP("the shared folder has no cases");
    for (const char* name : {"22-normalised-boxes", "28-voc-normalised"}) {
      const QString message = error_text([&] { (void)read_samples(cases / name); });
      QVERIFY2(message.contains(name) && message.contains("all boxes are smaller than a pixel and look like fractions"),
               qPrintable(message));
    }
    const SampleSet stale = read_samples(cases / "33-stale-filename");
    QCOMPARE(stale.remarks.size(), std::size_t{14});
    const Loaded loaded = load(stale.samples);
    QVERIFY(loaded.remarks.empty());
    for (const Row& row : load(read_samples(cases / "00-base").samples).rows)
      QCOMPARE(share_of(loaded, row.id), row.target);
  }
};

QTEST_GUILESS_MAIN(BoxesTest)
#include "boxes_test.moc"
