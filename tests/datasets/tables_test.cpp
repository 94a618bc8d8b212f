// Formats of exports and tables, as their documentation describes them: YOLO, Roboflow, COCO's folders, tables of other
// tools, and the names by which images are found. The expected boxes are computed by hand.

#include "tests/support/dataset_support.h"

#include <QElapsedTimer>
#include <QTest>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// A YOLO data set of images/a.jpg, 200 x 100 pixels, with a line.
struct OneLabel : DatasetFolder {
  explicit OneLabel(const std::string& line, const std::string& yaml = "nc: 2\nnames: [cat, dog]\n") {
    write("images/a.jpg", jpeg_bytes(200, 100));
    write("labels/a.txt", line + "\n");
    if (!yaml.empty())
      write("data.yaml", yaml);
  }
};

/// A table beside images/a.jpg and images/b.jpg of 200 x 100 pixels.
struct OneTable : DatasetFolder {
  explicit OneTable(const std::string& text) {
    write("images/a.jpg", jpeg_bytes(200, 100));
    write("images/b.jpg", jpeg_bytes(200, 100));
    write("t.csv", text);
  }
};

std::string coco_of(const std::string& file, int width = 200) {
  return R"({"images": [{"id": 1, "file_name": ")" + file + R"(", "width": )" + std::to_string(width) +
         R"(, "height": 100}], "categories": [{"id": 0, "name": "cat"}], "annotations": [{"id": 1, "image_id": 1,)"
         R"( "category_id": 0, "bbox": [20, 10, 50, 30]}]})";
}

/// With what Python writes for numbers that are not finite, behind a text.
std::string coco_with_words(const std::string& text) {
  const std::string name = "\"NaN \\\"-Infinity\\\" \\\\\"";
  return R"({"info": ")" + text + R"(", "images": [{"id": 1, "file_name": "a.jpg", "x": -Infinity, "y": NaN}],)" +
         R"( "categories": [{"id": 1, "name": )" + name +
         R"(}], "annotations": [{"area": -Infinity, "z": [NaN,NaN,Infinity], "id": 1, "image_id": 1,)" +
         R"( "category_id": 1, "bbox": [-20, 10, 50, 30]}]})";
}

std::string voc_of(const std::string& file, int right = 70) {
  return "<annotation><folder></folder><filename>" + file + "</filename><path>" + file +
         "</path><source><database>roboflow.com</database></source><size><width>200</width><height>100</height>"
         "<depth>3</depth></size><segmented>0</segmented><object><name>cat</name><pose>Unspecified</pose>"
         "<truncated>0</truncated><bndbox><xmin>20</xmin><xmax>" +
         std::to_string(right) + "</xmax><ymin>10</ymin><ymax>40</ymax></bndbox></object></annotation>";
}

QString remarks_of(const fs::path& data) {
  QStringList all;
  for (const Remark& remark : read_samples(data, {.objects = ObjectRule::Each}).remarks)
    all << QString::fromStdString(remark.text);
  return all.join('\n');
}

} // namespace

class TablesTest : public QObject {
  Q_OBJECT

