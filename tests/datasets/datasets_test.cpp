#include "datasets/formats.h"
#include "tests/support/dataset_support.h"

#include <QTest>

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <locale>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

using Folder = DatasetFolder;

std::string object_xml(const std::string& box) { return "<object><name>a</name><bndbox>" + box + "</bndbox></object>"; }
std::string box_xml(int x0, int y0, int x1, int y1) {
  return object_xml("<xmin>" + std::to_string(x0) + "</xmin><ymin>" + std::to_string(y0) + "</ymin><xmax>" +
                    std::to_string(x1) + "</xmax><ymax>" + std::to_string(y1) + "</ymax>");
}
std::string voc_xml(const std::string& inside, const std::string& filename = "a.jpg") {
  return "<annotation><filename>" + filename + "</filename><size><width>100</width><height>80</height></size>" +
         inside + "</annotation>";
}

/// A VOC folder with one image and this annotation of it.
struct OneVoc : Folder {
  explicit OneVoc(const std::string& xml) {
    write("images/a.jpg");
    write("annotations/a.xml", xml);
  }
};

/// A COCO file with two images, 1 (one.jpg) and 2 (two.jpg), of 100 x 80 pixels, and these annotations.
struct TwoCoco : Folder {
  explicit TwoCoco(const std::string& annotations, const std::string& image_folder = "images/") {
    write(image_folder + "one.jpg");
    write(image_folder + "two.jpg");
    write("set/coco.json", R"({"images": [{"id": 1, "file_name": "one.jpg", "width": 100, "height": 80},)"
                           R"({"id": 2, "file_name": "two.jpg", "width": 100, "height": 80}],)"
                           R"("annotations": [)" +
                               annotations + R"(], "categories": [{"id": 7, "name": "cat"}]})");
  }
  fs::path file() const { return *this / "set/coco.json"; }
};
std::string coco_box(int id, int image, const std::string& box, const std::string& more = "") {
  return R"({"id": )" + std::to_string(id) + R"(, "image_id": )" + std::to_string(image) +
         R"(, "category_id": 7, "bbox": )" + box + more + "}";
}

/// A CSV beside a.jpg and b.jpg.
struct OneCsv : Folder {
  explicit OneCsv(const std::string& text) {
    write("a.jpg");
    write("b.jpg");
    write("table.csv", text);
  }
  fs::path file() const { return *this / "table.csv"; }
};

void compare_box(const std::optional<BoundingBox>& box, double x, double y, double width, double height) {
  QVERIFY(box);
  QCOMPARE(box->x, x);
  QCOMPARE(box->y, y);
  QCOMPARE(box->width, width);
  QCOMPARE(box->height, height);
}

} // namespace

/// Every message has to name the file and say what is wrong with it.
#define VERIFY_REFUSED(message, file_name, cause)                                                                      \
  do {                                                                                                                 \
    const QString text = (message);                                                                                    \
    QVERIFY2(text.contains(QStringLiteral(file_name)), qPrintable("no " file_name " in: " + text));                    \
    QVERIFY2(text.contains(QStringLiteral(cause)), qPrintable("no \"" cause "\" in: " + text));                        \
  } while (false)

class DatasetsTest : public QObject {
  Q_OBJECT

 private slots:
  void reads_the_raccoon_photos() {
    NEED_SHARED(shared);
    const SampleSet set = read_samples(to_path(shared) / "data/raccoon");
    QCOMPARE(set.name, std::string("raccoon"));
    QCOMPARE(set.target_name, std::string("object scale"));
    QCOMPARE(set.samples.size(), 184u);
    QCOMPARE(set.left_out.size(), 16u);
    QCOMPARE(std::ranges::count(set.left_out, "several objects (2)", &LeftOut::reason), 15);
    QCOMPARE(std::ranges::count(set.left_out, "several objects (3)", &LeftOut::reason), 1);
    const Sample& first = set.samples.front(); // raccoon-1.xml: 81 88 522 408
    QCOMPARE(first.id, std::string("images/raccoon-1.jpg"));
    QCOMPARE(first.group, first.id);
    QVERIFY(fs::exists(first.file));
    compare_box(first.box, 81, 88, 441, 320);
    QCOMPARE(set.samples[2].id, std::string("images/raccoon-100.jpg")); // bytewise: 1, 10, 100
    QCOMPARE(read_samples(to_path(shared) / "data/raccoon", {.objects = ObjectRule::Largest}).samples.size(), 200u);
    const SampleSet each = read_samples(to_path(shared) / "data/raccoon", {.objects = ObjectRule::Each});
    QCOMPARE(each.samples.size(), 184u + 15u * 2 + 3);
    QVERIFY(each.left_out.empty());
  }

  void rules_for_several_objects() {
    const std::string two = box_xml(0, 0, 10, 10) + box_xml(20, 20, 50, 40);
    const OneVoc voc(voc_xml(two));
    const SampleSet skipped = read_samples(voc);
    QVERIFY(skipped.samples.empty());
    QCOMPARE(skipped.left_out.at(0).what, std::string("images/a.jpg"));
    QCOMPARE(skipped.left_out.at(0).reason, std::string("several objects (2)"));

    const SampleSet largest = read_samples(voc, {.objects = ObjectRule::Largest});
    QCOMPARE(largest.samples.size(), 1u);
    QCOMPARE(largest.samples[0].id, std::string("images/a.jpg"));
    compare_box(largest.samples[0].box, 20, 20, 30, 20);

    const SampleSet each = read_samples(voc, {.objects = ObjectRule::Each});
    QCOMPARE(each.samples.size(), 2u);
    QCOMPARE(each.samples[0].id, std::string("images/a.jpg#0"));
    QCOMPARE(each.samples[1].id, std::string("images/a.jpg#1"));
    QCOMPARE(each.samples[1].group, std::string("images/a.jpg"));
    compare_box(each.samples[0].box, 0, 0, 10, 10);
  }

  // The window reads every object and chooses later: it must come to the same samples.
  void a_rule_may_come_after_reading() {
    const std::string two = box_xml(0, 0, 10, 10) + box_xml(20, 20, 50, 40);
    const OneVoc voc(voc_xml(two));
    for (const ObjectRule rule : {ObjectRule::Skip, ObjectRule::Largest, ObjectRule::Each}) {
      const SampleSet expected = read_samples(voc, {.objects = rule});
      const SampleSet set = select_samples(read_samples(voc, {.objects = ObjectRule::Each}), rule);
      QCOMPARE(set.samples.size(), expected.samples.size());
      for (std::size_t i = 0; i < set.samples.size(); ++i) {
        QCOMPARE(set.samples[i].id, expected.samples[i].id);
        QCOMPARE(set.samples[i].group, expected.samples[i].group);
        QCOMPARE(set.samples[i].box->width, expected.samples[i].box->width);
      }
      QCOMPARE(set.left_out.size(), expected.left_out.size());
      for (std::size_t i = 0; i < set.left_out.size(); ++i) {
        QCOMPARE(set.left_out[i].what, expected.left_out[i].what);
        QCOMPARE(set.left_out[i].reason, expected.left_out[i].reason);
      }
    }
    const SampleSet no_object = select_samples({.name = {},
                                                .target_name = {},
                                                .samples = {{.id = "plain.jpg",
                                                             .file = "plain.jpg",
                                                             .group = "plain.jpg",
                                                             .annotation = {},
                                                             .box = std::nullopt,
                                                             .target = std::nullopt}},
                                                .left_out = {}},
                                               ObjectRule::Each);
    QVERIFY(no_object.samples.empty());
    QCOMPARE(no_object.left_out.at(0).reason, std::string("no object"));
  }

