// Formats of tools that draw outlines, as their documentation describes them: labelme, VIA, Label Studio, CVAT. The
// expected boxes are computed by hand.

#include "tests/support/dataset_support.h"

#include <QTest>

#include <cmath>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// A folder with images/a.jpg and images/b.jpg of 200 x 100 pixels, and a file.
struct TwoImages : DatasetFolder {
  TwoImages(const std::string& name, const std::string& text) {
    write("images/a.jpg", jpeg_bytes(200, 100));
    write("images/b.jpg", jpeg_bytes(200, 100));
    write(name, text);
  }
};

/// A labelme file of images/a.jpg with these shapes.
struct OneLabelme : TwoImages {
  explicit OneLabelme(const std::string& shapes, const std::string& image = "../images/a.jpg")
      : TwoImages("json/a.json", R"({"version": "5.7.0", "flags": {}, "shapes": [)" + shapes + R"(], "imagePath": ")" +
                                     image + R"(", "imageData": null, "imageHeight": 100, "imageWidth": 200})") {}
};
std::string shape(const std::string& type, const std::string& points, const std::string& group = "null",
                  const std::string& label = "cat") {
  return R"({"label": ")" + label + R"(", "points": )" + points + R"(, "group_id": )" + group +
         R"(, "description": null, "shape_type": ")" + type + R"(", "flags": {}, "mask": null})";
}

/// A region of a VIA 3 project, with the second option of its attribute.
std::string via_3_region(const std::string& xy, const std::string& view = "1") {
  return R"("1_abcdefgh": {"vid": ")" + view + R"(", "flg": 0, "z": [], "xy": [)" + xy + R"(], "av": {"1": "1"}})";
}
/// A VIA 3 project of file 1, a.jpg, and 2, b.jpg. @param shown the files that view 1 shows.
struct Via3 : TwoImages {
  explicit Via3(const std::string& metadata, const std::string& shown = "\"2\"")
      : TwoImages("p.json",
                  R"({"project": {"pid": "x", "vid_list": ["1", "2"]}, "config": {}, "attribute": {"1": {"aname":)"
                  R"( "class", "anchor_id": "FILE1_Z0_XY1", "type": 4, "options": {"0": "cat", "1": "dog"}}}, "file":)"
                  R"( {"1": {"fid": "1", "fname": "a.jpg", "type": 2, "loc": 1, "src": ""}, "2": {"fid": "2", "fname":)"
                  R"( "b.jpg", "type": 2, "loc": 1, "src": ""}}, "metadata": {)" +
                      metadata + R"(}, "view": {"1": {"fid_list": [)" + shown + R"(]}, "2": {"fid_list": ["1"]}}})") {}
};

/// A Label Studio file of one task with these results.
struct OneTask : TwoImages {
  explicit OneTask(const std::string& results, const std::string& image = "/data/upload/1/1a2b3c4d-a.jpg")
      : TwoImages("tasks.json", R"([{"id": 7, "data": {"image": ")" + image +
                                    R"("}, "annotations": [{"id": 1, "was_cancelled": false, "result": [)" + results +
                                    R"(]}], "predictions": []}])") {}
};
std::string result(const std::string& value, const std::string& more = "") {
  return R"({"id": "x1", "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 200,)"
         R"( "original_height": 100, "value": {)" +
         value + "}" + more + "}";
}

} // namespace

class FormatsTest : public QObject {
  Q_OBJECT

