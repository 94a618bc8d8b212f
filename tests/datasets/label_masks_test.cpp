#include "core/base/error.h"
#include "datasets/label_masks.h"
#include "tests/support/support.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <filesystem>
#include <fstream>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// "ID < MASK MASK*": the star marks files with one object each; then "- WHAT: REASON" for what was left out.
QStringList listed(const fs::path& folder) {
  const LabelledSet set = read_label_masks(folder);
  QStringList lines;
  for (const LabelledImage& image : set.images) {
    QString line = QString::fromStdString(image.id) + " <";
    for (const fs::path& mask : image.masks)
      line += ' ' + QString::fromStdString(mask.lexically_relative(folder).generic_string());
    lines << line + (image.mask_per_object ? "*" : "");
    if (image.file != folder / image.id)
      lines << "wrong file";
  }
  for (const LeftOut& one : set.left_out)
    lines << QString::fromStdString("- " + one.what + ": " + one.reason);
  return lines;
}

} // namespace

class LabelMasksTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  int folders_ = 0;

  /// A new folder with these files, which are empty: none is opened.
  fs::path folder_with(std::initializer_list<const char*> files) {
    const fs::path folder = to_path(folder_.filePath(QString::number(++folders_)));
    fs::create_directories(folder);
    for (const char* file : files) {
      fs::create_directories((folder / file).parent_path());
      std::ofstream(folder / file) << "";
    }
    return folder;
  }

  QString refusal(std::initializer_list<const char*> files) {
    const fs::path folder = folder_with(files);
    return error_text([&] { (void)read_label_masks(folder); });
  }

 private slots:
  void masks_have_the_names_of_their_images() {
    QCOMPARE(listed(folder_with({"images/b.jpg", "images/a.PNG", "labels/a.tif", "labels/b.png"})),
             (QStringList{"images/a.PNG < labels/a.tif", "images/b.jpg < labels/b.png"}));
    QCOMPARE(listed(folder_with(
                 {"JPEGImages/a.jpg", "SegmentationObject/a.png", "SegmentationClass/a.png", "Annotations/a.xml"})),
             (QStringList{"JPEGImages/a.jpg < SegmentationObject/a.png"}));
    QCOMPARE(listed(folder_with({"Imgs/a.tif", "Masks/a_mask.png", "labels/a.txt"})), // YOLO's, which are no masks
             (QStringList{"Imgs/a.tif < Masks/a_mask.png"}));
    QCOMPARE(listed(folder_with({"images/a.png", "images/b.png", "images/c.png", "images/d.png", "masks/a_label.tif",
                                 "masks/b_cp_masks.png", "masks/c_masks.tif", "masks/d_labels.png"})),
             (QStringList{"images/a.png < masks/a_label.tif", "images/b.png < masks/b_cp_masks.png",
                          "images/c.png < masks/c_masks.tif", "images/d.png < masks/d_labels.png"}));
  }

  void masks_may_lie_beside_their_images() {
    QCOMPARE(
        listed(folder_with({"a.tif", "a_cp_masks.png", "a_seg.npy", "a_flows.tif", "000_img.png", "000_masks.png"})),
        (QStringList{"000_img.png < 000_masks.png", "a.tif < a_cp_masks.png", "- a_flows.tif: it has no label mask"}));
    QCOMPARE(listed(folder_with({"images/a.tif", "images/a_cp_masks.png"})),
             (QStringList{"images/a.tif < images/a_cp_masks.png"}));
  }

  void sub_folders_are_searched() {
    QCOMPARE(listed(folder_with({"train/images/a.png", "train/masks/a.png", "val/images/a.png", "val/masks/a.png",
                                 "test/images/x.png"})),
             (QStringList{"train/images/a.png < train/masks/a.png", "val/images/a.png < val/masks/a.png",
                          "- test: it has images, but no folder with masks"}));
  }

  void a_file_may_show_one_object() {
    QCOMPARE(listed(folder_with({"images/a.png", "images/b.png", "masks/a/2.png", "masks/a/1.png", "masks/b/x.png"})),
             (QStringList{"images/a.png < masks/a/1.png masks/a/2.png*", "images/b.png < masks/b/x.png*"}));
    const auto files = {"stage1/00ae/images/00ae.png", "stage1/00ae/masks/5.png", "stage1/00ae/masks/07.png",
                        "stage1/11bc/images/11bc.png", "stage1/11bc/masks/1.png"};
    const QStringList pair{"00ae/images/00ae.png < 00ae/masks/07.png 00ae/masks/5.png*",
                           "11bc/images/11bc.png < 11bc/masks/1.png*"};
    const fs::path folder = folder_with(files);
    QCOMPARE(listed(folder / "stage1"), pair);
    QCOMPARE(listed(folder).size(), 2);
    QCOMPARE(listed(folder / "stage1" / "11bc"), (QStringList{"images/11bc.png < masks/1.png*"}));
  }

  void what_has_no_partner_is_left_out() {
    QCOMPARE(listed(folder_with({"images/a.png", "images/b.png", "masks/b.png", "masks/c.png", "images/._b.png",
                                 "masks/._a.png", "masks/Thumbs.db", "__MACOSX/images/a.png"})),
             (QStringList{"images/b.png < masks/b.png", "- images/a.png: it has no label mask",
                          "- masks/c.png: a mask without an image"}));
  }

  void refuses_with_a_sentence() {
    const QString missing = error_text([&] { (void)read_label_masks(folder_.filePath("no").toStdString()); });
    QVERIFY2(missing.contains("no' does not exist"), qPrintable(missing));
    for (const auto& [said, expected] : std::initializer_list<std::pair<QString, const char*>>{
             {refusal({"readme.txt"}), "contains no images with label masks: give a folder with images/NAME.png"},
             {refusal({"images/a.png"}), "contains no image with a label mask ("},
             {refusal({"images/a.png", "masks/b.png"}), "(images/a.png: it has no label mask)"},
             {refusal({"images/a.png", "images/a.jpg", "masks/a.png"}), "a.png' have the same name"},
             {refusal({"images/a.png", "masks/a.tif", "masks/a.png"}), "a.tif' have the same name"},
             {refusal({"images/a.png", "masks/a/1.png", "masks/a.png"}), "a.png' and"},
             {refusal({"images/a.png", "masks/a.png", "masks/a_mask.png"}), "masks/a.png' or"},
             {refusal({"images/a.png", "masks/a.png", "labels/a.png"}), "so it is not clear which ones to use"}})
      QVERIFY2(said.contains(expected) && said.endsWith('.'), qPrintable(said));
  }
};

QTEST_GUILESS_MAIN(LabelMasksTest)
#include "label_masks_test.moc"
