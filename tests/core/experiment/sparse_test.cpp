// The experiment sparse: how many channels are enough, of features that are made by hand, its texts, and the command.

#include "core/experiment/sparse_measures.h"
#include "core/results/layer_measures_files.h"
#include "tests/support/probe_support.h"
#include "tests/support/support.h"

#include <QImage>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

constexpr std::size_t rows = 300; // more than channels: all together are read as well
constexpr int wide = 200;
constexpr int spread = 24;

/// A target that lies in exactly 3 of 200 channels of the layer "three", and is the sum of all 24 of "all". The layer
/// "none" knows nothing.
Extraction made() {
  Extraction extraction{
      .probe = Probe({{"three", wide}, {"all", spread}, {"none", 10}}), .rows = {}, .left_out = {}, .notes = {}};
  std::vector<float> all = normal(rows * spread, 2);
  const std::vector<float> three = normal(rows * wide, 3);
  const std::vector<float> none = normal(rows * 10, 5);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* x = three.data() + row * wide;
    const double target = 1.0 * x[17] + 2.0 * x[60] - 1.0 * x[199];
    float& last = all[row * spread + spread - 1];
    last = static_cast<float>(target);
    for (std::size_t c = 0; c + 1 < spread; ++c)
      last -= all[row * spread + c];
    extraction.rows.push_back({std::to_string(row), "", std::to_string(row), target});
  }
  extraction.probe.add(count_up(rows), std::vector<std::span<const float>>{three, all, none});
  return extraction;
}

const std::vector<SparseLayer>& found() {
  static const std::vector<SparseLayer> layers = sparse_layers(made(), 3, 0, 2);
  return layers;
}

int enough(const ByNumber& chosen) { return chosen.enough ? chosen.numbers[*chosen.enough] : 0; }

} // namespace

class SparseTest : public QObject {
  Q_OBJECT

 private slots:
  void three_of_two_hundred_are_enough() {
    const SparseLayer& three = found()[0];
    QCOMPARE(three.channels, wide);
    QCOMPARE(enough(three.pursuit), 3);
    QCOMPARE(three.share_enough(three.pursuit), 0.015);
    QVERIFY(three.pursuit.r2[2] > 0.97 && three.pursuit.r2[1] < 0.9);
    QVERIFY(three.all > 0.9 && three.all < three.pursuit.r2[2]);
    // Then nothing is left to choose: the same three in all fits.
    QCOMPARE(three.again, 1.0);
    QVERIFY(three.again_by_chance < 0.02);
    QCOMPARE(three.chosen.size(), 3U);
    for (const ChosenChannel& one : three.chosen) {
      QVERIFY(one.channel == 17 || one.channel == 60 || one.channel == 199);
      QCOMPARE(one.share, 1.0);
    }
    QCOMPARE(three.chosen[0].channel, 60);
    QCOMPARE(three.chosen[0].place, 1.0);
    QVERIFY(three.chosen[0].correlation > 0.7);
    QVERIFY(enough(three.random) > 50);
  }

  void of_a_sum_of_all_channels_most_are_needed() {
    const SparseLayer& all = found()[1];
    QVERIFY(all.all > 0.9);
    for (const ByNumber* chosen : {&all.correlated, &all.random}) {
      QVERIFY2(enough(*chosen) >= 16, qPrintable(QString::number(enough(*chosen))));
      QCOMPARE(chosen->numbers.back(), spread);
      QVERIFY(std::abs(chosen->r2.back() - all.all) < 1e-9); // all of them, in another order
      QVERIFY(chosen->lost[0].low > 0.5);
    }
  }

  // The smallest number whose R2 is at most one standard error below that of all channels.
  void enough_is_within_one_standard_error() {
    for (const SparseLayer& layer : {found()[0], found()[1]}) {
      QVERIFY(layer.all_error > 0 && layer.all_interval.low < layer.all && layer.all < layer.all_interval.high);
      for (const ByNumber* chosen : {&layer.pursuit, &layer.correlated, &layer.random})
        for (std::size_t i = 0; i < chosen->numbers.size(); ++i) {
          const double lost = layer.all - chosen->r2[i];
          if (!chosen->enough || i <= *chosen->enough)
            QCOMPARE(lost <= layer.all_error, chosen->enough == i);
          QVERIFY(chosen->lost[i].low <= lost + 1e-12 && lost - 1e-12 <= chosen->lost[i].high);
          QVERIFY(chosen->intervals[i].low < chosen->r2[i] && chosen->r2[i] < chosen->intervals[i].high);
        }
    }
  }

  void of_nothing_no_number_is_enough() {
    const SparseLayer& none = found()[2];
    for (const ByNumber* chosen : {&none.pursuit, &none.correlated, &none.random}) {
      QVERIFY(!chosen->enough);
      QVERIFY(std::isnan(none.share_enough(*chosen)));
    }
  }