 private slots:
  // github.com/wkentaro/labelme, examples/primitives and labelme/_utils/shape.py.
  void labelme_shapes_data() {
    QTest::addColumn<QString>("shapes");
    QTest::addColumn<QString>("box");
    const auto row = [](const char* name, const std::string& shapes, const char* box) {
      QTest::newRow(name) << QString::fromStdString(shapes) << box;
    };
    row("rectangle", shape("rectangle", "[[32.0, 35.0], [132.0, 85.0]]"), "32 35 100 50");
    row("rectangle from another corner", shape("rectangle", "[[132, 35], [32, 85]]"), "32 35 100 50");
    row("polygon", shape("polygon", "[[69, 18.5], [45, 83], [173, 86], [198, 21]]"), "45 18.5 153 67.5");
    row("no type is a polygon", R"({"label": "cat", "points": [[1, 2], [31, 2], [1, 42]]})", "1 2 30 40");
    row("circle", shape("circle", "[[95, 50], [125, 90]]"), "45 0 100 100"); // radius 50
    row("line", shape("line", "[[188, 78], [160, 10]]"), "160 10 28 68");
    row("linestrip", shape("linestrip", "[[20, 10], [40, 50], [90, 30]]"), "20 10 70 40");
    row("mask", shape("mask", "[[20, 10], [59, 29]]"), "20 10 40 20"); // both corners are pixels of it
    row("mask of one pixel", shape("mask", "[[20, 10], [20, 10]]"), "20 10 1 1");
    row("oriented_rectangle", shape("oriented_rectangle", "[[50, 20], [80, 50], [60, 70], [30, 40]]"), "30 20 50 50");
    // instance_segmentation: one object in two parts.
    row("group",
        shape("polygon", "[[10, 10], [20, 10], [10, 30]]", "0") + "," +
            shape("polygon", "[[60, 20], [90, 20], [60, 40]]", "0"),
        "10 10 80 30");
  }
  void labelme_shapes() {
    QFETCH(const QString, shapes);
    QFETCH(const QString, box);
    QCOMPARE(listed(OneLabelme(shapes.toStdString())), QStringList("images/a.jpg cat " + box));
  }

  void labelme_groups_are_those_of_one_label() {
    const std::string one = "[[10, 10], [20, 10], [10, 30]]";
    const std::string two = "[[60, 20], [90, 20], [60, 40]]";
    QCOMPARE(listed(OneLabelme(shape("polygon", one, "0") + "," + shape("polygon", two, "1"))),
             (QStringList{"images/a.jpg#0 cat 10 10 10 20", "images/a.jpg#1 cat 60 20 30 20"}));
    QCOMPARE(listed(OneLabelme(shape("polygon", one, "0") + "," + shape("polygon", two, "0", "dog"))),
             (QStringList{"images/a.jpg#0 cat 10 10 10 20", "images/a.jpg#1 dog 60 20 30 20"}));
    QCOMPARE(listed(OneLabelme(shape("polygon", one) + "," + shape("polygon", two))).size(), 2);
  }

  void labelme_points_have_no_size() {
    const OneLabelme one(shape("rectangle", "[[32, 35], [132, 85]]") + "," + shape("point", "[[7, 7]]"));
    VERIFY_CONTAINS(refusal(one), "json/a.json, shape 2: a point has no size; draw a rectangle or a polygon");
    QCOMPARE(listed(one, {.keep_going = true}), QStringList("images/a.jpg cat 32 35 100 50"));
  }

  void labelme_images() {
    const std::string box = shape("rectangle", "[[32, 35], [132, 85]]");
    const std::string other = "1 image has no annotation: images/b.jpg";
    // As labelme writes it: there is nothing to remark on its image.
    QCOMPARE(read_samples(OneLabelme(box)).remarks.at(0).text, other);
    QCOMPARE(read_samples(OneLabelme(box, R"(..\\images\\a.jpg)")).remarks.at(0).text, other);
    for (const char* path : {"a.jpg", R"(C:\\Users\\me\\a.jpg)", "/home/me/pictures/a.jpg", "A.JPG"}) {
      const OneLabelme one(box, path);
      QCOMPARE(listed(one), QStringList("images/a.jpg cat 32 35 100 50"));
      QCOMPARE(read_samples(one).remarks.size(), std::size_t{2});
    }
    const OneLabelme stale(box, "c.jpg");
    QCOMPARE(listed(stale), QStringList("images/a.jpg cat 32 35 100 50"));
    QCOMPARE(read_samples(stale).remarks.at(0).text,
             std::string("\"imagePath\" in json/a.json names c.jpg, which is missing; the image with the annotation's "
                         "own name was used"));
    fs::remove(stale / "images/a.jpg");
    VERIFY_CONTAINS(refusal(stale), "json/a.json: its image is missing: there is no \"c.jpg\"");
  }

  // VIA 1 and 2 (an export and a project), and VIA 3: robots.ox.ac.uk/~vgg/software/via and its CodeDoc.md.
  void via_1() {
    QCOMPARE(
        listed(TwoImages("via_region_data.json",
                         R"({"a.jpg4321": {"fileref": "", "size": 4321, "filename": "a.jpg", "base64_img_data": "",)"
                         R"( "file_attributes": {}, "regions": {"0": {"shape_attributes": {"name": "polygon",)"
                         R"( "all_points_x": [10, 60, 40], "all_points_y": [5, 25, 45]}, "region_attributes":)"
                         R"( {"type": "cat"}}}}})")),
        QStringList("images/a.jpg cat 10 5 50 40"));
  }

