// Boxes of COCO annotations without a bbox, against pycocotools.

#include "tests/support/dataset_support.h"

#include <QTest>

#include <cmath>

using namespace scalescope;

class CocoReferenceTest : public QObject {
  Q_OBJECT

 private slots:
  void boxes_of_masks_and_polygons() {
    const DatasetFolder folder;
    QString output;
    const QString path = QString::fromStdString(std::filesystem::path(folder).string());
    if (!run_python(QStringLiteral("coco_reference.py"), {QStringLiteral("write"), path}, &output)) {
      if (output.contains(QLatin1String("ModuleNotFoundError")) || output.isEmpty())
        QSKIP("this machine's /usr/bin/python3 lacks pycocotools or NumPy (packaging/install-dependencies --tests)");
      QFAIL(qPrintable(output));
    }
    const SampleSet set = read_samples(folder);
    std::map<std::string, BoundingBox> boxes;
    for (const Sample& sample : set.samples)
      boxes[sample.id] = *sample.box;
    std::map<QString, int> kinds;
    for (const QString& line : QString::fromUtf8(read_all(path + "/expected.txt")).split('\n')) {
      const QStringList fields = line.split(' ');
      const std::string image = fields[0].toStdString();
      ++kinds[fields[1]];
      if (fields[1] == "crowd") {
        QVERIFY(!boxes.contains(image));
        QVERIFY(std::ranges::count(set.left_out, "crowd", &LeftOut::reason) > 0);
        continue;
      }
      QVERIFY2(boxes.contains(image), qPrintable(line));
      const BoundingBox& box = boxes.at(image);
      const auto expected = [&](int at) {
        return BoundingBox{fields[at].toDouble(), fields[at + 1].toDouble(), fields[at + 2].toDouble(),
                           fields[at + 3].toDouble()};
      };
      const BoundingBox exact = expected(2);
      QVERIFY2(box.x == exact.x && box.y == exact.y && box.width == exact.width && box.height == exact.height,
               qPrintable(line));
      if (fields[1] == "polygon") { // its pixels lie within a pixel of its vertices
        const BoundingBox pixels = expected(6);
        QVERIFY2(std::abs(box.x - pixels.x) <= 1 && std::abs(box.y - pixels.y) <= 1 &&
                     std::abs(box.x + box.width - pixels.x - pixels.width) <= 1 &&
                     std::abs(box.y + box.height - pixels.y - pixels.height) <= 1,
                 qPrintable(line));
      }
    }
    QVERIFY(kinds["rle"] > 100 && kinds["crowd"] > 50 && kinds["polygon"] == 60);
    QCOMPARE(static_cast<int>(set.samples.size()), kinds["rle"] + kinds["polygon"]);
  }
};

QTEST_GUILESS_MAIN(CocoReferenceTest)
#include "coco_reference_test.moc"
