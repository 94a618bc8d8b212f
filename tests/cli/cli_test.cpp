// scalescope-cli as a person runs it: what it writes, what it prints, how it ends.

#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>
#include <QThread>

#include <cmath>
#include <csignal>
#include <sys/mount.h>

namespace {

struct Run {
  int code = -1;
  QString out;
  QString err;
  QString all() const { return out + err; }
};

Run run(const QStringList& arguments, const QString& folder = {}) {
  QProcess program;
  if (!folder.isEmpty())
    program.setWorkingDirectory(folder);
  program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
  program.waitForFinished(-1);
  return {program.exitStatus() == QProcess::NormalExit ? program.exitCode() : -1,
          QString::fromUtf8(program.readAllStandardOutput()), QString::fromUtf8(program.readAllStandardError())};
}

void write_all(const QString& file, const QByteArray& bytes) {
  QDir().mkpath(QFileInfo(file).path());
  QFile f(file);
  QVERIFY(f.open(QIODevice::WriteOnly));
  QCOMPARE(f.write(bytes), bytes.size());
}

// The numbers of a column of a CSV with a header.
QList<double> column(const QByteArray& csv, const QByteArray& name) {
  const auto lines = csv.trimmed().split('\n');
  const auto index = lines.first().split(',').indexOf(name);
  QList<double> numbers;
  for (int i = 1; index >= 0 && i < lines.size(); ++i)
    numbers << lines[i].split(',')[index].toDouble();
  return numbers;
}

QString xml(const QByteArray& box, const QByteArray& image = "scene-00000.png") {
  return QString::fromUtf8("<annotation><filename>" + image + "</filename><object><name>a</name><bndbox>" + box +
                           "</bndbox></object></annotation>");
}

void copy_folder(const QString& from, const QString& to) {
  QDir().mkpath(to);
  for (const auto& entry : QDir(from).entryInfoList(QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot)) {
    if (entry.isDir())
      copy_folder(entry.filePath(), to + "/" + entry.fileName());
    else
      QVERIFY(QFile::copy(entry.filePath(), to + "/" + entry.fileName()));
  }
}

} // namespace

class CliTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QString scenes_;

  QString path(const QString& name) const { return folder_.filePath(name); }

  // A small network on small scenes: seconds, not minutes.
  QStringList analyze(const QString& out, const QStringList& more = {}, const QString& data = {}) const {
    return QStringList{"analyze",      "--arch", "resnet18",      "--random-weights",
                       "--input-size", "64",     "--data",        data.isEmpty() ? scenes_ : data,
                       "--out",        out,      "--repetitions", "2",
                       "--no-cache"} +
           more;
  }

  // The same with one layer, where what is read and said is tested and not the curve.
  QStringList analyze_one(const QString& out, const QStringList& more, const QString& data) const {
    return analyze(out, QStringList{"--layers", "layer1.0"} + more, data);
  }

  static QStringList bench(const QStringList& more = {}) {
    const QStringList small{"bench", "--arch", "resnet18", "--random-weights", "--input-size", "64", "--batch", "4"};
    return small + (more.contains("--seconds") ? more : more + QStringList{"--seconds", "0.05"});
  }

  // One sentence on stderr that names the thing, exit code 1, nothing written.
  void expect_error(const QStringList& arguments, const QStringList& words, const QString& out = {}) const {
    const Run result = run(arguments);
    QVERIFY2(result.code == 1, qPrintable(result.all()));
    const QString message = result.err.section("scalescope-cli: ", 1).trimmed();
    QVERIFY2(!message.isEmpty() && !message.contains('\n'), qPrintable(result.all()));
    for (const auto& word : words)
      QVERIFY2(message.contains(word), qPrintable(message + " [lacks] " + word));
    if (!out.isEmpty())
      QVERIFY2(!QFileInfo::exists(out) || QDir(out).isEmpty(), "something was left in the output folder");
  }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", path("cache").toUtf8()); // nothing of an earlier build's, and nothing of the user's
    scenes_ = path("scenes");
    const Run made = run({"scenes", "--out", scenes_, "--count", "40", "--size", "96", "--seed", "3"});
    QVERIFY2(made.code == 0, qPrintable(made.all()));
  }

  void help_and_usage() {
    for (const char* command : {"layers", "analyze", "bench", "scenes", "cache", "devices", "experiment", "prune",
                                "transfer", "compare", "demo"}) {
      const Run help = run({command, "--help"});
      QCOMPARE(help.code, 0);
      QVERIFY2(help.out.contains("EXAMPLE") && help.out.contains("scalescope-cli " + QString(command)),
               qPrintable(help.out));
    }
    const Run version = run({"--version"});
    QCOMPARE(version.code, 0);
    for (const char* library : {"scalescope-cli ", "LibTorch ", "OpenVINO", "OpenCV "})
      QVERIFY2(version.out.contains(library), qPrintable(version.out));
    QCOMPARE(run({}).code, 2);
    QCOMPARE(run({"analyse"}).code, 2);
    QCOMPARE(run({"layers"}).code, 2);                       // no model
    QCOMPARE(run({"layers", "--arch", "resnet18"}).code, 2); // neither weights nor --random-weights
    QCOMPARE(run(analyze(path("never"), {"--protocol", "sloppy"})).code, 2);
    QCOMPARE(run(analyze(path("never"), {"--mean", "0.5,0.5,0.5"})).code, 2); // without --std
    QVERIFY(!QFileInfo::exists(path("never")));
  }

  void output_that_cannot_be_written() {
    const auto shell = [](const QString& rest) {
      QProcess sh;
      sh.start("/bin/bash", {"-c", "set -o pipefail; \"$1\" " + rest, "sh", SCALESCOPE_CLI});
      sh.waitForFinished(-1);
      return Run{sh.exitCode(), QString::fromUtf8(sh.readAllStandardOutput()),
                 QString::fromUtf8(sh.readAllStandardError())};
    };
    const QString layers = "layers --arch resnet50 --random-weights --no-cache --json ";
    const Run head = shell(layers + "| head -c 10"); // a reader that has what it wants is no error
    QCOMPARE(head.code, 0);
    QCOMPARE(head.err, QString());
    for (const QString& output : {layers, QString("cache info "), QString("--version "), QString("analyze --help ")}) {
      const Run full = shell(output + "> /dev/full"); // short outputs fail at the end
      QVERIFY2(full.code == 1, qPrintable(output));
      QVERIFY2(full.err.contains("No space left") && full.err.count('\n') == 1, qPrintable(full.err));
    }
  }

  void layers_as_table_and_json() {
    const QStringList arguments{"layers", "--arch", "resnet18", "--random-weights", "--input-size", "64"};
    const Run table = run(arguments);
    QVERIFY2(table.code == 0, qPrintable(table.all()));
    QVERIFY(table.out.contains(QRegularExpression("\\* layer3\\.1 +BasicBlock +256 x 4 x 4 ")));
    const Run json = run(arguments + QStringList{"--json"});
    const auto network = QJsonDocument::fromJson(json.out.toUtf8()).object();
    QCOMPARE(network["blocks"].toArray().size(), 8);
    QCOMPARE(network["input_size"].toInt(), 64);
    QVERIFY(network["layers"].toArray().size() > 60);
  }

  // A line for the CPU, with what the kernel calls it; a GPU, or why there is none, which asking for it says too.
  void devices_and_why_not() {
    const Run result = run({"devices"});
    QVERIFY2(result.code == 0, qPrintable(result.all()));
    const auto model = QRegularExpression("model name\\s*: (.+)").match(QString::fromUtf8(read_all("/proc/cpuinfo")));
    const QString cores = QString("%1 core").arg(QThread::idealThreadCount());
    QVERIFY2(result.out.contains(QRegularExpression("^  cpu +.*" + QRegularExpression::escape(cores),
                                                    QRegularExpression::MultilineOption)) &&
                 result.out.contains(model.captured(1)),
             qPrintable(result.out));
    QVERIFY2(result.out.contains(QRegularExpression("  libtorch +LibTorch [12]\\.\\d+\\.\\d+: float32")),
             qPrintable(result.out));
    const auto openvino =
        QRegularExpression("  openvino +(OpenVINO 20.+ on the CPU|not available: .+)").match(result.out);
    QVERIFY2(openvino.hasMatch(), qPrintable(result.out));
    const auto why = QRegularExpression("  cuda +not available: (.+)").match(result.out);
    if (why.hasMatch())
      expect_error(analyze(path("no-gpu"), {"--device", "cuda"}), {"cuda", why.captured(1)}, path("no-gpu"));
    else
      QVERIFY2(result.out.contains(QRegularExpression("  cuda:0 +\\S.+ GiB")), qPrintable(result.out));
  }

  // A row for each engine and precision: positive rates, or the sentence that says why not.
  void bench_as_table_and_json() {
    const Run json = run(bench({"--json"}));
    QVERIFY2(json.code == 0, qPrintable(json.all()));
    QCOMPARE(json.err, QString());
    const auto result = QJsonDocument::fromJson(json.out.toUtf8()).object();
    QCOMPARE(result["bare_layer"].toString(), QString("output"));
    QCOMPARE(result["taps"].toArray().size(), 10); // 8 blocks, output, softmax
    QCOMPARE(result["batch"].toInt(), 4);
    QSet<QString> combinations;
    QStringList automatic;
    for (const auto& value : result["rows"].toArray()) {
      const auto row = value.toObject();
      const QString name = row["engine"].toString() + " " + row["precision"].toString();
      combinations << name;
      if (row["auto"].toBool())
        automatic << name;
      QVERIFY2(row.contains("reason") != row.contains("bare_images_per_second"), qPrintable(json.out));
      if (row.contains("reason")) {
        QVERIFY2(row["reason"].toString().endsWith('.'), qPrintable(json.out));
        continue;
      }
      for (const char* key : {"bare_images_per_second", "taps_images_per_second", "one_image_milliseconds"})
        QVERIFY2(row[key].toDouble() > 0, qPrintable(json.out));
    }
    QCOMPARE(combinations,
             (QSet<QString>{"openvino float32", "openvino bfloat16", "libtorch float32", "libtorch bfloat16"}));

    // The star is where analyze runs by itself.
    const Run analysis = run(analyze(path("bench-auto"), {"--quiet"}));
    QVERIFY2(analysis.code == 0, qPrintable(analysis.all()));
    const auto record = QJsonDocument::fromJson(read_all(path("bench-auto/analysis.json"))).object();
    const bool openvino = record["run"].toObject()["engine"].toString().startsWith("OpenVINO");
    QCOMPARE(automatic, QStringList(openvino ? "openvino float32" : "libtorch float32"));

    const Run table = run(bench());
    QVERIFY2(table.code == 0, qPrintable(table.all()));
    const QString star = openvino ? "\\* OpenVINO" : "\\* LibTorch";
    QVERIFY2(table.out.contains(QRegularExpression(star + " [0-9.]+ +float32( +[0-9.]+){3}\n")), qPrintable(table.out));
    for (const char* row : {"OpenVINO[0-9. ]* +float32 ", "OpenVINO[0-9. ]* +bfloat16 ", "LibTorch [0-9.]+ +float32 ",
                            "LibTorch[0-9. ]* +bfloat16 "})
      QVERIFY2(table.out.contains(QRegularExpression(row)), qPrintable(table.out));
  }

  // Only the engine or precision that is asked for is measured; one that can't be had is an error.
  void bench_of_one_engine() {
    const Run one = run(bench({"--json", "--engine", "libtorch", "--precision", "float32"}));
    QVERIFY2(one.code == 0, qPrintable(one.all()));
    const auto rows = QJsonDocument::fromJson(one.out.toUtf8()).object()["rows"].toArray();
    QCOMPARE(rows.size(), 1);
    QVERIFY(rows[0].toObject()["name"].toString().startsWith("LibTorch "));
    expect_error(bench({"--device", "cuda:97"}), {"cuda:97"});

    const Run all = run(bench({"--json"}));
    for (const auto& value : QJsonDocument::fromJson(all.out.toUtf8()).object()["rows"].toArray()) {
      const auto row = value.toObject();
      if (row.contains("reason"))
        expect_error(
            bench({"--json", "--engine", row["engine"].toString(), "--precision", row["precision"].toString()}),
            {row["reason"].toString()});
    }
  }

  void interrupt_ends_bench() {
    QProcess program;
    program.start(QStringLiteral(SCALESCOPE_CLI), bench({"--seconds", "3600"}));
    program.setReadChannel(QProcess::StandardError);
    QVERIFY(program.waitForReadyRead(60000)); // "Measuring ..."
    QCOMPARE(::kill(static_cast<pid_t>(program.processId()), SIGINT), 0);
    QVERIFY(program.waitForFinished(60000));
    QCOMPARE(program.exitCode(), 130);
    QCOMPARE(program.readAllStandardOutput(), QByteArray());
  }

  // Everything analyze promises to write, and that the same seed writes the same bytes.
  void analyze_writes_the_same_twice() {
    const QStringList more{"--features", "--controls", "random-weights,random-scale", "--quiet"};
    for (const char* out : {"first", "second"}) {
      const Run result = run(analyze(path(out), more));
      QVERIFY2(result.code == 0, qPrintable(result.all()));
      QCOMPARE(result.all(), QString());
    }
    const QByteArray curve = read_all(path("first/curve.csv"));
    QCOMPARE(curve.left(curve.indexOf('\n')),
             QByteArray("layer,depth,channels,r2_mean,r2_sd,r2_low,r2_high,random_weights_r2_mean,random_weights_r2_sd,"
                        "random_weights_r2_low,random_weights_r2_high,random_scale_r2_mean,random_scale_r2_sd"));
    QCOMPARE(column(curve, "r2_mean").size(), 10); // 8 blocks, output, softmax
    QCOMPARE(curve, read_all(path("second/curve.csv")));
    QCOMPARE(QDir(path("first/features")).entryList(QDir::Files).size(), 11);
    for (const auto& name : QDir(path("first/features")).entryList(QDir::Files))
      QCOMPARE(read_all(path("first/features/" + name)), read_all(path("second/features/" + name)));
    QVERIFY(read_all(path("first/curve.png")).startsWith("\x89PNG"));
    QVERIFY(read_all(path("first/curve.svg")).contains("layer4.1"));
    QCOMPARE(QDir(path("first")).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(), 7);

    const auto record = QJsonDocument::fromJson(read_all(path("first/analysis.json"))).object();
    QCOMPARE(record["rows"].toArray().size(), 40);
    QCOMPARE(record["layers"].toArray()[0].toObject()["r2"].toArray().size(), 2);
    for (const char* key : {"model", "data", "settings", "versions", "run", "folds", "left_out", "seconds"})
      QVERIFY2(record.contains(key), key);

    // Its folds give the same curve, whatever the seed says.
    const Run again = run(analyze(path("third"), {"--folds", path("first/analysis.json"), "--quiet"}));
    QVERIFY2(again.code == 0, qPrintable(again.all()));
    const auto repeated = column(read_all(path("third/curve.csv")), "r2_mean");
    QCOMPARE(repeated.size(), 10);
    for (int i = 0; i < 10; ++i) // to rounding: without the control there are fewer right-hand sides
      QVERIFY(std::abs(repeated[i] - column(curve, "r2_mean")[i]) < 1e-9);
    // Other folds don't.
    const Run other = run(analyze(path("fourth"), {"--quiet", "--seed", "7"}));
    QVERIFY2(other.code == 0, qPrintable(other.all()));
    QVERIFY(column(read_all(path("fourth/curve.csv")), "r2_mean") != column(curve, "r2_mean"));
  }

  // What takes long is done once: another protocol, target or number of repetitions needs no second pass.
  void the_cache() {
    const auto cached = [&](const char* out, const QStringList& more) {
      auto arguments = analyze(path(out));
      arguments.removeAll("--no-cache");
      const Run result = run(arguments + more);
      const auto record = QJsonDocument::fromJson(read_all(path(out) + "/analysis.json")).object();
      return result.code == 0 ? record["pictures"].toObject() : QJsonObject{{"error", result.all()}};
    };
    QCOMPARE(cached("cache-1", {}), (QJsonObject{{"network", 40}, {"cache", 0}}));
    QCOMPARE(cached("cache-2", {"--protocol", "paper"}), (QJsonObject{{"network", 0}, {"cache", 40}}));
    QCOMPARE(cached("cache-3", {"--no-cache"}), (QJsonObject{{"network", 40}, {"cache", 0}}));
    QCOMPARE(cached("cache-4", {"--seed", "0"}), (QJsonObject{{"network", 0}, {"cache", 40}}));
    QCOMPARE(read_all(path("cache-4/curve.csv")), read_all(path("cache-1/curve.csv")));
    const Run info = run({"cache", "info"});
    QVERIFY2(info.out.contains(path("cache/scalescope")) && info.out.contains("Entries: 41"), qPrintable(info.all()));
    QVERIFY(run({"cache", "clear"}).out.contains("Removed 41 entries"));
    QVERIFY(run({"cache", "info"}).out.contains("Entries: 0"));
    QCOMPARE(run({"cache"}).code, 2);
  }

  void one_thread_and_two_agree() {
    QList<QList<double>> curves;
    for (const char* threads : {"1", "2"}) {
      const QString out = path(QString("threads") + threads);
      const Run result = run(analyze(out, {"--threads", threads, "--quiet"}));
      QVERIFY2(result.code == 0, qPrintable(result.all()));
      curves << column(read_all(out + "/curve.csv"), "r2_mean");
    }
    QCOMPARE(curves[0].size(), 10);
    for (int i = 0; i < 10; ++i)
      QVERIFY2(std::abs(curves[0][i] - curves[1][i]) < 1e-4, qPrintable(QString::number(curves[0][i] - curves[1][i])));
  }

  void paper_protocol_and_chosen_layers() {
    const Run result = run(analyze(path("paper"), {"--protocol", "paper", "--layers", "layer1.0,bn1", "--quiet"}));
    QVERIFY2(result.code == 0, qPrintable(result.all()));
    QCOMPARE(column(read_all(path("paper/curve.csv")), "channels"), (QList<double>{64, 64}));
    const auto record = QJsonDocument::fromJson(read_all(path("paper/analysis.json"))).object();
    QCOMPARE(record["settings"].toObject()["protocol"].toString(), QString("paper"));
  }

  // The clipped protocol on the folds of an unclipped analysis, which are its own; with the names of 0.1.0, too.
  void clipped_protocol_on_unclipped_folds() {
    const auto record = [&](const QString& out, const QStringList& more) {
      const Run result = run(analyze(path(out), QStringList{"--layers", "layer1.0", "--quiet"} + more));
      return result.code == 0 ? QJsonDocument::fromJson(read_all(path(out) + "/analysis.json")).object()
                              : QJsonObject();
    };
    const auto robust = record("robust", {"--protocol", "ridge-unclipped"});
    const auto on_folds = record("clipped", {"--protocol", "clipped", "--folds", path("robust/analysis.json")});
    QCOMPARE(on_folds["settings"].toObject()["protocol"].toString(), QString("ridge"));
    auto folds = robust["folds"].toObject();
    QVERIFY(!folds["repetitions"].toArray().isEmpty());
    folds["protocol"] = "ridge";
    QCOMPARE(on_folds["folds"].toObject(), folds);
    QCOMPARE(record("clipped-drawn", {})["layers"].toArray(), on_folds["layers"].toArray());
    QVERIFY(on_folds["layers"].toArray() != robust["layers"].toArray());
    // Without a protocol the file's, and with one both ways; least squares has folds of another kind.
    QCOMPARE(record("again", {"--folds", path("clipped/analysis.json")})["layers"].toArray(),
             on_folds["layers"].toArray());
    QCOMPARE(record("back", {"--protocol", "robust", "--folds", path("clipped/analysis.json")})["layers"].toArray(),
             robust["layers"].toArray());
    expect_error(analyze(path("never"),
                         {"--protocol", "paper", "--folds", path("robust/analysis.json"), "--layers", "layer1.0"}),
                 {"robust/analysis.json", "paper"}, path("never"));
  }

  // Any numeric column can be the target; a grouped CSV keeps groups together.
  void csv_target() {
    QByteArray csv = "file,brightness,group\n";
    for (int i = 0; i < 40; ++i)
      csv += QString("scenes/images/scene-%1.png,%2,g%3\n").arg(i, 5, 10, QChar('0')).arg(i % 7).arg(i / 2).toUtf8();
    write_all(path("rows.csv"), csv);
    const Run result = run(analyze_one(path("csv"), {"--target", "brightness", "--quiet"}, path("rows.csv")));
    QVERIFY2(result.code == 0, qPrintable(result.all()));
    const auto record = QJsonDocument::fromJson(read_all(path("csv/analysis.json"))).object();
    QCOMPARE(record["data"].toObject()["target"].toString(), QString("brightness"));
    QCOMPARE(record["rows"].toArray()[8].toObject()["target"].toDouble(), 1.0);
    const auto outer = record["folds"].toObject()["repetitions"].toArray()[0].toObject()["outer"].toArray();
    for (int i = 0; i < 40; i += 2)
      QCOMPARE(outer[i].toInt(), outer[i + 1].toInt());
    expect_error(analyze(path("none"), {"--target", "brigthness"}, path("rows.csv")),
                 {"rows.csv", "brigthness", "brightness"}, path("none"));
  }

  void a_broken_image_among_good_ones_is_left_out() {
    const QString data = path("broken-image");
    copy_folder(scenes_, data);
    QByteArray png = read_all(data + "/images/scene-00004.png");
    write_all(data + "/images/scene-00004.png", png.left(png.size() / 2));
    const Run result = run(analyze_one(path("broken-out"), {}, data));
    QVERIFY2(result.code == 0, qPrintable(result.all()));
    QVERIFY2(result.err.contains("scene-00004.png"), qPrintable(result.err));
    const auto record = QJsonDocument::fromJson(read_all(path("broken-out/analysis.json"))).object();
    QCOMPARE(record["rows"].toArray().size(), 39);
    QCOMPARE(record["left_out"].toArray().size(), 1);
    QVERIFY(record["left_out"].toArray()[0].toObject()["what"].toString().contains("scene-00004"));
  }

  void bad_annotations_data() {
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("cause");
    QTest::newRow("cut") << "<annotation><object><bndbox><xmin>1"
                         << "";
    QTest::newRow("entity bomb") << "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                                    "<annotation><filename>&b;</filename></annotation>"
                                 << "entit";
    const QByteArray box = "<xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>";
    QTest::newRow("missing image") << xml(box, "nowhere.png").replace("scene-00000", "x") << "nowhere.png";
    QTest::newRow("no area") << xml("<xmin>5</xmin><ymin>1</ymin><xmax>5</xmax><ymax>9</ymax>") << "area";
    QTest::newRow("outside") << xml("<xmin>500</xmin><ymin>1</ymin><xmax>590</xmax><ymax>9</ymax>") << "96";
  }

  void bad_annotations() {
    QFETCH(QString, content);
    QFETCH(QString, cause);
    const QString data = path(QString("bad-") + QString(QTest::currentDataTag()).replace(' ', '-'));
    copy_folder(scenes_, data);
    QVERIFY(QFile::remove(data + "/annotations/scene-00000.xml"));
    write_all(data + "/annotations/wrong.xml", content.toUtf8());
    if (QString(QTest::currentDataTag()) == "missing image")
      QVERIFY(QFile::remove(data + "/images/scene-00000.png"));
    const QString out = data + "-out";
    expect_error(analyze(out, {}, data), {"wrong.xml", cause}, out);
    // Asked to go on, it lists the annotation instead.
    const Run result = run(analyze_one(out, {"--keep-going", "--quiet"}, data));
    QVERIFY2(result.code == 0, qPrintable(result.all()));
    const auto record = QJsonDocument::fromJson(read_all(out + "/analysis.json")).object();
    QCOMPARE(record["rows"].toArray().size(), 39);
    // An object without area leaves out itself, and then its image, which has no other.
    QCOMPARE(record["left_out"].toArray().size(), cause == "area" ? 2 : 1);
  }

  // What files are called must not do anything to a terminal, and a message is one line.
  void names_are_escaped() {
    const QString data = path("names");
    write_all(data + "/t.csv", "file,target\n\"a\x1b[2J\nb.png\",1\n");
    expect_error(analyze(path("names-out"), {}, data + "/t.csv"), {"a?[2J?b.png", "image is missing"});
    const Run left = run(analyze(path("names-out"), {"--keep-going"}, data + "/t.csv"));
    QVERIFY2(!left.all().contains('\x1b'), qPrintable(left.all()));
  }

  // libpng, OpenCV and LibTorch have their own opinions, which are not for a person.
  void libraries_are_quiet() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("sanitizers report where libraries write");