  // A row of a table is a sample, whatever else is on its image.
  void a_rule_leaves_rows_of_a_table() {
    const OneCsv rows("file,x,y,w,h\na.jpg,0,0,4,4\na.jpg,5,5,9,9\n");
    QCOMPARE(select_samples(read_samples(rows.file()), ObjectRule::Skip).samples.size(), 2u);
  }

  void samples_know_their_class() {
    const std::string box = "<bndbox><xmin>0</xmin><ymin>0</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>";
    const SampleSet voc = read_samples(
        OneVoc(voc_xml("<object><name> barn owl\n</name>" + box + "</object><object>" + box + "</object>")),
        {.objects = ObjectRule::Each});
    QCOMPARE(voc.samples.at(0).category, std::string("barn owl"));
    QCOMPARE(voc.samples.at(1).category, std::string());
    QCOMPARE(select_samples(voc, ObjectRule::Largest).samples.at(0).category, std::string("barn owl"));

    const TwoCoco coco(coco_box(5, 1, "[1, 2, 3, 4]") + "," +
                       R"({"id": 6, "image_id": 2, "category_id": 99, "bbox": [1, 2, 3, 4]})");
    QCOMPARE(read_samples(coco.file()).samples.at(0).category, std::string("cat"));
    QCOMPARE(read_samples(coco.file()).samples.at(1).category, std::string()); // 99 is not in the list

    for (const char* name : {"class", "label", "category"}) {
      const OneCsv csv(std::string("file,target,") + name + "\na.jpg,1,owl\nb.jpg,2,\n");
      QCOMPARE(read_samples(csv.file()).samples.at(0).category, std::string("owl"));
      QCOMPARE(read_samples(csv.file()).samples.at(1).category, std::string());
    }
    const OneCsv several("file,category,label,target\na.jpg,bird,3,1\n");
    QCOMPARE(read_samples(several.file()).samples.at(0).category, std::string("3"));
    QCOMPARE(read_samples(several.file(), {.target = "label"}).samples.at(0).category, std::string("bird"));
    QCOMPARE(read_samples(OneCsv("file,target\na.jpg,1\n").file()).samples.at(0).category, std::string());
  }

  // A list of categories that can't be read leaves the boxes as they are.
  void coco_needs_no_categories() {
    for (const char* categories : {"", R"(, "categories": 3)", R"(, "categories": [1, {"id": 7}, {"name": "cat"}])"}) {
      Folder folder;
      folder.write("a.jpg");
      folder.write("coco.json", std::string(R"({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [)") +
                                    coco_box(5, 1, "[1, 2, 3, 4]") + "]" + categories + "}");
      const SampleSet set = read_samples(folder / "coco.json");
      QCOMPARE(set.samples.at(0).category, std::string());
      compare_box(set.samples[0].box, 1, 2, 3, 4);
    }
  }

  void images_without_object_are_left_out() {
    const SampleSet set = read_samples(OneVoc(voc_xml("")));
    QVERIFY(set.samples.empty());
    QCOMPARE(set.left_out.at(0).reason, std::string("no object"));
  }

  void voc_boxes_are_as_written() {
    // A fraction, blanks, a box that reaches out of the image, a part with a box of its own.
    const SampleSet set = read_samples(OneVoc(
        voc_xml("<object><part><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
                "<bndbox><xmin>-4.5</xmin><ymin> 7 </ymin><xmax>130</xmax><ymax>20.25</ymax></bndbox></object>")));
    compare_box(set.samples.at(0).box, -4.5, 7, 134.5, 13.25);
    QVERIFY(!set.samples[0].target);
  }

  void voc_finds_images_data() {
    QTest::addColumn<QString>("image");
    QTest::addColumn<QString>("filename");
    QTest::newRow("named") << "other.png"
                           << "other.png";
    QTest::newRow("named in a folder") << "deep/other.png"
                                       << "deep/other.png";
    QTest::newRow("stem") << "a.webp"
                          << "";
    QTest::newRow("stem where the named one is missing") << "a.tiff"
                                                         << "/home/someone/renamed.jpg";
  }
  void voc_finds_images() {
    QFETCH(const QString, image);
    QFETCH(const QString, filename);
    Folder folder;
    folder.write("JPEGImages/" + image.toStdString());
    folder.write("Annotations/a.xml", voc_xml(box_xml(1, 2, 3, 4), filename.toStdString()));
    const SampleSet set = read_samples(folder);
    QCOMPARE(set.samples.at(0).id, "JPEGImages/" + image.toStdString());
    QVERIFY(fs::equivalent(set.samples[0].file, folder / ("JPEGImages/" + image.toStdString())));
  }

  // darkflow 438, cvat 9201: capitals, and sub-folders whose images lie in sub-folders too, or do not.
  void voc_reads_sub_folders_and_capitals() {
    Folder folder;
    for (const char* image : {"cam1/0001.jpg", "cam2/0001.jpg", "0002.jpg", "deep/er/0003.png", "UP.jpg"})
      folder.write(std::string("JPEGImages/") + image);
    folder.write("Annotations/cam1/0001.xml", voc_xml(box_xml(1, 2, 31, 4), "0001.jpg"));
    folder.write("Annotations/cam2/0001.XML", voc_xml(box_xml(1, 2, 32, 4), "cam2/0001.jpg"));
    folder.write("Annotations/cam2/0002.xml", voc_xml(box_xml(1, 2, 33, 4), "0002.jpg"));
    folder.write("Annotations/deep/er/0003.xml", voc_xml(box_xml(1, 2, 34, 4), ""));
    folder.write("Annotations/UP.Xml", voc_xml(box_xml(1, 2, 35, 4), "UP.jpg"));
    const SampleSet set = read_samples(folder);
    QVERIFY(set.remarks.empty() && set.left_out.empty());
    std::vector<std::pair<std::string, double>> found; // bytewise by the XML's path
    for (const Sample& sample : set.samples)
      found.emplace_back(sample.id, sample.box->width);
    const std::vector<std::pair<std::string, double>> expected{{"JPEGImages/UP.jpg", 34},
                                                               {"JPEGImages/cam1/0001.jpg", 30},
                                                               {"JPEGImages/cam2/0001.jpg", 31},
                                                               {"JPEGImages/0002.jpg", 32},
                                                               {"JPEGImages/deep/er/0003.png", 33}};
    QCOMPARE(found, expected);
  }

