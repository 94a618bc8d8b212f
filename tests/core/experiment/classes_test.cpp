// The experiment by-class, of features that are made by hand: one regression for two classes or not, what is refused,
// its texts, and the command.

#include "core/experiment/class_measures.h"
#include "core/results/layer_measures_files.h"
#include "tests/support/probe_support.h"
#include "tests/support/support.h"

#include <QImage>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

constexpr std::size_t channels = 12;

struct Made {
  Extraction extraction;
  std::vector<std::string> categories;
};

/// Cats and dogs turn by turn, and two owls at the end. In the layer "shared" the target of all is channel 0; in
/// "apart" that of dogs is channel 5. @param permuted whether the targets are shuffled.
Made made(std::size_t rows, bool permuted = false) {
  Made result{{.probe = Probe({{"shared", channels}, {"apart", channels}}), .rows = {}, .left_out = {}, .notes = {}},
              {}};
  std::vector<float> shared = normal(rows * channels, 1);
  std::vector<float> apart = normal(rows * channels, 2);
  std::vector<double> targets;
  for (std::size_t row = 0; row < rows; ++row) {
    result.categories.emplace_back(row + 2 >= rows ? "owl" : row % 2 == 0 ? "cat" : "dog");
    targets.push_back(shared[row * channels]);
    apart[row * channels + (result.categories.back() == "dog" ? 5 : 0)] = shared[row * channels];
  }
  if (permuted)
    targets = permute_among_groups(targets, names(rows), 4);
  for (std::size_t row = 0; row < rows; ++row)
    result.extraction.rows.push_back({std::to_string(row), "", std::to_string(row), targets[row]});
  result.extraction.probe.add(count_up(rows), std::vector<std::span<const float>>{shared, apart});
  return result;
}

std::vector<ComparedClass> classes_of(const Made& of) {
  std::vector<std::string> groups;
  std::vector<double> targets;
  for (const Row& row : of.extraction.rows) {
    groups.push_back(row.group);
    targets.push_back(row.target);
  }
  return classes_to_compare(of.categories, groups, targets, "photos");
}

std::vector<ClassesOfLayer> found_in(const Made& of) {
  return layers_by_class(of.extraction, of.categories, classes_of(of), 2, 0, 2);
}

/// As many samples of each name, each on an image of its own.
SampleSet samples_of(const std::vector<std::pair<std::string, int>>& counts) {
  SampleSet set{.name = "photos", .target_name = {}, .samples = {}, .left_out = {}};
  for (const auto& [name, count] : counts)
    for (int i = 0; i < count; ++i) {
      const std::string id = name + std::to_string(i);
      set.samples.push_back({id, "", id, "", BoundingBox{0, 0, 9, 9}, {}, {}, name});
    }
  return set;
}

} // namespace

class ClassesTest : public QObject {
  Q_OBJECT

 private slots:
  void one_regression_serves_classes_of_the_same_channel() {
    const auto found = found_in(made(200));
    for (std::size_t i = 0; i < 2; ++i) {
      QVERIFY(found[0].own[i].r2 > 0.97 && found[0].others[i].r2 > 0.97);
      QVERIFY(found[1].own[i].r2 > 0.97 && found[1].others[i].r2 < 0);
      QVERIFY(found[0].others[i].correlation > 0.98 && std::abs(found[1].others[i].correlation) < 0.4);
      for (const ReadClass& one : {found[0].own[i], found[1].others[i]})
        QVERIFY(one.interval.low < one.r2 && one.r2 < one.interval.high);
    }
    QVERIFY(std::abs(found[0].mean_own - (found[0].own[0].r2 + found[0].own[1].r2) / 2) < 1e-12);
    QVERIFY(found[1].difference.low > 0.5);
    for (const ClassesOfLayer& layer : found) {
      const double difference = layer.mean_own - layer.mean_others;
      QVERIFY(layer.difference.low < difference && difference < layer.difference.high);
    }
    QVERIFY(found[1].own_interval.low < found[1].mean_own && found[1].mean_own < found[1].own_interval.high);
    QVERIFY(found[1].others_interval.low < found[1].mean_others &&
            found[1].mean_others < found[1].others_interval.high);
  }

