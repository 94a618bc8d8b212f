#include "core/base/error.h"
#include "core/image/label_mask.h"
#include "tests/support/support.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <random>

using namespace scalescope;

namespace {

/// A mask as label_mask_reference.py writes it.
LabelMask expected(const QString& name) {
  const QByteArray bytes = read_all(name);
  if (bytes.size() < 8)
    qFatal("%s is missing", qPrintable(name));
  LabelMask mask;
  std::memcpy(&mask.width, bytes.constData(), 4);
  std::memcpy(&mask.height, bytes.constData() + 4, 4);
  mask.labels.resize(static_cast<std::size_t>(bytes.size() - 8) / 4);
  std::memcpy(mask.labels.data(), bytes.constData() + 8, static_cast<std::size_t>(bytes.size()) - 8);
  return mask;
}

bool same(const LabelMask& a, const LabelMask& b) {
  return a.width == b.width && a.height == b.height && a.labels == b.labels;
}

LabelMask mask_of(int width, const std::vector<std::uint32_t>& labels) {
  return {width, static_cast<int>(labels.size()) / width, labels};
}

} // namespace

class LabelMaskTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    QString output;
    if (!run_python(QStringLiteral("label_mask_reference.py"), {QStringLiteral("masks"), folder_.path()}, &output)) {
      if (output.contains(QLatin1String("ModuleNotFoundError")) || output.isEmpty())
        QSKIP("this machine's /usr/bin/python3 lacks Pillow, NumPy or SciPy");
      QFAIL(qPrintable(output));
    }
    QStringList lines = output.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    qInfo("compared with %s", qPrintable(lines.takeFirst()));
    for (const QString& line : lines) {
      if (line.contains(QLatin1String(" refused ")))
        refused_[line.section(QLatin1String(" refused "), 0, 0)] = line.section(QLatin1String(" refused "), 1);
      else
        masks_ << line;
    }
    QVERIFY2(masks_.size() > 80 && refused_.size() > 8, qPrintable(output));
  }

  void numbers_are_those_that_were_written() {
    for (const QString& name : masks_) {
      LabelMask mask;
      const QString message = error_text([&] { mask = read_label_mask(to_path(path(name))); });
      QVERIFY2(message.isEmpty(), qPrintable(message));
      QVERIFY2(same(mask, expected(path(name + ".labels"))), qPrintable(name));
      QCOMPARE(mask.notes.empty(), name != "pages.tif");
    }
    QCOMPARE(read_label_mask(to_path(path("pages.tif"))).notes.at(0), "only the first of its 2 pages was used");
  }

  void objects_have_the_boxes_and_areas_that_others_find() {
    for (const QString& name : masks_) {
      QByteArray found;
      for (const MaskObject& one : objects_of(read_label_mask(to_path(path(name)))))
        found += QByteArray::number(one.label) + ' ' + QByteArray::number(one.box.x) + ' ' +
                 QByteArray::number(one.box.y) + ' ' + QByteArray::number(one.box.width) + ' ' +
                 QByteArray::number(one.box.height) + ' ' + QByteArray::number(qlonglong{one.area}) + '\n';
      QCOMPARE(found, read_all(path(name + ".objects")));
    }
  }

  void connected_parts_are_those_that_others_find() {
    for (const QString& name : masks_)
      QVERIFY2(same(split_into_parts(read_label_mask(to_path(path(name)))), expected(path(name + ".parts"))),
               qPrintable(name));
  }

  void refuses_what_is_no_label_mask() {
    for (auto one = refused_.cbegin(); one != refused_.cend(); ++one) {
      const QString message = error_text([&] { (void)read_label_mask(to_path(path(one.key()))); });
      QVERIFY2(message.startsWith('\'' + path(one.key()) + '\'') && message.contains(one.value()) &&
                   message.endsWith('.') && message.count('.') < 5,
               qPrintable(message));
    }
  }

  void survives_damage() {
    const QString file = path("damaged");
    std::mt19937 random(3);
    int refused = 0;
    int tried = 0;
    for (const QString& name : masks_) {
      const QByteArray whole = read_all(path(name));
      for (int trial = 0; trial < 12; ++trial, ++tried) {
        QByteArray damaged = trial == 0 ? whole.left(whole.size() * 2 / 3) : whole + "trailing IHDR IDAT";
        const auto reach =
            static_cast<unsigned>(trial % 2 == 0 ? std::min<qsizetype>(damaged.size(), 200) : damaged.size());
        for (int i = 0; trial > 1 && i < 3; ++i)
          damaged[static_cast<qsizetype>(random() % reach)] = static_cast<char>(random());
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(damaged) == damaged.size());
        out.close();
        // Anything but a mask or an Error ends the test.
        refused += error_text([&] { (void)read_label_mask(to_path(file)); }).isEmpty() ? 0 : 1;
      }
    }
    QVERIFY(refused > tried / 10 && refused < tried);
  }

  void files_of_one_object_each_are_joined() {
    const LabelledImage image{
        "images/a.png",
        {},
        {one_object("1.png", {{0, 0}, {1, 0}}), one_object("2.png", {{3, 2}}), one_object("3.png", {{1, 0}, {2, 0}})},
        true};
    const LabelMask joint = read_label_mask(image, false);
    QVERIFY(same(joint, mask_of(4, {1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 2})));
    QCOMPARE(joint.notes.size(), 1U);
    QCOMPARE(joint.notes[0], "1 pixel belongs to two of its masks, and count for the first one");

    cv::imwrite(path("small.png").toStdString(), cv::Mat::zeros(2, 4, CV_8UC1));
    const auto refusal = [&](const char* name) {
      LabelledImage bad = image;
      bad.masks[1] = to_path(path(name));
      return error_text([&] { (void)read_label_mask(bad, false); });
    };
    QVERIFY2(refusal("small.png").contains("small.png' has 4 x 2 pixels, but"), qPrintable(refusal("small.png")));
    cv::Mat two = cv::Mat::zeros(3, 4, CV_8UC1);
    two.at<std::uint8_t>(0, 3) = 7;
    two.at<std::uint8_t>(1, 3) = 9;
    cv::imwrite(path("two.png").toStdString(), two);
    QVERIFY2(refusal("two.png").contains("two.png' has several numbers (7 and 9)"), qPrintable(refusal("two.png")));
  }

  void splitting_is_asked_for_where_all_objects_have_one_number() {
    const LabelMask parts = mask_of(4, {255, 0, 0, 255});
    const LabelMask one = mask_of(4, {0, 255, 255, 0});
    const LabelMask numbered = mask_of(4, {1, 1, 2, 0});
    MaskNumbers numbers;
    numbers.add("a", "a.png", one);
    numbers.add("b", "b.png", mask_of(4, {0, 0, 0, 0}));
    QVERIFY(error_text([&] { numbers.check(); }).isEmpty()); // each has an object, or none
    numbers.add("c", "c.png", parts);
    const QString message = error_text([&] { numbers.check(); });
    QVERIFY2(message.startsWith("'c.png' has the same number (255) for 2 separate parts") &&
                 message.contains("--split-masks"),
             qPrintable(message));
    numbers.add("d", "d.png", numbered); // so numbers mean objects in this set
    QVERIFY(error_text([&] { numbers.check(); }).isEmpty());
    QCOMPARE(numbers.remarks().size(), 1U);
    QCOMPARE(numbers.remarks()[0].what, "c");
    QVERIFY(numbers.remarks()[0].text.find("count as one object") != std::string::npos);
  }

  void numbers_with_many_parts_each_may_be_classes() {
    MaskNumbers numbers;
    numbers.add("a", "a.png", mask_of(8, {1, 0, 1, 0, 1, 0, 1, 0}));
    numbers.add("b", "b.png", mask_of(8, {1, 0, 1, 2, 1, 0, 0, 2})); // five parts of two numbers
    QVERIFY(error_text([&] { numbers.check(); }).isEmpty());
    QCOMPARE(numbers.remarks().size(), 1U); // "a"
    numbers.add("c", "c.png", mask_of(8, {0, 2, 0, 2, 0, 2, 0, 2}));
    QCOMPARE(numbers.remarks().size(), 3U);
    QCOMPARE(numbers.remarks()[0].what, "masks");
    QVERIFY(numbers.remarks()[0].text.starts_with("their 4 numbers have 13 separate parts, as if they were classes"));
  }

 private:
  [[nodiscard]] QString path(const QString& name) const { return folder_.filePath(name); }

  std::filesystem::path one_object(const char* name, const std::vector<std::pair<int, int>>& pixels) const {
    cv::Mat mask = cv::Mat::zeros(3, 4, CV_8UC1);
    for (const auto& [x, y] : pixels)
      mask.at<std::uint8_t>(y, x) = 255;
    cv::imwrite(path(name).toStdString(), mask);
    return to_path(path(name));
  }

  QTemporaryDir folder_;
  QStringList masks_;
  QMap<QString, QString> refused_;
};

QTEST_GUILESS_MAIN(LabelMaskTest)
#include "label_mask_test.moc"
