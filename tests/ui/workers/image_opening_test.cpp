// What a person gives becomes samples, or a sentence.

#include "core/base/error.h"
#include "core/image/image.h"
#include "core/image/read_image.h"
#include "datasets/formats.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "tests/support/support.h"
#include "ui/workers/image_opening.h"

#include <QFile>
#include <QImage>
#include <QTest>

#include <algorithm>

using namespace scalescope;

namespace {

void write_image(const QString& file, QSize size = {40, 30}) {
  QDir().mkpath(QFileInfo(file).path());
  QImage image(size, QImage::Format_RGB32);
  image.fill(Qt::darkGreen);
  QVERIFY(image.save(file, "PNG")); // whatever it is named
}

void write_text(const QString& file, const QByteArray& text) {
  QDir().mkpath(QFileInfo(file).path());
  QFile out(file);
  QVERIFY(out.open(QIODevice::WriteOnly));
  out.write(text);
}

/// A PASCAL VOC folder of an image with `objects` boxes of 10 x 6.
void write_voc(const QString& folder, const QString& name, int objects) {
  write_image(folder + "/images/" + name + ".png");
  QByteArray xml = "<annotation><filename>" + name.toUtf8() + ".png</filename>";
  for (int i = 0; i < objects; ++i)
    xml += "<object><bndbox><xmin>" + QByteArray::number(i) + "</xmin><ymin>2</ymin><xmax>" +
           QByteArray::number(i + 10) + "</xmax><ymax>8</ymax></bndbox></object>";
  write_text(folder + "/annotations/" + name + ".xml", xml + "</annotation>");
}

QStringList ids(const OpenedImages& opened) {
  QStringList list;
  for (const Sample& sample : opened.set.samples)
    list << QString::fromStdString(sample.id);
  return list;
}

OpenedImages open(const QStringList& given, const ReadChoice& how = {}) {
  std::vector<std::filesystem::path> paths;
  for (const QString& one : given)
    paths.push_back(to_path(one));
  return open_images(paths, {}, how);
}

} // namespace

class ImageOpeningTest : public QObject {
  Q_OBJECT
  QTemporaryDir scratch_;
  QString folder_;

 private slots:
  void init() {
    static int number = 0;
    folder_ = scratch_.filePath(QString::number(++number));
    QVERIFY(QDir().mkpath(folder_));
  }

  void an_image_is_a_sample_without_a_box() {
    const QString file = folder_ + "/dog.JPG";
    write_image(file);
    const OpenedImages opened = open({file});
    QVERIFY(opened.messages.empty());
    QCOMPARE(ids(opened), QStringList{"dog.JPG"});
    const Sample& sample = opened.set.samples.front();
    QCOMPARE(QString::fromStdString(sample.file), file);
    QCOMPARE(sample.group, sample.id);
    QVERIFY(!sample.box && !sample.target);
    QCOMPARE(opened.set.name, std::string("dog.JPG"));
    QCOMPARE(opened.set.target_name, std::string("object scale"));
  }

  void an_image_is_known_by_its_bytes_too() {
    write_image(folder_ + "/nameless");
    QCOMPARE(ids(open({folder_ + "/nameless"})), QStringList{"nameless"});
  }

  void a_folder_stands_for_its_images() {
    for (const char* name : {"b.png", "a.png", "deeper/c.webp", ".hidden/d.png"})
      write_image(folder_ + "/" + name);
    write_text(folder_ + "/README", "not an image");
    QFile::link(folder_ + "/nowhere", folder_ + "/broken.png");
    const OpenedImages opened = open({folder_ + "/"});
    QVERIFY(opened.messages.empty());
    QCOMPARE(ids(opened), (QStringList{"a.png", "b.png", "deeper/c.webp"}));
    QCOMPARE(QString::fromStdString(opened.set.name), QFileInfo(folder_).fileName());
  }

  void the_files_of_all_that_was_opened() {
    write_voc(folder_ + "/set", "a", 2);
    write_image(folder_ + "/plain/b.png");
    write_text(folder_ + "/t.csv", "file,target\nplain/b.png,1\n");
    QStringList files;
    for (const auto& file : open({folder_ + "/plain", folder_ + "/set", folder_ + "/plain/b.png"}).set.files)
      files << QDir(folder_).relativeFilePath(QString::fromStdString(file.string()));
    files.sort();
    QCOMPARE(files, (QStringList{"plain/b.png", "set/annotations/a.xml", "set/images/a.png"}));
    QCOMPARE(open({folder_ + "/t.csv"}).set.files.size(), 2U);
  }