#endif
    const QString data = path("quiet");
    QDir().mkpath(data);
    const QByteArray image = read_all(scenes_ + "/images/scene-00000.png");
    QVERIFY(image.size() > 2000);
    QByteArray damaged = image; // in its compressed pixels, so that libpng finds it
    for (int i = 900; i < 1000; ++i)
      damaged[i] = '\x5a';
    write_all(data + "/a.png", damaged);
    write_all(data + "/b.png", image.left(image.size() / 2));
    write_all(data + "/t.csv", "file,target\na.png,1\nb.png,2\n");
    const Run read = run(analyze(path("quiet-out"), {}, data + "/t.csv"));
    QCOMPARE(read.code, 1);
    QString said = read.err;
    said.remove(data); // its random part may be any letters: it was "CRC" once
    for (const char* library : {"libpng", "OpenCV", "imdecode", "CRC", "ASSERT"})
      QVERIFY2(!said.contains(library), qPrintable(read.err));

    const Run prints = run({"layers", "--no-cache", "--input-size", "32", "--model",
                            QStringLiteral(SCALESCOPE_TESTS "/support/archives/prints.pt")});
    QCOMPARE(prints.code, 0);
    QVERIFY2(!prints.all().contains("was here"), qPrintable(prints.all()));
  }

  // Scenes of 96 x 96 pixels whose annotations say something else.
  void sizes_that_disagree_are_said_and_listed() {
    const QString data = path("sizes");
    copy_folder(scenes_, data);
    const auto annotate = [&](int scene, const QByteArray& size, const QByteArray& box) {
      const QByteArray name = QByteArrayLiteral("scene-0000") + QByteArray::number(scene);
      QByteArray text = xml(box, name + ".png").toUtf8();
      write_all(data + "/annotations/" + name + ".xml", text.replace("<object>", "<size>" + size + "</size><object>"));
    };
    annotate(1, "<width>192</width><height>192</height>",
             "<xmin>20</xmin><ymin>20</ymin><xmax>116</xmax><ymax>68</ymax>");
    annotate(2, "<width>48</width><height>48</height>", "<xmin>20</xmin><ymin>20</ymin><xmax>80</xmax><ymax>50</ymax>");
    write_all(data + "/annotations/classes.txt", "cat\n");
    const Run result = run(analyze_one(path("sizes-out"), {}, data));
    QVERIFY2(result.code == 0, qPrintable(result.all()));
    QVERIFY2(result.err.contains("Note: images/scene-00001.png: the annotation says 192 x 192, but the image has 96 x "
                                 "96 pixels: its box was scaled by 0.5"),
             qPrintable(result.err));
    QVERIFY2(result.err.contains("were not read: annotations/classes.txt") ||
                 result.err.contains("was not read: annotations/classes.txt"),
             qPrintable(result.err));
    QVERIFY2(result.out.contains("2 images or boxes were not used exactly as written (listed in analysis.json)."),
             qPrintable(result.out));
    const auto record = QJsonDocument::fromJson(read_all(path("sizes-out/analysis.json"))).object();
    QCOMPARE(record["rows"].toArray()[1].toObject()["target"].toDouble(), 48 * 24 / 9216.);
    QCOMPARE(record["rows"].toArray()[2].toObject()["target"].toDouble(), 60 * 30 / 9216.);
    const auto remarks = record["remarks"].toArray();
    QCOMPARE(remarks.size(), 3);
    QCOMPARE(remarks[2].toObject()["what"].toString(), QString("images/scene-00002.png"));
    QVERIFY(remarks[2].toObject()["remark"].toString().contains("says 48 x 48"));
    QVERIFY(run(analyze_one(path("sizes-quiet"), {"--quiet"}, data)).all().isEmpty());

    annotate(3, "<width>96</width><height>48</height>", "<xmin>20</xmin><ymin>20</ymin><xmax>80</xmax><ymax>40</ymax>");
    expect_error(analyze(path("sizes-bad"), {}, data), {"scene-00003.xml", "96 x 48", "96 x 96"}, path("sizes-bad"));
    const Run listed = run(analyze_one(path("sizes-on"), {"--keep-going"}, data));
    QVERIFY2(listed.code == 0 && listed.err.contains("Left out: ") && listed.err.contains("96 x 48"),
             qPrintable(listed.all()));
  }

  void experiments_list_what_was_read_otherwise() {
    const QString data = path("few");
    const auto copy = [&](const QString& name) {
      QDir().mkpath(QFileInfo(data + "/" + name).path());
      QVERIFY(QFile::copy(scenes_ + "/" + name, data + "/" + name));
    };
    for (int i = 10; i < 26; ++i) {
      const QByteArray scene = QByteArrayLiteral("scene-000") + QByteArray::number(i);
      copy("images/" + scene + ".png");
      const QByteArray box =
          "<xmin>40</xmin><ymin>40</ymin><xmax>" + QByteArray::number(100 + 2 * i) + "</xmax><ymax>120</ymax>";
      write_all(data + "/annotations/" + scene + ".xml",
                xml(box, scene + ".png")
                    .replace("<object>", "<size><width>192</width><height>192</height></size><object>")
                    .toUtf8());
    }
    write_all(data + "/annotations/notes.txt", "");
    const QStringList common{"--arch", "resnet18", "--random-weights", "--input-size", "64",
                             "--data", data,       "--layers",         "layer1.0",     "--no-cache"};
    const auto check = [&](const QStringList& experiment, const QString& json, const QString& out) {
      const Run result = run(QStringList{"experiment"} + experiment + common + QStringList{"--out", out});
      QVERIFY2(result.code == 0, qPrintable(result.all()));
      QVERIFY2(result.err.contains("Note: images/scene-00010.png: the annotation says 192 x 192"),
               qPrintable(result.err));
      const auto remarks = QJsonDocument::fromJson(read_all(out + "/" + json)).object()["remarks"].toArray();
      QCOMPARE(remarks.size(), 17); // an image each, and the file that was not read
      const QString page = QString::fromUtf8(read_all(out + "/report.html"));
      QVERIFY(page.contains("What was not used exactly as written") && page.contains("notes.txt") &&
              page.contains("its box was scaled by 0.5"));
    };
    check({"object-scale", "--rendered", "--scales", "2", "--permutations", "0", "--controls", "none", "--repetitions",
           "1", "--cut-out", "box", "--fill", "mean"},
          "analysis.json", path("few-rendered"));
    check({"invariance", "--scales", "2", "--sizes", "32,64", "--cut-out", "box", "--fill", "mean"}, "invariance.json",
          path("few-invariance"));
    check({"direction", "--repetitions", "1", "--permutations", "0"}, "direction.json", path("few-direction"));
    check({"two-objects", "--ratios", "2", "--cut-out", "box", "--most-enlarged", "9", "--controls", "none"},
          "measures.json", path("few-pairs"));
  }

  void fractions_are_refused_before_the_network_is_opened() {
    write_all(path("fractions.csv"), "file,x,y,w,h\nscenes/images/scene-00000.png,0.1,0.2,0.5,0.25\n");
    expect_error(analyze(path("fractions-out"), {}, path("fractions.csv")),
                 {"fractions.csv", "all boxes are smaller than a pixel and look like fractions"},
                 path("fractions-out"));
  }

  void bad_models_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("text") << QByteArray("once upon a time");
    QTest::newRow("cut") << QByteArray("PK\x03\x04 and then nothing");
    // A pickle that would run `touch OUT/pwned`: cos\nsystem\n(S'...'\ntR.
    QTest::newRow("would run code") << QByteArray("\x80\x02"
                                                  "cposix\nsystem\n(S'touch pwned'\ntR.");
  }

  void bad_models() {
    QFETCH(QByteArray, content);
    const QString model = path(QString(QTest::currentDataTag()).replace(' ', '-') + ".pth");
    write_all(model, content);
    const QString out = model + "-out";
    expect_error({"analyze", "--model", model, "--data", scenes_, "--out", out}, {model}, out);
    QVERIFY(!QFileInfo::exists("pwned") && !QFileInfo::exists(path("pwned")));
  }

  void checkpoints_with_a_wrong_tensor() {
    QString output;
    if (!run_python("broken_checkpoints.py", {folder_.path()}, &output))
      QSKIP(qPrintable("Python has no torchvision: " + output));
    const QString out = path("wrong-tensor");
    const auto arguments = [&](const QString& model) {
      return QStringList{"analyze", "--model", path(model), "--data", scenes_, "--out", out};
    };
    expect_error(arguments("missing.pth"), {"missing.pth", "layer3.1.conv2.weight", "missing"}, out);
    expect_error(arguments("misshapen.pth"), {"misshapen.pth", "layer2.0.bn1.bias", "(7)", "(128)"}, out);
    // A ReLU makes 0 of what is no number: the curve would be finite, and wrong.
    expect_error(arguments("not_finite.pth"), {"not_finite.pth", "layer3.0.conv1.weight", "not finite"}, out);
  }

  void unknown_layers_and_models() {
    const QString out = path("unknown-out");
    expect_error(analyze(out, {"--layers", "layer3.7"}), {"layer3.7", "layer3.1"}, out);
    expect_error({"analyze", "--model", path("nothing.pt"), "--data", scenes_, "--out", out}, {"nothing.pt"}, out);
    expect_error(analyze(out, {}, path("no-data")), {"no-data"}, out);
    expect_error(analyze(out, {"--device", "cuda:97"}), {"cuda:97"}, out);
    write_all(path("nonsense.json"), "{\"protocol\": 3}");
    expect_error(analyze(out, {"--folds", path("nonsense.json")}), {"nonsense.json"}, out);
  }

  void an_output_folder_that_cannot_be_written() {
    write_all(path("a-file"), "x");
    expect_error(analyze(path("a-file/out")), {"a-file"});
    expect_error(analyze("/proc/scalescope"), {"/proc/scalescope"});
  }

  // A disk that fills up while results are written: an error, and nothing is left on it.
  void a_disk_that_fills_up() {
    const QString disk = path("disk");
    QDir().mkpath(disk);
    if (mount("tmpfs", disk.toLocal8Bit().constData(), "tmpfs", 0, "size=32k") != 0)
      QSKIP("only root can mount a small disk");
    const Run result = run(analyze(disk + "/out", {"--features"}));
    const bool empty = QDir(disk).isEmpty();
    umount(disk.toLocal8Bit().constData());
    QVERIFY2(result.code == 1, qPrintable(result.all()));
    QVERIFY2(result.err.contains(disk) && result.err.contains("space", Qt::CaseInsensitive), qPrintable(result.err));
    QVERIFY(empty);
  }

  void interrupt_leaves_nothing() {
    const QString out = path("interrupted");
    QProcess program;
    program.start(QStringLiteral(SCALESCOPE_CLI), analyze(out, {"--batch", "1"}));
    program.setReadChannel(QProcess::StandardError);
    QString err;
    while (!err.contains("images: ") && program.waitForReadyRead(60000))
      err += QString::fromUtf8(program.readAllStandardError());
    QVERIFY2(err.contains("images: "), qPrintable(err));
    QCOMPARE(::kill(static_cast<pid_t>(program.processId()), SIGINT), 0);
    QVERIFY(program.waitForFinished(60000));
    QCOMPARE(program.exitCode(), 130);
    QVERIFY(program.readAllStandardError().contains("nothing was written"));
    QVERIFY(!QFileInfo::exists(out) || QDir(out).isEmpty());
  }
};

QTEST_GUILESS_MAIN(CliTest)
#include "cli_test.moc"
