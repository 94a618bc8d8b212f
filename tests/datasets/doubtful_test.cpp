// Data that can be read in two ways, one of which gives wrong numbers: they are refused, with what to do. Found by a
// tester who made up exports of every kind.

#include "tests/support/dataset_support.h"

#include <QTest>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// A YOLO data set of two images, 200 x 100 pixels, each with a line.
struct TwoLabels : DatasetFolder {
  TwoLabels(const std::string& first, const std::string& second, const std::string& yaml = {}) {
    for (const char* name : {"a", "b"})
      write(std::string("images/") + name + ".jpg", jpeg_bytes(200, 100));
    write("labels/a.txt", first + "\n");
    write("labels/b.txt", second + "\n");
    if (!yaml.empty())
      write("data.yaml", yaml);
  }
};

/// A COCO file of a.jpg and b.jpg, 200 x 100 pixels.
struct TwoImages : DatasetFolder {
  TwoImages(int second_id, const std::string& first, const std::string& second) {
    for (const char* name : {"a.jpg", "b.jpg"})
      write(name, jpeg_bytes(200, 100));
    write("c.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}, {"id": )" + std::to_string(second_id) +
                        R"(, "file_name": "b.jpg"}], "categories": [{"id": 0, "name": "cat"}], "annotations": [)" +
                        first + ", " + second + "]}");
  }
};

std::string annotation(int id, int image, const std::string& box, const std::string& more = "") {
  return R"({"id": )" + std::to_string(id) + R"(, "image_id": )" + std::to_string(image) + R"(, "bbox": )" + box +
         more + "}";
}

} // namespace

class DoubtfulTest : public QObject {
  Q_OBJECT

 private slots:
  // A box with keypoints has as many numbers in each line as every other; an outline has any number.
  void yolo_keypoints_or_outline() {
    const std::string pose = "0 0.3 0.5 0.2 0.4 0.25 0.4 0.35 0.6 0 0"; // the last keypoint is not visible
    VERIFY_CONTAINS(refusal(TwoLabels(pose, pose)), "could be a box with keypoints or an outline; add the data set's");
    const std::string outline = "0 0.2 0.3 0.4 0.3 0.4 0.7 0.2 0.7 0.15 0.5 0.18 0.4";
    QCOMPARE(read_samples(TwoLabels(pose, outline)).samples.size(), 2u); // no keypoints: the lines differ
    const std::string rectangle = "0 0.2 0.3 0.4 0.3 0.4 0.7 0.2 0.7";
    QCOMPARE(read_samples(TwoLabels(rectangle, rectangle)).samples.size(), 2u);
    const TwoLabels named(pose, pose, "names: [cat]\nkpt_shape: [3, 2]\n");
    const std::optional<BoundingBox> box = read_samples(named).samples.at(0).box;
    QCOMPARE(box->width, 0.2);
    QCOMPARE(box->height, 0.4);
    QCOMPARE(read_samples(fs::path(named) / "labels").samples.at(0).box->width, 0.2); // data.yaml is one folder up
    // With their visibility, keypoints are seen even where data.yaml forgets them.
    const std::string visible = "0 0.3 0.5 0.2 0.4 0.25 0.4 2 0.35 0.6 1 0 0 0";
    VERIFY_CONTAINS(refusal(TwoLabels(visible, visible, "names: [cat]\n")), "could be a box with keypoints");
  }

  void yolo_labels_that_cannot_be_read() {
    const TwoLabels labels("0 0.5 0.5 0.5 0.5", "0 0.5 0.5 0.5 0.5");
    fs::remove(labels / "labels/b.txt");
    fs::create_symlink("nowhere.txt", labels / "labels/b.txt");
    QVERIFY(refusal(labels).contains("b.txt"));
    QCOMPARE(read_samples(labels, {.keep_going = true}).samples.size(), 1u);
  }

  void yolo_tracks() {
    const std::string track = "0 0.3 0.5 0.2 0.4 0.93 1";
    VERIFY_CONTAINS(refusal(TwoLabels(track, track, "names: [cat]\n")),
                    "a confidence and the number of a track; write");
    const std::string triangle = "0 0.3 0.5 0.2 0.4 0.93 0.5";
    QCOMPARE(read_samples(TwoLabels(triangle, triangle)).samples.size(), 2u);
  }

  void yolo_byte_order_marks() {
    TwoLabels labels("\xEF\xBB\xBF"
                     "0 0.5 0.5 0.5 0.5",
                     "0 0.5 0.5 0.5 0.5");
    labels.write("classes.txt", "\xEF\xBB\xBF"
                                "cat\n");
    QCOMPARE(read_samples(labels, {.classes = {" cat "}}).samples.size(), 2u);
    QVERIFY(read_samples(labels).remarks.empty()); // the list of names was read, too
    fs::create_directories(labels / "labels");
    fs::rename(labels / "classes.txt", labels / "labels/classes.txt");
    QVERIFY(read_samples(labels).remarks.empty());
  }

