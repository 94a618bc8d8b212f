// The kinds of fault that gave wrong numbers in silence: each in every format in which it can occur. Object scales are
// those that the person saw who drew the box, or the data are refused with a sentence.

#include "tests/support/dataset_writers.h"

#include <QTest>

#include <cmath>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> all_but(std::initializer_list<std::string> without) {
  std::vector<std::string> ids = written_formats();
  std::erase_if(ids, [&](const std::string& id) { return std::ranges::find(without, id) != without.end(); });
  return ids;
}

/// The box in the stored image whose place in the upright one is `box`: the inverse of an EXIF orientation, from the
/// table of the standard (which side of the upright image the first row and column of the stored one are).
BoundingBox as_stored(const BoundingBox& box, int orientation, double width, double height) {
  const double right = width - box.x - box.width;
  const double bottom = height - box.y - box.height;
  switch (orientation) {
  case 2:
    return {right, box.y, box.width, box.height}; // top, right
  case 3:
    return {right, bottom, box.width, box.height}; // bottom, right
  case 4:
    return {box.x, bottom, box.width, box.height}; // bottom, left
  case 5:
    return {box.y, box.x, box.height, box.width}; // left, top
  case 6:
    return {box.y, right, box.height, box.width}; // right, top
  case 7:
    return {bottom, right, box.height, box.width}; // right, bottom
  case 8:
    return {bottom, box.x, box.height, box.width}; // left, bottom
  default:
    return box;
  }
}

QString remarks_of(const SampleSet& set) {
  QString all;
  for (const Remark& remark : set.remarks)
    all += QString::fromStdString(remark.text) + "\n";
  for (const OpenedSample& one : opened(set))
    all += QString::fromStdString(one.remark + one.refusal) + "\n";
  return all.trimmed();
}

/// The object scale of the first sample; -1: refused.
double first_share(const fs::path& data) { return opened(read_samples(data)).at(0).share; }

bool near(double a, double b) { return std::abs(a - b) < 1e-9; }

} // namespace

#define VERIFY_SHARE(data, expected)                                                                                   \
  do {                                                                                                                 \
    const QString of = QString::fromStdString(format);                                                                 \
    const QString message = refusal(data);                                                                             \
    QVERIFY2(message.isEmpty(), qPrintable(of + ": " + message));                                                      \
    const double found = first_share(data);                                                                            \
    QVERIFY2(near(found, expected), qPrintable(of + QStringLiteral(": %1, not %2").arg(found).arg(expected)));         \
  } while (false)

class WrongNumbersTest : public QObject {
  Q_OBJECT

