// The experiment invariance on a network of known answers: its features and classes by object scale and by image size
// in closed form, and the command's files.

#include "core/base/file_set.h"
#include "core/experiment/image_size.h"
#include "core/experiment/invariance.h"
#include "core/report/invariance_report.h"
#include "core/stage/segment.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QImage>
#include <QRegularExpression>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

constexpr int side = 96;
constexpr double green = 2; // of every pixel, after preprocessing: 0.5 / 0.25

// What the layer `area` says to an object that takes that share: the means of 3 red + 1 and of green. The object has no
// blue, so the other part of the output is 0, and these are its two classes' values, too.
double first(double share) { return 3 * share + 1; }
double cosine(double a, double b) {
  return (first(a) * first(b) + green * green) /
         std::sqrt((first(a) * first(a) + green * green) * (first(b) * first(b) + green * green));
}
double probability(double share) { return 1 / (1 + std::exp(green - first(share))); }

QString content_of(const QString& name) {
  QFile file(name);
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace

class InvarianceTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::vector<Sample> samples_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  Network network() const { return handmade::open_known_answers(to_path(file("known.pt")), side); }

  Invariance found(std::vector<std::string> layers = {"area"}) const {
    ExtractionSettings settings;
    settings.layers = std::move(layers);
    settings.preprocessing = Preprocessing::custom({0, 0, 0}, {1, 0.25, 1});
    RenderSettings rendering;
    rendering.cut = {SegmentBy::Box, Fill::MeanColour, 0.004};
    rendering.smallest = 0.1;
    rendering.largest = 0.5;
    rendering.scales = 3; // 0.1, 0.22, 0.5
    rendering.most_enlarged = 10;
    return invariance(network(), samples_, settings, rendering, {144, side, 48, side});
  }

 private slots:
  // Red squares of about 0.4 of the image on green of one half.
  void initTestCase() {
    handmade::write_known_answers(to_path(file("known.pt")));
    QVERIFY(QDir(folder_.path()).mkdir("images"));
    QString csv = "file,x,y,w,h\n";
    for (int i = 0; i < 4; ++i) {
      const int length = 58 + 2 * i;
      QImage image(side, side, QImage::Format_RGB888);
      image.fill(QColor(0, 128, 0));
      for (int y = 10; y < 10 + length; ++y)
        for (int x = 10; x < 10 + length; ++x)
          image.setPixelColor(x, y, QColor(255, 128, 0));
      const QString name = QString("%1.png").arg(i);
      QVERIFY(image.save(file("images/" + name)));
      csv += QString("%1,10,10,%2,%2\n").arg(name).arg(length);
      const auto l = static_cast<double>(length);
      samples_.push_back(
          {name.toStdString(), to_path(file("images/" + name)), name.toStdString(), "", BoundingBox{10, 10, l, l}, {}});
    }
    QFile table(file("images/images.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv.toUtf8());
  }

  void features_and_classes_follow_the_object() {
    const Invariance result = found();
    QVERIFY(result.has_classes);
    QCOMPARE(result.object_scale.size(), 3U);
    for (const InvarianceStep& step : result.object_scale) {
      QCOMPARE(step.images, 4);
      double expected = 0;
      for (int i = 0; i < 4; ++i)
        expected += cosine(std::pow((58.0 + 2 * i) / side, 2), step.value) / 4;
      QVERIFY2(std::abs(step.cosine[0] - expected) < 5e-3,
               qPrintable(QString("%1: %2, not %3").arg(step.value).arg(step.cosine[0]).arg(expected)));
      QVERIFY2(std::abs(step.probability - probability(step.value)) < 0.02,
               qPrintable(QString("%1: %2").arg(step.value).arg(step.probability)));
      // The images' class is the first, as is that of every object of more than a third of the image.
      QCOMPARE(step.agreement, step.value > 1.0 / 3 ? 1.0 : 0.0);
    }
  }

  // Means do not depend on how many pixels they are of.
  void image_size_changes_nothing_here() {
    const Invariance result = found();
    QCOMPARE(result.image_size.size(), 3U);
    for (const InvarianceStep& step : result.image_size) {
      QCOMPARE(step.images, 4);
      QVERIFY(std::abs(step.cosine[0] - 1) < 1e-4);
      QVERIFY(step.cosine_deviation[0] < 1e-3);
      QCOMPARE(step.agreement, 1.0);
    }
    QCOMPARE(result.image_size[1].value, static_cast<double>(side));
    QVERIFY(std::abs(result.image_size[1].cosine[0] - 1) < 1e-12); // the reference with itself
  }

  // In a figure, too: the only one stands in the middle of its axis.
  void one_scale_and_one_size_are_enough() {
    ExtractionSettings settings;
    settings.layers = {"area"};
    settings.preprocessing = Preprocessing::custom({0, 0, 0}, {1, 0.25, 1});
    RenderSettings rendering;
    rendering.smallest = rendering.largest = 0.2;
    rendering.scales = 1;
    const Network known = network();
    const Invariance result = invariance(known, samples_, settings, rendering, {side});
    QCOMPARE(result.object_scale.size(), 1U);
    FileSet files(to_path(file("one")));
    write_invariance(files, result, known,
                     {{.file = to_path(file("known.pt")), .architecture = {}, .random_weights = false, .seed = 0},
                      file("images").toStdString(),
                      {"images", object_scale_name, samples_, {{"faulty.xml", "no box"}}},
                      settings,
                      rendering,
                      "given",
                      "0"});
    files.commit();
    for (const char* name : {"one/report.html", "one/invariance.json"}) // what the reader left out, too
      QVERIFY2(content_of(file(name)).contains("faulty.xml"), name);
    const QString svg = content_of(file("one/object-scale.svg"));
    QVERIFY(svg.contains("<circle"));
    QVERIFY2(!svg.contains("nan") && !svg.contains("inf"), qPrintable(svg));
  }

  // The classes may be looked at as a layer as well.
  void softmax_can_be_one_of_the_layers() {
    const Invariance without = found();
    const Invariance with = found({"softmax", "area"});
    QCOMPARE(with.object_scale[0].agreement, without.object_scale[0].agreement);
    QCOMPARE(with.object_scale[0].probability, without.object_scale[0].probability);
    QCOMPARE(with.object_scale[0].cosine[1], without.object_scale[0].cosine[0]);
  }

  void what_cannot_be_shown_is_listed() {
    auto samples = samples_;
    samples[1].file = to_path(file("images/gone.png"));
    std::swap(samples, samples_);
    const Invariance result = found();
    std::swap(samples, samples_);
    QCOMPARE(result.object_scale[0].images, 3);
    QCOMPARE(result.image_size[0].images, 3);
    QCOMPARE(result.left_out.size(), 1U);
    QCOMPARE(result.left_out[0].what, std::string("1.png"));
  }

  void the_command_writes_what_was_found() {
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI),
                  {"experiment",   "invariance",  "--model",    file("known.pt"), "--data",   file("images/images.csv"),
                   "--input-size", "96",          "--mean",     "0,0,0",          "--std",    "1,0.25,1",
                   "--layers",     "area,output", "--no-cache", "--cut-out",      "box",      "--fill",
                   "mean",         "--min-scale", "0.1",        "--scales",       "3",        "--most-enlarged",
                   "10",           "--sizes",     "48,96",      "--engine",       "libtorch", "--out",
                   file("out")});
    program.waitForFinished(-1);
    const QString said = QString::fromUtf8(program.readAll());
    QVERIFY2(program.exitCode() == 0, qPrintable(said));
    const QStringList answers = content_of(file("out/answers.csv")).trimmed().split('\n');
    QCOMPARE(answers.size(), 6);
    QCOMPARE(answers[0], QString("varied,value,pictures,agreement,probability"));
    const QStringList smallest = answers[1].split(',');
    QCOMPARE(smallest.mid(0, 4), QStringList({"object scale", "0.1", "4", "0"}));
    QVERIFY(std::abs(smallest[4].toDouble() - probability(0.1)) < 0.02);
    QCOMPARE(content_of(file("out/cosine.csv")).trimmed().split('\n').size(), 1 + 2 * 5);

    const QString page = content_of(file("out/report.html"));
    QVERIFY(page.contains("the likeliest class stays for 0.0 % of the images"));
    QVERIFY(page.contains(QString::number(smallest[4].toDouble(), 'f', 3))); // the csv's numbers
    QVERIFY(!page.contains(QRegularExpression("(src|href|srcset|data|action)=\"(?!#|data:)|url\\((?!#)")));
    for (const char* figure : {"object-scale.svg", "image-size.svg", "cosine.svg", "invariance.json"})
      QVERIFY2(QFileInfo(file("out/") + figure).size() > 100, figure);
  }
};

QTEST_GUILESS_MAIN(InvarianceTest)
#include "invariance_test.moc"
