#include "core/base/error.h"
#include "core/image/read_image.h"
#include "datasets/detail/shapes.h"
#include "datasets/readers.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "tests/support/support.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <numeric>
#include <set>
#include <thread>

using namespace scalescope;
namespace fs = std::filesystem;
using std::numbers::pi;

namespace {

constexpr int side = 224;

int class_named(const std::string& name) {
  const auto& classes = scene_classes();
  return static_cast<int>(std::ranges::find(classes, name) - classes.begin());
}

SceneDescription centred(const std::string& object_class, double scale, double rotation = 0) {
  SceneDescription d;
  d.object_class = class_named(object_class);
  d.scale = scale;
  d.rotation = rotation;
  return d;
}

double mask_area(const Scene& scene) { return static_cast<double>(std::ranges::count(scene.mask, 255)); }

/// The smallest box around what is not 0, found the slow way.
BoundingBox tight_box(const Scene& scene) {
  int left = scene.image.width;
  int top = scene.image.height;
  int right = -1;
  int bottom = -1;
  for (int y = 0; y < scene.image.height; ++y)
    for (int x = 0; x < scene.image.width; ++x)
      if (scene.mask[static_cast<std::size_t>(y) * scene.image.width + x] != 0) {
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
      }
  return {double(left), double(top), double(right - left + 1), double(bottom - top + 1)};
}

/// Pearson's correlation.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = std::reduce(a.begin(), a.end()) / a.size();
  const double mean_b = std::reduce(b.begin(), b.end()) / b.size();
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

/// Mean brightness of what is not the object, 0 to 255.
double background_brightness(const Scene& scene) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < scene.mask.size(); ++i)
    if (scene.mask[i] == 0) {
      sum += (scene.image.pixels[3 * i] + scene.image.pixels[3 * i + 1] + scene.image.pixels[3 * i + 2]) / 3.0;
      ++count;
    }
  return sum / count;
}

double shoelace(const Outline& outline) {
  double twice = 0;
  for (const auto& polygon : outline)
    for (std::size_t i = 0; i < polygon.size(); ++i)
      twice += polygon[i].cross(polygon[(i + 1) % polygon.size()]);
  return std::abs(twice) / 2;
}

template <typename Work>
QString refusal(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return QString::fromStdString(error.what());
  }
  return {};
}

} // namespace

class ScenesTest : public QObject {
  Q_OBJECT

 private slots:
  void areas_of_masks_data() {
    QTest::addColumn<QString>("object_class");
    QTest::addColumn<double>("rotation");
    QTest::addColumn<double>("part"); // of the box, by geometry
    QTest::newRow("disc") << "disc" << 0.3 << pi / 4;
    QTest::newRow("square") << "square" << 0.0 << 1.0;
    QTest::newRow("square turned by 30 degrees") << "square" << pi / 6 << 1 / std::pow(std::cos(pi / 6) + 0.5, 2);
    QTest::newRow("triangle") << "triangle" << 0.0 << 0.5;
    QTest::newRow("ring") << "ring" << 1.0 << pi / 4 * 0.75; // the hole's radius is half of the ring's
    QTest::newRow("cross") << "cross" << 0.0 << 1 - 0.64 * 0.64;
    QTest::newRow("hexagon") << "hexagon" << 0.0 << 0.75;
  }
  void areas_of_masks() {
    QFETCH(const QString, object_class);
    QFETCH(const double, rotation);
    QFETCH(const double, part);
    for (const double scale : {0.05, 0.2, 0.5}) {
      const Scene scene = render(centred(object_class.toStdString(), scale, rotation), side, side);
      const double expected = part * scale * side * side;
      QVERIFY2(std::abs(mask_area(scene) / expected - 1) < 0.02,
               qPrintable(QString::number(mask_area(scene) / expected)));
    }
  }

  void coverage_is_exact() {
    // The shares of all pixels add up to the polygon's area, whatever the shape.
    for (int object_class = 0; object_class < static_cast<int>(scene_classes().size()); ++object_class) {
      const Outline outline = placed(rotated(outline_of(object_class), 0.4), 20.3, {32.1, 31.7});
      const cv::Mat1f covered = coverage(outline, 64, 64);
      QVERIFY(std::abs(cv::sum(covered)[0] - shoelace(outline)) < 1e-3);
    }
    // A square from 1.25 to 3.5: three quarters of the first column, half of the last.
    const cv::Mat1f square = coverage({{{1.25, 1}, {3.5, 1}, {3.5, 2}, {1.25, 2}}}, 5, 3);
    const cv::Mat1f expected = (cv::Mat1f(3, 5) << 0, 0, 0, 0, 0, 0, 0.75, 1, 0.5, 0, 0, 0, 0, 0, 0);
    QVERIFY(cv::norm(square, expected, cv::NORM_INF) < 1e-6);
    // A triangle over half of a pixel.
    QVERIFY(std::abs(coverage({{{0, 0}, {1, 0}, {1, 1}}}, 2, 2)(0, 0) - 0.5) < 1e-6);
  }

