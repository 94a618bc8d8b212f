// The main job on the shared networks and photographs: the curves of the Python reference, and scikit-learn's scores on
// our features and folds.

#include "core/network/installed_models.h"
#include "core/network/network.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

namespace {

struct Point {
  double mean = NAN;
  double standard_deviation = NAN;
};

// The columns r2_mean and r2_sd by layer.
QMap<QString, Point> read_curve(const QString& file) {
  const auto lines = QString::fromUtf8(read_all(file)).trimmed().split('\n');
  const auto header = lines.first().trimmed().split(',');
  QMap<QString, Point> curve;
  for (const auto& line : lines.mid(1)) {
    const auto cells = line.trimmed().split(',');
    curve[cells[0]] = {cells[header.indexOf("r2_mean")].toDouble(), cells[header.indexOf("r2_sd")].toDouble()};
  }
  return curve;
}

} // namespace

class CurveTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  // Empty at first. One pass of an archive in float32 serves the reference, bfloat16 and both protocols.
  [[nodiscard]] QProcessEnvironment own_cache() const {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CACHE_HOME", folder_.filePath("cache"));
    return environment;
  }

 private slots:
  void agrees_with_the_reference_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("reference");
    QTest::newRow("efficientnet_lite0 LibTorch") << "efficientnet_lite0_imagenet.pt"
                                                 << "efficientnet_lite0_raccoon_curve";
    QTest::newRow("efficientnet_lite0 archive") << "efficientnet_lite0_imagenet.pt"
                                                << "efficientnet_lite0_raccoon_curve";
    QTest::newRow("efficientnet_lite0 installed") << "efficientnet_lite0"
                                                  << "efficientnet_lite0_raccoon_curve";
    QTest::newRow("inception_v3 archive") << "inception_v3_5class.pt"
                                          << "raccoon_curve";
    QTest::newRow("inception_v3 state_dict") << "inception_v3_5class.pth"
                                             << "raccoon_curve";
  }

  void agrees_with_the_reference() {
    NEED_SHARED(shared);
    QFETCH(QString, model);
    QFETCH(QString, reference);
    const bool installed = !model.contains('.');
    if (installed && scalescope::find_installed_model(model.toStdString()).empty())
      QSKIP("efficientnet_lite0 is not installed (packaging/install-dependencies)");
    const QString out = folder_.filePath(QString(QTest::currentDataTag()).replace(' ', '-'));
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    const QString tag = QTest::currentDataTag();
    QStringList arguments{"analyze",
                          "--model",
                          installed ? model : shared + "/models/" + model,
                          "--data",
                          shared + "/data/raccoon",
                          "--preprocess",
                          "tf",
                          "--protocol",
                          "ridge-unclipped", // the reference's
                          "--features",
                          "--engine",
                          tag.endsWith("LibTorch") ? "libtorch" : "auto",
                          "--out",
                          out};
    if (tag.endsWith("archive"))
      program.setProcessEnvironment(own_cache());
    else
      arguments << "--no-cache";
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.waitForFinished(-1);
    QVERIFY2(program.exitCode() == 0, program.readAll().constData());

    const auto record = QJsonDocument::fromJson(read_all(out + "/analysis.json")).object();
    QCOMPARE(record["rows"].toArray().size(), 184);
    const auto theirs = read_curve(shared + "/reference/" + reference + ".csv");
    const auto ours = read_curve(out + "/curve.csv");
    QVERIFY(theirs.size() >= 13);
    for (auto point = theirs.begin(); point != theirs.end(); ++point) {
      if (model.endsWith(".pth") && (point.key() == "output" || point.key() == "softmax"))
        continue; // its head is not torchvision's and is left out
      QVERIFY2(ours.contains(point.key()), qPrintable(point.key()));
      const double tolerance = reference.startsWith("efficientnet") ? 0.04
                               : point->standard_deviation < 0.05   ? 0.03
                                                                    : 0.12;
      const double difference = std::abs(ours[point.key()].mean - point->mean);
      if (point.key() != "softmax") // a few saturated columns: its spread is larger than itself
        QVERIFY2(difference <= tolerance, qPrintable(QString("%1: %2").arg(point.key()).arg(difference)));
    }
  }

  // Half the digits, the same curve. Except, without clipping, where the curve is not firm in float32 either: in
  // the last layers of this Inception many channels are zero for all but one or two photos, and it then goes by those.
  void bfloat16_moves_no_layer_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("protocol");
    for (const char* protocol : {"ridge-unclipped", "ridge"}) {
      QTest::addRow("efficientnet_lite0 %s", protocol) << "efficientnet_lite0_imagenet" << protocol;
      QTest::addRow("inception_v3 %s", protocol) << "inception_v3_5class" << protocol;
    }
  }

  void bfloat16_moves_no_layer() {
    NEED_SHARED(shared);
    QFETCH(QString, model);
    QFETCH(QString, protocol);
    const bool robust = protocol == "ridge-unclipped";
    QMap<QString, QMap<QString, Point>> curves;
    for (const char* precision : {"float32", "bfloat16"}) {
      const QString out = folder_.filePath(model + "-" + precision);
      QProcess program;
      program.setProcessChannelMode(QProcess::MergedChannels);
      program.setProcessEnvironment(own_cache());
      program.start(QStringLiteral(SCALESCOPE_CLI),
                    {"analyze", "--model", shared + "/models/" + model + ".pt", "--data", shared + "/data/raccoon",
                     "--preprocess", "tf", "--precision", precision, "--protocol", protocol, "--out", out});
      program.waitForFinished(-1);
      const QByteArray said = program.readAll();
      if (said.contains("no bfloat16 instructions"))
        QSKIP("this processor has no bfloat16");
      QVERIFY2(program.exitCode() == 0, said.constData());
      QVERIFY2(said.contains("R2 depends on a few images at some layers: at "), said.constData());
      curves[precision] = read_curve(out + "/curve.csv");
    }
    const auto& precise = curves["float32"];
    const auto& rough = curves["bfloat16"];
    QVERIFY(!precise.isEmpty());
    QCOMPARE(rough.keys(), precise.keys());
    bool moved = false;
    int firm = 0;
    for (auto point = precise.begin(); point != precise.end(); ++point) {
      const double difference = std::abs(rough[point.key()].mean - point->mean);
      moved = moved || difference > 1e-6;
      if (robust && model.startsWith("inception") && point->standard_deviation > 0.05)
        continue;
      QVERIFY2(difference <= (robust ? 0.02 : 0.01), qPrintable(QString("%1: %2").arg(point.key()).arg(difference)));
      ++firm;
    }
    QVERIFY(firm >= (robust ? 9 : 13));
    QVERIFY(moved); // it did compute in bfloat16
  }

  void agrees_with_scikit_learn() {
    const QString out = folder_.filePath("efficientnet_lite0-archive");
    if (!QFile::exists(out + "/analysis.json"))
      QSKIP("the curve was not made");
    const QStringList layers{"_blocks.0", "_blocks.12", "_bn1", "output", "softmax"};
    QString output;
    if (!run_python("reference_scores.py", QStringList{out, "1"} + layers, &output))
      QSKIP(qPrintable("Python has no scikit-learn: " + output));
    const auto theirs = QJsonDocument::fromJson(output.toUtf8()).object();
    const auto record = QJsonDocument::fromJson(read_all(out + "/analysis.json")).object();
    int compared = 0;
    for (const auto& value : record["layers"].toArray()) {
      const auto ours = value.toObject();
      const auto expected = theirs[ours["layer"].toString()].toArray();
      for (int r = 0; r < expected.size(); ++r, ++compared) {
        const double difference = std::abs(ours["r2"].toArray()[r].toDouble() - expected[r].toDouble());
        QVERIFY2(difference < 0.001, qPrintable(QString("%1: %2").arg(ours["layer"].toString()).arg(difference)));
      }
    }
    QCOMPARE(compared, layers.size());
  }
};

QTEST_GUILESS_MAIN(CurveTest)
#include "curve_test.moc"
