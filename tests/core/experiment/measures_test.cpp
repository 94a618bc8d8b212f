// Experiments that end in measures by layer: equivariance and similarity, on networks of known answers, and their
// commands' files.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/experiment/equivariance.h"
#include "core/experiment/similarity.h"
#include "core/experiment/some_images.h"
#include "core/features/layer_maps.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"
#include "core/probe/alignment.h"
#include "core/probe/subspaces.h"
#include "core/results/layer_measures_files.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QImage>
#include <QTest>

#include <cmath>
#include <random>
#include <set>

using namespace scalescope;

namespace {

constexpr int side = 96;

// The means of a plane of 96 x 96 over 7 x 7 cells, which share rows and columns: as PyTorch divides them.
std::vector<float> cells(const std::vector<float>& plane) {
  std::vector<float> means;
  for (int cy = 0; cy < 7; ++cy)
    for (int cx = 0; cx < 7; ++cx) {
      double sum = 0;
      int count = 0;
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
          if (y >= cy * side / 7 && y < std::ceil((cy + 1) * side / 7.0) && x >= cx * side / 7 &&
              x < std::ceil((cx + 1) * side / 7.0)) {
            sum += plane[static_cast<std::size_t>(y * side + x)];
            ++count;
          }
      means.push_back(static_cast<float>(sum / count));
    }
  return means;
}

} // namespace

class MeasuresTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::vector<Sample> samples_;

  QString file(const QString& name) const { return folder_.filePath(name); }
  Network known() const { return handmade::open_known_answers(to_path(file("known.pt")), side); }
  Network smooth() const { return handmade::open_known_answers(to_path(file("smooth.pt")), side); }

  static ExtractionSettings settings(std::vector<std::string> layers) {
    ExtractionSettings how;
    how.layers = std::move(layers);
    how.preprocessing = Preprocessing::custom({0, 0, 0}, {1, 1, 1});
    how.batch = 3;
    return how;
  }

  QString content_of(const QString& name) const {
    QFile read(file(name));
    return read.open(QIODevice::ReadOnly) ? QString::fromUtf8(read.readAll()) : QString();
  }

  int run(const QStringList& arguments, QString* said = nullptr) const {
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.waitForFinished(-1);
    const QString text = QString::fromUtf8(program.readAll());
    if (said)
      *said = text;
    return program.exitCode();
  }

 private slots:
  // Smooth patterns with a red square.
  void initTestCase() {
    handmade::write_known_answers(to_path(file("known.pt")));
    handmade::write_smooth(to_path(file("smooth.pt")), 0);
    QVERIFY(QDir(folder_.path()).mkdir("images"));
    std::mt19937 random(1);
    std::uniform_real_distribution<double> any(0, 6.28);
    QString csv = "file,x,y,w,h\n";
    for (int i = 0; i < 8; ++i) {
      QImage image(side, side, QImage::Format_RGB888);
      const double a = any(random);
      const double b = any(random);
      const double c = any(random);
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          const bool object = x >= 30 && x < 62 && y >= 30 && y < 62;
          image.setPixelColor(x, y,
                              QColor(object ? 250 : static_cast<int>(120 + 80 * std::sin(x * 0.05 + y * 0.02 * a + a)),
                                     static_cast<int>(120 + 80 * std::sin(y * 0.06 - x * 0.03 * b + b)),
                                     static_cast<int>(120 + 80 * std::cos(y * 0.04 * c + x * 0.05 + c))));
        }
      const QString name = QString("%1.png").arg(i);
      QVERIFY(image.save(file("images/" + name)));
      csv += QString("%1,30,30,32,32\n").arg(name);
      const std::string id = name.toStdString();
      samples_.push_back({id, to_path(file("images/" + name)), id, "", BoundingBox{30, 30, 32, 32}, {}});
    }
    QFile table(file("images/images.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv.toUtf8());
  }

  void means_over_cells() {
    LayerMaps maps{.layer = {}, .channels = 2, .height = 5, .width = 5, .values = {}, .pooled = {}, .attention = {}};
    for (int i = 0; i < 50; ++i)
      maps.values.push_back(static_cast<float>(i));
    const LayerMaps small = averaged(maps, 2); // rows 0 to 2 and 2 to 4, columns likewise
    QCOMPARE(small.height, 2);
    QCOMPARE(small.values, (std::vector<float>{6, 8, 16, 18, 31, 33, 41, 43}));
    QCOMPARE(averaged(maps, 7).values, maps.values);
  }

  void the_middle_of_an_image() {
    Image image{6, 4, {}};
    for (int i = 0; i < 72; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>(i));
    const Image middle = middle_of(image, 2);
    QCOMPARE(middle.width, 3);
    QCOMPARE(middle.height, 2);
    QCOMPARE(middle.pixels[0], static_cast<std::uint8_t>(3 * (6 * 1 + 1))); // row 1, column 1
    QCOMPARE(middle.pixels.size(), std::size_t{18});
    QCOMPARE(middle_of(image, 1).pixels, image.pixels);
  }

  void some_images_keep_all_their_rows() {
    std::vector<Sample> samples;
    for (int i = 0; i < 60; ++i)
      samples.push_back({std::to_string(i), "image-" + std::to_string(i / 3), "", "", {}, {}});
    const auto some = some_images(samples, 7, 1);
    QCOMPARE(some.size(), std::size_t{21});
    std::set<std::filesystem::path> files;
    for (std::size_t i = 0; i < some.size(); ++i) {
      files.insert(some[i].file);
      QVERIFY(i == 0 || std::stoi(some[i - 1].id) < std::stoi(some[i].id));
    }
    QCOMPARE(files.size(), std::size_t{7});
    QVERIFY(some_images(samples, 7, 2).front().id != some.front().id ||
            some_images(samples, 7, 2).back().id != some.back().id);
    QCOMPARE(some_images(samples, 0, 1).size(), samples.size());
    QCOMPARE(some_images(samples, 20, 1).size(), samples.size());
  }

  // The layer `area` is 3 red + 1 and green, pixel by pixel: its maps are known without the network.
  void equivariance_of_a_layer_that_does_nothing() {
    EquivarianceSettings how{.extraction = settings({"area", "output"}), .zooms = {2}};
    const LayerMeasures found = equivariance(known(), samples_, how);
    std::vector<float> before;
    std::vector<float> after;
    for (const Sample& sample : samples_) {
      const Image image = read_image(sample.file);
      for (std::vector<float>* maps : {&before, &after}) {
        const Image shown = maps == &before ? image : resize(middle_of(image, 2), side, side);
        for (const std::size_t colour : {0U, 1U}) {
          std::vector<float> plane;
          for (std::size_t p = colour; p < shown.pixels.size(); p += 3)
            plane.push_back(static_cast<float>(shown.pixels[p]) / 255 * (colour == 0 ? 3 : 1) + (colour == 0 ? 1 : 0));
          const auto means = cells(plane);
          maps->insert(maps->end(), means.begin(), means.end());
        }
      }
    }
    const SubspaceScores expected = subspace_scores({samples_.size(), 2, 49, before, after}, 1);
    QCOMPARE(found.layers, (std::vector<std::string>{"area", "output"}));
    const CurveSeries& moving = found.figures[0].curves[0];
    const CurveSeries& staying = found.figures[1].curves[0];
    QVERIFY2(std::abs(moving.mean[0] - expected.equivariance) < 1e-4,
             qPrintable(QString("%1, not %2").arg(moving.mean[0]).arg(expected.equivariance)));
    QVERIFY(std::abs(staying.mean[0] - expected.invariance) < 1e-4);
    QVERIFY(std::abs(moving.intervals[0].high - moving.mean[0] - 1.96 * expected.equivariance_error) < 1e-3);
    QVERIFY(expected.equivariance > expected.invariance + 0.1);
    QVERIFY(std::isnan(moving.mean[1])); // no positions
    QVERIFY(std::isnan(staying.mean[1]));
    QVERIFY(found.figures[2].curves[0].mean[1] > 0.9); // the cosine
    const CurveSeries& others = found.figures[0].curves[1];
    QVERIFY(others.control);
    QVERIFY(others.mean[0] < moving.mean[0]);
  }

  void bad_zooms_and_unreadable_images() {
    EquivarianceSettings how{.extraction = settings({"area"}), .zooms = {1}};
    QVERIFY_THROWS_EXCEPTION(Error, (void)equivariance(known(), samples_, how));
    how.zooms = {1.5};
    auto samples = samples_;
    samples[2].file = to_path(file("images/gone.png"));
    const LayerMeasures found = equivariance(known(), samples, how);
    QCOMPARE(found.left_out.size(), std::size_t{1});
    QCOMPARE(found.left_out[0].what, std::string("2.png"));
    samples.erase(samples.begin(), samples.begin() + 2);
    samples.resize(2);
    QVERIFY_THROWS_EXCEPTION(Error, (void)equivariance(known(), samples, how));
  }

  // A channel that overflows must not be skipped as if it said nothing.
  void features_that_are_not_finite_are_refused() {
    EquivarianceSettings maps{.extraction = settings({"area"}), .zooms = {2}};
    SimilaritySettings objects;
    objects.extraction = settings({"area"});
    objects.rendering.most_enlarged = 10;
    for (ExtractionSettings* how : {&maps.extraction, &objects.extraction})
      how->preprocessing = Preprocessing::custom({0, 0, 0}, {1e-39F, 1, 1});
    const QString of_maps = error_text([&] { (void)equivariance(known(), samples_, maps); });
    QVERIFY2(of_maps.contains("'area'") && of_maps.contains("gives values that are not finite"), qPrintable(of_maps));
    const QString of_objects = error_text([&] { (void)similarity(known(), samples_, objects, nullptr); });
    QVERIFY2(of_objects.contains("'area'") && of_objects.contains("gives values that are not finite"),
             qPrintable(of_objects));
  }

  // A network is like itself, layer by layer.
  void similarity_with_the_same_network() {
    SimilaritySettings how;
    how.extraction = settings({"first", "second"});
    how.rendering.scales = 2;
    how.rendering.smallest = 0.05;
    how.rendering.largest = 1.0 / 9; // the objects' own share: unchanged images
    how.rendering.most_enlarged = 10;
    how.rendering.cut = {SegmentBy::Box, Fill::MeanColour, 0.004};
    const Network network = smooth();
    const OtherNetwork other{smooth(), {"second", "first"}, how.extraction.preprocessing};
    const LayerMeasures found = similarity(network, samples_, how, &other);
    QCOMPARE(found.maps.size(), std::size_t{1});
    const MeasureMap& map = found.maps[0];
    QCOMPARE(map.columns, (std::vector<std::string>{"second", "first"}));
    QVERIFY(std::abs(map.values[0][1] - 1) < 1e-9);
    QVERIFY(std::abs(map.values[1][0] - 1) < 1e-9);
    QVERIFY(map.values[0][0] < 0.9999);
    QCOMPARE(map.values[0][0], map.values[1][1]);

    // Independently: the features of all images as the network gives them, without renderings.
    std::vector<float> first;
    std::vector<float> second;
    const Plan plan = network.plan({"first", "second"}, Reduction::Pooled);
    for (const Sample& sample : samples_) {
      std::vector<float> pixels(std::size_t{3} * side * side);
      preprocess(read_image(sample.file), how.extraction.preprocessing, pixels);
      const auto answers = network.run(plan, pixels, 1, side, side);
      first.insert(first.end(), answers[0].values.begin(), answers[0].values.end());
      second.insert(second.end(), answers[1].values.begin(), answers[1].values.end());
    }
    const double expected = unbiased_cka(gram_matrix(first, samples_.size()), gram_matrix(second, samples_.size()));
    QVERIFY(std::abs(map.values[0][0] - expected) < 1e-4);

    const auto& curves = found.figures[0].curves;
    QCOMPARE(curves.size(), std::size_t{2});
    QVERIFY2(curves[1].mean[0] > 0.999 && curves[0].mean[0] < curves[1].mean[0],
             qPrintable(QString("%1 %2").arg(curves[0].mean[0]).arg(curves[1].mean[0])));
    QVERIFY(curves[0].intervals[0].exists());
    QVERIFY(table_csv(map).starts_with("smooth.pt,second,first\nfirst,"));
  }

  void too_few_objects_are_refused() {
    SimilaritySettings how;
    how.extraction = settings({"first"});
    const auto refusal = [&](const std::vector<Sample>& samples) {
      return error_text([&] { (void)similarity(smooth(), samples, how, nullptr); });
    };
    const QString few = refusal({samples_.begin(), samples_.begin() + 3});
    QVERIFY2(few.contains("has 3 objects, and CKA compares at least 4"), qPrintable(few));
    auto without = samples_;
    for (Sample& sample : without)
      sample.box.reset();
    QVERIFY(refusal(without).startsWith("The data set has no boxes"));
  }

  void the_commands_write_what_was_found() {
    const QStringList common{"--model",      file("smooth.pt"),
                             "--data",       file("images/images.csv"),
                             "--input-size", "96",
                             "--layers",     "first,output",
                             "--images",     "6",
                             "--no-cache",   "--engine",
                             "libtorch"};
    QString said;
    QCOMPARE(run(QStringList{"experiment", "equivariance", "--out", file("eq"), "--zooms", "1.5,2"} + common, &said),
             0);
    QVERIFY2(said.contains("With images enlarged 2 times, equivariance goes from") &&
                 said.contains(". With random weights, equivariance goes from"),
             qPrintable(said));
    const QStringList rows = content_of("eq/measures.csv").trimmed().split('\n');
    QCOMPARE(rows[0], QString("layer,depth,figure,curve,control,mean,sd,low,high"));
    QCOMPARE(rows.size(), 1 + 3 * 2 * 4); // three figures, two layers; two zooms, other images and random weights
    QVERIFY(rows.filter("\"zoom 2, random weights\",yes").size() == 6);
    const QString page = content_of("eq/report.html");
    QVERIFY(page.contains("equivariance goes from") && page.contains("images used") &&
            page.contains("arXiv 2602.04054"));
    QVERIFY(content_of("eq/measures.json").contains("\"images used\": \"6\""));
    for (const char* figure : {"equivariance.svg", "invariance.svg", "cosine.svg"})
      QVERIFY2(content_of(QString("eq/") + figure).contains("<svg"), figure);

    QCOMPARE(run(QStringList{"experiment", "similarity", "--out", file("sim"), "--other", file("known.pt"),
                             "--controls", "none", "--cut-out", "box", "--fill", "mean", "--most-enlarged", "10"} +
                     common,
                 &said),
             0);
    QVERIFY(!content_of("sim/measures.csv").contains("random weights"));
    QVERIFY(content_of("sim/networks.csv").startsWith("smooth.pt,"));
    QVERIFY(content_of("sim/networks.svg").contains("<rect"));
    QVERIFY(content_of("sim/report.html").contains("other_sha256"));

    QCOMPARE(run(QStringList{"experiment", "equivariance", "--out", file("bad"), "--zooms", "0.5"} + common, &said), 2);
    QCOMPARE(
        run(QStringList{"experiment", "similarity", "--out", file("bad"), "--other", file("gone.pt")} + common, &said),
        1);
    QVERIFY2(said.contains("gone.pt does not exist"), qPrintable(said));
  }
};

QTEST_GUILESS_MAIN(MeasuresTest)
#include "measures_test.moc"