  void masks_take_pixels_covered_by_half() {
    // A square from 52.5 to 171.5: its border pixels are covered by exactly half, and count.
    const Scene scene = render(centred("square", 119.0 * 119 / (side * side)), side, side);
    QCOMPARE(scene.box.x, 52.0);
    QCOMPARE(scene.box.width, 120.0);
  }

  void boxes_and_scales_are_those_of_the_masks() {
    const SceneOptions options{.seed = 3};
    for (std::uint64_t i = 0; i < 100; ++i) {
      const SceneDescription d = describe_scene(options, i);
      const Scene scene = make_scene(options, i);
      const BoundingBox expected = tight_box(scene);
      QCOMPARE(scene.box.x, expected.x);
      QCOMPARE(scene.box.y, expected.y);
      QCOMPARE(scene.box.width, expected.width);
      QCOMPARE(scene.box.height, expected.height);
      QCOMPARE(scene.scale, object_scale(expected, side, side));
      QCOMPARE(scene.object_class, d.object_class);
      // As described, to within a pixel a side for the box's ends that cover less than half of a pixel.
      QVERIFY(std::abs(std::sqrt(scene.scale) - std::sqrt(d.scale)) < 2.0 / side);
      // Wholly inside: the border of the image belongs to the background.
      QVERIFY(scene.box.x >= 1 && scene.box.y >= 1);
      QVERIFY(scene.box.x + scene.box.width <= side - 1 && scene.box.y + scene.box.height <= side - 1);
    }
  }

