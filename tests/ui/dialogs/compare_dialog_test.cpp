// Comparing analyses from the window: the same files as the command line writes.

#include "core/base/files.h"
#include "tests/support/support.h"
#include "ui/dialogs/compare_dialog.h"
#include "ui/workers/file_jobs.h"

#include <QDropEvent>
#include <QListWidget>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QUrl>

using namespace scalescope;

class CompareDialogTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  FileJobs files_;

  QString path(const QString& name) const { return folder_.filePath(name); }

  void write(const QString& name, const QByteArray& network, const QByteArray& target) const {
    QVERIFY(QDir().mkpath(path(name)));
    QFile file(path(name) + "/analysis.json");
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"model": {"name": ")" + network +
               R"(", "random_weights": false}, "data": {"name": "photos", "target": ")" + target +
               R"("}, "layers": [{"layer": "a", "depth": 1, "r2_mean": 0.25, "r2_sd": 0.01},)" +
               R"({"layer": "b", "depth": 5, "r2_mean": 0.75, "r2_sd": 0.02}]})");
  }

  static QPushButton* button(const CompareDialog& dialog, const QString& text) {
    for (auto* one : dialog.findChildren<QPushButton*>())
      if (QString(one->text()).remove('&') == text)
        return one;
    return nullptr;
  }

  static void run(CompareDialog& dialog) {
    QSignalSpy ended(&dialog, &CompareDialog::ended);
    button(dialog, "Compare")->click();
    QVERIFY(!ended.isEmpty() || ended.wait(60000));
  }

 private slots:
  void initTestCase() {
    write("first", "one", "object scale");
    write("second", "two", "object scale");
    write("other", "three", "image size");
  }

  void writes_what_the_command_line_writes() {
    CompareDialog dialog(files_, [] { return std::vector<std::filesystem::path>(); });
    QVERIFY(!button(dialog, "Compare")->isEnabled());
    dialog.add(path("first"));
    dialog.add(path("first") + "/"); // the same
    QCOMPARE(dialog.findChild<QListWidget*>()->count(), 1);
    dialog.add(path("second"));
    QVERIFY(!button(dialog, "Compare")->isEnabled()); // where to?
    dialog.set_folder(path("window"));
    QVERIFY(button(dialog, "Compare")->isEnabled());
    run(dialog);
    QCOMPARE(dialog.message(), QString("R² of object scale: one peaks at b (0.75), two peaks at b (0.75)."));
    QVERIFY(button(dialog, "Open the report")->isEnabled());
    QProcess cli;
    cli.start(QStringLiteral(SCALESCOPE_CLI), {"compare", path("first"), path("second"), "--out", path("cli")});
    QVERIFY(cli.waitForFinished(60000));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    for (const char* name : {"/compare.csv", "/compare.svg"})
      QCOMPARE(QString::fromStdString(read_file(to_path(path("window") + name))),
               QString::fromStdString(read_file(to_path(path("cli") + name))));
    QVERIFY(QFile::exists(path("window/report.html")));
    QSignalSpy wanted(&dialog, &CompareDialog::job_wanted);
    button(dialog, "Save as job…")->click();
    QCOMPARE(wanted.size(), 1);
    const auto job = wanted[0][0].value<CompareJob>();
    QCOMPARE(job.analyses, (std::vector{path("first").toStdString(), path("second").toStdString()}));
    QCOMPARE(job.out, path("window").toStdString());
    dialog.set_folder(path("elsewhere"));
    QVERIFY(!button(dialog, "Open the report")->isEnabled()); // there is none yet
  }

  void what_goes_wrong_is_said_and_nothing_is_written() {
    CompareDialog dialog(files_, [] { return std::vector<std::filesystem::path>(); });
    dialog.add(path("first"));
    dialog.add(path("other"));
    dialog.set_folder(path("refused"));
    run(dialog);
    QVERIFY2(dialog.message().contains("image size"), qPrintable(dialog.message()));
    QVERIFY(!button(dialog, "Open the report")->isEnabled());
    QVERIFY(!QFile::exists(path("refused/report.html")));
    auto* list = dialog.findChild<QListWidget*>();
    list->item(1)->setSelected(true);
    button(dialog, "Remove")->click();
    dialog.add(path("nowhere"));
    run(dialog);
    QVERIFY2(dialog.message().contains("nowhere"), qPrintable(dialog.message()));
  }

  void what_is_open_is_not_overwritten() {
    QVERIFY(QDir().mkpath(path("full")));
    QFile open(path("full/compare.csv"));
    QVERIFY(open.open(QIODevice::WriteOnly));
    open.write("file,target\n");
    open.close();
    CompareDialog dialog(files_, [&] { return std::vector{to_path(open.fileName())}; });
    dialog.add(path("first"));
    dialog.add(path("second"));
    dialog.set_folder(path("full"));
    run(dialog);
    QVERIFY2(dialog.message().contains("full/compare.csv' would be overwritten"), qPrintable(dialog.message()));
    QCOMPARE(read_all(open.fileName()), QByteArray("file,target\n"));
  }

  void folders_can_be_dropped() {
    CompareDialog dialog(files_, [] { return std::vector<std::filesystem::path>(); });
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path("first")), QUrl("https://example.org/second")});
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&dialog, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&dialog, &drop);
    const auto* list = dialog.findChild<QListWidget*>();
    QCOMPARE(list->count(), 1);
    QCOMPARE(list->item(0)->text(), path("first"));
  }
};

QTEST_MAIN(CompareDialogTest)
#include "compare_dialog_test.moc"