  // openneuro 2520: a zip from a Mac. All else that is not read is counted.
  void no_annotation_is_passed_over_in_silence() {
    OneVoc voc(voc_xml(box_xml(1, 2, 3, 4)));
    for (const char* clutter : {"annotations/._a.xml", "annotations/.DS_Store", "annotations/Thumbs.db",
                                "annotations/__MACOSX/a.xml", "annotations/desktop.ini", "._t.csv", "images/._a.jpg"})
      voc.write(clutter, "\1\2\3");
    voc.write("README.md");
    QVERIFY(read_samples(voc).remarks.empty());
    QCOMPARE(read_samples(voc).samples.size(), 1u);

    voc.write("annotations/.checkpoints/a.xml", voc_xml(box_xml(1, 2, 3, 4)));
    fs::create_directory_symlink(voc / "images", voc / "annotations/linked");
    voc.write("annotations/sub/b.txt");
    voc.write("annotations/instances.json", "{}");
    voc.write("t.csv");
    const SampleSet set = read_samples(voc);
    QCOMPARE(set.samples.size(), 1u);
    QCOMPARE(set.remarks.size(), 1u);
    QCOMPARE(set.remarks[0].what, fs::path(voc).string());
    QCOMPARE(set.remarks[0].text,
             std::string("5 files that may be annotations were not read: annotations/.checkpoints, "
                         "annotations/instances.json, annotations/linked, ..."));
  }

  void what_a_table_leaves_unread_is_said() {
    OneCsv csv("file,target\na.jpg,1\n");
    csv.write("._table.csv", "\1");
    csv.write("masks/b.png");
    csv.write("annotations/a.xml", "<svg/>");
    const std::vector<Remark> remarks = read_samples(csv).remarks;
    QCOMPARE(remarks.size(), 2u);
    QCOMPARE(remarks[0].text, std::string("1 file that may be annotations was not read: annotations/a.xml"));
    QCOMPARE(remarks[1].text, std::string("1 image has no annotation: b.jpg"));
    QVERIFY(read_samples(csv.file()).remarks.empty()); // a file that was chosen by name
  }

  void several_data_sets_are_listed_with_what_to_type() {
    OneCsv csv("file,target\na.jpg,1\n");
    csv.write("second.CSV", "file,target\n");
    const QString path = QString::fromStdString(fs::path(csv).string());
    QCOMPARE(refusal(csv),
             QStringLiteral("%1: the folder could be 2 data sets; choose one: --data %1/second.CSV (CSV), "
                            "--data %1/table.csv (CSV)")
                 .arg(path));
    fs::remove(csv / "second.CSV");
    csv.write("a.xml", voc_xml(box_xml(1, 2, 3, 4)));
    csv.write("b.xml", voc_xml(box_xml(1, 2, 3, 4), "b.jpg"));
    VERIFY_REFUSED(refusal(csv), "2 data sets", "choose one: --format voc (PASCAL VOC, 2 files), --data ");
    QCOMPARE(read_samples(csv, {.format = "voc"}).samples.size(), 2u);
    QCOMPARE(read_samples(csv, {.format = "csv"}).samples.size(), 1u);
    VERIFY_REFUSED(refusal(csv, {.format = "yolo"}), "/", "not a data set in the format yolo");
  }

  // An analysis writes features/rows.csv, which names images, too.
  void results_are_not_taken_for_annotations() {
    for (const std::string out : {"", "out/", "a/b/"}) {
      OneVoc voc(voc_xml(box_xml(1, 2, 3, 4)));
      voc.write(out + "analysis.json", "{}");
      voc.write(out + "features/rows.csv", "row,id,file,group,target\n0,a,images/a.jpg,a,0.5\n");
      if (!out.empty())
        voc.write(out + "curve.png");
      const SampleSet set = read_samples(voc);
      QCOMPARE(set.format, std::string("PASCAL VOC"));
      QCOMPARE(set.remarks.size(), 1u);
      QCOMPARE(set.remarks[0].text,
               out.empty() ? std::string("1 file that may be annotations was not read: analysis.json")
                           : "results of ScaleScope are no data and were not read: " + out.substr(0, out.size() - 1));
    }
  }

  void tables_may_be_named_in_capitals() {
    Folder folder;
    folder.write("a.jpg");
    folder.write("T.CSV", "file,target\na.jpg,1\n");
    QCOMPARE(read_samples(folder / "T.CSV").samples.size(), 1u);
    QCOMPARE(read_samples(folder).samples.size(), 1u);
    QCOMPARE(target_choices(folder), std::vector<std::string>{"target"});
    fs::rename(folder / "T.CSV", folder / "T.JSON");
    VERIFY_REFUSED(refusal(folder / "T.JSON"), "T.JSON", "not valid JSON");
  }

  // SCUT-HEAD 4: annotations were renamed along with their images, and what is written in them was not.
  void voc_images_go_by_the_annotations_own_name() {
    OneVoc voc(voc_xml(box_xml(1, 2, 3, 4), "b.jpg"));
    voc.write("images/b.jpg");
    const SampleSet set = read_samples(voc);
    QCOMPARE(set.samples.at(0).id, std::string("images/a.jpg"));
    QCOMPARE(set.remarks.at(0).what, std::string("images/a.jpg"));
    QCOMPARE(set.remarks[0].text,
             std::string("<filename> in annotations/a.xml names another image, b.jpg; the image with the "
                         "annotation's own name was used"));
    // The same image's name with another extension is no other name, and without an image of its own it serves.
    voc.write("images/a.png");
    voc.write("annotations/a.xml", voc_xml(box_xml(1, 2, 3, 4), "a.png"));
    QCOMPARE(read_samples(voc).samples.at(0).id, std::string("images/a.png"));
    voc.write("annotations/c.xml", voc_xml(box_xml(1, 2, 3, 4), "b.jpg"));
    QCOMPARE(read_samples(voc).samples.at(1).id, std::string("images/b.jpg"));
    QCOMPARE(read_samples(voc).remarks.size(), 1u);
    QCOMPARE(read_samples(voc).remarks[0].text, std::string("1 image has no annotation: images/a.jpg"));
    // In sub-folders too.
    Folder deep;
    deep.write("images/cam/1.jpg");
    deep.write("images/2.jpg");
    deep.write("annotations/cam/1.xml", voc_xml(box_xml(1, 2, 3, 4), "2.jpg"));
    QCOMPARE(read_samples(deep).samples.at(0).id, std::string("images/cam/1.jpg"));
    QCOMPARE(read_samples(deep).remarks.size(), 2u); // and 2.jpg has no annotation
  }

