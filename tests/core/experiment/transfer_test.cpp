// Patches of images with label masks, and what networks read from them: geometry in closed form on discs, the targets
// by hand, and the figures of a trial in Python on the shared nuclei.

#include "core/base/error.h"
#include "core/experiment/detail/transfer_targets.h"
#include "core/image/read_image.h"
#include "datasets/label_masks.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using namespace scalescope;

namespace {

struct Disc {
  int x;
  int y;
};
constexpr double radius = 10.3; // whole pixels: 10 to each side of the centre
constexpr int reach = 10;

/// A data set of one image in `folder`: discs of that radius, numbered from 1, each grey level telling its place.
void write_discs(const QString& folder, const std::vector<Disc>& discs, int width, int height,
                 const QString& name = "a") {
  QDir().mkpath(folder + "/images");
  QDir().mkpath(folder + "/labels");
  cv::Mat image(height, width, CV_8UC3);
  cv::Mat labels = cv::Mat::zeros(height, width, CV_16UC1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.at<cv::Vec3b>(y, x) = cv::Vec3b(0, static_cast<unsigned char>(y), static_cast<unsigned char>(x));
      for (std::size_t i = 0; i < discs.size(); ++i)
        if (std::hypot(x - discs[i].x, y - discs[i].y) <= radius)
          labels.at<std::uint16_t>(y, x) = static_cast<std::uint16_t>(1000 * (i + 1));
    }
  cv::imwrite((folder + "/images/" + name + ".png").toStdString(), image);
  cv::imwrite((folder + "/labels/" + name + ".png").toStdString(), labels);
}

/// A grid of discs that do not touch.
std::vector<Disc> grid(int width, int height) {
  std::vector<Disc> discs;
  for (int y = 12; y < height; y += 25)
    for (int x = 12; x < width; x += 25)
      discs.push_back({x, y});
  return discs;
}

bool lists(const std::vector<LeftOut>& left_out, const QString& what, const QString& reason) {
  return std::ranges::any_of(left_out, [&](const LeftOut& one) {
    return one.what == what.toStdString() && QString::fromStdString(one.reason).contains(reason);
  });
}

struct Read {
  double area_error = NAN;
  double kappa = NAN;
};

} // namespace

class TransferTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  QByteArray run(const QStringList& arguments, int expected) const {
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI), QStringList{"transfer", "--no-cache"} + arguments);
    program.waitForFinished(-1);
    const QByteArray said = program.readAll();
    if (program.exitCode() != expected)
      qWarning("exit code %d: %s", program.exitCode(), said.constData());
    return program.exitCode() == expected ? said : QByteArray();
  }

  static std::map<QString, Read> layers_of(const QJsonObject& record) {
    std::map<QString, Read> layers;
    for (const auto& value : record["layers"].toArray()) {
      const auto layer = value.toObject();
      const auto mean = [&](const char* target, const char* measure) {
        return layer[target].toObject()[measure].toObject()["mean"].toDouble();
      };
      layers[layer["layer"].toString()] = {mean("area", "mae"), mean("magnification", "kappa")};
    }
    return layers;
  }

 private slots:
  void initTestCase() { QVERIFY(folder_.isValid()); }

  void patches_of_discs_are_as_geometry_says() {
    const QString data = folder_.filePath("discs");
    const auto discs = grid(160, 128);
    write_discs(data, discs, 160, 128);
    const auto set = read_label_masks(data.toStdString());
    QCOMPARE(set.images.size(), 1U);
    const PatchSettings settings{
        .magnifications = {10, 20, 32, 40, 60}, .native = 40, .side = 64, .patches = 30, .least_nuclei = 1, .seed = 3};
    const Patches result = choose_patches(set.images, settings);
    QVERIFY(lists(result.left_out, "60x", "above the native 40x"));
    QVERIFY(lists(result.left_out, "images/a.png@10x", "it needs 256 x 256 pixels, but the image has 160 x 128"));
    const std::map<double, int> sides{{20, 128}, {32, 80}, {40, 64}};
    std::set<std::tuple<double, int, int>> places;
    for (const Patch& patch : result.patches) {
      QCOMPARE(patch.side, sides.at(patch.magnification));
      QVERIFY(patch.side >= settings.side); // no upsampling
      QVERIFY(patch.x >= 0 && patch.y >= 0 && patch.x + patch.side <= 160 && patch.y + patch.side <= 128);
      QVERIFY(places.emplace(patch.magnification, patch.x, patch.y).second);
      const auto inside = std::ranges::count_if(discs, [&](const Disc& disc) {
        return disc.x - reach > patch.x && disc.x + reach < patch.x + patch.side - 1 && disc.y - reach > patch.y &&
               disc.y + reach < patch.y + patch.side - 1;
      });
      QCOMPARE(patch.nuclei, static_cast<int>(inside));
      const double factor = 64.0 / patch.side;
      // 341 points with whole coordinates lie in such a circle, near to its 333.3.
      QVERIFY(std::abs(patch.area - 341 * factor * factor) < 1e-9);
    }
    QCOMPARE(std::ranges::count(result.patches, 20.0, &Patch::magnification), 30); // of 33 places
    QVERIFY(result.patches.size() > 60);
  }

  void nuclei_at_the_border_do_not_count() {
    const QString data = folder_.filePath("border");
    // In an image that is the patch: one inside, one whose outermost pixel is in the last column, one cut in two.
    write_discs(data, {{30, 30}, {63 - reach, 30}, {30, 60}}, 64, 64);
    const auto set = read_label_masks(data.toStdString());
    PatchSettings settings{.magnifications = {40}, .native = 40, .side = 64, .patches = 2, .least_nuclei = 1};
    const Patches one = choose_patches(set.images, settings);
    QCOMPARE(one.patches.size(), 1U);
    QCOMPARE(one.patches[0].nuclei, 1);
    QVERIFY(lists(one.left_out, "images/a.png@40x#1", "only 1 different place for 2 patches"));
    settings.least_nuclei = 2;
    const Patches none = choose_patches(set.images, settings);
    QVERIFY(none.patches.empty());
    QVERIFY(lists(none.left_out, "images/a.png@40x#0", "only 1 nuclei lie completely inside, but 2 are needed"));
  }

  void places_depend_on_seed_and_image_alone() {
    const QString data = folder_.filePath("two");
    write_discs(data, grid(200, 160), 200, 160, "a");
    write_discs(data, grid(200, 160), 200, 160, "b");
    const auto set = read_label_masks(data.toStdString());
    PatchSettings settings{.magnifications = {20, 40}, .native = 40, .side = 64, .patches = 3, .least_nuclei = 1};
    const auto places = [&](std::span<const LabelledImage> images, double magnification) {
      std::vector<std::pair<int, int>> result;
      for (const Patch& patch : choose_patches(images, settings).patches)
        if (images[patch.image].id == "images/b.png" && patch.magnification == magnification)
          result.emplace_back(patch.x, patch.y);
      return result;
    };
    const auto both = places(set.images, 40);
    QVERIFY(both == places(set.images, 40));
    QVERIFY(both == places(std::span(set.images).last(1), 40));
    settings.magnifications = {40};
    QVERIFY(both == places(set.images, 40));
    settings.seed = 1;
    QVERIFY(both != places(set.images, 40));
  }

  void a_patch_shows_its_part_of_the_image() {
    write_discs(folder_.filePath("ramp"), {}, 160, 128);
    const Image image = read_image(folder_.filePath("ramp/images/a.png").toStdString());
    const Patch native{"", 0, 40, 17, 5, 64, 0, 0};
    const Image same = crop_patch(image, native, 64);
    for (const int at : {0, 31, 63})
      QVERIFY(same.pixels[3 * (64 * at + 40)] == 17 + 40 && same.pixels[3 * (64 * at + 40) + 1] == 5 + at);
    // Red is the column, green the row: the middle of a patch pixel lies between two of the image's.
    const Image half = crop_patch(image, {"", 0, 20, 17, 0, 128, 0, 0}, 64);
    QCOMPARE(half.width, 64);
    for (const int at : {1, 31, 62}) {
      QVERIFY(std::abs(half.pixels[3 * (64 * at + 40)] - (17 + 80.5)) <= 1);
      QVERIFY(std::abs(half.pixels[3 * (64 * at + 40) + 1] - (2 * at + 0.5)) <= 1);
    }
  }

  void command_asks_whether_to_split_masks() {
    const QString data = folder_.filePath("binary");
    for (int i = 0; i < 8; ++i) {
      write_discs(data, grid(160, 128), 160, 128, QString::number(i));
      const std::string mask = QString("%1/labels/%2.png").arg(data).arg(i).toStdString();
      cv::imwrite(mask, (cv::imread(mask, cv::IMREAD_UNCHANGED) > 0)); // 0 and 255
    }
    const auto arguments = [&](const char* out) {
      return QStringList{"--arch",
                         "resnet18",
                         "--random-weights",
                         "--input-size",
                         "64",
                         "--data",
                         data,
                         "--magnifications",
                         "20,40",
                         "--least-nuclei",
                         "1",
                         "--repetitions",
                         "1",
                         "--layers",
                         "layer1.0",
                         "--out",
                         folder_.filePath(out)};
    };
    const QByteArray said = run(arguments("refused"), 1);
    QVERIFY2(said.contains("0.png' has the same number (255) for 30 separate parts") && said.contains("--split-masks"),
             said.constData());
    const std::string mask = (data + "/labels/0").toStdString();
    cv::imwritemulti(mask + ".tif", std::vector<cv::Mat>(2, cv::imread(mask + ".png", cv::IMREAD_UNCHANGED)));
    const std::string image = (data + "/images/1").toStdString();
    cv::imwritemulti(image + ".tif", std::vector<cv::Mat>(3, cv::imread(image + ".png")));
    QVERIFY(QFile::remove(data + "/labels/0.png") && QFile::remove(data + "/images/1.png"));
    const QByteArray split = run(arguments("split") + QStringList{"--split-masks"}, 0);
    QVERIFY2(split.contains("Note: images/0.png: of its mask, only the first of its 2 pages was used."),
             split.constData());
    QVERIFY2(split.contains("Note: images/1.tif: only the first of its 3 pages was used."), split.constData());
    const auto record = QJsonDocument::fromJson(read_all(folder_.filePath("split/transfer.json"))).object();
    QVERIFY(record["settings"].toObject()["split_masks"].toBool());
    QCOMPARE(record["remarks"].toArray().size(), 2);
    QVERIFY(read_all(folder_.filePath("split/report.html")).contains("of its mask, only the first"));
    for (const auto& row : record["rows"].toArray())
      if (row.toObject()["magnification"] == 40)
        QCOMPARE(row.toObject()["area"].toDouble(), 341.0); // see patches_of_discs_are_as_geometry_says
  }

  void command_says_what_is_wrong() {
    const QString out = folder_.filePath("never");
    const QStringList network{"--arch", "resnet18", "--random-weights", "--input-size", "64", "--out", out};
    QVERIFY(!run(network, 2).isEmpty()); // no data
    QVERIFY(run(network + QStringList{"--data", folder_.filePath("nothing")}, 1).contains("nothing'"));
    const QString data = folder_.filePath("sizes");
    for (int i = 0; i < 8; ++i)
      write_discs(data, grid(160, 128), 160, 128, QString::number(i));
    const QStringList whole = network + QStringList{"--data", data, "--magnifications", "20,40", "--least-nuclei", "1"};
    QVERIFY(run(whole + QStringList{"--layers", "nonsense"}, 1).contains("nonsense"));
    QVERIFY(run(network + QStringList{"--data", data, "--magnifications", "40,80"}, 1).contains("80x"));
    QVERIFY(run(whole + QStringList{"--analysis", data + "/images/1.png"}, 1).contains("1.png is not JSON"));
    cv::imwrite((data + "/images/5.png").toStdString(), cv::Mat::zeros(100, 160, CV_8UC3));
    const QByteArray said = run(whole, 1);
    QVERIFY2(said.contains("5.png' has 160 x 100 pixels, but its label mask"), said.constData());
    QVERIFY(!QFileInfo::exists(out));
  }

  // Two magnifications whose areas are far apart.
  void targets_are_scored_by_hand() {
    Patches patches;
    std::vector<std::string> ids;
    for (int i = 0; i < 14; ++i) {
      const bool high = i % 2 == 1;
      patches.patches.push_back(
          {std::to_string(i), static_cast<std::size_t>(i), high ? 40.0 : 10.0, 0, 0, 64, 1, high ? 400.0 : 100.0});
      ids.push_back(std::to_string(i));
    }
    const Folds folds = draw_folds(Protocol::RidgeUnclipped, ids, ids, 2, 0);
    const TransferTargets targets(patches, {10, 40}, folds);
    QVERIFY(std::abs(targets.magnifications()[1] - targets.magnifications()[0] - 2) < 1e-12); // octaves
    const auto scored = [&](const std::vector<double>& predictions, bool of_area) {
      TargetScore score{{}, std::vector<double>(2), std::vector<double>(2)};
      targets.score(score, of_area, 1, predictions);
      return std::pair(score.error[1], score.kappa[1]);
    };
    QCOMPARE(scored(targets.areas(), true), std::pair(0.0, 1.0));
    QCOMPARE(scored(targets.magnifications(), false), std::pair(0.0, 1.0));
    // 240 is nearer to the 100 of the low ones than to 400, and 260 is not.
    auto shifted = targets.areas();
    for (double& area : shifted)
      area = area == 100 ? 240 : 260;
    QCOMPARE(scored(shifted, true), std::pair(140.0, 1.0));
    for (double& area : shifted)
      area = 500 - area;
    QVERIFY(std::abs(scored(shifted, true).second + 1) < 1e-12); // all wrong, as often each: -1
    QCOMPARE(scored(std::vector<double>(14, 3), false).second, 0.0);

    double expected = 0;
    for (const Repetition& repetition : folds.repetitions)
      for (const Split& split : repetition.splits) {
        double mean = 0;
        for (const int row : split.train)
          mean += targets.areas()[static_cast<std::size_t>(row)] / static_cast<double>(split.train.size());
        for (const int row : split.test)
          expected += std::abs(targets.areas()[static_cast<std::size_t>(row)] - mean) / (14 * 2);
      }
    QVERIFY(std::abs(targets.guess_error(true) - expected) < 1e-9);
  }

  void last_pooled_features_are_found() {
    const auto of = [](const char* architecture) {
      const Network network =
          Network::open({.file = {}, .architecture = architecture, .random_weights = true, .seed = 0},
                        {.threads = 2, .input_size = 96});
      return QString::fromStdString(last_pooled_layer(network));
    };
    QCOMPARE(of("resnet18"), QString("avgpool"));
    QCOMPARE(of("inception_v3"), QString("avgpool"));
    QCOMPARE(of("efficientnet_lite0"), QString("_avg_pooling"));
    QCOMPARE(of("mobilenet_v2"), QString("classifier.0")); // pools without a module; the dropout does nothing
  }

  void same_seed_same_bytes() {
    NEED_SHARED(shared);
    const auto table = [&](const QString& out, const QString& seed) {
      (void)run({"--model", shared + "/models/efficientnet_lite0_imagenet.pt", "--data", shared + "/data/nuclei",
                 "--input-size", "64", "--magnifications", "20,40", "--layers", "full,_blocks.3", "--repetitions", "2",
                 "--seed", seed, "--quiet", "--out", folder_.filePath(out)},
                0);
      return read_all(folder_.filePath(out + "/transfer.csv"));
    };
    const QByteArray first = table("first", "7");
    QCOMPARE(first.count('\n'), 3);
    QCOMPARE(table("second", "7"), first);
    QVERIFY(table("third", "8") != first);
    QCOMPARE(read_all(folder_.filePath("first/kappa.svg")), read_all(folder_.filePath("second/kappa.svg")));
    QCOMPARE(read_all(folder_.filePath("first/report.html")), read_all(folder_.filePath("second/report.html")));
  }

  // Many channels of the last features hardly ever fire on these patches: without clipping single patches decide
  // what is read, which is said.
  void the_clipped_protocol_reads_the_last_features_better() {
    NEED_SHARED(shared);
    std::map<QString, Read> by;
    for (const QString protocol : {"ridge-unclipped", "ridge"}) {
      const QString out = folder_.filePath("by-" + protocol);
      const QByteArray said = run({"--model", shared + "/models/efficientnet_lite0_imagenet.pt", "--data",
                                   shared + "/data/nuclei", "--input-size", "96", "--magnifications", "15,20,30,40",
                                   "--layers", "full", "--protocol", protocol, "--out", out},
                                  0);
      QVERIFY2(said.contains("R2 of the magnification depends on a few images at some layers: at _avg_pooling it is"),
               said.constData());
      const auto record = QJsonDocument::fromJson(read_all(out + "/transfer.json")).object();
      QCOMPARE(record["settings"].toObject()["protocol"].toString(), protocol);
      QVERIFY(record["layers"][0]["farthest"].toDouble() > 100);
      QVERIFY(read_all(out + "/report.html")
                  .contains("R² of the magnification depends on a few images at some layers: at _avg_pooling it is"));
      QCOMPARE(read_all(out + "/kappa.svg").contains("(clipped)"), protocol == "ridge");
      by[protocol] = layers_of(record)["_avg_pooling"];
    }
    const QString read = QString("kappa %1, %2; error %3, %4")
                             .arg(by["ridge-unclipped"].kappa)
                             .arg(by["ridge"].kappa)
                             .arg(by["ridge-unclipped"].area_error)
                             .arg(by["ridge"].area_error);
    QVERIFY2(by["ridge"].kappa > by["ridge-unclipped"].kappa + 0.05, qPrintable(read));
    QVERIFY2(by["ridge"].area_error < by["ridge-unclipped"].area_error - 5, qPrintable(read));
    const QStringList paper{"--model", "efficientnet_lite0", "--data", shared, "--protocol", "paper", "--out", "never"};
    QVERIFY(run(paper, 2).contains("--protocol"));
  }

  void networks_read_nuclei_as_in_the_trial_data() {
    QTest::addColumn<QString>("model");
    QTest::newRow("efficientnet_lite0") << "efficientnet_lite0_imagenet.pt";
    QTest::newRow("inception_v3") << "inception_v3_5class.pt";
  }

  // In brackets: the trial in Python. What holds for other draws of the patches too (--seed 0 to 5) is asserted of the
  // best layer for each target; that the area is read better than at the end where the *magnification* is read best
  // holds for this seed, and for half of those six with efficientnet_lite0.
  void networks_read_nuclei_as_in_the_trial() {
    NEED_SHARED(shared);
    QFETCH(QString, model);
    const QString out = folder_.filePath(model);
    const QByteArray said = run({"--model", shared + "/models/" + model, "--preprocess", "tf", "--data",
                                 shared + "/data/nuclei", "--magnifications", "10,15,20,30,40", "--native", "40",
                                 "--input-size", "96", "--protocol", "ridge-unclipped", "--out", out},
                                0);
    QVERIFY(!said.isEmpty());
    const auto record = QJsonDocument::fromJson(read_all(out + "/transfer.json")).object();
    QCOMPARE(record["classes"].toArray(), (QJsonArray{15, 20, 30, 40})); // 10x takes more than the images have
    QCOMPARE(record["folds"].toObject()["repetitions"].toArray().size(), 10);
    const auto layers = layers_of(record);
    const Read full = layers.at(record["full_layer"].toString());
    Read best{INFINITY, -INFINITY};
    double area_error_there = NAN;
    for (const auto& [name, read] : layers) {
      best.area_error = std::min(best.area_error, read.area_error);
      if (read.kappa > best.kappa)
        area_error_there = read.area_error;
      best.kappa = std::max(best.kappa, read.kappa);
    }
    const QString figures = QString("kappa %1, at the end %2; area error %3, there %4, at the end %5")
                                .arg(best.kappa)
                                .arg(full.kappa)
                                .arg(best.area_error)
                                .arg(area_error_there)
                                .arg(full.area_error);
    qInfo("%s", qPrintable(figures));
    if (model.startsWith("efficientnet")) {
      QVERIFY2(best.kappa >= 0.80, qPrintable(figures));                       // [0.93]
      QVERIFY2(full.kappa <= 0.60, qPrintable(figures));                       // [0.45]
      QVERIFY2(best.area_error < 0.95 * full.area_error, qPrintable(figures)); // [97, 106]
      QVERIFY2(area_error_there < full.area_error, qPrintable(figures));
    } else {
      QVERIFY2(best.kappa > 0.5, qPrintable(figures));                          // [0.70]
      QVERIFY2(full.kappa < 0.2, qPrintable(figures));                          // [0.06]
      QVERIFY2(best.area_error <= 0.75 * full.area_error, qPrintable(figures)); // [105, 190]
      QVERIFY2(area_error_there <= 0.75 * full.area_error, qPrintable(figures));
    }
    QVERIFY(read_all(out + "/report.html").contains("images/nuclei-000.png@10x"));
  }
};

QTEST_GUILESS_MAIN(TransferTest)
#include "transfer_test.moc"