  void via_2_data() {
    QTest::addColumn<QString>("shape");
    QTest::addColumn<QString>("box");
    QTest::newRow("rect") << R"("name": "rect", "x": 20, "y": 22, "width": 110, "height": 30)"
                          << "20 22 110 30";
    QTest::newRow("circle") << R"("name": "circle", "cx": 60, "cy": 50, "r": 20.5)"
                            << "39.5 29.5 41 41";
    QTest::newRow("ellipse") << R"("name": "ellipse", "cx": 60, "cy": 50, "rx": 40, "ry": 20, "theta": 0)"
                             << "20 30 80 40";
    QTest::newRow("ellipse upright") << R"("name": "ellipse", "cx": 60, "cy": 50, "rx": 40, "ry": 20,)"
                                        R"( "theta": 1.5707963267948966)"
                                     << "40 10 40 80";
    // 30 degrees: sqrt((40 cos)^2 + (20 sin)^2) = sqrt(1300), sqrt((40 sin)^2 + (20 cos)^2) = sqrt(700).
    QTest::newRow("ellipse turned") << R"("name": "ellipse", "cx": 60, "cy": 50, "rx": 40, "ry": 20,)"
                                       R"( "theta": 0.5235987755982988)"
                                    << QStringLiteral("%1 %2 %3 %4")
                                           .arg(60 - std::sqrt(1300.))
                                           .arg(50 - std::sqrt(700.))
                                           .arg(2 * std::sqrt(1300.))
                                           .arg(2 * std::sqrt(700.));
    QTest::newRow("polyline") << R"("name": "polyline", "all_points_x": [10, 60, 40], "all_points_y": [5, 25, 45])"
                              << "10 5 50 40";
  }
  void via_2() {
    QFETCH(const QString, shape);
    QFETCH(const QString, box);
    const std::string images =
        R"({"a.jpg4321": {"filename": "a.jpg", "size": 4321, "regions": [{"shape_attributes": {)" +
        shape.toStdString() + R"(}, "region_attributes": {"class": "cat"}}], "file_attributes": {}}})";
    QCOMPARE(listed(TwoImages("via.json", images)), QStringList("images/a.jpg cat " + box));
    QCOMPARE(listed(TwoImages("project.json", R"({"_via_settings": {"ui": {}}, "_via_img_metadata": )" + images +
                                                  R"(, "_via_attributes": {}})")),
             QStringList("images/a.jpg cat " + box));
  }

  // Views are numbered for themselves: view 1 shows file 2 here. Values may be numbers of options.
  void via_3() {
    const auto of = [&](const std::string& xy) { return listed(Via3(via_3_region(xy))); };
    QCOMPARE(of("2, 10, 20, 30, 40"), QStringList("images/b.jpg dog 10 20 30 40"));
    QCOMPARE(of("3, 60, 50, 20"), QStringList("images/b.jpg dog 40 30 40 40"));
    QCOMPARE(of("4, 60, 50, 40, 20"), QStringList("images/b.jpg dog 20 30 80 40"));
    QCOMPARE(of("5, 60, 50, 10, 20"), QStringList("images/b.jpg dog 10 20 50 30"));
    QCOMPARE(of("7, 10, 20, 60, 30, 40, 80"), QStringList("images/b.jpg dog 10 20 50 60"));
    QCOMPARE(of("8, 10, 40, 60, 20, 90, 50, 30, 80"), QStringList("images/b.jpg dog 10 20 80 60"));
    VERIFY_CONTAINS(refusal(Via3(via_3_region("1, 5, 5"))), "p.json, file \"b.jpg\", region 1: a point has no size");
    VERIFY_CONTAINS(refusal(Via3(via_3_region("9, 5, 5, 8, 8, 1, 1"))),
                    "is no shape that is read; draw a rectangle or a polygon");
    VERIFY_CONTAINS(refusal(Via3(via_3_region("2, 10, 20, 30, 40"), "\"1\", \"2\"")),
                    "view \"1\" does not show one file");
    VERIFY_CONTAINS(refusal(Via3(via_3_region("2, 10, 20, 30, 40", "9"))), "its file is not in the list of files");
  }