  void each_object_of_a_data_set_is_a_sample() {
    write_voc(folder_, "one", 1);
    write_voc(folder_, "two", 2);
    write_voc(folder_, "none", 0);
    write_text(folder_ + "/annotations/faulty.xml", "<annotation>");
    const OpenedImages opened = open({folder_});
    QVERIFY(opened.messages.empty());
    QCOMPARE(ids(opened), (QStringList{"images/one.png", "images/two.png#0", "images/two.png#1"}));
    QCOMPARE(opened.set.samples[2].box->x, 1.0);
    QCOMPARE(opened.set.samples[2].group, std::string("images/two.png"));
    QCOMPARE(opened.set.left_out.size(), std::size_t{2});
    QVERIFY(opened.set.left_out[0].reason.find("faulty.xml") != std::string::npos);
    QCOMPARE(opened.set.left_out[1].reason, std::string("no object"));
  }

  void scenes_come_with_their_boxes() {
    SceneOptions options;
    options.seed = 3;
    write_scenes(to_path(folder_) / "scenes", 5, options);
    const OpenedImages opened = open({folder_ + "/scenes"});
    QCOMPARE(opened.set.samples.size(), std::size_t{5});
    for (std::uint64_t i = 0; i < 5; ++i) {
      const BoundingBox box = make_scene(options, i).box;
      QCOMPARE(opened.set.samples[i].box->x, box.x);
      QCOMPARE(opened.set.samples[i].box->width, box.width);
    }
  }

  void a_table_brings_its_target() {
    write_image(folder_ + "/a.png");
    write_text(folder_ + "/t.csv", "file,target\na.png,7\n");
    const OpenedImages opened = open({folder_ + "/t.csv"});
    QVERIFY(opened.messages.empty());
    QCOMPARE(opened.set.samples.front().target.value(), 7.0);
    QCOMPARE(opened.set.target_name, std::string("target"));
  }

  void another_column_can_be_the_target() {
    write_image(folder_ + "/a.png");
    write_text(folder_ + "/t.csv", "file,group,age,colour,weight\na.png,a,7,red,2.5\n");
    const std::vector<std::string> choices{"age", "weight"};
    const OpenedImages without = open({folder_ + "/t.csv"});
    QVERIFY(without.set.samples.empty()); // none of the columns is taken unasked,
    QCOMPARE(without.messages.size(), std::size_t{1});
    QCOMPARE(without.targets, choices); // but all are offered
    const OpenedImages with = open({folder_ + "/t.csv"}, {.target = "weight"});
    QVERIFY(with.messages.empty());
    QCOMPARE(with.set.target_name, std::string("weight"));
    QCOMPARE(with.set.samples.front().target.value(), 2.5);
    QCOMPARE(with.targets, choices);
  }

  void a_box_offers_the_object_scale() {
    write_image(folder_ + "/a.png");
    write_text(folder_ + "/t.csv", "file,age,x,y,w,h\na.png,7,0,0,2,2\n");
    const OpenedImages opened = open({folder_}); // the folder stands for its table
    QCOMPARE(opened.targets, (std::vector<std::string>{"age", "object scale"}));
    QCOMPARE(opened.set.target_name, std::string("object scale"));
  }

  void targets_are_not_mixed() {
    write_voc(folder_ + "/voc", "one", 1);
    write_text(folder_ + "/t.csv", "file,target\nvoc/images/one.png,7\n");
    const OpenedImages opened = open({folder_ + "/voc", folder_ + "/t.csv"});
    QCOMPARE(ids(opened), QStringList{"images/one.png"});
    QCOMPARE(opened.messages.size(), std::size_t{1});
    QVERIFY(opened.messages[0].find("t.csv: its target is \"target\"") != std::string::npos);
  }