  void nothing_is_read_from_permuted_targets() {
    for (const ClassesOfLayer& layer : found_in(made(300, true)))
      for (const auto* reads : {&layer.own, &layer.others})
        for (const ReadClass& one : *reads)
          QVERIFY2(one.r2 < 0.05 && one.r2 > -0.3, qPrintable(QString::number(one.r2)));
  }

  void classes_are_counted_by_their_images() {
    Made few = made(90);
    for (std::size_t row = 0; row < 10; ++row)
      few.extraction.rows[row].group = "one image";
    const auto classes = classes_of(few);
    QCOMPARE(classes.size(), 2U); // two owls are too few
    QCOMPARE(classes[0].name, std::string("cat"));
    QCOMPARE(classes[0].rows, 44U);
    QCOMPARE(classes[0].images, 40U);
    double least = 1e9;
    double sum = 0;
    for (std::size_t row = 0; row < 88; row += 2) {
      least = std::min(least, few.extraction.rows[row].target);
      sum += few.extraction.rows[row].target;
    }
    QCOMPARE(classes[0].least_target, least);
    QVERIFY(std::abs(classes[0].mean_target - sum / 44) < 1e-12);
  }

  void at_most_eight_classes_are_compared() {
    std::vector<std::pair<std::string, int>> counts;
    std::vector<std::string> categories;
    std::vector<std::string> groups;
    std::vector<double> targets;
    for (int i = 0; i < 10; ++i)
      for (int j = 0; j < 20 + i; ++j) {
        categories.push_back(std::string(1, static_cast<char>('a' + i)));
        groups.push_back(std::to_string(groups.size()));
        targets.push_back(i == 9 ? 1 : j); // of the last they are all the same
      }
    const auto classes = classes_to_compare(categories, groups, targets, "photos");
    QCOMPARE(classes.size(), most_classes);
    QCOMPARE(classes.front().name, std::string("i"));
    QCOMPARE(classes.back().name, std::string("b"));
  }

  void data_without_two_classes_are_refused() {
    QCOMPARE(error_text([] {
               check_classes(samples_of({{"", 50}}));
             }),
             QString("photos does not name the classes of its objects, which by-class compares; give data that do: "
                     "<name> of a PASCAL VOC object, categories of COCO, or a column \"class\" of a CSV file."));
    QCOMPARE(error_text([] {
               check_classes(samples_of({{"cat", 50}, {"dog", 19}}));
             }),
             QString("photos has one class with at least 20 images of different scale (cat: 50, dog: 19), and by-class "
                     "compares two or more; give data with images of other classes."));
    QVERIFY(error_text([] {
              check_classes(samples_of({{"cat", 5}, {"", 90}}));
            }).contains("has no class with at least"));
    QVERIFY(error_text([] { check_classes(samples_of({{"cat", 20}, {"dog", 20}})); }).isEmpty());
    Made constant = made(90);
    for (std::size_t row = 0; row < 90; row += 2)
      constant.extraction.rows[row].target = 0.5;
    QVERIFY(error_text([&] { (void)classes_of(constant); }).contains("has one class"));
  }