  // labelstud.io/guide/task_format: percentages, x and y of the corner around which the rectangle is rotated.
  void label_studio_shapes_data() {
    QTest::addColumn<QString>("results");
    QTest::addColumn<QString>("box");
    const auto row = [](const char* name, const std::string& results, const char* box) {
      QTest::newRow(name) << QString::fromStdString(results) << box;
    };
    const std::string label = R"(, "rectanglelabels": ["cat"])";
    const std::string plain = R"("x": 10, "y": 20, "width": 25, "height": 40, "rotation": 0)";
    row("rectangle", result(plain + label), "20 20 50 40");
    // (100, 20) and 40 x 30 pixels, a quarter clockwise: the corner stays, x goes down and y to the left.
    row("rotated", result(R"("x": 50, "y": 20, "width": 20, "height": 30, "rotation": 90)" + label), "70 20 30 40");
    row("polygon", result(R"("points": [[10, 20], [35, 20], [20, 60]], "polygonlabels": ["cat"])"), "20 20 50 40");
    row("ellipse", result(R"("x": 50, "y": 50, "radiusX": 20, "radiusY": 10, "ellipselabels": ["cat"])"),
        "60 40 80 20");
    row("rotated ellipse",
        result(R"("x": 50, "y": 50, "radiusX": 20, "radiusY": 10, "rotation": 90, "ellipselabels": ["cat"])"),
        "90 10 20 80");
    // The tags Rectangle and Labels give two results, and a choice for the region a third.
    row("label apart", result(plain) + "," + result(plain + R"(, "labels": ["cat"])"), "20 20 50 40");
    row("choice for the region", result(plain + label) + "," + result(plain + R"(, "choices": ["blurred"])"),
        "20 20 50 40");
    row("choice for the image",
        result(plain + label) + R"(,{"id": "y", "type": "choices", "to_name": "image", "value": {"choices": ["day"]}})",
        "20 20 50 40");
    row("relation", result(plain + label) + R"(,{"from_id": "a", "to_id": "b", "type": "relation"})", "20 20 50 40");
  }
  void label_studio_shapes() {
    QFETCH(const QString, results);
    QFETCH(const QString, box);
    QCOMPARE(listed(OneTask(results.toStdString())), QStringList("images/a.jpg cat " + box));
  }

