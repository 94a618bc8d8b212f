// The experiment direction: a direction and a derivative in closed form, derivatives against finite differences and
// PyTorch's autograd, and the command's files and errors.

#include "core/base/file_set.h"
#include "core/experiment/direction.h"
#include "core/network/class_derivatives.h"
#include "core/report/direction_report.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <array>
#include <cmath>
#include <cstring>

using namespace scalescope;

namespace {

constexpr int side = 48;
constexpr std::array<std::array<double, 3>, 2> head{{{2, -1, 0.5}, {-1, 1, 8}}}; // of write_linear_head

ModelSource source_of(const QString& file) {
  return {.file = to_path(file), .architecture = {}, .random_weights = false, .seed = 0};
}

} // namespace

class DirectionTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::vector<Sample> samples_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  Directions found(std::optional<int> wanted) const {
    DirectionSettings settings;
    settings.extraction.layers = {"area"};
    settings.extraction.preprocessing = Preprocessing::custom({0, 0, 0}, {1, 1, 1});
    settings.repetitions = 3;
    settings.wanted_class = wanted;
    const Network network = handmade::open_known_answers(to_path(file("linear.pt")), side);
    return directions(network, samples_, settings);
  }

  // @return the exit code. What it said is in `said`.
  int command(const QString& model, const QString& out, const QStringList& more, QString* said) const {
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI),
                  QStringList{"experiment", "direction", "--model", file(model), "--data", file("images/images.csv"),
                              "--input-size", "48", "--repetitions", "2", "--layers", "area", "--no-cache", "--engine",
                              "libtorch", "--out", file(out)} +
                      more);
    program.waitForFinished(-1);
    *said = QString::fromUtf8(program.readAll());
    return program.exitCode();
  }

 private slots:
  // Red squares of many sizes; how green and blue an image is has nothing to do with them.
  void initTestCase() {
    handmade::write_linear_head(to_path(file("linear.pt")), true);
    handmade::write_linear_head(to_path(file("headless.pt")), false);
    QVERIFY(QDir(folder_.path()).mkdir("images"));
    QByteArray csv = "file,x,y,w,h\n";
    for (int i = 0; i < 30; ++i) {
      const int length = 8 + i;
      const int green = 40 + 67 * i % 160;
      const int blue = 30 + 101 * i % 130;
      QImage image(side, side, QImage::Format_RGB888);
      image.fill(QColor(0, green, blue));
      for (int y = 4; y < 4 + length; ++y)
        for (int x = 4; x < 4 + length; ++x)
          image.setPixelColor(x, y, QColor(255, green, blue));
      const QString name = QString("%1.png").arg(i);
      QVERIFY(image.save(file("images/" + name)));
      csv += QString("%1,4,4,%2,%2\n").arg(name).arg(length).toUtf8();
      const auto l = static_cast<double>(length);
      samples_.push_back(
          {name.toStdString(), to_path(file("images/" + name)), name.toStdString(), "", BoundingBox{4, 4, l, l}, {}});
    }
    QFile table(file("images/images.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv);
  }

  // Pooling divides by the positions, and the change is at all of them: what is left is the head's weight.
  void a_linear_channel_is_the_direction_and_the_head_its_derivative() {
    for (const int wanted : {0, 1}) {
      const Directions result = found(wanted);
      QCOMPARE(result.images.size(), samples_.size());
      const LayerDirection& layer = result.layers.at(0);
      QVERIFY2(layer.direction[0] > 0.99, qPrintable(QString::number(layer.direction[0])));
      QVERIFY(layer.score.mean() > 0.99);
      for (const double cosine : layer.halves)
        QVERIFY2(cosine > 0.99, qPrintable(QString::number(cosine)));
      QVERIFY2(layer.small_to_large > 0.99, qPrintable(QString::number(layer.small_to_large)));
      const auto& weights = head.at(static_cast<std::size_t>(wanted));
      double expected = 0;
      for (std::size_t c = 0; c < 3; ++c)
        expected += layer.direction[c] * weights.at(c);
      QVERIFY2(std::abs(expected - weights[0]) < 0.15, qPrintable(QString::number(expected)));
      for (const double one : layer.sensitivity)
        QVERIFY2(std::abs(one - expected) < 1e-5, qPrintable(QString("%1, not %2").arg(one).arg(expected)));
      QCOMPARE(layer.positive(), wanted == 0 ? 1.0 : 0.0);
      QCOMPARE(layer.positive_by_chance.size(), 19U);
    }
  }

  void without_a_class_it_is_each_images_likeliest() {
    const Directions result = found({});
    const LayerDirection& layer = result.layers.at(0);
    std::array<int, 2> seen{};
    for (std::size_t i = 0; i < result.images.size(); ++i) {
      const auto of_class = static_cast<std::size_t>(result.images[i].of_class);
      ++seen.at(of_class);
      double expected = 0;
      for (std::size_t c = 0; c < 3; ++c)
        expected += layer.direction[c] * head.at(of_class).at(c);
      QVERIFY(std::abs(layer.sensitivity[i] - expected) < 1e-5);
    }
    QVERIFY(seen[0] > 0 && seen[1] > 0);
  }

  void derivatives_are_finite_differences() {
    constexpr float step = 0.01F;
    constexpr std::int64_t n = 3;
    std::vector<float> images(static_cast<std::size_t>(n) * 3 * side * side);
    for (std::size_t i = 0; i < images.size(); ++i)
      images[i] =
          static_cast<float>(std::sin(0.37 * static_cast<double>(i)) * std::cos(0.011 * static_cast<double>(i)));
    const auto derivatives = [&](float change) {
      const QString name = file(QString("smooth%1.pt").arg(change));
      handmade::write_smooth(to_path(name), change);
      const Network network = handmade::open_known_answers(to_path(name), side);
      return ClassDifferentiator(network, {"first"}, "cpu").run(images, n, side, 2);
    };
    const ClassDerivatives here = derivatives(0);
    const ClassDerivatives above = derivatives(step);
    const ClassDerivatives below = derivatives(-step);
    for (std::size_t i = 0; i < n; ++i) {
      const double slope = (above.outputs[i] - below.outputs[i]) / (2 * static_cast<double>(step));
      const double said = here.layers[0][4 * i + 1];
      QVERIFY2(std::abs(slope) > 0.01, qPrintable(QString::number(slope)));
      QVERIFY2(std::abs(said - slope) < 5e-3 * std::abs(slope), qPrintable(QString("%1, not %2").arg(said).arg(slope)));
    }
  }

  // With ReLU in place, and a softmax in the network, which is not differentiated.
  void derivatives_are_those_of_autograd() {
    QString said;
    QVERIFY2(run_python("direction_reference.py", {folder_.path()}, &said), qPrintable(said));
    const QJsonObject expected = QJsonDocument::fromJson(said.mid(said.indexOf("{\"classes")).toUtf8()).object();
    const QByteArray bytes = read_all(file("images.f32"));
    std::vector<float> images(static_cast<std::size_t>(bytes.size()) / sizeof(float));
    std::memcpy(images.data(), bytes.data(), images.size() * sizeof(float));
    std::vector<std::string> layers;
    for (const auto& name : expected["layers"].toArray())
      layers.push_back(name.toString().toStdString());
    QCOMPARE(layers.size(), 3U);
    for (const char* name : {"small.pt", "soft.pt"}) {
      const Network network = handmade::open_known_answers(to_path(file(name)), 24);
      const auto result = ClassDifferentiator(network, layers, "cpu").run(images, 5, 24, {});
      double worst = 0;
      double largest = 0;
      for (int i = 0; i < 5; ++i) {
        QCOMPARE(result.classes[static_cast<std::size_t>(i)], expected["classes"][i].toInt());
        worst =
            std::max(worst, std::abs(result.outputs[static_cast<std::size_t>(i)] - expected["outputs"][i].toDouble()));
      }
      for (std::size_t l = 0; l < layers.size(); ++l) {
        const QJsonArray numbers = expected["derivatives"][static_cast<int>(l)].toArray();
        QCOMPARE(static_cast<std::size_t>(numbers.size()), result.layers[l].size());
        for (std::size_t i = 0; i < result.layers[l].size(); ++i) {
          const double number = numbers[static_cast<int>(i)].toDouble();
          worst = std::max(worst, std::abs(result.layers[l][i] - number));
          largest = std::max(largest, std::abs(number));
        }
      }
      qInfo("%s: largest difference %.2g, largest derivative %.2g", name, worst, largest);
      QVERIFY(largest > 0.01);
      QVERIFY(worst < 1e-4 * largest);
    }
  }

  void one_seed_gives_the_same_bytes() {
    QString said;
    for (const char* out : {"one", "two"})
      QVERIFY2(command("linear.pt", out, {"--seed", "5"}, &said) == 0, qPrintable(said));
    for (const char* name : {"direction.csv", "sensitivity.csv", "vectors.csv", "direction.json", "stability.svg",
                             "sensitivity.svg", "report.html"}) {
      const QByteArray one = read_all(file(QString("one/") + name));
      QVERIFY2(one.size() > 50, name);
      QVERIFY2(one == read_all(file(QString("two/") + name)), name);
    }
    const QJsonObject record = QJsonDocument::fromJson(read_all(file("one/direction.json"))).object();
    QVERIFY(record["versions"]["derivatives"].toString().startsWith("LibTorch "));
    QCOMPARE(record["layers"][0]["positive_permuted"].toArray().size(), 19);
  }

  // Without permutations there is There is only one analysis.
  void the_page_says_where_use_is_not_shown() {
    QString said;
    QVERIFY2(command("linear.pt", "alone", {"--permutations", "0"}, &said) == 0, qPrintable(said));
    QVERIFY(read_all(file("alone/report.html")).contains("Use of object scale is not shown"));
    // One permutation: p is at least 0.5.
    QVERIFY2(command("linear.pt", "few", {"--permutations", "1"}, &said) == 0, qPrintable(said));
    QVERIFY(read_all(file("few/report.html")).contains("Use of object scale is not shown"));
  }

  // What the page says first, of numbers that were set by hand.
  void the_page_says_what_the_numbers_show() {
    Directions result = found(0);
    LayerDirection& layer = result.layers.at(0);
    layer.sensitivity = {2, 2, 2, -1};
    layer.means_by_chance.assign(19, -0.5);
    layer.positive_by_chance.assign(19, 0.25);
    const auto page = [&] {
      const Network network = handmade::open_known_answers(to_path(file("linear.pt")), side);
      FileSet files(to_path(file("by hand")));
      write_directions(files, result, network,
                       {source_of(file("linear.pt")), "photos", {"photos", "area", {}, {}}, {}, "", ""});
      files.commit();
      return read_all(file("by hand/report.html"));
    };
    QCOMPARE(layer.p(), 0.05); // none of 19 is as far from 0
    QVERIFY(
        page().contains("A step along the vector of area raises the class's output for 0.75 of the images (for 0.25 "
                        "along vectors of permuted targets); for the mean change, p &lt;= 0.05 (19 permutations)"));
    QVERIFY(page().contains(">&lt;= 0.05</td>"));
    layer.means_by_chance[7] = -1.25; // one is, on the other side
    QCOMPARE(layer.p(), 0.1);
    QVERIFY(page().contains("changes no more than by chance, p = 0.1 (19 permutations)"));
    layer.sensitivity.clear();
    QVERIFY(page().contains("Use of area is not shown: no path leads from area to the class's output"));
  }

  // All images but one hardly differ in blue.
  void reports_say_where_r2_is_not_firm() {
    QVERIFY(QDir(folder_.path()).mkdir("odd"));
    QByteArray csv = "file,x,y,w,h\n";
    for (int i = 0; i < 30; ++i) {
      QImage image(side, side, QImage::Format_RGB888);
      image.fill(QColor(8 * i, 40 + 67 * i % 160, i == 17 ? 255 : i % 2));
      const QString name = QString("%1.png").arg(i);
      QVERIFY(image.save(file("odd/" + name)));
      csv += QString("%1,4,4,%2,%2\n").arg(name).arg(8 + i).toUtf8();
    }
    QFile table(file("odd/images.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv);
    table.close();
    for (const QStringList& experiment : {QStringList{"direction"}, QStringList{"object-scale", "--observed"}}) {
      const QString out = file("odd-" + experiment[0]);
      QProcess program;
      program.setProcessChannelMode(QProcess::MergedChannels);
      program.start(QStringLiteral(SCALESCOPE_CLI),
                    QStringList{"experiment"} + experiment +
                        QStringList{"--model", file("linear.pt"), "--data", file("odd/images.csv"), "--input-size",
                                    "48", "--layers", "area", "--repetitions", "2", "--no-cache", "--out", out});
      program.waitForFinished(-1);
      const QByteArray said = program.readAll();
      QVERIFY2(program.exitCode() == 0, said.constData());
      const QRegularExpression note(
          "R(2|²) depends on a few images at some layers: at area it is -?[0-9.]+ with clipping and "
          "-?[0-9.]+ without, because of .*17\\.png");
      QVERIFY2(QString::fromUtf8(said).contains(note), said.constData());
      QVERIFY(QString::fromUtf8(read_all(out + "/report.html")).contains(note));
    }
    const QJsonObject record = QJsonDocument::fromJson(read_all(file("odd-direction/direction.json"))).object();
    const double largest_z_score = record["layers"][0]["farthest"].toDouble();
    QVERIFY2(largest_z_score > 400 && largest_z_score < 600,
             qPrintable(QString::number(largest_z_score))); // of 255 in 0s and 1s: 509
  }

  void errors_are_one_sentence() {
    QString said;
    QCOMPARE(command("headless.pt", "none", {"--quiet"}, &said), 1);
    QVERIFY2(said.contains("headless has no class outputs") || said.contains("headless.pt has no class outputs"),
             qPrintable(said));
    QCOMPARE(said.trimmed().count('\n'), 0);
    QCOMPARE(command("linear.pt", "none", {"--quiet", "--class", "2"}, &said), 1);
    QVERIFY2(said.contains("2 classes, numbered from 0 to 1, so there is no class 2"), qPrintable(said));
    QCOMPARE(said.trimmed().count('\n'), 0);
    QCOMPARE(command("linear.pt", "none", {"--class", "-1"}, &said), 2);
    QCOMPARE(command("linear.pt", "none", {"--repetitions", "none"}, &said), 2);
    QVERIFY(!QFileInfo::exists(file("none/direction.json")));
  }
};

QTEST_GUILESS_MAIN(DirectionTest)
#include "direction_test.moc"
