// What holds for every experiment that ends in a curve: permuted targets are not read, and an effect is found.

#include "core/jobs/experiment_job.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QImage>
#include <QTest>

#include <cmath>
#include <random>

using namespace scalescope;

class ExperimentControlsTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  QString file(const QString& name) const { return folder_.filePath(name); }

 private slots:
  // Red boxes of random sizes on noise without red.
  void initTestCase() {
    handmade::write_known_answers(to_path(file("known.pt")));
    handmade::write_convolutions(to_path(file("padded.pt")), true);
    QVERIFY(QDir(folder_.path()).mkdir("images"));
    std::mt19937 random(1);
    std::uniform_int_distribution<int> length(24, 60);
    std::uniform_int_distribution<int> grey(30, 220);
    QString csv = "file,x,y,w,h\n";
    for (int i = 0; i < 30; ++i) {
      const int width = length(random);
      const int height = length(random);
      QImage image(96, 96, QImage::Format_RGB888);
      for (int y = 0; y < 96; ++y)
        for (int x = 0; x < 96; ++x)
          image.setPixelColor(
              x, y, QColor(x >= 10 && x < 10 + width && y >= 8 && y < 8 + height ? 255 : 0, grey(random), 128));
      const QString name = QString("%1.png").arg(i, 2, 10, QChar('0'));
      QVERIFY(image.save(file("images/" + name)));
      csv += QString("%1,10,8,%2,%3\n").arg(name).arg(width).arg(height);
    }
    QFile table(file("images/images.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv.toUtf8());
  }

  void every_experiment_with_a_curve_data() {
    QTest::addColumn<int>("kind");
    for (const ExperimentInfo& kind : experiment_kinds())
      if (kind.ends_in_curve)
        QTest::newRow(kind.title) << static_cast<int>(kind.kind);
  }

  void every_experiment_with_a_curve() {
    QFETCH(int, kind);
    ExperimentJob job(static_cast<ExperimentKind>(kind));
    const bool is_noise = job.kind == ExperimentKind::Noise;
    job.network.model = file(is_noise ? "padded.pt" : "known.pt").toStdString();
    job.network.input_size = 96;
    job.network.engine = Engine::LibTorch;
    job.network.use_cache = false;
    job.layers = {is_noise ? "third" : "area"};
    job.data = is_noise ? "" : file("images/images.csv").toStdString();
    job.preprocessing.custom = PreprocessingChoice::Normalisation{{0, 0, 0}, {1, 1, 1}};
    job.out = file(QString("out-%1").arg(kind)).toStdString();
    job.rendering.cut = {SegmentBy::Box, Fill::MeanColour, 0.004};
    job.rendering.most_enlarged = 1000;
    job.rendering.scales = 4;
    job.sizes = {32, 48, 64};
    job.noise_images = 20;
    job.repetitions = 3;
    job.permutations = 19;
    job.controls = {"random-scale"};
    const Analysis analysis = *run(job).analysis;
    const double read = analysis.scores[0].mean();
    const double chance = analysis.controls[0].scores[0].mean();
    const QString said = QString("R2 %1, random scale %2, p %3").arg(read).arg(chance).arg(analysis.peak_test->p());
    if (job.kind == ExperimentKind::ImageSize) { // means of the pixels do not depend on how many there are
      QVERIFY2(read < 0.1 && analysis.peak_test->p() > 0.05, qPrintable(said));
      return;
    }
    QVERIFY2(read > 0.5, qPrintable(said));
    QVERIFY2(chance < 0.1, qPrintable(said));
    QVERIFY2(analysis.peak_test->p() <= 0.05, qPrintable(said));
  }
};

QTEST_GUILESS_MAIN(ExperimentControlsTest)
#include "experiment_controls_test.moc"