 private slots:
  // docs.ultralytics.com/datasets: detect, segment, obb, pose.
  void yolo_lines_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("yaml");
    QTest::addColumn<QString>("box"); // or the sentence that refuses it
    const auto row = [](const char* name, const char* line, const char* yaml, const char* box) {
      QTest::newRow(name) << line << yaml << box;
    };
    const char* names = "nc: 2\nnames: [cat, dog]\n";
    const char* pose = "names: {0: cat}\nkpt_shape: [2, 3]\n";
    row("detect", "0 0.225 0.25 0.25 0.3", names, "20 10 50 30");
    row("with a confidence", "0 0.225 0.25 0.25 0.3 0.91", names, "20 10 50 30");
    row("tabs", "0\t0.225\t0.25\t0.25\t0.3", names, "20 10 50 30");
    row("blanks and a carriage return", " 0  0.225 0.25 0.25 0.3 \r", names, "20 10 50 30");
    row("a class as a fraction number", "0.0 0.225 0.25 0.25 0.3", names, "20 10 50 30");
    row("segment", "0 0.1 0.1 0.35 0.1 0.2 0.4", names, "20 10 50 30");
    row("obb", "0 0.2 0.1 0.35 0.25 0.25 0.4 0.1 0.25", names, "20 10 50 30");
    row("pose", "0 0.225 0.25 0.25 0.3 0.15 0.2 2 0.3 0.3 1", pose, "20 10 50 30");
    row("pose without visibility", "0 0.225 0.25 0.25 0.3 0.15 0.2 0.3 0.3", "names: [cat]\nkpt_shape: [2, 2]\n",
        "20 10 50 30");
    row("names as a map", "0 0.225 0.25 0.25 0.3", "path: ../x\ntrain: images\nnames:\n  0: cat\n  1: dog\n",
        "20 10 50 30");
    // Without a YAML file, a box with keypoints and an outline look alike.
    row("pose or outline", "0 0.225 0.25 0.25 0.3 0.15 0.2 0.3 0.3", "",
        "labels/a.txt, line 1: it could be a box with keypoints or an outline; add the data set's data.yaml");
    row("pose with visibility", "0 0.225 0.25 0.25 0.3 0.15 0.2 2 0 0 0", "", "a box with keypoints or an outline");
    row("pixels", "0 45 25 50 30", names, "line 1: the box at (20, 10) of 50 x 30 is not in fractions of the image");
    row("no class", "0.225 0.25 0.25 0.3 0.5", names, "its class is 0.225, not a whole number");
    row("a negative class", "-1 0.225 0.25 0.25 0.3", names, "its class is -1, not a whole number");
    row("a short line", "0 0.2 0.2", names, ""); // no label file at all
    row("broken", "0 0.225 0.25 0.25 0.3", "names: [cat\n", "data.yaml: not a YAML file of a YOLO data set: it is");
  }
  void yolo_lines() {
    QFETCH(const QString, line);
    QFETCH(const QString, yaml);
    QFETCH(const QString, box);
    const OneLabel one(line.toStdString(), yaml.toStdString());
    const QString message = refusal(one);
    if (message.isEmpty())
      QCOMPARE(listed(one), QStringList("images/a.jpg cat " + box));
    else
      VERIFY_CONTAINS(message, box);
  }

  void yolo_names() {
    const std::string line = "1 0.225 0.25 0.25 0.3";
    OneLabel other(line, "");
    other.write("args.yaml", "task: detect\nmodel: yolov8n.pt\n"); // of a training
    other.write("broken.yml", "a: [\n");
    other.write("zoo.yaml", "names: [cat, dog]\n");
    QCOMPARE(listed(other), QStringList("images/a.jpg dog 20 10 50 30"));
    other.write("data.yaml", "names: [cat, owl]\n");
    QCOMPARE(listed(other), QStringList("images/a.jpg owl 20 10 50 30"));
    OneLabel list(line, "");
    list.write("labels/classes.txt", "cat\nbarn owl\n");
    QCOMPARE(listed(list), QStringList("images/a.jpg barn owl 20 10 50 30"));
    QCOMPARE(listed(OneLabel(line, "")), QStringList("images/a.jpg 1 20 10 50 30"));
  }

  // The image of labels/train/1.txt is images/train/1.jpg, also below another folder called labels.
  void yolo_images() {
    DatasetFolder folder;
    for (const char* split : {"train", "val"}) {
      const std::string name = std::string("labels/set/images/") + split + "/1.jpg";
      folder.write(name, jpeg_bytes(*split == 't' ? 200 : 100, 100));
      folder.write(std::string("labels/set/labels/") + split + "/1.txt", "0 0.5 0.5 0.5 0.5\n");
    }
    folder.write("labels/set/data.yaml", "names: [cat]\n");
    const QStringList both{"images/train/1.jpg cat 50 25 100 50", "images/val/1.jpg cat 25 25 50 50"};
    QCOMPARE(listed(folder / "labels/set"), both);
    QVERIFY(remarks_of(folder / "labels/set").isEmpty());
    // In folders of other names, the split tells them apart.
    fs::rename(folder / "labels/set/images", folder / "labels/set/pictures");
    QCOMPARE(listed(folder / "labels/set"),
             (QStringList{"pictures/train/1.jpg cat 50 25 100 50", "pictures/val/1.jpg cat 25 25 50 50"}));
    VERIFY_CONTAINS(remarks_of(folder / "labels/set"),
                    "2 images were found by a name without extension, such as pictures/train/1.jpg");
  }

  // The image of a label of train is missing: that of val, which has its name, is another.
  void yolo_labels_of_a_split_need_its_images() {
    DatasetFolder folder;
    folder.write("pictures/val/1.jpg", jpeg_bytes(200, 100));
    folder.write("labels/train/1.txt", "0 0.5 0.5 0.5 0.5\n");
    VERIFY_CONTAINS(refusal(folder),
                    "labels/train/1.txt: its image is missing: pictures/val/1.jpg has the name of \"1\", "
                    "but belongs to another split; add the image or remove the annotation");
  }

  // docs.roboflow.com: exports have train, valid and test, with copies of one image in several.
  void roboflow_exports() {
    DatasetFolder voc;
    DatasetFolder coco;
    DatasetFolder yolo;
    DatasetFolder csv;
    const std::string a = "a_jpg.rf.0a1b2c.jpg";
    for (const std::string split : {"test", "train", "valid"}) {
      for (const DatasetFolder* set : {&voc, &coco, &csv})
        set->write(split + "/" + a, jpeg_bytes(200, 100));
      voc.write(split + "/a_jpg.rf.0a1b2c.xml", voc_of(a));
      coco.write(split + "/_annotations.coco.json", coco_of(a));
      csv.write(split + "/_annotations.csv",
                "filename,width,height,class,xmin,ymin,xmax,ymax\n" + a + ",200,100,cat,20,10,70,40\n");
      yolo.write(split + "/images/" + a, jpeg_bytes(200, 100));
      yolo.write(split + "/labels/a_jpg.rf.0a1b2c.txt", "0 0.225 0.25 0.25 0.3\n");
    }
    yolo.write("data.yaml",
               "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 1\nnames: ['cat']\n"
               "roboflow:\n  workspace: x\n");
    for (const DatasetFolder* set : {&voc, &coco, &yolo, &csv}) {
      set->write("README.roboflow.txt", "Export\n");
      set->write("README.dataset.txt", "Export\n");
      const std::string inside = set == &yolo ? "/images/" : "/";
      const QString end = QString::fromStdString(inside + a) + " cat 20 10 50 30";
      QCOMPARE(listed(*set), (QStringList{"test" + end, "train" + end, "valid" + end}));
      for (const Sample& sample : read_samples(*set).samples)
        QCOMPARE(sample.group, std::string("a_jpg"));
      QCOMPARE(remarks_of(*set), QStringLiteral("3 images are copies that Roboflow made (NAME.rf...): copies of one "
                                                "source image are kept on one side of a split"));
    }
  }

  // Thousands of images of one name, written with the path of another computer, are found in a second, not in minutes.
  void images_of_one_name() {
    DatasetFolder folder;
    constexpr int scenes = 3000;
    std::string table = "file,x,y,w,h\n";
    for (int i = 0; i < scenes; ++i) {
      const std::string name = "scene" + std::to_string(i) + "/rgb.jpg";
      folder.write(name);
      table += "D:\\data\\scene" + std::to_string(i) + "\\rgb.jpg,1,2,30,40\n";
    }
    folder.write("t.csv", table);
    QElapsedTimer timer;
    timer.start();
    const SampleSet set = read_samples(folder);
    QVERIFY2(timer.elapsed() < 20000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(set.samples.size(), std::size_t{scenes});
    for (int i = 0; i < scenes; ++i)
      QCOMPARE(set.samples[static_cast<std::size_t>(i)].id, "scene" + std::to_string(i) + "/rgb.jpg");
  }

  void coco_folders_of_splits() {
    DatasetFolder folder;
    folder.write("train2017/1.jpg", jpeg_bytes(200, 100));
    folder.write("val2017/1.jpg", jpeg_bytes(200, 100));
    folder.write("annotations/instances_val2017.json", coco_of("1.jpg"));
    QCOMPARE(listed(folder / "annotations/instances_val2017.json"), QStringList("val2017/1.jpg cat 20 10 50 30"));
    fs::rename(folder / "annotations/instances_val2017.json", folder / "annotations/mine.json");
    VERIFY_CONTAINS(refusal(folder),
                    "mine.json, image 1: its image \"1.jpg\" could be train2017/1.jpg or val2017/1.jpg; "
                    "give the images different names, or write in the annotation in which folder");
    folder.write("annotations/mine.json", coco_of("val2017/1.jpg"));
    QCOMPARE(listed(folder), QStringList("val2017/1.jpg cat 20 10 50 30"));
    folder.write("annotations/mine.json", coco_of("1.jpg"));
    folder.write("annotations/1.jpg", jpeg_bytes(200, 100)); // beside its annotation
    QCOMPARE(listed(folder), QStringList("1.jpg cat 20 10 50 30"));
  }

  // Python writes NaN and Infinity, which are no JSON. The file is read in parts: they may lie on the border of two.
  void coco_words_at_every_place() {
    DatasetFolder folder;
    folder.write("a.jpg", jpeg_bytes(200, 100));
    const int length = static_cast<int>(coco_with_words("").size());
    constexpr int part = 1 << 18;
    for (int padding = part - length; padding <= part; ++padding) {
      folder.write("c.json", coco_with_words(std::string(static_cast<std::size_t>(padding), 'N')));
      const Sample sample = read_samples(folder).samples.at(0);
      QCOMPARE(sample.category, std::string("NaN \x22-Infinity\x22 \x5C"));
      QVERIFY(sample.box->x == -20 && sample.box->height == 30);
    }
  }

  // An image of that name above the data set's folder is no image of it, unless there is no other.
  void coco_images_above_the_folder() {
    DatasetFolder folder;
    folder.write("a.jpg", jpeg_bytes(60, 40));
    folder.write("images/b.jpg", jpeg_bytes(200, 100));
    folder.write("set/pictures/a.jpg", jpeg_bytes(200, 100));
    folder.write("set/c.json", coco_of("a.jpg"));
    QCOMPARE(listed(folder / "set"), QStringList("pictures/a.jpg cat 20 10 50 30"));
    folder.write("set/c.json", coco_of("b.jpg"));
    QCOMPARE(listed(folder / "set"), QStringList("b.jpg cat 20 10 50 30"));
  }

  // cam1 is not there: its entry takes the image of cam2. Which of the two is meant is not known.
  void coco_images_of_a_folder_that_is_missing() {
    DatasetFolder folder;
    folder.write("cam2/1.jpg", jpeg_bytes(200, 100));
    folder.write("c.json", R"({"images": [{"id": 1, "file_name": "cam1/1.jpg"}, {"id": 2, "file_name": "cam2/1.jpg"}],)"
                           R"( "annotations": [{"id": 1, "image_id": 1, "bbox": [0, 0, 50, 50]},)"
                           R"( {"id": 2, "image_id": 2, "bbox": [9, 9, 20, 20]}]})");
    VERIFY_CONTAINS(refusal(folder), "c.json, image 2: the image cam2/1.jpg is already described by");
    QVERIFY(read_samples(folder, {.keep_going = true}).samples.empty());
  }

  void tables_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("box"); // or the sentence that refuses it
    QTest::newRow("make-sense") << "cat,20,10,50,30,a.jpg,200,100\n"
                                << "20 10 50 30";
    QTest::newRow("VoTT") << "\"image\",\"xmin\",\"ymin\",\"xmax\",\"ymax\",\"label\"\n"
                             "\"a.jpg\",20.5,10,70.5,40,\"cat\"\n"
                          << "20.5 10 50 30";
    QTest::newRow("TensorFlow") << "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,200,100,cat,20,10,70,40\n"
                                << "20 10 50 30";
    QTest::newRow("TensorFlow, resized since") << "filename,width,height,class,xmin,ymin,xmax,ymax\n"
                                                  "a.jpg,400,200,cat,40,20,140,80\n"
                                               << "20 10 50 30";
    QTest::newRow("keras-retinanet") << "images/a.jpg,20,10,70,40,cat\n"
                                     << "20 10 50 30";
    QTest::newRow("keras-retinanet, no object first") << "images/b.jpg,,,,,\nimages/a.jpg,20,10,70,40,cat\n"
                                                      << "20 10 50 30";
    QTest::newRow("VIA")
        << "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,"
           "region_attributes\na.jpg,9,\"{}\",1,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":20,\"\"y\"\":10,"
           "\"\"width\"\":50,\"\"height\"\":30}\",\"{\"\"class\"\":\"\"cat\"\"}\"\n"
        << "20 10 50 30";
    QTest::newRow("VIA 1") << "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,"
                              "region_attributes\na.jpg,9,\"{}\",1,0,\"{\"\"name\"\":\"\"circle\"\",\"\"cx\"\":45,"
                              "\"\"cy\"\":25,\"\"r\"\":15}\",\"{\"\"class\"\":\"\"cat\"\"}\"\n"
                           << "30 10 30 30";
    QTest::newRow("make-sense, two classes and a pandas index") << ",file,x,y,w,h,label\n0,a.jpg,20,10,50,30,cat\n"
                                                                << "20 10 50 30";
    QTest::newRow("centres") << "image_id;x_center;y_center;width;height;class\na;45,0;25,0;50,0;30,0;cat\n"
                             << "20 10 50 30";
    QTest::newRow("a box as text") << "image_id,width,height,bbox,class\na,200,100,\"[20.0, 10.0, 50.0, 30.0]\",cat\n"
                                   << "20 10 50 30"; // Kaggle's global wheat
    QTest::newRow("OpenImages") << "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded\n"
                                   "a,xclick,/m/01yrx,1,0.1,0.35,0.1,0.4,0\n"
                                << "all boxes are smaller than a pixel and look like fractions of the image; multiply";
    QTest::newRow("corners that are swapped") << "file,xmin,ymin,xmax,ymax\na.jpg,70,10,20,40\n"
                                              << "t.csv, line 2: the box at (70, 10) of -50 x 30 pixels has no area";
  }
  void tables() {
    QFETCH(const QString, text);
    QFETCH(const QString, box);
    const OneTable one(text.toStdString());
    const QString message = refusal(one);
    if (message.isEmpty())
      VERIFY_CONTAINS(listed(one).join("; "), " cat " + box);
    else
      VERIFY_CONTAINS(message, box);
    QVERIFY(!message.isEmpty() || listed(one).size() == 1);
  }

  // An image and its mask, say, have one name: which of them was taken is said.
  void images_that_differ_in_their_extension() {
    DatasetFolder folder;
    for (const char* name : {"images/a.jpg", "images/a.png", "images/b.jpg"})
      folder.write(name, jpeg_bytes(200, 100));
    folder.write("annotations/a.xml", voc_of("a"));
    folder.write("annotations/b.xml", voc_of("b"));
    QCOMPARE(listed(folder), (QStringList{"images/a.jpg cat 20 10 50 30", "images/b.jpg cat 20 10 50 30"}));
    QCOMPARE(remarks_of(folder),
             QStringLiteral("1 image was found by the annotation's name, and chosen among those that differ in their "
                            "extension, such as images/a.jpg for \"a\"\n1 image has no annotation: images/a.png"));
    folder.write("annotations/a.xml", voc_of("a.png"));
    QCOMPARE(listed(folder).at(0), "images/a.png cat 20 10 50 30");
    QCOMPARE(remarks_of(folder), QStringLiteral("1 image has no annotation: images/a.jpg"));
  }
};

QTEST_GUILESS_MAIN(TablesTest)
#include "tables_test.moc"