  void seeds_decide_every_byte() {
    const SceneOptions options{.seed = 11};
    std::vector<Scene> alone;
    for (std::uint64_t i = 0; i < 12; ++i)
      alone.push_back(make_scene(options, i));
    std::vector<Scene> together(alone.size());
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < 3; ++first)
      threads.emplace_back([&, first] {
        for (std::size_t i = together.size() - 1 - first; i < together.size(); i -= 3) // in another order too
          together[i] = make_scene(options, i);
      });
    for (std::thread& thread : threads)
      thread.join();
    for (std::size_t i = 0; i < alone.size(); ++i) {
      QVERIFY(alone[i].image.pixels == together[i].image.pixels);
      QVERIFY(alone[i].mask == together[i].mask);
    }
    const int before = cv::getNumThreads();
    for (const int inside : {1, 4}) { // threads within OpenCV
      cv::setNumThreads(inside);
      QVERIFY(make_scene(options, 0).image.pixels == alone[0].image.pixels);
    }
    cv::setNumThreads(before);
    QVERIFY(alone[0].image.pixels != alone[1].image.pixels);
    QVERIFY(make_scene({.seed = 12}, 0).image.pixels != alone[0].image.pixels);
  }

  void nothing_but_the_object_tells_the_scale() {
    const SceneOptions options{.width = 96, .height = 96, .min_scale = 0.02, .max_scale = 0.6, .seed = 0};
    std::map<std::string, std::vector<double>> columns;
    std::vector<double> scales;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const SceneDescription d = describe_scene(options, i);
      const Scene scene = render(d, options.width, options.height);
      scales.push_back(scene.scale);
      columns["brightness of the background"].push_back(background_brightness(scene));
      columns["backdrop"].push_back(static_cast<double>(d.backdrop));
      // Where it lies in the room it has.
      columns["x"].push_back((scene.box.x - 1) / (options.width - 2 - scene.box.width + 1e-9));
      columns["y"].push_back((scene.box.y - 1) / (options.height - 2 - scene.box.height + 1e-9));
      columns["centre x"].push_back(d.centre_x);
      columns["centre y"].push_back(d.centre_y);
      columns["cosine of the light"].push_back(std::cos(d.light.direction));
      columns["contrast"].push_back(d.light.contrast);
      columns["exposure"].push_back(d.light.exposure);
      columns["warmth"].push_back(d.light.warmth);
      columns["rotation"].push_back(d.rotation);
      for (std::size_t c = 0; c < scene_classes().size(); ++c)
        columns[scene_classes()[c]].push_back(d.object_class == static_cast<int>(c));
    }
    for (const auto& [name, values] : columns) {
      const double r = correlation(scales, values);
      QVERIFY2(std::abs(r) < 0.1, qPrintable(QString("%1: %2").arg(QString::fromStdString(name)).arg(r)));
    }
    // The square root is uniform: mean in the middle, standard deviation a range / sqrt(12).
    const double low = std::sqrt(0.02);
    const double high = std::sqrt(0.6);
    double mean = 0;
    double square = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const double root = std::sqrt(describe_scene(options, i).scale);
      QVERIFY(root >= low && root <= high);
      mean += root / 2000;
      square += root * root / 2000;
    }
    QVERIFY(std::abs(mean - (low + high) / 2) < 0.015);
    QVERIFY(std::abs(std::sqrt(square - mean * mean) - (high - low) / std::sqrt(12)) < 0.01);
  }

  void every_class_and_backdrop_occurs() {
    QVERIFY(scene_classes().size() >= 10);
    std::set<int> classes;
    std::set<Backdrop> backdrops;
    for (std::uint64_t i = 0; i < 300; ++i) {
      classes.insert(describe_scene({}, i).object_class);
      backdrops.insert(describe_scene({}, i).backdrop);
    }
    QCOMPARE(classes.size(), scene_classes().size());
    QCOMPARE(backdrops.size(), std::size_t(backdrop_count));
  }

  void scale_alone_can_vary() {
    for (int backdrop = 0; backdrop < backdrop_count; ++backdrop) {
      SceneDescription d = describe_scene({.seed = 5}, static_cast<std::uint64_t>(backdrop));
      d.backdrop = static_cast<Backdrop>(backdrop);
      d.centre_x = d.centre_y = 0.5;
      d.scale = 0.04;
      const Scene small = render(d, side, side);
      d.scale = 0.3;
      const Scene large = render(d, side, side);
      // The centre stays, and so does everything away from the object and its shadow, to the last bit.
      QVERIFY(std::abs(small.box.x + small.box.width / 2 - large.box.x - large.box.width / 2) <= 1);
      QVERIFY(std::abs(small.box.y + small.box.height / 2 - large.box.y - large.box.height / 2) <= 1);
      QVERIFY(large.scale > 6 * small.scale);
      for (const int y : {0, 5, side - 1})
        QVERIFY(std::equal(small.image.pixels.begin() + 3 * y * side, small.image.pixels.begin() + 3 * (y + 1) * side,
                           large.image.pixels.begin() + 3 * y * side));
    }
  }

  void each_member_of_a_description_counts() {
    const SceneDescription base = describe_scene({}, 4);
    const Scene before = render(base, side, side);
    const auto changes = [&](auto change) {
      SceneDescription d = base;
      change(d);
      return render(d, side, side).image.pixels != before.image.pixels;
    };
    QVERIFY(changes([](SceneDescription& d) { d.object_class = (d.object_class + 1) % 12; }));
    QVERIFY(changes([](SceneDescription& d) { ++d.texture_seed; }));
    QVERIFY(changes(
        [](SceneDescription& d) { d.backdrop = static_cast<Backdrop>((static_cast<int>(d.backdrop) + 1) % 6); }));
    QVERIFY(changes([](SceneDescription& d) { ++d.background_seed; }));
    QVERIFY(changes([](SceneDescription& d) { d.light.direction += 1; }));
    QVERIFY(changes([](SceneDescription& d) { d.light.contrast /= 2; }));
    QVERIFY(changes([](SceneDescription& d) { d.light.exposure /= 2; }));
    QVERIFY(changes([](SceneDescription& d) { d.light.warmth = -d.light.warmth; }));
    QVERIFY(changes([](SceneDescription& d) { d.rotation += 0.1; }));
    QVERIFY(changes([](SceneDescription& d) { d.scale /= 2; }));
  }

  void objects_that_do_not_fit_are_refused() {
    SceneDescription d = centred("heart", 0.2);
    d.centre_x = 0.1;
    const QString message = refusal([&] { (void)render(d, side, side); });
    QVERIFY2(message.contains("heart") && message.contains("completely inside"), qPrintable(message));
    d.scale = largest_scale(d, side, side);
    QVERIFY(d.scale > 0 && d.scale < 0.2);
    QCOMPARE(render(d, side, side).box.x, 1.0); // one pixel from the border
    d.scale *= 1.01;
    QVERIFY(!refusal([&] { (void)render(d, side, side); }).isEmpty());
    d.scale = std::nan("");
    QVERIFY(!refusal([&] { (void)render(d, side, side); }).isEmpty());
    d.scale = 1e-4;
    QVERIFY(refusal([&] { (void)render(d, side, side); }).contains("too small"));
    d.scale = 0.04;
    d.centre_x = std::nan("");
    QVERIFY(!refusal([&] { (void)render(d, side, side); }).isEmpty());
    QVERIFY(refusal([&] { (void)render(d, 0, side); }).contains("16 to 8192"));
    d.centre_x = -0.5;
    QCOMPARE(largest_scale(d, side, side), 0.0);
  }

  void options_that_can_not_be_met_are_refused_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("cause");
    const double nan = std::nan("");
    QTest::newRow("no width") << 0 << 224 << 0.1 << 0.2 << "16 to 8192";
    QTest::newRow("absurd") << 224 << 1 << 0.1 << 0.2 << "16 to 8192";
    QTest::newRow("absurdly large") << 2000000000 << 2000000000 << 0.1 << 0.2 << "16 to 8192";
    QTest::newRow("descending") << 224 << 224 << 0.3 << 0.2 << "from 0.3 to 0.2";
    QTest::newRow("zero") << 224 << 224 << 0.0 << 0.2 << "from 0 to 0.2";
    QTest::newRow("no number") << 224 << 224 << nan << 0.2 << "from nan to 0.2";
    QTest::newRow("no upper number") << 224 << 224 << 0.1 << nan << "from 0.1 to nan";
    QTest::newRow("too large") << 224 << 224 << 0.1 << 0.9 << "at most";
    QTest::newRow("too large for a strip") << 400 << 100 << 0.1 << 0.3 << "at most";
    QTest::newRow("too small") << 224 << 224 << 1e-6 << 0.2 << "too small";
  }
  void options_that_can_not_be_met_are_refused() {
    QFETCH(const int, width);
    QFETCH(const int, height);
    QFETCH(const double, low);
    QFETCH(const double, high);
    QFETCH(const QString, cause);
    const SceneOptions options{width, height, low, high, 0};
    const QString message = refusal([&] { (void)describe_scene(options, 0); });
    QVERIFY2(message.contains(cause), qPrintable(message));
  }

  void scenes_of_any_format() {
    const SceneOptions options{.width = 200, .height = 120, .min_scale = 0.02, .max_scale = 0.35, .seed = 9};
    for (std::uint64_t i = 0; i < 200; ++i) {
      const Scene scene = make_scene(options, i);
      QCOMPARE(scene.image.pixels.size(), 200u * 120 * 3);
      QVERIFY(scene.box.width > 0 && scene.box.x + scene.box.width <= 199 && scene.box.y + scene.box.height <= 119);
    }
    for (std::uint64_t i = 0; i < 200; ++i) // the smallest there are
      QVERIFY(make_scene({16, 16, 0.25, 0.4, 1}, i).scale > 0.1);
  }

  void written_scenes_are_read_back() {
    QTemporaryDir dir;
    const fs::path folder = to_path(dir.path()) / "scenes";
    const SceneOptions options{.width = 96, .height = 64, .min_scale = 0.05, .max_scale = 0.35, .seed = 2};
    double done = 0;
    write_scenes(folder, 5, options, {}, [&](double share) { done = share; });
    QCOMPARE(done, 1.0);
    const SampleSet set = read_samples(folder);
    QCOMPARE(set.samples.size(), 5u);
    QVERIFY(set.left_out.empty());
    for (std::uint64_t i = 0; i < 5; ++i) {
      const Scene scene = make_scene(options, i);
      const Sample& sample = set.samples[i];
      QCOMPARE(sample.id, "images/scene-0000" + std::to_string(i) + ".png");
      QCOMPARE(object_scale(*sample.box, 96, 64), scene.scale);
      QVERIFY(read_image(sample.file).pixels == scene.image.pixels);
      const Image mask = read_image(folder / "masks" / sample.file.filename());
      for (std::size_t p = 0; p < scene.mask.size(); ++p)
        QCOMPARE(mask.pixels[3 * p], scene.mask[p]);
    }
    std::ifstream classes(folder / "classes.txt");
    for (const std::string& name : scene_classes()) {
      std::string line;
      std::getline(classes, line);
      QCOMPARE(line, name);
    }
    const QString again = refusal([&] { write_scenes(folder, 5, options); });
    QVERIFY2(again.contains("scenes") && again.contains("not empty"), qPrintable(again));
  }

  void scenes_that_can_not_be_written() {
    QTemporaryDir dir;
    const fs::path place = to_path(dir.path());
    std::ofstream(place / "file") << "x";
    const QString message = refusal([&] { write_scenes(place / "file" / "scenes", 1, {}); });
    QVERIFY2(message.contains("file"), qPrintable(message));
    QVERIFY(refusal([&] { write_scenes(place / "none", 0, {}); }).contains("at least one"));

    std::stop_source stop;
    QVERIFY_EXCEPTION_THROWN(
        write_scenes(place / "stopped", 50, {}, stop.get_token(), [&](double) { stop.request_stop(); }), Cancelled);
    QVERIFY(!fs::exists(place / "stopped"));
  }
};

QTEST_GUILESS_MAIN(ScenesTest)
#include "scenes_test.moc"