  void the_headline_answers() {
    const Made of = made(200);
    const auto found = found_in(of);
    const auto headline = [&](std::size_t layer) {
      return QString::fromStdString(
          class_measures({found[layer]}, classes_of(of), {"block"}, {1}, "object scale").text.headline);
    };
    QVERIFY2(headline(0).contains("at block a class's own regression reaches R² 1.00 [0.99, 1.00]") &&
                 !headline(0).contains("differ where") && headline(0).contains("difference 0.00 [-0.01, 0.00]"),
             qPrintable(headline(0)));
    QVERIFY2(headline(1).startsWith("The regressions of the classes differ"), qPrintable(headline(1)));
    const LayerMeasures both = class_measures(found, classes_of(of), {"shared", "apart"}, {1, 2}, "object scale");
    for (std::size_t i = 0; i < class_figures.size(); ++i)
      QCOMPARE(both.figures.at(i).file, class_figures[i]);
    QCOMPARE(both.tables.at(0).file, class_tables[0]);
    QCOMPARE(both.tables[0].rows.size(), 2U);
    QCOMPARE(both.tables[0].rows[0].size(), both.tables[0].header.size());

    const auto nothing = found_in(made(300, true));
    const LayerMeasures unread = class_measures(nothing, classes_of(of), {"a", "b"}, {1, 2}, "object scale");
    QVERIFY(QString::fromStdString(unread.text.headline).startsWith("No layer clearly reads object scale"));
  }

  void the_command_writes_what_was_found() {
    const QTemporaryDir folder;
    const auto write_table = [&](const QString& name, const QStringList& classes) {
      QByteArray csv = "file,x,y,w,h,class\n";
      for (int i = 0; i < 48; ++i) {
        QImage image(64, 64, QImage::Format_RGB888);
        image.fill(QColor(40 + 67 * i % 160, 90, 30));
        const int side = 10 + i;
        for (int y = 0; y < side; ++y)
          for (int x = 0; x < side; ++x)
            image.setPixelColor(x + 3, y + 5, i % 2 == 0 ? QColor(220, 40, 10) : QColor(10, 200, 90));
        const QString file = QString("%1.png").arg(i);
        if (!image.save(folder.filePath(file)))
          return QString();
        csv += QString("%1,3,5,%2,%2,%3\n").arg(file).arg(side).arg(classes[i % classes.size()]).toUtf8();
      }
      QFile table(folder.filePath(name));
      return table.open(QIODevice::WriteOnly) && table.write(csv) > 0 ? table.fileName() : QString();
    };
    QString said;
    const auto run = [&](const QString& data, const QString& out) {
      QProcess program;
      program.setProcessChannelMode(QProcess::MergedChannels);
      program.start(QStringLiteral(SCALESCOPE_CLI),
                    {"experiment", "by-class", "--arch", "resnet18", "--random-weights", "--input-size", "64",
                     "--layers", "layer1.0,output", "--data", data, "--no-cache", "--out", folder.filePath(out)});
      program.waitForFinished(-1);
      said = QString::fromUtf8(program.readAll());
      return program.exitCode();
    };
    QCOMPARE(run(write_table("two.csv", {"red cross", "<green>"}), "out"), 0);
    QVERIFY2(said.contains("R² of the regression of the other classes"), qPrintable(said));
    const QString measures = read_all(folder.filePath("out/measures.csv"));
    QVERIFY(measures.contains(",other-classes,red cross,no,"));
    QVERIFY(measures.contains("\"own regression, random weights\",yes,"));
    QVERIFY(!measures.contains("red cross, random weights"));
    const QString page = read_all(folder.filePath("out/report.html"));
    QVERIFY(page.contains("&lt;green&gt;") && !page.contains("<green>"));
    QVERIFY(QString(read_all(folder.filePath("out/classes.csv"))).contains("red cross,24,24,"));
    for (const char* name : {"measures.json", "mean-over-classes.svg", "own-regression.svg", "other-classes.svg"})
      QVERIFY2(QFileInfo(folder.filePath("out/") + name).size() > 50, name);

    QCOMPARE(run(write_table("one.csv", {"red cross"}), "none"), 1);
    QVERIFY2(said.contains("one.csv has one class with at least 20 images of different scale (red cross: 48)"),
             qPrintable(said));
    QVERIFY(!QFileInfo::exists(folder.filePath("none/report.html")));
  }
};

QTEST_GUILESS_MAIN(ClassesTest)
#include "classes_test.moc"