  void coco_images_of_one_id() {
    const TwoImages same(1, annotation(1, 1, "[10, 10, 20, 20]"), annotation(2, 1, "[50, 10, 40, 20]"));
    VERIFY_CONTAINS(refusal(same / "c.json"), "c.json, image 1: another image has the same id");
    const SampleSet set = read_samples(same / "c.json", {.objects = ObjectRule::Each, .keep_going = true});
    QVERIFY(set.samples.empty());
    QCOMPARE(set.left_out.size(), 2u);
  }

  void coco_boxes_of_two_corners() {
    const std::string outline = R"(, "segmentation": [[50, 40, 90, 40, 90, 80, 50, 80]])";
    const TwoImages corners(2, annotation(1, 1, "[50, 40, 90, 80]", outline), annotation(2, 2, "[50, 10, 40, 20]"));
    VERIFY_CONTAINS(refusal(corners / "c.json"), "c.json, annotation 1: its \"bbox\" holds two corners");
    const TwoImages right(2, annotation(1, 1, "[50, 40, 40, 40]", outline), annotation(2, 2, "[50, 10, 40, 20]"));
    QCOMPARE(read_samples(right / "c.json").samples.size(), 2u);
  }

  void coco_classes_that_are_not_listed() {
    const TwoImages images(2, annotation(1, 1, "[10, 10, 20, 20]", R"(, "category_id": 9)"),
                           annotation(2, 2, "[50, 10, 40, 20]", R"(, "category_id": 0)"));
    QCOMPARE(QString::fromStdString(read_samples(images / "c.json").remarks.at(0).text),
             QStringLiteral("1 object has a category_id that is not in the list of categories, and so no class"));
  }

  void create_ml_is_not_label_studio() {
    DatasetFolder folder;
    folder.write("a.jpg", jpeg_bytes(200, 100));
    folder.write("c.json", R"([{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {"x": 50, "y": 40,)"
                           R"( "width": 20, "height": 30}}]}])");
    VERIFY_CONTAINS(refusal(folder), "its annotation has no list \"result\", so it is not one of Label Studio; export");
  }

  // 1.234 among decimal commas is a thousand and more in half of Europe.
  void thousands_among_decimal_commas() {
    DatasetFolder folder;
    folder.write("a.jpg");
    folder.write("b.jpg");
    folder.write("t.csv", "file;target\na.jpg;999,5\nb.jpg;1.234\n");
    VERIFY_CONTAINS(refusal(folder / "t.csv"), "t.csv, line 3: \"1.234\" in the column \"target\" has a point, but");
    folder.write("t.csv", "file;target\na.jpg;999.5\nb.jpg;1.234\n");
    QCOMPARE(read_samples(folder / "t.csv").samples.at(1).target, std::optional<double>(1.234));
  }

  void xml_in_other_encodings() {
    DatasetFolder folder;
    folder.write("images/a.jpg");
    const auto xml = [](const std::string& encoding, const std::string& name) {
      return "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?><annotation><object><name>" + name +
             "</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>";
    };
    folder.write("annotations/a.xml", xml("GBK", "\xC3\xA8"));
    QCOMPARE(QString::fromStdString(read_samples(folder).samples.at(0).category), QStringLiteral("猫"));
    folder.write("annotations/a.xml", xml("iso-8859-1", "\xE9"));
    QCOMPARE(QString::fromStdString(read_samples(folder).samples.at(0).category), QStringLiteral("é"));
    folder.write("annotations/a.xml", xml("klingon", "x"));
    VERIFY_CONTAINS(refusal(folder), "a.xml: its encoding \"klingon\" is not known; save it as UTF-8");
  }

  // Pictures that were halved, and tables that state no size.
  void boxes_far_beyond_their_image() {
    const Sample sample{.id = "a",
                        .file = "a.jpg",
                        .group = "a",
                        .annotation = "t.csv, line 2",
                        .box = BoundingBox{44, 30, 111, 68},
                        .target = {},
                        .drawn_on = DrawnOn{0, 0, {44, 30, 111, 68}}};
    VERIFY_CONTAINS(error_text([&] {
                      (void)place_box(sample, {132, 74, 1});
                    }),
                    "t.csv, line 2: boxes reach far beyond a.jpg, which has 132 x 74 pixels");
    QVERIFY(!place_box(sample, {150, 95, 1}).remark.empty()); // a little: it is cut, with a remark
    Sample stated = sample;
    stated.drawn_on->width = 132;
    stated.drawn_on->height = 74;
    QVERIFY(!place_box(stated, {132, 74, 1}).remark.empty()); // an object of which the image shows a part
  }
};

QTEST_GUILESS_MAIN(DoubtfulTest)
#include "doubtful_test.moc"