  void what_is_nothing_gets_a_sentence() {
    write_text(folder_ + "/notes.txt", "hello");
    QVERIFY(QDir().mkpath(folder_ + "/empty"));
    write_image(folder_ + "/good.png");
    const OpenedImages opened =
        open({folder_ + "/notes.txt", folder_ + "/empty", folder_ + "/missing.png", folder_ + "/good.png"});
    QCOMPARE(ids(opened), QStringList{"good.png"});
    QCOMPARE(opened.messages.size(), std::size_t{3});
    std::string of_core;
    try {
      (void)read_image(to_path(folder_) / "notes.txt");
    } catch (const Error& error) {
      of_core = error.what();
    }
    QVERIFY(!of_core.empty());
    QCOMPARE(opened.messages[0], of_core);
    QVERIFY(opened.messages[1].ends_with("empty: the folder contains neither images (JPEG, PNG, TIFF, BMP, WebP) nor a "
                                         "data set (" +
                                         either(&DatasetFormat::name) + "); give the folder or file that does"));
    QVERIFY(opened.messages[2].find("missing.png: there is no such file or folder") != std::string::npos);
  }

  void several_data_sets_are_offered() {
    write_voc(folder_, "one", 1);
    write_text(folder_ + "/t.csv", "file,target\nimages/one.png,7\n");
    const OpenedImages opened = open({folder_});
    QVERIFY(opened.set.samples.empty() && opened.messages.empty());
    QCOMPARE(opened.choices.size(), std::size_t{2});
    QCOMPARE(opened.choices[0].label, std::string("PASCAL VOC: annotations/one.xml"));
    QCOMPARE(opened.choices[1].label, std::string("CSV: t.csv"));
    for (const DataChoice& choice : opened.choices) {
      const OpenedImages chosen =
          open({QString::fromStdString(choice.path.string())}, {.target = {}, .format = choice.format});
      QCOMPARE(chosen.set.samples.size(), std::size_t{1});
      QCOMPARE(chosen.set.format, choice.format == "csv" ? "CSV" : "PASCAL VOC");
      QCOMPARE(chosen.set.samples[0].target.has_value(), choice.format == "csv");
    }
  }

  void images_beside_a_bad_table_are_shown() {
    write_image(folder_ + "/a.png");
    write_text(folder_ + "/labels.json", "{\"images\": [");
    const OpenedImages opened = open({folder_});
    QCOMPARE(ids(opened), QStringList{"a.png"});
    QCOMPARE(opened.messages.size(), std::size_t{1});
    QVERIFY(opened.messages[0].find("labels.json") != std::string::npos);
  }

  void nothing_comes_twice() {
    write_voc(folder_, "one", 1);
    const QString image = folder_ + "/images/one.png";
    // The image is given first: still the box counts.
    const OpenedImages opened = open({image, folder_ + "/images", folder_, folder_ + "/"});
    QVERIFY(opened.messages.empty());
    QCOMPARE(ids(opened), QStringList{"images/one.png"});
    QVERIFY(opened.set.samples.front().box.has_value());
    QCOMPARE(ids(open({image, image})), QStringList{"one.png"});
  }

  void ids_stay_unique() {
    write_image(folder_ + "/x/a.png");
    write_image(folder_ + "/y/a.png");
    for (const QStringList& given :
         {QStringList{folder_ + "/x", folder_ + "/y"}, QStringList{folder_ + "/x/a.png", folder_ + "/y/a.png"}}) {
      const OpenedImages opened = open(given);
      QCOMPARE(ids(opened), (QStringList{"a.png", folder_ + "/y/a.png"}));
      QVERIFY(opened.set.samples[0].group != opened.set.samples[1].group);
    }
    QCOMPARE(QString::fromStdString(open({folder_ + "/x", folder_ + "/y"}).set.name), QString("x and 1 more"));
  }

  void it_stops() {
    write_image(folder_ + "/a.png");
    std::stop_source source;
    source.request_stop();
    QVERIFY_EXCEPTION_THROWN((void)open_images({to_path(folder_)}, source.get_token()), Cancelled);
  }

  void raccoons() {
    NEED_SHARED(shared);
    const OpenedImages opened = open({shared + "/data/raccoon"});
    QVERIFY(opened.messages.empty());
    QVERIFY(opened.set.left_out.empty());
    // 184 images with one object, 16 with several: as counted in the annotations.
    int objects = 0;
    for (const QString& name : QDir(shared + "/data/raccoon/annotations").entryList({"*.xml"})) {
      QFile xml(shared + "/data/raccoon/annotations/" + name);
      QVERIFY(xml.open(QIODevice::ReadOnly));
      objects += static_cast<int>(xml.readAll().count("<bndbox>"));
    }
    QCOMPARE(static_cast<int>(opened.set.samples.size()), objects);
  }
};

QTEST_MAIN(ImageOpeningTest)
#include "image_opening_test.moc"