  // What place_box needs to know of an annotation.
  void samples_know_what_they_were_drawn_on() {
    const std::string two = box_xml(2, 3, 12, 13) + box_xml(20, 20, 50, 40);
    const SampleSet voc = read_samples(OneVoc(voc_xml(two)), {.objects = ObjectRule::Largest});
    QCOMPARE(voc.samples.at(0).drawn_on->width, 100.0);
    QCOMPARE(voc.samples[0].drawn_on->height, 80.0);
    compare_box(voc.samples[0].drawn_on->extent, 2, 3, 48, 37);
    const std::string no_size = "<annotation>" + two + "</annotation>";
    QCOMPARE(read_samples(OneVoc(no_size), {.objects = ObjectRule::Each}).samples.at(1).drawn_on->width, 0.0);
    const TwoCoco coco(coco_box(5, 2, "[10, 20, 30, 40]"));
    QCOMPARE(read_samples(coco.file()).samples.at(0).drawn_on->width, 100.0);
    const OneCsv csv(
        "file,x,y,w,h,image_width,image_height\na.jpg,1,2,3,4,640,480\nb.jpg,1,2,3,4,,\na.jpg,9,9,3,4,640,480\n");
    const SampleSet rows = read_samples(csv.file());
    QCOMPARE(rows.samples.at(0).drawn_on->width, 640.0);
    QCOMPARE(rows.samples[0].drawn_on->height, 480.0);
    compare_box(rows.samples[0].drawn_on->extent, 1, 2, 11, 11);
    QCOMPARE(rows.samples[1].drawn_on->width, 0.0);
    compare_box(rows.samples[1].drawn_on->extent, 1, 2, 3, 4);
    VERIFY_REFUSED(refusal(OneCsv("file,x,y,w,h,image_width,image_height\na.jpg,1,2,3,4,640,tall\n").file()), "line 2",
                   "\"tall\" in the column \"image_height\"");
  }

  // ultralytics 2005.
  void fractions_are_no_boxes_data() {
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("corner and size") << "0.125,0.25,0.5,0.25"
                                     << "0,0,1,1";
    QTest::newRow("YOLO's centre and size") << "0.6,0.5,0.8,0.9"
                                            << "0.9,0.9,0.2,0.2";
    QTest::newRow("a little outside") << "-0.01,0.25,1.02,0.25"
                                      << "0.5,0.5,0.25,0.25";
  }
  void fractions_are_no_boxes() {
    QFETCH(const QString, first);
    QFETCH(const QString, second);
    const auto in_brackets = [](const QString& numbers) { return QStringLiteral("[%1]").arg(numbers).toStdString(); };
    const TwoCoco coco(coco_box(1, 1, in_brackets(first)) + "," + coco_box(2, 2, in_brackets(second)));
    VERIFY_REFUSED(refusal(coco.file()), "coco.json", "all boxes are smaller than a pixel and look like fractions");
    const OneCsv csv(QStringLiteral("file,x,y,w,h\na.jpg,%1\nb.jpg,%2\n").arg(first, second).toStdString());
    VERIFY_REFUSED(refusal(csv.file()), "table.csv", "all boxes are smaller than a pixel and look like fractions");
    VERIFY_REFUSED(refusal(csv.file(), {.keep_going = true}), "table.csv", "multiply x and width");
    const QStringList numbers = first.split(',');
    const OneVoc voc(voc_xml(object_xml(QStringLiteral("<xmin>%1</xmin><ymin>%2</ymin><xmax>%3</xmax><ymax>%4</ymax>")
                                            .arg(numbers[0], numbers[1])
                                            .arg(numbers[0].toDouble() + numbers[2].toDouble())
                                            .arg(numbers[1].toDouble() + numbers[3].toDouble())
                                            .toStdString())));
    VERIFY_REFUSED(refusal(voc), "/", "all boxes are smaller than a pixel and look like fractions");
    // One box in pixels beside them: the others are judged with their images.
    const OneCsv mixed(QStringLiteral("file,x,y,w,h\na.jpg,%1\nb.jpg,10,10,20,20\n").arg(first).toStdString());
    QCOMPARE(read_samples(mixed.file()).samples.size(), 2u);
  }

  void voc_refuses_data() {
    QTest::addColumn<QString>("xml");
    QTest::addColumn<QString>("cause");
    const std::string good = voc_xml(box_xml(1, 2, 30, 40));
    const auto row = [](const char* name, const std::string& xml, const char* cause) {
      QTest::newRow(name) << QString::fromStdString(xml) << cause;
    };
    row("cut", good.substr(0, good.size() / 2), "incomplete or malformed near line 1");
    row("cut at the end", good.substr(0, good.size() - 3), "incomplete or malformed");
    row("cut on a later line", "<annotation>\n\n<object>", "near line 3");
    row("empty", "", "incomplete or malformed");
    row("entity", "<!DOCTYPE a [<!ENTITY x \"y\">]>" + good, "declares entities");
    row("parameter entity", "<!DOCTYPE a [\n<!ENTITY % x SYSTEM \"file:///etc/passwd\"> %x;]>" + good,
        "declares entities");
    row("missing image", voc_xml(box_xml(1, 2, 30, 40), "b.jpg"), "");
    row("no box", voc_xml("<object/>"), "<xmin> of the box is missing");
    row("no number", voc_xml(object_xml("<xmin>1</xmin><ymin>one</ymin><xmax>3</xmax><ymax>4</ymax>")), "\"one\"");
    row("no xmax", voc_xml(object_xml("<xmin>1</xmin><ymin>2</ymin><ymax>4</ymax>")), "<xmax> of the box is missing");
    row("no width", voc_xml(box_xml(5, 2, 5, 4)), "no area");
    row("negative height", voc_xml(box_xml(1, 9, 5, 4)), "no area");
    row("both negative", voc_xml(box_xml(5, 9, 1, 4)), "no area");
    row("not finite", voc_xml(object_xml("<xmin>1</xmin><ymin>2</ymin><xmax>inf</xmax><ymax>4</ymax>")), "\"inf\"");
    row("overflows", voc_xml(object_xml("<xmin>-1e308</xmin><ymin>2</ymin><xmax>1e308</xmax><ymax>4</ymax>")),
        "no area");
    row("second object", voc_xml(box_xml(1, 2, 3, 4) + box_xml(3, 3, 3, 3)), "object 2");
  }
  void voc_refuses() {
    QFETCH(const QString, xml);
    QFETCH(const QString, cause);
    const OneVoc voc(xml.toStdString());
    if (cause.isEmpty()) // the stem's image has to go too
      fs::remove(voc / "images/a.jpg");
    const QString message = refusal(voc);
    QVERIFY2(message.contains("annotations/a.xml"), qPrintable(message));
    QVERIFY2(message.contains(cause.isEmpty() ? "image is missing" : cause), qPrintable(message));

    const SampleSet listed = read_samples(voc, {.keep_going = true});
    QCOMPARE(listed.samples.size(), cause == "object 2" ? 1u : 0u); // a faulty object leaves the others
    QVERIFY(listed.left_out.at(0).what.starts_with(listed.left_out[0].is_object ? "images/a.jpg, object "
                                                                                : "annotations/a.xml"));
    QCOMPARE(QString::fromStdString(listed.left_out[0].reason), message);
  }

  void voc_accepts_a_harmless_doctype() {
    QCOMPARE(read_samples(OneVoc("<?xml version=\"1.0\"?><!DOCTYPE annotation>" + voc_xml(box_xml(1, 2, 3, 4))))
                 .samples.size(),
             1u);
  }