 private slots:
  // detectron2 863, 3328. Three instances: made smaller, larger, and by a factor that leaves no whole pixels.
  void resized_after_annotation() {
    for (const std::string& format : all_but({"yolo", "via"}))
      for (const auto& [width, height, now_width, now_height] :
           std::vector<std::array<int, 4>>{{1200, 900, 60, 45}, {40, 30, 120, 90}, {500, 333, 75, 50}}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(now_width, now_height));
        const BoundingBox box{width * 0.25, height * 0.25, width * 0.5, height * 0.625};
        const fs::path data = write_annotations(folder, format, {{"images/a.jpg", "a", width, height, true, {box}}});
        VERIFY_SHARE(data, 0.5 * 0.625);
        const QString remarks = remarks_of(read_samples(data));
        const QString sizes = QStringLiteral("says %1 x %2, but the image has %3 x %4 pixels: its box was scaled by")
                                  .arg(width)
                                  .arg(height)
                                  .arg(now_width)
                                  .arg(now_height);
        QVERIFY2(remarks.contains(sizes), qPrintable(QString::fromStdString(format) + remarks));
      }
  }

  // Without a size only a box beyond the image tells.
  void resized_without_a_stated_size() {
    DatasetFolder folder;
    folder.write("images/a.jpg", jpeg_bytes(60, 45));
    const fs::path data = write_annotations(folder, "via", {{"a.jpg", "a", 120, 90, false, {{50, 30, 60, 50}}}});
    const SampleSet set = read_samples(data);
    VERIFY_CONTAINS(error_text([&] { (void)place_box(set.samples.at(0), {60, 45, 1}); }), "boxes reach far beyond");
  }

  // The same size in another shape is another image's, or was made square.
  void another_shape_is_refused() {
    for (const std::string& format : all_but({"yolo", "via"}))
      for (const auto& [width, height] : std::vector<std::array<int, 2>>{{640, 400}, {45, 60}, {60, 60}}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(60, 45));
        const fs::path data =
            write_annotations(folder, format, {{"images/a.jpg", "a", width, height, true, {{5, 5, 20, 20}}}});
        const std::string message = opened(read_samples(data)).at(0).refusal;
        const std::string stated = std::to_string(width) + " x " + std::to_string(height) + " pixels";
        QVERIFY2(message.find(stated) != std::string::npos && message.find("60 x 45 pixels") != std::string::npos,
                 (format + ": " + message).c_str());
      }
  }

  // labelImg 278: boxes lie in the image, but not in the size that is stated.
  void stale_size() {
    for (const std::string& format : all_but({"yolo", "via", "label-studio"})) // percentages are of the stated size
      for (const int factor : {2, 3, 5}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(32 * factor, 24 * factor));
        const BoundingBox box{30. * factor - 20, 10. * factor, 20, 10};
        const fs::path data = write_annotations(folder, format, {{"images/a.jpg", "a", 32, 24, true, {box}}});
        VERIFY_SHARE(data, 200. / (32 * 24 * factor * factor));
        VERIFY_CONTAINS(remarks_of(read_samples(data)), "its box was used as written");
      }
  }

  // VoTT 840, label-studio 6608. All orientations, drawn on the stored image and on the upright one.
  void exif() {
    for (const std::string& format : all_but({}))
      for (int orientation = 2; orientation <= 8; ++orientation)
        for (const bool is_raw : {false, true}) {
          const bool turns = orientation > 4;
          if (is_raw && !(turns && states_sizes(format)))
            continue; // nothing tells, and the manual says that it is taken as upright
          DatasetFolder folder;
          folder.write("images/a.jpg", jpeg_bytes(90, 60, orientation));
          const int width = turns ? 60 : 90;
          const int height = turns ? 90 : 60;
          // Partly outside, so that its share depends on where it lies.
          const BoundingBox upright{-0.5, 20, 30.5, 16};
          const BoundingBox box = is_raw ? as_stored(upright, orientation, width, height) : upright;
          const fs::path data = write_annotations(
              folder, format, {{"images/a.jpg", "a", is_raw ? 90 : width, is_raw ? 60 : height, true, {box}}});
          const OpenedSample one = opened(read_samples(data)).at(0);
          const std::string what = format + ", orientation " + std::to_string(orientation) + (is_raw ? ", raw" : "");
          QVERIFY2(near(one.share, 30. * 16 / 5400), (what + ": " + std::to_string(one.share) + one.refusal).c_str());
          QVERIFY2(near(one.box.x, upright.x) && near(one.box.y, upright.y) && near(one.box.width, upright.width),
                   what.c_str());
          // A size that fits says all; where it does not, the reading is told.
          const char* said = is_raw                          ? "its box was rotated with the image"
                             : turns && states_sizes(format) ? ""
                                                             : "was used as drawn on the upright image";
          QVERIFY2(*said == '\0' ? one.remark.empty() : one.remark.find(said) != std::string::npos,
                   (what + ": " + one.remark).c_str());
        }
  }

  void exif_where_no_size_is_stated() {
    for (const std::string& format : all_but({"yolo", "label-studio"}))
      for (const int orientation : {5, 6, 8}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(90, 60, orientation));
        const WrittenImage image{"images/a.jpg", "a", 60, 90, false, {{10, 10, 20, 30}}};
        VERIFY_SHARE(write_annotations(folder, format, {image}), 600. / 5400);
        VERIFY_CONTAINS(remarks_of(read_samples(folder)), "does not say whether its box was drawn before or after");
        WrittenImage raw = image;
        raw.boxes = {{65, 10, 20, 30}}; // fits the stored image alone
        const std::string refused = opened(read_samples(write_annotations(folder, format, {raw}))).at(0).refusal;
        QVERIFY2(refused.find("boxes do not lie within") != std::string::npos, (format + ": " + refused).c_str());
      }
  }

  // ultralytics 2005. As corner and size; two images, so that "all boxes" is meant.
  void fractions() {
    for (const std::string& format : all_but({"yolo", "label-studio"}))
      for (const BoundingBox& box :
           std::vector<BoundingBox>{{0.25, 0.25, 0.5, 0.5}, {0, 0, 1, 1}, {0.9, 0.1, 0.1, 0.2}}) {
        DatasetFolder folder;
        for (const char* name : {"images/a.jpg", "images/b.jpg"})
          folder.write(name, jpeg_bytes(90, 60));
        const fs::path data = write_annotations(
            folder, format, {{"images/a.jpg", "a", 90, 60, true, {box}}, {"images/b.jpg", "b", 90, 60, true, {box}}});
        for (const bool keep_going : {false, true}) {
          const QString message = refusal(data, {.keep_going = keep_going});
          QVERIFY2(
              message.contains("all boxes are smaller than a pixel and look like fractions of the image; multiply"),
              qPrintable(QString::fromStdString(format) + message));
        }
        // Beside one in pixels, each is judged with its image.
        write_annotations(
            folder, format,
            {{"images/a.jpg", "a", 90, 60, true, {box}}, {"images/b.jpg", "b", 90, 60, true, {{5, 5, 30, 20}}}});
        const std::vector<OpenedSample> both = opened(read_samples(data));
        QVERIFY2(both.at(0).refusal.find("looks like fractions") != std::string::npos, both.at(0).refusal.c_str());
        QVERIFY(near(both.at(1).share, 600. / 5400));
      }
  }

  // darkflow 438, cvat 9201; and names as people write them. Images differ in size, so that a wrong one is noticed.
  void names_and_folders() {
    const std::string composed = "\xC3\xBC"
                                 "1";
    const std::string decomposed = "u\xCC\x88"
                                   "1";
    // The image's file below images/, its name in the annotation, and where an annotation of its own lies.
    const std::vector<std::array<std::string, 3>> names{
        {"a.JPG", "a.jpg", "a"},
        {"IMG_1.jpeg", "img_1.JPEG", "IMG_1"},
        {"cam1/0001.jpg", "cam1/0001.jpg", "cam1/0001"},
        {"cam1/deep/2.jpg", R"(C:\data\cam1\deep\2.jpg)", "cam1/deep/2"},
        {composed + ".jpg", decomposed + ".jpg", composed},
        {decomposed + "2.jpg", composed + "2.jpg", decomposed + "2"},
        {"with blank.jpg", "with%20blank.jpg", "with blank"},
        {"b.c.jpg", "/home/me/pictures/b.c.jpg", "b.c"},
        {"none.jpg", "none", "none"},
    };
    for (const std::string& format : all_but({})) {
      DatasetFolder folder;
      std::vector<WrittenImage> images;
      std::map<std::string, double> shares;
      for (const auto& [file, written, stem] : names) {
        const int width = 60 + 10 * static_cast<int>(images.size());
        folder.write("images/" + file, jpeg_bytes(width, 50));
        images.push_back({written, stem, width, 50, true, {{10, 10, 20, 30}}});
        shares["images/" + file] = 600. / (width * 50);
      }
      const fs::path data = write_annotations(folder, format, images);
      const QString message = refusal(data);
      QVERIFY2(message.isEmpty(), qPrintable(QString::fromStdString(format) + message));
      const SampleSet set = read_samples(data);
      QCOMPARE(set.samples.size(), names.size());
      for (const OpenedSample& one : opened(set)) {
        const std::string file = one.sample.file.lexically_relative(fs::path(folder)).generic_string();
        QVERIFY2(shares.contains(file) && near(one.share, shares[file]), (format + ": " + file).c_str());
      }
    }
  }

  // SCUT-HEAD 4: annotations and images were renamed, and what is written in them was not.
  void stale_names() {
    for (const std::string format : {"voc", "labelme"})
      for (const std::string written : {"b.jpg", "../images/b.jpg", R"(D:\x\b.jpg)"}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(90, 60));
        folder.write("images/b.jpg", jpeg_bytes(30, 20));
        if (format == "labelme") // its images lie beside it
          for (const auto& [name, width] : {std::pair("a", 90), {"b", 30}})
            folder.write(std::string("labels/") + name + ".jpg", jpeg_bytes(width, width * 2 / 3));
        const fs::path data = write_annotations(folder, format, {{written, "a", 90, 60, true, {{10, 10, 20, 15}}}});
        VERIFY_SHARE(data, 300. / 5400);
        QCOMPARE(read_samples(data).samples.at(0).file.filename(), fs::path("a.jpg"));
        // In folders of other names too, where both are found by a search.
        fs::rename(folder / "images", folder / "pictures");
        for (const char* name : {"labels/a.jpg", "labels/b.jpg"})
          fs::remove(folder / name);
        VERIFY_SHARE(data, 300. / 5400);
        VERIFY_CONTAINS(remarks_of(read_samples(data)), "the image with the annotation's own name was used");
      }
  }

  // openneuro 2520: what a Mac, Windows and a version control leave.
  void clutter() {
    for (const std::string& format : all_but({}))
      for (const std::string before : {"._", ".", "Thumbs.db"}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(90, 60));
        const fs::path data =
            write_annotations(folder, format, {{"images/a.jpg", "a", 90, 60, true, {{10, 10, 20, 30}}}});
        std::vector<fs::path> files;
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(data))
          if (entry.is_regular_file())
            files.push_back(entry.path().lexically_relative(data));
        for (const fs::path& file : files) {
          const std::string name = before == "Thumbs.db" ? before : before + file.filename().string();
          folder.write((file.parent_path() / name).string(), std::string("\0\5\26\7", 4));
          folder.write("__MACOSX/" + (file.parent_path() / ("._" + file.filename().string())).string(), "\5");
        }
        VERIFY_SHARE(data, 600. / 5400);
        QCOMPARE(read_samples(data).samples.size(), std::size_t{1});
      }
  }

  // cocoapi 355, BCCD 11: without a width, without a height, without both, beside good ones.
  void objects_without_area() {
    for (const std::string& format : all_but({}))
      for (const BoundingBox& empty : std::vector<BoundingBox>{{5, 5, 0, 9}, {5, 5, 9, 0}, {5, 5, 0, 0}}) {
        DatasetFolder folder;
        folder.write("images/a.jpg", jpeg_bytes(90, 60));
        const fs::path data = write_annotations(
            folder, format, {{"images/a.jpg", "a", 90, 60, true, {{10, 10, 20, 30}, empty, {40, 10, 30, 20}}}});
        VERIFY_CONTAINS(refusal(data), "has no area; correct it or remove it");
        const SampleSet set = read_samples(data, {.objects = ObjectRule::Each, .keep_going = true});
        QCOMPARE(set.samples.size(), std::size_t{2});
        QCOMPARE(set.left_out.size(), std::size_t{1});
        const std::string what = set.left_out[0].what;
        QVERIFY2(what.find('2') != std::string::npos || what.find("line 3") != std::string::npos, what.c_str());
        for (const OpenedSample& one : opened(set))
          QVERIFY(near(one.share, 600. / 5400));
      }
  }
};

QTEST_GUILESS_MAIN(WrongNumbersTest)
#include "wrong_numbers_test.moc"
