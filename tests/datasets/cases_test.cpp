// The developers' cases (shared/cases): inputs that people reported, and what is right for them.

#include "tests/support/dataset_support.h"

#include <QTest>

#include <cmath>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// An image of 00-base with its only object.
struct BaseImage {
  std::array<double, 4> corners{};
  double width = 0;
  double height = 0;

  /// The share of the object, if a tool rounded its corners, or its corner and size, down to whole pixels.
  [[nodiscard]] double share(const QString& rounding) const {
    auto [left, top, right, bottom] = corners;
    if (rounding == "corners")
      for (double* value : {&left, &top, &right, &bottom})
        *value = std::floor(*value);
    const double across = right - left;
    const double down = bottom - top;
    return rounding == "box" ? std::floor(across) * std::floor(down) / (width * height)
                             : across * down / (width * height);
  }
};

/// The images of 00-base by name ("raccoon-1"), with their sizes from the files.
std::map<QString, BaseImage> base_images(const fs::path& base) {
  std::map<QString, BaseImage> images;
  for (const fs::directory_entry& entry : fs::directory_iterator(base / "Annotations")) {
    const QString name = QString::fromStdString(entry.path().stem().string());
    const QString xml = QString::fromUtf8(read_all(QString::fromStdString(entry.path().string())));
    const Image image = read_image(base / "JPEGImages" / (name.toStdString() + ".jpg"));
    BaseImage& one = images[name];
    one.width = image.width;
    one.height = image.height;
    for (std::size_t i = 0; i < 4; ++i) {
      const QString key = QStringLiteral("<%1>([^<]*)<").arg(QStringList{"xmin", "ymin", "xmax", "ymax"}.at(int(i)));
      one.corners[i] = QRegularExpression(key).match(xml).captured(1).toDouble();
    }
  }
  return images;
}

/// Which image of 00-base a sample is: those of COCO 2014 are numbered in the order of their names.
QString base_name(const std::string& id, const std::map<QString, BaseImage>& base) {
  const QString text = QString::fromStdString(id);
  const QRegularExpressionMatch number = QRegularExpression("val2014_0*([0-9]+)").match(text);
  if (number.hasMatch())
    return std::next(base.begin(), number.captured(1).toInt() - 1)->first;
  return QRegularExpression("raccoon-[0-9]+").match(text).captured();
}

} // namespace

class CasesTest : public QObject {
  Q_OBJECT