  void an_image_described_twice_is_refused() {
    OneVoc voc(voc_xml(box_xml(1, 2, 3, 4)));
    voc.write("annotations/b.xml", voc_xml(box_xml(1, 2, 30, 40)));
    VERIFY_REFUSED(refusal(voc), "b.xml", "already described by");
    // Which of the two is wrong is not known, so neither counts.
    const SampleSet set = read_samples(voc, {.keep_going = true});
    QVERIFY(set.samples.empty());
    QCOMPARE(set.left_out.size(), 2u);
    VERIFY_REFUSED(QString::fromStdString(set.left_out[1].reason), "b.xml", "describes the image images/a.jpg as well");
  }

  void coco_reads_in_the_order_of_the_images() {
    const TwoCoco coco(coco_box(5, 2, "[1, 2, 3.5, 4]", R"(, "segmentation": [[1, 2, 3, 4, 5, 6]])") + "," +
                       coco_box(6, 1, "[10, 20, 30, 40]"));
    const SampleSet set = read_samples(coco.file());
    QCOMPARE(set.name, std::string("coco.json"));
    QCOMPARE(set.target_name, std::string("object scale"));
    QCOMPARE(set.samples.size(), 2u);
    QCOMPARE(set.samples[0].id, std::string("one.jpg"));
    QVERIFY(fs::equivalent(set.samples[0].file, coco / "images/one.jpg"));
    compare_box(set.samples[0].box, 10, 20, 30, 40);
    compare_box(set.samples[1].box, 1, 2, 3.5, 4);
    QCOMPARE(read_samples(coco / "set").samples.size(), 2u); // the folder stands for its only .json
  }

  void coco_finds_images_data() {
    QTest::addColumn<QString>("folder");
    for (const char* folder : {"set/", "set/images/", "set/train2017/", "val2017/", "images/train2017/"})
      QTest::newRow(folder) << folder;
  }
  void coco_finds_images() {
    QFETCH(const QString, folder);
    const TwoCoco coco(coco_box(5, 1, "[1, 2, 3, 4]"), folder.toStdString());
    const SampleSet set = read_samples(coco.file());
    QVERIFY(fs::equivalent(set.samples.at(0).file, coco / (folder.toStdString() + "one.jpg")));
  }

  void coco_crowds_are_no_objects() {
    const SampleSet set = read_samples(
        TwoCoco(coco_box(5, 1, "[1, 2, 3, 4]") + "," + coco_box(6, 1, "[0, 0, 50, 50]", R"(, "iscrowd": 1)")).file());
    QCOMPARE(set.samples.size(), 1u);
    compare_box(set.samples[0].box, 1, 2, 3, 4);
    QCOMPARE(set.left_out.size(), 2u);
    QCOMPARE(set.left_out[0].what, std::string("one.jpg, annotation 6"));
    QCOMPARE(set.left_out[0].reason, std::string("crowd"));
    QCOMPARE(set.left_out[1].what, std::string("two.jpg"));
    QCOMPARE(set.left_out[1].reason, std::string("no object"));
  }

  void coco_rules_for_several_objects() {
    const TwoCoco coco(coco_box(5, 1, "[1, 2, 3, 4]") + "," + coco_box(6, 1, "[0, 0, 50, 50]"));
    QCOMPARE(read_samples(coco.file()).left_out.at(1).reason, std::string("several objects (2)"));
    QCOMPARE(read_samples(coco.file(), {.objects = ObjectRule::Each}).samples.at(1).id, std::string("one.jpg#1"));
    compare_box(read_samples(coco.file(), {.objects = ObjectRule::Largest}).samples.at(0).box, 0, 0, 50, 50);
  }

  void coco_refuses_data() {
    QTest::addColumn<QString>("annotation");
    QTest::addColumn<QString>("cause");
    const auto row = [](const char* name, const std::string& annotation, const char* cause) {
      QTest::newRow(name) << QString::fromStdString(annotation) << cause;
    };
    row("no bbox", R"({"id": 5, "image_id": 1})", "annotation 5: it has neither a \"bbox\" nor a \"segmentation\"");
    row("no image", R"({"id": 5, "bbox": [1, 2, 3, 4]})", "image_id");
    row("three numbers", coco_box(5, 1, "[1, 2, 3]"), "3 numbers");
    row("text", coco_box(5, 1, R"(["one", 2, 3, 4])"), "\"bbox\" holds \"one\", which is not a number");
    row("not a list", coco_box(5, 1, "7"), "\"bbox\" is 7, not a list");
    row("null in the box", coco_box(5, 1, "[1, null, 3, 4]"), "\"bbox\" holds null");
    row("NaN in the box", coco_box(5, 1, "[1, NaN, 3, 4]"), "\"bbox\" holds null");
    row("crowd or not", coco_box(5, 1, "[1, 2, 3, 4]", R"(, "iscrowd": "maybe")"), "\"iscrowd\" is \"maybe\"");
    row("no area", coco_box(5, 1, "[1, 2, 0, 4]"), "no area");
    row("unknown image", coco_box(5, 3, "[1, 2, 3, 4]"), "image 3 is not in the list");
    row("not an object", "[[1]]", "place 1");
    row("nested id", R"({"id": [[1]], "image_id": [[[]]], "bbox": [1, 2, 3, 4]})", "image_id");
  }
  void coco_refuses() {
    QFETCH(const QString, annotation);
    QFETCH(const QString, cause);
    const TwoCoco coco(annotation.toStdString());
    const QString message = refusal(coco.file());
    QVERIFY2(message.contains("coco.json, ") && message.contains(QRegularExpression(cause)), qPrintable(message));
    const SampleSet listed = read_samples(coco.file(), {.keep_going = true});
    QVERIFY(listed.samples.empty());
    QCOMPARE(std::ranges::count(listed.left_out, message.toStdString(), &LeftOut::reason), 1);
  }

  void coco_refuses_files() {
    Folder folder;
    folder.write("cut.json", "{\"images\": [\n{\"id\": 1,");
    VERIFY_REFUSED(refusal(folder / "cut.json"), "cut.json", "incomplete or malformed near line 2");
    folder.write("other.json", R"({"images": [], "layers": []})");
    VERIFY_REFUSED(refusal(folder / "other.json"), "other.json", "no list \"annotations\"");
    folder.write("list.json", "[1, 2]");
    VERIFY_REFUSED(refusal(folder / "list.json"), "list.json", "no list \"images\"");
    folder.write("deep.json", std::string(200000, '['));
    VERIFY_REFUSED(refusal(folder / "deep.json"), "deep.json", "not valid JSON");
    folder.write("huge.json", R"({"images": [1e999]})");
    VERIFY_REFUSED(refusal(folder / "huge.json"), "huge.json", "not valid JSON");
    folder.write("missing.json", R"({"images": [{"id": 1, "file_name": "no.jpg"}], "annotations": []})");
    VERIFY_REFUSED(refusal(folder / "missing.json"), "missing.json, image 1",
                   "image is missing: there is no \"no.jpg\"");
    folder.write("nameless.json", R"({"images": [{"id": 1}], "annotations": []})");
    VERIFY_REFUSED(refusal(folder / "nameless.json"), "nameless.json, image 1", "file_name");
  }

