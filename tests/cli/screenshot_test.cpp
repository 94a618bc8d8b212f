// `scalescope --screenshot`: an image of what was to be shown, or a sentence why there is none.

#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "tests/support/support.h"

#include <QImage>
#include <QTest>

using namespace scalescope;

class ScreenshotTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  struct Run {
    int code = -1;
    QString err;
  };

  QString path(const QString& name) const { return folder_.filePath(name); }

  Run shoot(const QStringList& arguments, const QString& to) const {
    QProcess program;
    program.start(QStringLiteral(SCALESCOPE_WINDOW),
                  arguments + QStringList{"--screenshot", path(to), "--size", "1024x640"});
    program.waitForFinished(-1);
    return {program.exitStatus() == QProcess::NormalExit ? program.exitCode() : -1,
            QString::fromUtf8(program.readAllStandardError())};
  }
  static QStringList said(const QString& err) {
    QStringList lines = err.split('\n', Qt::SkipEmptyParts);
    lines.removeIf([](const QString& line) { return !line.startsWith("scalescope: "); }); // Qt says things, too
    return lines;
  }

  void write(const QString& name, const QByteArray& bytes) const {
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
  }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", path("cache").toUtf8());
    qputenv("XDG_CONFIG_HOME", path("config").toUtf8());
    write_scenes(to_path(path("scenes")), 3, {.width = 96, .height = 96, .max_scale = 0.3});
    write("bad.pt", "once upon a time");
    write("bad.png", "once upon a time");
    write("bad.scalescope", "once upon a time");
    // Nothing in it but images that are gone.
    write("gone.scalescope",
          R"({"format": "scalescope session 1", "images": [{"path": "/no/such/folder", "relative": "none"}],
              "stage": {"sample": "", "scale": 1, "centre": [0, 0], "camera": 1, "camera_mode": false,
                        "image_size": 224, "cut_out": "mask", "fill": "inpaint", "feather": 1},
              "maps": {"layer": "", "channel": -1, "overlay": false, "opacity": 0.5, "order": "index",
                       "normalisation": "channel", "colours": "auto"}, "layout": ""})");
  }

  void an_image_of_the_window() {
    const Run run = shoot({path("scenes")}, "good.png");
    QVERIFY2(run.code == 0, qPrintable(run.err));
    QCOMPARE(said(run.err), QStringList());
    QCOMPARE(QImage(path("good.png")).size(), QSize(1024, 640));
  }

  void what_cannot_be_opened_data() {
    QTest::addColumn<QStringList>("arguments"); // files of this test's folder
    QTest::addColumn<QString>("named");
    QTest::newRow("network") << QStringList{"bad.pt", "scenes"} << "bad.pt";
    QTest::newRow("missing network") << QStringList{"missing.pt"} << "missing.pt";
    QTest::newRow("image") << QStringList{"bad.png"} << "bad.png";
    QTest::newRow("one of two") << QStringList{"scenes", "missing.png"} << "missing.png";
    QTest::newRow("session") << QStringList{"--session", "bad.scalescope"} << "bad.scalescope";
    QTest::newRow("what a session names") << QStringList{"--session", "gone.scalescope"} << "/no/such/folder";
  }
  void what_cannot_be_opened() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, named);
    for (QString& argument : arguments)
      if (!argument.startsWith("--"))
        argument = path(argument);
    const Run run = shoot(arguments, "none.png");
    QCOMPARE(run.code, 1);
    QVERIFY2(said(run.err).size() == 1 && run.err.contains(named), qPrintable(run.err));
    QVERIFY(!QFile::exists(path("none.png")));
  }

  void what_cannot_be_written() {
    const QByteArray before = read_all(path("scenes/images/scene-00001.png"));
    const std::pair<const char*, const char*> cases[] = {
        {"scenes/images/scene-00001.png", "would be overwritten"}, // it is open
        {"image.docx", "is not the name of an image"},
        {"bad.png/image.png", "Not a directory"}};
    for (const auto& [to, words] : cases) {
      const Run run = shoot({path("scenes")}, to);
      QCOMPARE(run.code, 1);
      QVERIFY2(said(run.err).size() == 1 && run.err.contains(words), qPrintable(run.err));
    }
    QCOMPARE(read_all(path("scenes/images/scene-00001.png")), before);
  }
};

QTEST_GUILESS_MAIN(ScreenshotTest)
#include "screenshot_test.moc"