 private slots:
  void are_read_data() {
    QTest::addColumn<int>("samples");      // that are in it
    QTest::addColumn<QString>("rounding"); // of the boxes, see BaseImage
    QTest::addColumn<double>("precision"); // to which shares agree with those of 00-base
    QTest::addColumn<QString>("own");      // an image that 00-base does not have, and its share
    QTest::addColumn<double>("share");
    QTest::addColumn<QString>("said"); // in the remarks; empty: there is none
    const auto row = [](const char* name, int samples, const char* rounding, double precision, const char* own,
                        double share, const char* said) {
      QTest::newRow(name) << samples << rounding << precision << own << share << said;
    };
    const double exact = 1e-12;
    const auto as_base = [&](const char* name, const char* said = "") { row(name, 14, "", exact, "", 0, said); };
    as_base("00-base");
    const auto labelimg = [&](const char* name, const char* own, const char* said) {
      row(name, 15, "", exact, own, 0.25, said);
    };
    labelimg("01-labelimg-zero-size-noext-a-lower", "timg.png", "");
    labelimg("01-labelimg-zero-size-noext-b-upperJPG", "timg.JPG", "timg.JPG for \"timg\"");
    labelimg("01-labelimg-zero-size-noext-c-upperPNG", "timg.PNG", "timg.PNG for \"timg\"");
    labelimg("01-labelimg-zero-size-noext-d-casemismatch", "000377.JPG",
             "written in another way (capitals, accents), such as JPEGImages/000377.JPG for \"000377.jpg\"");
    // Of the person, not of a part, whatever the order of the corners.
    row("03-voc-parts-order", 15, "", exact, "2007_000027.jpg", 175. * 250 / (486 * 500), "");
    as_base("04-roboflow-voc", "14 images are copies that Roboflow made");
    row("06-resized-after-annotation", 15, "", exact, "small.jpg", 400 * 300. / (1200 * 900),
        "the annotation says 1200 x 900, but the image has 600 x 450 pixels: its box was scaled by 0.5");
    row("06-stale-size-small", 15, "", exact, "000042.jpg", 241. * 482 / (4608 * 3456),
        "the annotation says 2048 x 1536, but the image has 4608 x 3456 pixels: its box was used as written");
    row("07-exif-right", 15, "", exact, "photo.jpg", 100 * 80. / (300 * 400), "");
    row("09-xml-upper", 15, "", exact, "up.jpg", 0.25, "");
    as_base("10-labelstudio-extra-subdir", "images/raccoon-1.jpg for \"images/1/raccoon-1.jpg\"");
    as_base("10-labelstudio-localfiles", "for \"/data/local-files/?d=images/raccoon-1.jpg\"");
    as_base("10-labelstudio-windows", "for \"images\\raccoon-1.jpg\"");
    as_base("10-labelstudio-windows116", "upload\\4\\raccoon-1.jpg\"");
    for (const char* name : {"11-coco-segonly-empty", "11-coco-segonly-missing", "11-coco-segonly-null",
                             "13-imglab-bbox-object", "14-coco-iscrowd-null", "14-coco-nulls", "14-coco-size-string",
                             "15-coco-ids-float", "15-coco-ids-huge", "15-coco-ids-mixed", "16-coco-nan"})
      as_base(name);
    row("14-coco-iscrowd-bool", 13, "", exact, "", 0, "");
    row("17-roboflow-coco", 22, "", exact, "", 0, "22 images are copies that Roboflow made");
    row("18-coco-resized", 15, "", exact, "small.jpg", 400 * 300. / (1200 * 900),
        "the annotation says 1200 x 900, but the image has 600 x 450 pixels: its box was scaled by 0.5");
    as_base("19-cvat-xml");
    as_base("19-labelme-json");
    row("19-via-json", 14, "box", exact, "", 0, "");
    row("19-yolo", 14, "", 1e-5, "", 0, ""); // six digits
    row("20-makesense-csv", 14, "box", exact, "", 0, "");
    row("20-tf-csv", 14, "corners", exact, "", 0, "");
    row("20-via-csv", 14, "box", exact, "", 0, "");
    as_base("20-vott-csv");
    for (const char* name : {"21-bom-quotes", "21-caps", "21-comment", "21-cr-only", "21-excel-de", "21-excel-sep",
                             "21-excel-unicode-tab", "21-latin1", "21-long", "21-spaces", "21-tab"})
      as_base(name);
    as_base("21-winpath", "for \"images\\raccoon-1.jpg\"");
    as_base("24-coco2014", "val2014/COCO_val2014_000000000001.jpg for \"COCO_val2014_000000000001.jpg\"");
    as_base("26-bbox-strings");
    as_base("27-coco-absolute", "for \"/content/drive/MyDrive/data/images/raccoon-1.jpg\"");
    as_base("33-stale-filename", "names another image, raccoon-10.jpg; the image with the annotation's own name");
  }
  void are_read() {
    NEED_SHARED(shared);
    QFETCH(const int, samples);
    QFETCH(const QString, rounding);
    QFETCH(const double, precision);
    QFETCH(const QString, own);
    QFETCH(const double, share);
    QFETCH(const QString, said);
    const fs::path cases = to_path(shared) / "cases";
    if (!fs::exists(cases))
      QSKIP("the shared folder has no cases");
    const std::map<QString, BaseImage> base = base_images(cases / "00-base");
    QCOMPARE(base.size(), std::size_t{14});
    const SampleSet set = read_samples(cases / QTest::currentDataTag());
    QCOMPARE(static_cast<int>(set.samples.size()), samples);
    QString remarks;
    for (const Remark& remark : set.remarks)
      remarks += QString::fromStdString(remark.text) + "\n";
    for (const OpenedSample& one : opened(set)) {
      QVERIFY2(one.refusal.empty(), one.refusal.c_str());
      remarks += QString::fromStdString(one.remark);
      const QString name = base_name(one.sample.id, base);
      const double expected = name.isEmpty() ? share : base.at(name).share(rounding);
      QVERIFY2(std::abs(one.share - expected) <= precision,
               qPrintable(QStringLiteral("%1: %2, not %3").arg(one.sample.id.c_str()).arg(one.share).arg(expected)));
      // The file is the image of that name, by its size.
      const Image image = read_image(one.sample.file);
      if (!name.isEmpty())
        QVERIFY(image.width == base.at(name).width && image.height == base.at(name).height);
      else
        QVERIFY(one.sample.id.ends_with(own.toStdString()));
    }
    QVERIFY2(said.isEmpty() ? remarks.trimmed().isEmpty() : remarks.contains(said), qPrintable(remarks));
  }