  void csv_reads_any_column() {
    const OneCsv csv("file,temperature,target\na.jpg,21.5,1\nb.jpg,-3e1,2\n");
    const SampleSet by_default = read_samples(csv.file());
    QCOMPARE(by_default.target_name, std::string("target"));
    QCOMPARE(by_default.samples.at(1).target, std::optional<double>(2));
    QVERIFY(!by_default.samples[0].box);
    const SampleSet set = read_samples(csv.file(), {.target = "temperature"});
    QCOMPARE(set.name, std::string("table.csv"));
    QCOMPARE(set.target_name, std::string("temperature"));
    QCOMPARE(set.samples.size(), 2u);
    QCOMPARE(set.samples[0].id, std::string("a.jpg"));
    QCOMPARE(set.samples[0].group, std::string("a.jpg"));
    QCOMPARE(set.samples[0].target, std::optional<double>(21.5));
    QCOMPARE(set.samples[1].target, std::optional<double>(-30));
    QVERIFY(set.samples[1].annotation.ends_with("table.csv, line 3"));
    QVERIFY(fs::equivalent(set.samples[1].file, csv / "b.jpg"));
  }

  void csv_reads_every_dialect_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("plain") << "file,target,note\na.jpg,0.5,x\n";
    QTest::newRow("no newline at the end") << "file,target,note\na.jpg,0.5,x";
    QTest::newRow("CRLF") << "file,target,note\r\na.jpg,0.5,x\r\n";
    QTest::newRow("byte order mark") << "\xEF\xBB\xBF"
                                        "file,target,note\na.jpg,0.5,x\n";
    QTest::newRow("semicolons") << "file;target;note, if any\na.jpg;0.5;x,y\n";
    QTest::newRow("quotes") << "\"file\",\"target\",note\n\"a.jpg\",\"0.5\",\"say \"\"x,y\"\"\nor more\"\n";
    QTest::newRow("quotes and CRLF") << "\"file\",\"target\"\r\n\"a.jpg\",\"0.5\"\r\n";
    QTest::newRow("blank lines") << "\n\nfile,target\n\n  \na.jpg,0.5\n,\n\n";
    QTest::newRow("another order") << "target,file\n0.5,a.jpg\n";
    QTest::newRow("a name in need of tidying") << "file,target\n./a.jpg, +0.5 \n";
  }
  void csv_reads_every_dialect() {
    QFETCH(const QString, text);
    const SampleSet set = read_samples(OneCsv(text.toStdString()).file());
    QCOMPARE(set.samples.size(), 1u);
    QCOMPARE(set.samples[0].id, std::string("a.jpg"));
    QCOMPARE(set.samples[0].target, std::optional<double>(0.5));
  }

  void csv_counts_lines_within_quotes() {
    const OneCsv csv("file,target,note\na.jpg,1,\"two\nlines\"\nb.jpg,one,x\n");
    VERIFY_REFUSED(refusal(csv.file()), "table.csv, line 4", "\"one\" in the column \"target\" is not a number");
  }

  void csv_boxes() {
    const SampleSet set = read_samples(OneCsv("file,x,y,w,h\na.jpg,1,2,3,4.5\n").file());
    QCOMPARE(set.target_name, std::string("object scale"));
    compare_box(set.samples.at(0).box, 1, 2, 3, 4.5);
    QVERIFY(!set.samples[0].target);

    const OneCsv both("file,x,y,w,h,target\na.jpg,1,2,3,4,9\nb.jpg,,,,,8\n");
    const SampleSet with_target = read_samples(both.file());
    QCOMPARE(with_target.target_name, std::string("target"));
    compare_box(with_target.samples.at(0).box, 1, 2, 3, 4);
    QCOMPARE(with_target.samples[0].target, std::optional<double>(9));
    QVERIFY(!with_target.samples.at(1).box); // with a target the box is an extra

    const SampleSet scale = read_samples(both.file(), {.target = "object scale", .keep_going = true});
    QCOMPARE(scale.target_name, std::string("object scale"));
    QCOMPARE(scale.samples.size(), 1u); // without a target it is not
    QVERIFY(!scale.samples[0].target);
  }

  void csv_repeated_files_and_groups() {
    const SampleSet set = read_samples(OneCsv("file,target,group\na.jpg,1,p\nb.jpg,2,q\na.jpg,3,r\n").file());
    QCOMPARE(set.samples.at(0).id, std::string("a.jpg#0"));
    QCOMPARE(set.samples.at(1).id, std::string("b.jpg"));
    QCOMPARE(set.samples.at(2).id, std::string("a.jpg#1"));
    QCOMPARE(set.samples[2].group, std::string("r"));
    QCOMPARE(read_samples(OneCsv("file,target\na.jpg,1\na.jpg,2\n").file()).samples.at(1).group, std::string("a.jpg"));
  }

  void csv_refuses_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("cause");
    QTest::newRow("no file") << "number,target\na.jpg,1\n"
                             << ""
                             << "table.csv: there is no column \"file\"";
    QTest::newRow("no target") << "file,value\na.jpg,1\n"
                               << ""
                               << "no column \"target\", only \"value\", \"file\"";
    QTest::newRow("nearest first") << "file,age,temperature\na.jpg,1,2\n"
                                   << "temprature"
                                   << "only \"temperature\", \"age\", \"file\"";
    QTest::newRow("target not there beside a box") << "file,x,y,w,h\na.jpg,1,2,3,4\n"
                                                   << "age"
                                                   << "no column \"age\"";
    QTest::newRow("half a box") << "file,x,y\na.jpg,1,2\n"
                                << ""
                                << "no column \"target\"";
    QTest::newRow("text") << "file,target\na.jpg,1\nb.jpg,big\n"
                          << ""
                          << "line 3: \"big\"";
    QTest::newRow("nothing") << "file,target\na.jpg,\n"
                             << ""
                             << "line 2: \"\"";
    QTest::newRow("not finite") << "file,target\na.jpg,nan\n"
                                << ""
                                << "line 2: \"nan\"";
    QTest::newRow("too large") << "file,target\na.jpg,1e999\n"
                               << ""
                               << "line 2: \"1e999\"";
    QTest::newRow("thousands") << "file;target\na.jpg;1.000,5\n"
                               << ""
                               << "write it like 0.5";
    QTest::newRow("percent") << "file,target\na.jpg,5 %\n"
                             << ""
                             << "write it like 0.5, without the %";
    QTest::newRow("two targets") << "file,target,target\na.jpg,1,2\n"
                                 << ""
                                 << "two columns are called \"target\"";
    QTest::newRow("missing image") << "file,target\nc.jpg,1\n"
                                   << ""
                                   << "line 2: its image is missing";
    QTest::newRow("no name") << "file,target\n,1\n"
                             << ""
                             << "line 2: its image is missing";
    QTest::newRow("short row") << "file,target\na.jpg\n"
                               << ""
                               << "line 2: the row has 1 fields, but the header has 2";
    QTest::newRow("long row") << "file,target\na.jpg,1,2\n"
                              << ""
                              << "line 2: the row has 3 fields";
    QTest::newRow("box without area") << "file,x,y,w,h\na.jpg,1,2,0,4\n"
                                      << ""
                                      << "line 2: the box at (1, 2)";
    QTest::newRow("open quote") << "file,target\na.jpg,\"1\n\n\n"
                                << ""
                                << "line 2: the field in quotes does not end";
    QTest::newRow("empty") << ""
                           << ""
                           << "the file is empty";
    QTest::newRow("blank") << "\n\n"
                           << ""
                           << "the file is empty";
  }
  void csv_refuses() {
    QFETCH(const QString, text);
    QFETCH(const QString, target);
    QFETCH(const QString, cause);
    const QString message = refusal(OneCsv(text.toStdString()).file(), {.target = target.toStdString()});
    QVERIFY2(message.contains("table.csv") && message.contains(cause), qPrintable(message));
  }

  void csv_keeps_going() {
    const SampleSet set = read_samples(OneCsv("file,target\na.jpg,big\nb.jpg,2\n").file(), {.keep_going = true});
    QCOMPARE(set.samples.size(), 1u);
    QCOMPARE(set.left_out.at(0).what, std::string("line 2"));
    QVERIFY(set.left_out[0].reason.find("\"big\"") != std::string::npos);
  }

  // Those of what is left out, too: none of them may be written over.
  void files_are_all_that_the_data_consist_of() {
    const auto names = [](const SampleSet& set) {
      QStringList all;
      for (const fs::path& file : set.files)
        all << (fs::exists(file) ? QString::fromStdString(file.filename().string()) : "missing");
      all.sort();
      all.removeDuplicates();
      return all;
    };
    const Folder voc;
    for (const char* name : {"one", "several", "none", "faulty"})
      voc.write(std::string("images/") + name + ".jpg");
    voc.write("images/strange.jpg");
    voc.write("annotations/one.xml", voc_xml(box_xml(1, 1, 9, 9), "one.jpg"));
    voc.write("annotations/several.xml", voc_xml(box_xml(1, 1, 9, 9) + box_xml(2, 2, 9, 9), "several.jpg"));
    voc.write("annotations/none.xml", voc_xml("", "none.jpg"));
    voc.write("annotations/faulty.xml", voc_xml(box_xml(5, 1, 5, 9), "faulty.jpg"));
    voc.write("annotations/lonely.xml", voc_xml(box_xml(5, 1, 5, 9), "nowhere.jpg"));
    QCOMPARE(names(read_samples(voc, {.keep_going = true})),
             (QStringList{"faulty.jpg", "faulty.xml", "lonely.xml", "none.jpg", "none.xml", "one.jpg", "one.xml",
                          "several.jpg", "several.xml"}));
    const TwoCoco coco(coco_box(1, 1, "[1, 1, 8, 8]") + "," + coco_box(2, 2, "[1, 1, 0, 8]"));
    QCOMPARE(names(read_samples(coco.file(), {.keep_going = true})), (QStringList{"coco.json", "one.jpg", "two.jpg"}));
    const OneCsv csv("file,target\na.jpg,1\na.jpg,2\nb.jpg,many\n");
    QCOMPARE(names(read_samples(csv.file(), {.keep_going = true})), (QStringList{"a.jpg", "b.jpg", "table.csv"}));
  }

  void numbers_do_not_depend_on_the_locale() {
    struct Comma : std::numpunct<char> {
      char do_decimal_point() const override { return ','; }
    };
    const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
    const SampleSet set = read_samples(OneCsv("file,target\na.jpg,1.5\n").file());
    std::locale::global(before);
    QCOMPARE(set.samples.at(0).target, std::optional<double>(1.5));
  }

  void only_a_csv_has_columns() {
    const OneVoc voc(voc_xml(box_xml(1, 2, 3, 4)));
    VERIFY_REFUSED(refusal(voc, {.target = "age"}), "age", "only a .csv has columns");
    const TwoCoco coco(coco_box(5, 1, "[1, 2, 3, 4]"));
    VERIFY_REFUSED(refusal(coco.file(), {.target = "age"}), "coco.json", "only a .csv has columns");
    QCOMPARE(read_samples(voc, {.target = "object scale"}).target_name, std::string("object scale"));
  }

  // Read as it is, and no other format claims it; alone in a folder it is found, too. The object is (10, 20), 40 x 30.
  void every_format_is_found_by_its_own_sample() {
    Folder folder;
    const auto write = [&](const std::string& name, const std::string& file, const std::string& text) {
      folder.write(name + "/images/a.jpg");
      folder.write(name + "/" + file, text);
    };
    write("voc", "annotations/a.xml", voc_xml(box_xml(10, 20, 50, 50)));
    write("coco", "c.json",
          R"({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [)" + coco_box(5, 1, "[10, 20, 40, 30]") +
              "]}");
    write("csv", "t.csv", "file,x,y,w,h\nimages/a.jpg,10,20,40,30\n");
    write("yolo", "labels/a.txt", "0 0.3 0.4375 0.4 0.375\n");
    write("labelme", "a.json",
          R"({"shapes": [{"label": "a", "points": [[10, 20], [50, 50]], "shape_type": "rectangle"}],)"
          R"( "imagePath": "images/a.jpg"})");
    write("via", "v.json",
          R"({"a.jpg9": {"filename": "a.jpg", "regions": [{"shape_attributes":)"
          R"( {"name": "rect", "x": 10, "y": 20, "width": 40, "height": 30}}]}})");
    write("label-studio", "l.json",
          R"([{"data": {"image": "/data/a.jpg"}, "annotations": [{"result": [{"value": {"x": 10,)"
          R"( "y": 25, "width": 40, "height": 37.5}, "original_width": 100,)"
          R"( "original_height": 80}]}]}])");
    write("cvat", "annotations.xml",
          R"(<annotations><image name="a.jpg"><box xtl="10" ytl="20" xbr="50" ybr="50"/>)"
          "</image></annotations>");
    cv::Mat1b mask(80, 100, std::uint8_t{0});
    mask(cv::Rect(10, 20, 40, 30)) = 7;
    folder.write("masks/images/a.jpg");
    fs::create_directories(folder / "masks/labels");
    QVERIFY(cv::imwrite((folder / "masks/labels/a.png").string(), mask));
    for (const DatasetFormat* format : formats()) { // a new format has its sample here
      const fs::path data = folder / std::string(format->id);
      QVERIFY2(fs::exists(data), std::string(format->id).c_str());
      const std::vector<FoundData> found = find_data(data);
      QCOMPARE(found.size(), 1U);
      QVERIFY(found[0].format == format);
      const SampleSet set = read_samples(data);
      QCOMPARE(set.samples.size(), 1U);
      const PlacedBox placed = place_box(set.samples[0], {100, 80, 1});
      compare_box(placed.box, 10, 20, 40, 30);
      if (format->recognises != nullptr)
        QCOMPARE(read_samples(found[0].files.front()).samples.size(), 1U);
    }
  }

  // A mask whose objects all have one number is one object, or as many as it has parts; boxes that were drawn go first.
  void masks_give_boxes_where_nothing_else_does() {
    Folder folder;
    folder.write("images/a.jpg");
    fs::create_directories(folder / "masks");
    cv::Mat1b mask(80, 100, std::uint8_t{0});
    mask(cv::Rect(0, 0, 20, 10)) = 255;
    mask(cv::Rect(50, 40, 30, 10)) = 255;
    QVERIFY(cv::imwrite((folder / "masks/a.png").string(), mask));
    VERIFY_REFUSED(refusal(folder), "masks/a.png", "--split-masks");
    const SampleSet set = read_samples(folder, {.objects = ObjectRule::Each, .split_masks = true});
    QCOMPARE(set.samples.size(), 2u);
    compare_box(set.samples[0].box, 0, 0, 20, 10);
    compare_box(set.samples[1].box, 50, 40, 30, 10);
    QCOMPARE(set.samples[0].drawn_on->width, 100.0);
    folder.write("annotations/a.xml", voc_xml(box_xml(1, 2, 3, 4)));
    QCOMPARE(read_samples(folder).format, std::string("PASCAL VOC"));
    QCOMPARE(find_data(folder).size(), 1u);
    QCOMPARE(read_samples(folder, {.objects = ObjectRule::Each, .format = "masks", .split_masks = true}).samples.size(),
             2u);
  }

  // Help and messages are made from the list.
  void texts_name_every_format() {
    const QString kinds = QString::fromStdString(either(&DatasetFormat::what));
    QVERIFY(kinds.startsWith("a folder of PASCAL VOC .xml, a COCO .json, a .csv, a folder of YOLO .txt"));
    QVERIFY(kinds.endsWith(", a CVAT .xml or a folder of images and label masks"));
    QVERIFY(format_help().starts_with(kinds.toStdString() + ". A .csv has the columns file and target"));
    const Folder folder;
    folder.write("text.txt");
    QVERIFY(refusal(folder / "text.txt").endsWith("not a data set; give " + kinds));
    QVERIFY(refusal(folder).endsWith("the folder is not a data set: it and its sub-folders contain none of " + kinds +
                                     "; give the folder or file that is one"));
  }

  void other_places_are_refused() {
    Folder folder;
    VERIFY_REFUSED(refusal(folder / "nowhere"), "nowhere", "no such file or folder");
    folder.write("text.txt");
    VERIFY_REFUSED(refusal(folder / "text.txt"), "text.txt", "not a data set");
    VERIFY_REFUSED(refusal(folder), "/", "not a data set");
    fs::create_directories(folder / "annotations");
    fs::create_directories(folder / "images");
    VERIFY_REFUSED(refusal(folder), "/", "not a data set");
    folder.write("b.json", "{}"); // its only table, which says what is wrong with it
    VERIFY_REFUSED(refusal(folder), "b.json", "not a COCO file: it has no list \"images\"");
    folder.write("a.csv", "file,target\n");
    QVERIFY(read_samples(folder).samples.empty());
    QCOMPARE(read_samples(folder).remarks.size(), 1u);
  }

  // "." and ".." and a bare name are paths too: the same images under the same names.
  void names_of_images_do_not_depend_on_how_the_path_is_written() {
    Folder folder;
    for (const char* format : {"voc", "yolo", "coco", "csv", "cvat"})
      for (const char* image : {"a.jpg", "b.jpg"})
        folder.write(std::string(format) + "/images/" + image);
    for (const char* name : {"a", "b"}) {
      folder.write(std::string("voc/annotations/") + name + ".xml", voc_xml(box_xml(1, 2, 30, 40), ""));
      folder.write(std::string("yolo/labels/") + name + ".txt", "0 0.5 0.5 0.25 0.5\n");
    }
    folder.write("coco/set/c.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],)"
                                    R"( "annotations": [)" +
                                        coco_box(1, 1, "[1, 2, 30, 40]") + "," + coco_box(2, 2, "[1, 2, 30, 40]") +
                                        "]}");
    folder.write("csv/t.csv", "file,x,y,w,h\nimages/a.jpg,1,2,30,40\nb.jpg,1,2,30,40\n");
    folder.write("cvat/annotations.xml", R"(<annotations><image name="a.jpg"><box xtl="1" ytl="2" xbr="9" ybr="9"/>)"
                                         R"(</image><image name="images\b.jpg"><box xtl="1" ytl="2" xbr="9" ybr="9"/>)"
                                         "</image></annotations>");
    const fs::path before = fs::current_path();
    for (const auto& [inside, data, images] :
         std::vector<std::array<std::string, 3>>{{"voc", ".", "images/"},
                                                 {"", "./voc", "images/"},
                                                 {"", "voc/", "images/"},
                                                 {"", "voc/.", "images/"},
                                                 {"voc/images", "..", "images/"},
                                                 {"voc/annotations", ".", "images/"},
                                                 {"voc/images", "../annotations", "images/"},
                                                 {"yolo/labels", ".", "images/"},
                                                 {"yolo", "labels", "images/"},
                                                 {"yolo/images", "../labels/", "images/"},
                                                 {"coco/set", "c.json", ""},
                                                 {"coco/set", ".", ""},
                                                 {"coco", "./set/c.json", ""},
                                                 {"csv", "t.csv", "images/"},
                                                 {"csv", "./t.csv", "images/"},
                                                 {"csv", ".", "images/"},
                                                 {"cvat", "annotations.xml", "images/"},
                                                 {"cvat/images", "../annotations.xml", "images/"}}) {
      fs::current_path(folder / inside);
      SampleSet set;
      const QString message = error_text([&] { set = read_samples(data); });
      const bool all_exist = std::ranges::all_of(set.files, [](const fs::path& file) { return fs::exists(file); });
      const std::string name = fs::canonical(data).filename().string();
      fs::current_path(before);
      const std::string shown = inside + ": " + data;
      QVERIFY2(message.isEmpty() && set.samples.size() == 2, qPrintable(QString::fromStdString(shown) + message));
      QVERIFY2(set.samples[0].id == images + "a.jpg" && set.samples[1].id == images + "b.jpg" && all_exist,
               (shown + " gives " + set.samples[0].id).c_str());
      QCOMPARE(set.name, name);
    }
  }

  // One of two images is found where it is said to be, the other by a search: it is the same image all the same.
  void an_image_described_twice_is_refused_however_it_was_found() {
    Folder folder;
    folder.write("images/a.jpg");
    folder.write("c.json", R"({"images": [{"id": 1, "file_name": "images/a.jpg"}, {"id": 2, "file_name": "x/A.JPG"}],)"
                           R"( "annotations": [)" +
                               coco_box(1, 1, "[1, 2, 30, 40]") + "," + coco_box(2, 2, "[1, 2, 30, 40]") + "]}");
    const fs::path before = fs::current_path();
    fs::current_path(folder);
    const QString message = refusal("c.json");
    fs::current_path(before);
    VERIFY_REFUSED(message, "c.json, image 2", "already described by c.json, image 1");
  }

  void names_are_those_of_the_place() {
    const OneVoc voc(voc_xml(box_xml(1, 2, 3, 4)));
    const std::string name = fs::path(voc).filename().string();
    QCOMPARE(read_samples(voc).name, name);
    QCOMPARE(read_samples(voc / "images/..").name, name);
    QCOMPARE(read_samples(fs::path(voc) / "").name, name);
  }
};

QTEST_GUILESS_MAIN(DatasetsTest)
#include "datasets_test.moc"