  void label_studio_refuses_data() {
    QTest::addColumn<QString>("results");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const std::string& results, const char* sentence) {
      QTest::newRow(name) << QString::fromStdString(results) << sentence;
    };
    const std::string plain = R"("x": 10, "y": 20, "width": 25, "height": 40, "rectanglelabels": ["cat"])";
    row("brush", result(R"("format": "rle", "rle": [0, 1, 2], "brushlabels": ["cat"])"),
        "tasks.json, task 7, result 1: a brush mask of Label Studio is not read; export the project as COCO");
    row("keypoint", result(R"("x": 10, "y": 20, "width": 0.5, "keypointlabels": ["cat"])"),
        "result 1: a point has no size; draw a rectangle");
    row("another shape", result(R"("vertices": [{"x": 1, "y": 2}], "vectorlabels": ["cat"])"),
        "result 1: its shape is not one that is read; draw a rectangle");
    row("rotated image", result(plain, R"(, "image_rotation": 90)"), "showed its image rotated by 90 degrees");
    row("two images",
        result(plain) + R"(,{"to_name": "second", "original_width": 200, "original_height": 100, "value": {)" + plain +
            "}}",
        "task 7: its results are on several images; export tasks with one image each");
    row("pages", result(plain) + "," + result(plain, R"(, "item_index": 1)"), "its results are on several images");
    row("two sizes",
        result(plain) + R"(,{"to_name": "image", "original_width": 400, "original_height": 100, "value": {)" + plain +
            "}}",
        "result 2: it was drawn on an image of another size than those before it");
    row("no size", R"({"to_name": "image", "value": {)" + plain + "}}",
        "it does not state \"original_width\" and \"original_height\"");
  }
  void label_studio_refuses() {
    QFETCH(const QString, results);
    QFETCH(const QString, sentence);
    VERIFY_CONTAINS(refusal(OneTask(results.toStdString())), sentence);
  }

  void label_studio_exports() {
    const std::string box = R"("x": 10, "y": 20, "width": 25, "height": 40, "rotation": 0, "rectanglelabels": ["cat"])";
    for (const char* image : {"images/a.jpg", "/data/local-files/?d=images%2Fa.jpg", "s3://bucket/images/a.jpg",
                              "https://host:8080/x/a.jpg?X-Signature=a/b.c", R"(C:\\data\\images\\a.jpg)"})
      QCOMPARE(listed(OneTask(result(box), image)), QStringList("images/a.jpg cat 20 20 50 40"));
    // JSON-MIN has the results beside the image, each list under the name of its tag.
    const TwoImages min("min.json", R"([{"image": "/data/upload/1/1a2b3c4d-b.jpg", "id": 3, "label": [{)" + box +
                                        R"(, "original_width": 200, "original_height": 100}], "shot": "day",)"
                                        R"( "annotator": 1, "annotation_id": 5}])");
    QCOMPARE(listed(min), QStringList("images/b.jpg cat 20 20 50 40"));
    // Several people: the first who did not cancel.
    const auto by = [&](const std::string& width, const std::string& cancelled) {
      return R"({"was_cancelled": )" + cancelled + R"(, "result": [)" +
             result(R"("x": 10, "y": 20, "height": 40, "rectanglelabels": ["cat"], "width": )" + width) + "]}";
    };
    const TwoImages several("t.json", R"([{"id": 1, "data": {"image": "a.jpg"}, "annotations": [)" + by("5", "true") +
                                          "," + by("25", "false") + "," + by("50", "false") + "]}]");
    QCOMPARE(listed(several), QStringList("images/a.jpg cat 20 20 50 40"));
    QCOMPARE(read_samples(several).remarks.at(0).text,
             std::string("it was annotated 2 times; the first annotation was used"));
  }

  // "CVAT for images 1.1", docs.cvat.ai: boxes and ellipses are rotated around their centre.
  void cvat_shapes_data() {
    QTest::addColumn<QString>("shapes");
    QTest::addColumn<QString>("box"); // or the sentence that refuses it
    QTest::newRow("box") << R"(<box label="cat" source="manual" occluded="0" xtl="20.5" ytl="10" xbr="70.5" ybr="40"/>)"
                         << "20.5 10 50 30";
    QTest::newRow("rotated box") << R"(<box label="cat" xtl="60" ytl="40" xbr="100" ybr="60" rotation="90.00"/>)"
                                 << "70 30 20 40";
    QTest::newRow("polygon") << R"(<polygon label="cat" points="10.5,20;60.5,30;40,80"/>)"
                             << "10.5 20 50 60";
    QTest::newRow("polyline") << R"(<polyline label="cat" points="10,20;60,30"/>)"
                              << "10 20 50 10";
    QTest::newRow("ellipse") << R"(<ellipse label="cat" cx="60" cy="50" rx="40" ry="20"/>)"
                             << "20 30 80 40";
    QTest::newRow("rotated ellipse") << R"(<ellipse label="cat" cx="60" cy="50" rx="40" ry="20" rotation="270"/>)"
                                     << "40 10 40 80";
    QTest::newRow("mask") << R"(<mask label="cat" rle="0, 6" left="30" top="20" width="3" height="2"/>)"
                          << "30 20 3 2";
    QTest::newRow("with attributes and a tag")
        << R"(<tag label="day"></tag><box label="cat" xtl="20" ytl="10" xbr="70")"
           R"( ybr="40"><attribute name="blur">no</attribute></box>)"
        << "20 10 50 30";
    QTest::newRow("points") << R"(<points label="cat" points="1,2;3,4"/>)"
                            << "image \"a.jpg\", shape 1: a point has no size; draw a box or a polygon, or remove it";
    QTest::newRow("not a number") << R"(<box label="cat" xtl="left" ytl="10" xbr="70" ybr="40"/>)"
                                  << "shape 1: its xtl is \"left\", not a number; correct it";
  }
  void cvat_shapes() {
    QFETCH(const QString, shapes);
    QFETCH(const QString, box);
    const TwoImages one("annotations.xml",
                        R"(<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>)"
                        R"(<meta/><image id="0" name="a.jpg" width="200" height="100">)" +
                            shapes.toStdString() + "</image></annotations>");
    const QString message = refusal(one);
    if (message.isEmpty())
      QCOMPARE(listed(one), QStringList("images/a.jpg cat " + box));
    else
      VERIFY_CONTAINS(message, box);
  }

  void cvat_tracks_are_refused() {
    VERIFY_CONTAINS(refusal(TwoImages("t.xml", R"(<annotations><version>1.1</version><track id="0" label="cat"><box )"
                                               R"(frame="0" xtl="1" ytl="2" xbr="3" ybr="4"/></track></annotations>)")),
                    "t.xml: its annotations are tracks of a video; export the task as \"CVAT for images\"");
  }
};

QTEST_GUILESS_MAIN(FormatsTest)
#include "formats_test.moc"