  void nothing_is_read_from_permuted_targets() {
    for (const SparseLayer& layer : found())
      for (std::size_t i = 0; i < 4; ++i) // 1, 2, 3 and 4 channels
        QVERIFY2(layer.permuted[i] < 0.05 && layer.permuted[i] > -0.35, qPrintable(QString::number(layer.permuted[i])));
  }

  void the_headline_answers_and_the_figures_have_all_layers() {
    const LayerMeasures measures = sparse_measures(found(), {"three", "all", "none"}, {1, 2, 3}, "object scale");
    const QString headline = QString::fromStdString(measures.text.headline);
    QVERIFY2(
        headline.startsWith("1.5 % of the channels are enough at three, where object scale is read best: 3 of 200 "
                            "(most correlated) give R² 1.00 [1.00, 1.00], all of them 1.00 [1.00, 1.00]. At random "
                            "it takes "),
        qPrintable(headline));
    QCOMPARE(measures.figures.size(), sparse_figures.size());
    for (std::size_t i = 0; i < measures.figures.size(); ++i) {
      QCOMPARE(measures.figures[i].file, sparse_figures[i]);
      for (const CurveSeries& curve : measures.figures[i].curves)
        QCOMPARE(curve.mean.size(), 3U);
    }
    for (std::size_t i = 0; i < measures.tables.size(); ++i)
      QCOMPARE(measures.tables[i].file, sparse_tables[i]);
    QVERIFY(table_csv(measures.tables[0]).find("three,by pursuit,200,3,0.9") != std::string::npos);

    const LayerMeasures nothing = sparse_measures({found()[2]}, {"none"}, {3}, "object scale");
    QVERIFY(QString::fromStdString(nothing.text.headline).startsWith("No layer clearly reads object scale"));
    const LayerMeasures many = sparse_measures({found()[1]}, {"all"}, {1}, "object scale");
    QVERIFY2(many.text.headline.starts_with("Fewer than all 24 channels are not enough at all, where object scale is "
                                            "read best: all give R² 0.9"),
             many.text.headline.c_str());
    QVERIFY(many.text.headline.find("The best single channel gives ") != std::string::npos);
  }

  // A control is added where its figure wants it, and only if it has values.
  void random_weights_are_added_as_controls() {
    LayerMeasures measures = sparse_measures(found(), {"three", "all", "none"}, {1, 2, 3}, "object scale");
    const LayerMeasures random =
        sparse_measures({found()[2], found()[2], found()[2]}, {"three", "all", "none"}, {1, 2, 3}, "object scale");
    add_control(measures, random);
    std::vector<std::string> names;
    for (const MeasureFigure& figure : measures.figures)
      for (const CurveSeries& curve : figure.curves)
        if (curve.name.ends_with("random weights"))
          names.push_back(curve.name);
    QCOMPARE(names, std::vector<std::string>({"all channels, random weights", "chosen again, random weights"}));
  }

  void the_command_writes_what_was_found() {
    const QTemporaryDir folder;
    QByteArray csv = "file,x,y,w,h\n";
    for (int i = 0; i < 30; ++i) {
      QImage image(64, 64, QImage::Format_RGB888);
      image.fill(QColor(40 + 67 * i % 160, 90, 30));
      const int side = 10 + i;
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
          image.setPixelColor(x + 3, y + 5, QColor(220, 40, 101 * i % 130));
      const QString name = QString("%1.png").arg(i);
      QVERIFY(image.save(folder.filePath(name)));
      csv += QString("%1,3,5,%2,%2\n").arg(name).arg(side).toUtf8();
    }
    QFile table(folder.filePath("images.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv);
    table.close();
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI),
                  {"experiment", "sparse", "--arch", "resnet18", "--random-weights", "--input-size", "64", "--layers",
                   "layer1.0,output", "--data", table.fileName(), "--no-cache", "--out", folder.filePath("out")});
    program.waitForFinished(-1);
    const QString said = QString::fromUtf8(program.readAll());
    QVERIFY2(program.exitCode() == 0, qPrintable(said));
    QVERIFY2(said.contains("Smallest share of channels that is enough"), qPrintable(said));
    const QString measures = read_all(folder.filePath("out/measures.csv"));
    QVERIFY(measures.contains("layer1.0,") &&
            measures.contains(",r2-by-channels,\"all channels, random weights\",yes,"));
    const QString page = read_all(folder.filePath("out/report.html"));
    QVERIFY(page.contains("Channels that a pursuit chose first at ") && !page.contains("low</th>"));
    for (const char* name :
         {"numbers.csv", "channels.csv", "measures.json", "r2-by-channels.svg", "enough.svg", "chosen-again.svg"})
      QVERIFY2(QFileInfo(folder.filePath("out/") + name).size() > 50, name);
  }
};

QTEST_GUILESS_MAIN(SparseTest)
#include "sparse_test.moc"