  void are_refused_data() {
    QTest::addColumn<QString>("sentence");
    QTest::addColumn<int>("rest"); // samples with keep_going; -1: refused as well
    const auto row = [](const char* name, const char* sentence, int rest) { QTest::newRow(name) << sentence << rest; };
    row("05-labelquick-wh",
        "0.xml, object 1: <xmax> 61 and <ymax> 53 lie before <xmin> 217 and <ymin> 435: the corners are swapped, or "
        "width and height stand in their place, so the box has no area; correct it or remove it",
        14);
    row("12-coco-zero-height",
        "result.json, annotation 918: the box at (10.65, 20.33) of 1.03 x 0 pixels has no area; correct it or remove "
        "it",
        14);
    row("22-dup-column", "t.csv: two columns are called \"target\"; remove or rename one", -1);
    row("22-normalised-boxes", "all boxes are smaller than a pixel and look like fractions of the image; multiply", -1);
    row("28-voc-normalised", "all boxes are smaller than a pixel and look like fractions of the image; multiply", -1);
    row("22-pandas", "t.csv, line 5: \"NaN\" in the column \"target\" is not a number", 13);
    row("22-percent",
        "t.csv, line 2: \"0%\" in the column \"target\" is not a number; write it like 0.5, without the %", 0);
  }
  void are_refused() {
    NEED_SHARED(shared);
    QFETCH(const QString, sentence);
    QFETCH(const int, rest);
    const fs::path cases = to_path(shared) / "cases";
    if (!fs::exists(cases))
      QSKIP("the shared folder has no cases");
    const fs::path data = cases / QTest::currentDataTag();
    const QString message = refusal(data);
    QVERIFY2(message.contains(QTest::currentDataTag()) && message.contains(sentence), qPrintable(message));
    if (rest < 0) {
      QCOMPARE(refusal(data, {.keep_going = true}), message);
      return;
    }
    const SampleSet set = read_samples(data, {.keep_going = true});
    QCOMPARE(static_cast<int>(set.samples.size()), rest);
    QCOMPARE(set.left_out.at(0).reason, message.toStdString());
    if (QLatin1String(QTest::currentDataTag()).startsWith(QLatin1String("12"))) // the others of its image stay
      QCOMPARE(set.left_out.at(0).is_object, true);
  }

  // A folder that a later version adds has a row here.
  void none_is_forgotten() {
    NEED_SHARED(shared);
    if (!fs::exists(to_path(shared) / "cases"))
      QSKIP("the shared folder has no cases");
    const QString rows = QString::fromUtf8(read_all(QStringLiteral(SCALESCOPE_TESTS "/datasets/cases_test.cpp")));
    for (const fs::directory_entry& entry : fs::directory_iterator(to_path(shared) / "cases")) {
      const QString name = QString::fromStdString(entry.path().filename().string());
      if (name[0].isDigit())
        QVERIFY2(rows.contains('"' + name + '"'), qPrintable(name));
    }
  }
};

QTEST_GUILESS_MAIN(CasesTest)
#include "cases_test.moc"
