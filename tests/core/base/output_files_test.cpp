// What scalescope-cli does to files that are there: its inputs are never written over, and what a killed run left goes.

#include "datasets/cells.h"
#include "tests/support/support.h"

#include <QDirIterator>
#include <QTest>

#include <csignal>

using namespace scalescope;

namespace {

struct Run {
  int code = -1;
  QString err;
};

Run run(const QStringList& arguments) {
  QProcess program;
  program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
  program.waitForFinished(-1);
  return {program.exitStatus() == QProcess::NormalExit ? program.exitCode() : -1,
          QString::fromUtf8(program.readAllStandardError())};
}

QStringList files_below(const QString& folder, const QStringList& names = {}) {
  QStringList files;
  QDirIterator each(folder, names, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
  while (each.hasNext())
    files << each.next();
  return files;
}

QMap<QString, QByteArray> contents(const QString& folder) {
  QMap<QString, QByteArray> all;
  for (const QString& file : files_below(folder))
    if (!file.startsWith(folder + "/cache/")) // what is known of networks may be kept there
      all[file] = read_all(file);
  return all;
}

} // namespace

class OutputFilesTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  QString path(const QString& name) const { return folder_.filePath(name); }

  // A CSV of images, and one of them, under names that results have.
  void make_data(const QString& folder, const QString& csv) const {
    QVERIFY(QDir(folder_.path()).mkpath(folder));
    QFile table(path(folder + "/" + csv));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write("file,x,y,w,h\n");
    for (int i = 0; i < 12; ++i) {
      const QString name = i == 0 ? "curve.png" : QString("%1.png").arg(i);
      QVERIFY(QFile::copy(path(QString("scenes/images/scene-%1.png").arg(i, 5, 10, QChar('0'))),
                          path(folder + "/" + name)));
      table.write(QString("%1,8,8,%2,30\n").arg(name).arg(20 + i).toUtf8());
    }
  }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", path("cache").toUtf8());
    QCOMPARE(run({"scenes", "--out", path("scenes"), "--count", "12", "--size", "64"}).code, 0);
    for (const char* csv : {"curve.csv", "answers.csv", "vectors.csv", "mine.csv"})
      make_data(QString("in ") + csv, csv);
    make_data("result/features", "rows.csv");
    QVERIFY(QDir().mkpath(path("result/fine-tuned")) && QDir().mkpath(path("demo/transfer")) &&
            QDir().mkpath(path("links")));
    const Run cut = run({"prune", "--arch", "resnet18", "--random-weights", "--input-size", "64", "--layer", "layer1.1",
                         "--seconds", "0.01", "--out", path("result/fine-tuned/layer1.0.pt")});
    QVERIFY2(cut.code == 0, qPrintable(cut.err));
    QVERIFY(QFile::copy(path("result/fine-tuned/layer1.0.pt"), path("model.pt")));
    QVERIFY(QFile::copy(path("model.pt"), path("demo/pruned.pt")));
    QVERIFY(QFile::copy(path("model.pt"), path("demo/transfer/kappa.svg")));
    const Run analysis = run({"analyze", "--model", path("model.pt"), "--data", path("in mine.csv/mine.csv"), "--out",
                              path("result"), "--layers", "layer1.0,layer1.1", "--repetitions", "2"});
    QVERIFY2(analysis.code == 0, qPrintable(analysis.err));
    QVERIFY(QFile::copy(path("result/analysis.json"), path("result/transfer.json")));
    for (const char* name : {"one", "two"}) {
      const Run made = run({"experiment", "noise", "--model", path("model.pt"), "--out", path(name), "--layers",
                            "layer1.0", "--sizes", "64,96", "--images", "20", "--repetitions", "2", "--permutations",
                            "0", "--controls", "none"});
      QVERIFY2(made.code == 0, qPrintable(made.err));
    }
    QVERIFY(QFile::link(path("result/analysis.json"), path("links/curve.svg")));
    std::filesystem::create_hard_link(to_path(path("model.pt")), to_path(path("links/twin.pt")));
    write_cells(to_path(path("cells")), 4, {.side = 128, .cells = 12, .seed = 5});
  }

  void an_input_is_not_overwritten_data() {
    QTest::addColumn<QString>("command"); // words apart by |, FOLDER for this test's
    QTest::addColumn<QString>("named");   // in the message
    const QString analyze = "analyze|--model|FOLDER/model.pt|--layers|layer1.0,layer1.1|--data|";
    const QString experiment = "|--model|FOLDER/model.pt|--layers|layer1.0|--data|";
    QTest::newRow("the CSV") << analyze + "FOLDER/in curve.csv/curve.csv|--out|FOLDER/in curve.csv"
                             << "curve.csv";
    QTest::newRow("its folder") << analyze + "FOLDER/in curve.csv|--out|FOLDER/./scenes/../in curve.csv"
                                << "curve.csv";
    QTest::newRow("an image") << analyze + "FOLDER/in mine.csv/mine.csv|--out|FOLDER/in mine.csv"
                              << "curve.png";
    QTest::newRow("features") << analyze + "FOLDER/result/features/rows.csv|--features|--out|FOLDER/result"
                              << "rows.csv";
    QTest::newRow("folds") << analyze + "FOLDER/scenes|--folds|FOLDER/result/analysis.json|--out|FOLDER/result"
                           << "result/analysis.json";
    QTest::newRow("folds by a link") << analyze + "FOLDER/scenes|--folds|FOLDER/result/analysis.json|--out|FOLDER/links"
                                     << "links/curve.svg";
    QTest::newRow("object-scale") << "experiment|object-scale" + experiment +
                                         "FOLDER/in curve.csv|--out|FOLDER/in curve.csv"
                                  << "curve.csv";
    QTest::newRow("rendered") << "experiment|object-scale|--rendered" + experiment +
                                     "FOLDER/in mine.csv|--out|FOLDER/in mine.csv"
                              << "curve.png";
    QTest::newRow("image-size") << "experiment|image-size|--resume" + experiment +
                                       "FOLDER/in curve.csv|--out|FOLDER/in curve.csv"
                                << "curve.csv";
    QTest::newRow("noise") << "experiment|noise|--model|FOLDER/demo/transfer/kappa.svg|--layers|layer1.0|--folds|"
                              "FOLDER/one/analysis.json|--out|FOLDER/one"
                           << "one/analysis.json";
    QTest::newRow("invariance") << "experiment|invariance" + experiment +
                                       "FOLDER/in answers.csv|--out|FOLDER/in answers.csv"
                                << "answers.csv";
    QTest::newRow("direction") << "experiment|direction" + experiment +
                                      "FOLDER/in vectors.csv|--out|FOLDER/in vectors.csv"
                               << "vectors.csv";
    QTest::newRow("transfer, analysis") << "transfer|--model|FOLDER/model.pt|--data|FOLDER/cells|--analysis|"
                                           "FOLDER/result/transfer.json|--out|FOLDER/result"
                                        << "transfer.json";
    QTest::newRow("transfer, network") << "transfer|--model|FOLDER/result/fine-tuned/layer1.0.pt|--data|FOLDER/cells|"
                                          "--fine-tune|--layers|layer1.0|--out|FOLDER/result"
                                       << "layer1.0.pt";
    const QString prune = "prune|--layer|layer1.0|--seconds|0.01|--model|FOLDER/model.pt";
    QTest::newRow("prune, network") << prune + "|--out|FOLDER/links/../model.pt"
                                    << "model.pt";
    QTest::newRow("prune, network's twin") << prune + "|--out|FOLDER/links/twin.pt"
                                           << "links/twin.pt";
    QTest::newRow("prune, analysis") << prune + "|--analysis|FOLDER/result/analysis.json|--out|"
                                                "FOLDER/result/analysis.json"
                                     << "analysis.json";
    QTest::newRow("prune, the analysis's data") << prune + "|--analysis|FOLDER/result/analysis.json|--out|"
                                                           "FOLDER/in mine.csv/mine.csv"
                                                << "mine.csv";
    QTest::newRow("prune, data") << prune + "|--data|FOLDER/scenes|--out|"
                                            "FOLDER/scenes/annotations/scene-00003.xml"
                                 << "scene-00003.xml";
    QTest::newRow("prune, weights") << "prune|--layer|layer1.0|--model|FOLDER/demo/pruned.pt|--out|FOLDER/new.pt|"
                                       "--state-dict|FOLDER/demo/pruned.pt"
                                    << "demo/pruned.pt";
    QTest::newRow("compare") << "compare|FOLDER/one|FOLDER/two|--out|FOLDER/two"
                             << "two/report.html";
    QTest::newRow("demo") << "demo|--scenes|50|--model|FOLDER/demo/pruned.pt|--out|FOLDER/demo"
                          << "pruned.pt";
    QTest::newRow("demo, transfer") << "demo|--scenes|50|--model|FOLDER/demo/transfer/kappa.svg|--out|FOLDER/demo"
                                    << "kappa.svg";
  }

  void an_input_is_not_overwritten() {
    QFETCH(QString, command);
    QFETCH(QString, named);
    const auto before = contents(folder_.path());
    const Run result = run(command.replace("FOLDER", folder_.path()).split('|'));
    QVERIFY2(result.code == 1, qPrintable(result.err));
    const QString message = result.err.section("scalescope-cli: ", 1);
    QVERIFY2(message.count('\n') == 1 && message.contains(named), qPrintable(result.err));
    QVERIFY2(message.contains("would be overwritten") && message.contains("this run reads"), qPrintable(message));
    QVERIFY2(!result.err.contains("images: "), qPrintable(result.err)); // no work was done
    QVERIFY(contents(folder_.path()) == before);
  }

  // An interrupted run's own files are its own.
  void resuming_is_no_overwriting() {
    for (int i = 0; i < 2; ++i) {
      const Run result = run({"experiment", "object-scale", "--resume", "--model", path("model.pt"), "--layers",
                              "layer1.0,layer1.1", "--data", path("scenes"), "--out", path("again"), "--repetitions",
                              "2", "--controls", "none", "--permutations", "0"});
      QVERIFY2(result.code == 0, qPrintable(result.err));
    }
    QCOMPARE(files_below(path("again")).size(), 6);
  }

  void scenes_after_a_run_that_was_killed() {
    const QString out = path("killed");
    QProcess program;
    program.start(QStringLiteral(SCALESCOPE_CLI), {"scenes", "--out", out, "--count", "100000", "--size", "64"});
    QTRY_VERIFY_WITH_TIMEOUT(files_below(out).size() > 20, 60000);
    // While it runs the folder is not empty.
    const QStringList five{"scenes", "--out", out, "--count", "5", "--size", "64"};
    const Run early = run(five);
    QVERIFY2(early.code == 1 && early.err.contains("not empty"), qPrintable(early.err));
    QCOMPARE(::kill(static_cast<pid_t>(program.processId()), SIGKILL), 0);
    program.waitForFinished(-1);
    QVERIFY(files_below(out).size() > 20);
    const Run result = run(five);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(files_below(out).size(), 16); // three a scene, and classes.txt
    const Run full = run(five);
    QVERIFY2(full.code == 1 && full.err.contains("not empty"), qPrintable(full.err));
  }
};

QTEST_GUILESS_MAIN(OutputFilesTest)
#include "output_files_test.moc"
