// The experiments: known answers, groups, and the command with its report, interrupted and resumed.

#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/experiment/object_scale.h"
#include "core/image/box_covariates.h"
#include "core/stage/segment.h"
#include "datasets/scenes.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

#include <algorithm>
#include <csignal>
#include <random>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

using namespace scalescope;

namespace {

constexpr int side = 96;

struct Ended {
  int code = -1;
  QString out;
  QString err;
};

// Cells separated by commas, the header first.
QStringList rows_of_first_table(const QByteArray& html) {
  QXmlStreamReader xml(html);
  QStringList rows;
  QStringList cells;
  while (!xml.atEnd()) {
    const auto token = xml.readNext();
    if (token == QXmlStreamReader::StartElement && (xml.name() == u"td" || xml.name() == u"th"))
      cells << xml.readElementText();
    else if (token == QXmlStreamReader::EndElement && xml.name() == u"tr")
      rows << std::exchange(cells, {}).join(',');
    else if (token == QXmlStreamReader::EndElement && xml.name() == u"table")
      break;
  }
  return xml.hasError() ? QStringList{xml.errorString()} : rows;
}

// By the held-out predictions, which are means over the repetitions.
double rmse_of(const QString& layer, const QByteArray& predictions) {
  const QStringList lines = QString::fromUtf8(predictions).trimmed().split('\n');
  const qsizetype column = lines[0].split(',').indexOf(layer);
  double squares = 0;
  for (const QString& line : lines.mid(1)) {
    const QStringList cells = line.split(',');
    squares += std::pow(cells[column].toDouble() - cells[lines[0].split(',').indexOf("target")].toDouble(), 2);
  }
  return std::sqrt(squares / static_cast<double>(lines.size() - 1));
}

double mean_r2(const Network& network, const std::vector<std::string>& layers, const MakeRows& rows, std::size_t layer,
               int repetitions = 5) {
  AnalysisSettings settings;
  settings.extraction.layers = layers;
  settings.repetitions = repetitions;
  return fit(collect(network, rows, settings), settings, 2).scores[layer].mean();
}

} // namespace

class ExperimentTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::vector<Sample> boxes_; // images for the network of known answers
  QString boxes_csv_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  // A red object on a background without red: `blue` is the object's, noise in green tells nothing.
  Sample draw_box(int i, std::mt19937& random) {
    std::uniform_int_distribution<int> length(24, 60);
    std::uniform_int_distribution<int> grey(30, 220);
    const int width = length(random);
    const int height = length(random);
    const int x = std::uniform_int_distribution<int>(0, side - width)(random);
    const int y = std::uniform_int_distribution<int>(0, side - height)(random);
    const int blue = grey(random);
    QImage image(side, side, QImage::Format_RGB888);
    for (int row = 0; row < side; ++row)
      for (int column = 0; column < side; ++column) {
        const bool object = column >= x && column < x + width && row >= y && row < y + height;
        image.setPixelColor(column, row, QColor(object ? 255 : 0, grey(random), object ? blue : 128));
      }
    const QString name = QString("box-%1.png").arg(i, 2, 10, QChar('0'));
    image.save(file("boxes/" + name));
    boxes_csv_ += QString("%1,%2,%3,%4,%5\n").arg(name).arg(x).arg(y).arg(width).arg(height);
    const std::string id = name.toStdString();
    return {id,
            to_path(file("boxes/" + name)),
            id,
            "boxes.csv",
            BoundingBox{static_cast<double>(x), static_cast<double>(y), static_cast<double>(width),
                        static_cast<double>(height)},
            {}};
  }

  Network known_network() const { return handmade::open_known_answers(to_path(file("known.pt")), side); }

  QProcessEnvironment environment() const {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CACHE_HOME", file("cache"));
    return environment;
  }

  Ended run(const QStringList& arguments) const {
    QProcess program;
    program.setProcessEnvironment(environment());
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.waitForFinished(-1);
    return {program.exitCode(), QString::fromUtf8(program.readAllStandardOutput()),
            QString::fromUtf8(program.readAllStandardError())};
  }

  // Of a run of the command line, in MiB.
  static double peak_memory(const QStringList& arguments) {
    std::vector<std::string> words{SCALESCOPE_CLI};
    for (const QString& word : arguments)
      words.push_back(word.toStdString());
    std::vector<char*> pointers;
    for (std::string& word : words)
      pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_t child = 0;
    if (posix_spawn(&child, SCALESCOPE_CLI, nullptr, nullptr, pointers.data(), environ) != 0)
      return -1;
    int status = 0;
    rusage usage{};
    return wait4(child, &status, 0, &usage) == child && status == 0 ? static_cast<double>(usage.ru_maxrss) / 1024 : -1;
  }

  // Interrupts it once some images are done.
  void run_and_interrupt(const QStringList& arguments) const {
    QProcess program;
    program.setProcessEnvironment(environment());
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.setReadChannel(QProcess::StandardError);
    QString err;
    while (err.count("images: ") < 2 && program.waitForReadyRead(60000))
      err += QString::fromUtf8(program.readAllStandardError());
    QVERIFY2(err.contains("images: "), qPrintable(err));
    QCOMPARE(::kill(static_cast<pid_t>(program.processId()), SIGINT), 0);
    QVERIFY(program.waitForFinished(60000));
    QCOMPARE(program.exitCode(), 130);
  }

  QStringList experiment(const QString& name, const QString& out, const QStringList& more = {}) const {
    QStringList arguments{"experiment", name,         "--out",          file(out), "--repetitions",  "3", "--seed",
                          "2",          "--no-cache", "--permutations", "19",      "--weight-draws", "2"};
    if (name != "noise")
      arguments << "--data" << file("boxes/boxes.csv");
    return arguments + more;
  }

  static QStringList small_network() {
    return {"--arch", "resnet18", "--random-weights", "--input-size", "64", "--layers", "layer1.0,layer2.0,output"};
  }

 private slots:
  void initTestCase() {
    handmade::write_known_answers(to_path(file("known.pt")));
    QVERIFY(QDir(folder_.path()).mkdir("boxes"));
    boxes_csv_ = "file,x,y,w,h\n";
    std::mt19937 random(11);
    for (int i = 0; i < 40; ++i)
      boxes_.push_back(draw_box(i, random));
    QFile csv(file("boxes/boxes.csv"));
    QVERIFY(csv.open(QIODevice::WriteOnly));
    csv.write(boxes_csv_.toUtf8());
  }

  void known_answers_data() {
    QTest::addColumn<bool>("rendered");
    QTest::newRow("observed") << false;
    QTest::newRow("rendered") << true;
  }

  void known_answers() {
    QFETCH(bool, rendered);
    const Network network = known_network();
    ExtractionSettings settings;
    settings.layers = {"area", "invariant"};
    settings.preprocessing = Preprocessing::custom({0, 0, 0}, {1, 1, 1});
    RenderSettings rendering;
    rendering.cut = {SegmentBy::Box, Fill::MeanColour, 0.004};
    rendering.smallest = 0.03;
    rendering.largest = 0.3;
    rendering.most_enlarged = 10;
    rendering.scales = 5;
    const auto rows = [&](const Network& one, const JobCallback& progress) {
      return rendered ? rendered_scales(one, boxes_, settings, rendering, ScaleMeasure::Area, {}, progress)
                      : observed_scales(one, boxes_, settings, ScaleMeasure::Area, {}, progress);
    };
    const Extraction extraction = rows(network, {});
    QVERIFY(extraction.rows.size() >= (rendered ? 150U : 40U));
    for (const Row& row : extraction.rows) { // an object keeps its aspect, and moves only as far as it must
      const auto own = std::ranges::find_if(boxes_, [&](const Sample& one) { return one.group == row.group; });
      const auto name =
          std::ranges::find(box_covariate_names, std::string_view("aspect")) - box_covariate_names.begin();
      QVERIFY(std::abs(row.covariates[static_cast<std::size_t>(name)] - std::log(own->box->width / own->box->height)) <
              1e-9);
      const double half_width = std::sqrt(row.target * own->box->width / own->box->height) / 2; // of the image
      const double centre = (own->box->x + own->box->width / 2) / side;
      QVERIFY(std::abs(row.covariates[0] - std::clamp(centre, half_width, 1 - half_width)) < 1e-9);
    }
    const double linear = mean_r2(network, settings.layers, rows, 0);
    const double invariant = mean_r2(network, settings.layers, rows, 1);
    QVERIFY2(linear > 0.98, qPrintable(QString::number(linear))); // not 1, as the largest object is clipped
    QVERIFY2(invariant < 0.05, qPrintable(QString::number(invariant)));
  }

  void a_target_is_no_box() {
    auto samples = boxes_;
    samples[1].box.reset();
    samples[1].target = 0.5;
    ExtractionSettings settings;
    settings.layers = {"area"};
    settings.preprocessing = Preprocessing::custom({0, 0, 0}, {1, 1, 1});
    const QString said =
        error_text([&] { (void)observed_scales(known_network(), samples, settings, ScaleMeasure::Area); });
    QVERIFY2(said.contains("box-01.png has no box"), qPrintable(said));
  }

  // Ten copies of an image that differ by noise are no ten images. With every copy in a group of its own they would
  // be: an image's twins tell its scale.
  void copies_of_an_image_do_not_raise_r2() {
    constexpr int sources = 120;
    constexpr int copies = 10;
    QVERIFY(QDir(folder_.path()).mkdir("copies"));
    std::mt19937 random(5);
    std::uniform_int_distribution<int> noise(-12, 12);
    SceneOptions how;
    how.width = how.height = side;
    std::vector<Sample> originals;
    std::vector<Sample> copied;
    for (int i = 0; i < sources; ++i) {
      const Scene scene = make_scene(how, static_cast<std::uint64_t>(i));
      for (int copy = 0; copy < copies; ++copy) {
        Image image = scene.image;
        for (auto& value : image.pixels)
          value = static_cast<std::uint8_t>(std::clamp(value + noise(random), 0, 255));
        const QString name = QString("%1-%2.png").arg(i).arg(copy);
        QImage(image.pixels.data(), side, side, 3 * side, QImage::Format_RGB888).save(file("copies/" + name));
        copied.push_back({name.toStdString(), to_path(file("copies/" + name)), std::to_string(i), "", scene.box, {}});
        if (copy == 0)
          originals.push_back(copied.back());
      }
    }
    ModelSource source;
    source.architecture = "resnet18";
    source.random_weights = true;
    RunOptions options;
    options.input_size = 64;
    options.threads = 2;
    const Network network = Network::open(source, options);
    ExtractionSettings settings;
    settings.layers = {"layer1.1"};
    settings.preprocessing = Preprocessing::named("torch");
    const auto r2_of = [&](const std::vector<Sample>& samples) {
      return mean_r2(
          network, settings.layers,
          [&](const Network& one, const JobCallback&) {
            return observed_scales(one, samples, settings, ScaleMeasure::Area);
          },
          0);
    };
    const double once = r2_of(originals);
    const double grouped = r2_of(copied);
    for (Sample& sample : copied)
      sample.group = sample.id;
    const double ungrouped = r2_of(copied);
    const auto figures = QString("%1 once, %2 grouped, %3 ungrouped").arg(once).arg(grouped).arg(ungrouped);
    QVERIFY2(once > 0.2, qPrintable(figures)); // there is something that copies could raise
    QVERIFY2(grouped <= once + 0.02, qPrintable(figures));
    QVERIFY2(ungrouped > once + 0.2, qPrintable(figures));
  }

  void random_scale_is_near_0_where_images_share_their_targets_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("image-size") << experiment("image-size", "shared-sizes",
                                              {"--sizes", "48,64,96,128", "--arch", "resnet18", "--random-weights",
                                               "--input-size", "64", "--layers", "layer1.0,layer4.1"});
    QTest::newRow("rendered") << experiment("object-scale", "shared-scales",
                                            {"--rendered",
                                             "--most-enlarged",
                                             "1000",
                                             "--min-scale",
                                             "0.03",
                                             "--max-scale",
                                             "0.3",
                                             "--scales",
                                             "4",
                                             "--cut-out",
                                             "box",
                                             "--fill",
                                             "mean",
                                             "--model",
                                             file("known.pt"),
                                             "--input-size",
                                             QString::number(side),
                                             "--layers",
                                             "area,invariant",
                                             "--mean",
                                             "0,0,0",
                                             "--std",
                                             "1,1,1"});
  }

  // Every image has the same targets in the same order: images that only change places would keep theirs.
  void random_scale_is_near_0_where_images_share_their_targets() {
    QFETCH(QStringList, arguments);
    const auto ended = run(arguments + QStringList{"--controls", "random-scale"});
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    const QString out = arguments[arguments.indexOf("--out") + 1];
    const auto record = QJsonDocument::fromJson(read_all(out + "/analysis.json")).object();
    double highest = 0;
    for (const QJsonValue layer : record["layers"].toArray()) {
      const double own = layer["r2_mean"].toDouble();
      const double random = layer["controls"]["random_scale"]["r2_mean"].toDouble();
      highest = std::max(highest, own);
      QVERIFY2(std::abs(random) < 0.1, qPrintable(QString("%1 beside %2").arg(random).arg(own)));
    }
    QVERIFY2(highest > 0.5, qPrintable(QString::number(highest)));
    QCOMPARE(record["peak_test"]["p"].toDouble(), 0.05); // of 19 permutations none reached the peak
    QVERIFY2(ended.out.contains("peak: p <= 0.05 (19 permutations)."), qPrintable(ended.out));
    const QByteArray page = read_all(out + "/report.html");
    QCOMPARE(page.count(QByteArray("p &lt;= 0.05 (19 permutations)")), 3); // headline, figure, paragraph
    QVERIFY(!page.contains("p = "));
  }

  void resumes_where_it_was_interrupted_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("more");
    QTest::newRow("rendered") << "object-scale" << QStringList{"--rendered", "--most-enlarged", "5", "--scales", "4"};
    QTest::newRow("image-size") << "image-size" << QStringList{"--sizes", "64,96,128"};
    QTest::newRow("noise") << "noise" << QStringList{"--sizes", "64,96,128", "--images", "20"};
  }

  // The numbers are those of a run that nothing interrupted; images that were done are not made again.
  void resumes_where_it_was_interrupted() {
    QFETCH(QString, name);
    QFETCH(QStringList, more);
    const QString tag = QTest::currentDataTag();
    more += small_network() + QStringList{"--batch", "4"};
    const auto whole = run(experiment(name, tag + "-whole", more));
    QVERIFY2(whole.code == 0, qPrintable(whole.err));
    const auto arguments = experiment(name, tag, more + QStringList{"--resume"});
    run_and_interrupt(arguments);
    QVERIFY(!QFile::exists(file(tag + "/curve.csv")));
    const auto resumed = run(arguments);
    QVERIFY2(resumed.code == 0, qPrintable(resumed.err));
    const QStringList written = QDir(file(tag + "-whole")).entryList(QDir::Files);
    QVERIFY(written.contains("report.html") && written.contains("analysis.json") && written.contains("curve.csv"));
    for (const QString& one : written)
      QVERIFY2(read_all(file(tag + "/" + one)) == read_all(file(tag + "-whole/" + one)), qPrintable(one));
    QVERIFY(!QFile::exists(file(tag + "/unfinished")));
    const auto from_cache = QRegularExpression("(\\d+) of (\\d+) images from the cache").match(resumed.out);
    QVERIFY2(from_cache.hasMatch(), qPrintable(resumed.out));
    QVERIFY(from_cache.captured(1).toInt() > 0);
    const auto rows = QRegularExpression("(\\d+) rows").match(resumed.out).captured(1).toInt();
    QCOMPARE(from_cache.captured(2).toInt(), 3 * rows); // the network and two draws of weights, nothing twice
  }

  // Sixteen times as many rendered images: only their features are kept.
  void memory_does_not_grow_with_the_rendered_images() {
    const auto peak = [&](const QString& scales) {
      return peak_memory({"experiment",
                          "object-scale",
                          "--rendered",
                          "--scales",
                          scales,
                          "--most-enlarged",
                          "9",
                          "--data",
                          file("boxes/boxes.csv"),
                          "--out",
                          file("memory-" + scales),
                          "--arch",
                          "resnet18",
                          "--random-weights",
                          "--input-size",
                          "64",
                          "--layers",
                          "layer1.0",
                          "--controls",
                          "random-scale",
                          "--repetitions",
                          "1",
                          "--permutations",
                          "0",
                          "--no-cache",
                          "--batch",
                          "4",
                          "--quiet"});
    };
    const double few = peak("6");
    const double many = peak("96");
    QVERIFY(few > 0);
    const auto images = [&](const QString& scales) {
      const auto record = QJsonDocument::fromJson(read_all(file("memory-" + scales + "/analysis.json"))).object();
      return record["rows"].toArray().size();
    };
    QVERIFY2(images("6") > 200, qPrintable(QString::number(images("6"))));
    QVERIFY(images("96") > 15 * images("6"));
    QVERIFY2(many < 1.1 * few, qPrintable(QString("%1 MiB, %2 MiB").arg(few).arg(many)));
  }

  // A channel that fires for one image only: without clipping R2 depends on it, and the image is named.
  void says_where_r2_is_not_firm() {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    const auto notes_of = [&](Protocol protocol) {
      Collected collected{
          {.probe = Probe({{"steady", 2}, {"hardly", 2}}), .rows = {}, .left_out = {}, .notes = {}}, {}, {1, 2}};
      Extraction& extraction = collected.extraction;
      for (int i = 0; i < 40; ++i) {
        const std::string id = std::to_string(i);
        const float target = normal(random);
        extraction.rows.push_back({id, id, id, target});
        const std::vector<float> steady{normal(random), target + normal(random)};
        const std::vector<float> hardly{normal(random), i == 17 ? 1.F : 1e-4F * (target + normal(random))};
        extraction.probe.add(std::vector<std::int64_t>{i}, std::vector<std::span<const float>>{steady, hardly});
      }
      AnalysisSettings settings;
      settings.protocol = protocol;
      settings.repetitions = 2;
      return fit(std::move(collected), settings, 1).notes;
    };
    for (const Protocol protocol : {Protocol::Ridge, Protocol::RidgeUnclipped, Protocol::Paper}) {
      const auto notes = notes_of(protocol);
      QCOMPARE(notes.size(), std::size_t{1});
      const auto note = QString::fromStdString(notes[0]);
      QVERIFY2(note.startsWith("R2 depends on a few images at some layers: at hardly it is ") &&
                   !note.contains("steady") && note.endsWith("without, because of 17 (one repetition)."),
               qPrintable(note));
    }
  }

  // Every reference leads to the page itself, and its table says what curve.csv says.
  void the_report_is_self_contained_and_says_what_the_csv_says() {
    for (const char* tag : {"rendered-whole", "image-size-whole", "noise-whole"}) {
      const QByteArray html = read_all(file(QString(tag) + "/report.html"));
      QVERIFY(!html.isEmpty());
      for (const char* what : {"<script", "<link", "@import", "@font-face", "<iframe", "<object"})
        QVERIFY2(!html.contains(what), what);
      const QRegularExpression outside("(src|href|srcset|data|action)=\"(?!#|data:)|url\\((?!#)");
      QVERIFY2(!QString::fromUtf8(html).contains(outside), tag);

      const QStringList lines = QString::fromUtf8(read_all(file(QString(tag) + "/curve.csv"))).trimmed().split('\n');
      QStringList expected;
      for (const QString& line : lines.mid(1)) {
        const QStringList cells = line.split(',');
        QStringList texts = cells.mid(0, 3);
        const QStringList columns = lines[0].split(',');
        for (qsizetype i = 3; i < cells.size(); ++i) {
          const QString text =
              cells[i].isEmpty() ? "–" : QString::number(cells[i].toDouble(), 'f', 3).replace("-0.000", "0.000");
          if (columns[i].endsWith("r2_high") && !cells[i].isEmpty())
            texts.last() += " to " + text;
          else if (!columns[i].endsWith("r2_high"))
            texts << text;
        }
        expected << texts.join(',');
      }
      QStringList rows = rows_of_first_table(html).mid(1).replaceInStrings(QChar(0x2212), "-");
      double peaks = 0; // how often a layer is the highest of all, and the RMSE stand last
      for (QString& row : rows) {
        peaks += row.section(',', -2, -2).chopped(2).toDouble();
        const double rmse = rmse_of(row.section(',', 0, 0), read_all(file(QString(tag) + "/predictions.csv")));
        QVERIFY2(std::abs(row.section(',', -1).toDouble() / rmse - 1) < 0.1, qPrintable(row)); // of rounded numbers
        row = row.section(',', 0, -3);
      }
      QCOMPARE(rows, expected);
      QVERIFY(std::abs(peaks - 100) <= static_cast<double>(rows.size()));
    }
  }

  // The output that was chosen, and the form of the images, are recorded.
  void the_choice_of_an_output_is_recorded() {
    const QString model = file("several.pt");
    handmade::write_several_outputs(to_path(model));
    const QString layers = run({"layers", "--model", model, "--input-size", "32"}).out;
    QVERIFY2(layers.contains("input 32 x 32 x 3") && layers.contains("* the block."), qPrintable(layers));
    QVERIFY(!layers.contains("returns no tensor")); // explains a dash, and there is none
    for (const auto& [chosen, output, channels] :
         {std::tuple{"", "logits", 4}, std::tuple{"other", "other", 2}, std::tuple{"2", "other", 2}}) {
      QStringList arguments{"analyze",      "--model", model,           "--data", file("boxes/boxes.csv"),
                            "--input-size", "32",      "--repetitions", "1",      "--layers",
                            "output,first", "--out",   file("choice")};
      if (*chosen != '\0')
        arguments << "--output" << chosen;
      const Ended ended = run(arguments);
      QVERIFY2(ended.code == 0, qPrintable(ended.err));
      const QJsonObject record = QJsonDocument::fromJson(read_all(file("choice/analysis.json"))).object();
      QCOMPARE(record["model"].toObject()["output"].toString(), output);
      QCOMPARE(record["model"].toObject()["outputs"].toArray(), (QJsonArray{"map", "logits", "other"}));
      for (const auto& layer : record["layers"].toArray())
        if (layer.toObject()["layer"] == "output")
          QCOMPARE(layer.toObject()["channels"].toInt(), channels);
    }
  }
};

QTEST_GUILESS_MAIN(ExperimentTest)
#include "experiment_test.moc"
