// Experiments from the window: the dialog runs the command line, and gets the numbers that it gives for the same data.

#include "core/base/files.h"
#include "datasets/readers.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "tests/support/support.h"
#include "ui/dialogs/experiment_dialog.h"
#include "ui/workers/file_jobs.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace scalescope;

class ExperimentDialogTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  FileJobs files_;
  ExperimentSubject subject_;

  std::unique_ptr<ExperimentDialog> dialog(const QString& out) {
    auto made = std::make_unique<ExperimentDialog>(subject_, QStringLiteral(SCALESCOPE_CLI), files_);
    made->set_folder(folder_.filePath(out));
    for (auto* field : made->findChildren<QLineEdit*>())
      if (field->text() == "blocks")
        field->setText("layer1.0,output");
    for (auto* field : made->findChildren<QSpinBox*>())
      field->setValue(field->value() == 10 ? 2 : 0); // two repetitions, no permutations, seed 0
    return made;
  }

  static void run(ExperimentDialog& one) {
    QSignalSpy ended(&one, &ExperimentDialog::ended);
    one.start();
    QVERIFY(one.running());
    QVERIFY(!ended.isEmpty() || ended.wait(120000));
    QVERIFY(!one.running());
  }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", folder_.filePath("cache").toUtf8());
    write_scenes(to_path(folder_.filePath("scenes")), 24, {.width = 64, .height = 64, .max_scale = 0.4});
    subject_.samples = read_samples(to_path(folder_.filePath("scenes")), {.objects = ObjectRule::Each});
    auto network = std::make_shared<NetworkInfo>();
    network->source.architecture = "resnet18";
    network->source.random_weights = true;
    network->options.input_size = 64;
    subject_.network = network;
    subject_.open_files = [this] { return subject_.samples.files; };
  }

  void gives_the_numbers_of_the_command_line() {
    const auto one = dialog("window");
    run(*one);
    QVERIFY2(one->message().startsWith("Done"), qPrintable(one->message()));
    QVERIFY(QFile::exists(folder_.filePath("window/report.html")));
    QProcess cli;
    cli.start(SCALESCOPE_CLI, {"experiment",     "object-scale",
                               "--observed",     "--arch",
                               "resnet18",       "--random-weights",
                               "--input-size",   "64",
                               "--data",         folder_.filePath("scenes"),
                               "--out",          folder_.filePath("cli"),
                               "--layers",       "layer1.0,output",
                               "--preprocess",   "torch",
                               "--repetitions",  "2",
                               "--permutations", "0",
                               "--controls",     "random-weights,random-scale",
                               "--seed",         "0"});
    QVERIFY(cli.waitForFinished(120000));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    QCOMPARE(QString::fromStdString(read_file(to_path(folder_.filePath("window/curve.csv")))),
             QString::fromStdString(read_file(to_path(folder_.filePath("cli/curve.csv")))));
  }

  // The job that the dialog leaves beside its results gives the same files again, byte for byte.
  void the_command_that_is_shown_does_the_same_again() {
    const auto one = dialog("with space");
    QString shown;
    for (auto* field : one->findChildren<QLineEdit*>())
      if (field->isReadOnly())
        shown = field->text();
    QCOMPARE(QProcess::splitCommand(QString(shown).replace('\'', '"')),
             (QStringList{"scalescope-cli", "run", folder_.filePath("with space/job.json")}));
    run(*one);
    QVERIFY2(one->message().startsWith("Done"), qPrintable(one->message()));
    QProcess cli;
    cli.start(SCALESCOPE_CLI, {"run", folder_.filePath("with space/job.json"), "--out", folder_.filePath("again")});
    QVERIFY(cli.waitForFinished(120000));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    for (const std::string& name : info_of(ExperimentKind::ObservedScale).files())
      QCOMPARE(read_all(folder_.filePath("again/" + QString::fromStdString(name))),
               read_all(folder_.filePath("with space/" + QString::fromStdString(name))));
  }

  void images_and_boxes_are_read_back_as_they_were() {
    auto samples = subject_.samples.samples;
    samples[0].drawn_on = DrawnOn{128, 96.5, *samples[0].box};
    samples[1].drawn_on.reset(); // drawn by hand
    samples[1].category = "barn, owl";
    write_file(folder_.filePath("odd.csv"), samples_csv(samples));
    const SampleSet back = read_samples(to_path(folder_.filePath("odd.csv")));
    QCOMPARE(back.samples.size(), subject_.samples.samples.size());
    QCOMPARE(back.samples[0].drawn_on->width, 128.0);
    QCOMPARE(back.samples[0].drawn_on->height, 96.5);
    QCOMPARE(back.samples[1].drawn_on->width, 0.0);
    QCOMPARE(back.samples[2].drawn_on->width, 64.0);
    QCOMPARE(back.samples[1].category, std::string("barn, owl"));
    QVERIFY(!samples[0].category.empty());
    QCOMPARE(back.samples[0].category, samples[0].category);
    for (std::size_t i = 0; i < back.samples.size(); ++i) {
      QVERIFY(std::filesystem::equivalent(back.samples[i].file, subject_.samples.samples[i].file));
      QCOMPARE(back.samples[i].group, subject_.samples.samples[i].group);
      QCOMPARE(back.samples[i].box->x, subject_.samples.samples[i].box->x);
      QCOMPARE(back.samples[i].box->height, subject_.samples.samples[i].box->height);
    }
  }

  void boxes_in_fractions_are_read_back() {
    auto samples = subject_.samples.samples;
    samples.resize(2);
    for (Sample& one : samples) {
      one.box = BoundingBox{0.25, 0.5, 0.125, 0.25};
      one.drawn_on = DrawnOn{0, 0, *one.box, true};
    }
    write_file(folder_.filePath("fractions.csv"), samples_csv(samples));
    const SampleSet back = read_samples(to_path(folder_.filePath("fractions.csv")));
    QVERIFY(back.samples.at(0).drawn_on->in_fractions);
    QCOMPARE(back.samples[0].box->width, 0.125);
  }

  void classes_choose_the_objects() {
    const auto one = dialog("classes");
    const auto [name, count] = classes_of(subject_.samples).at(0);
    QVERIFY(count < subject_.samples.samples.size());
    for (auto* field : one->findChildren<QLineEdit*>())
      if (field->placeholderText() == "all")
        field->setText(QString::fromStdString(name));
    QCOMPARE(one->message(), QStringLiteral("Images with one object: %1.").arg(count));
    for (auto* field : one->findChildren<QLineEdit*>())
      if (field->placeholderText() == "all")
        field->setText("unicorn");
    QVERIFY(one->message().contains("no object has the class \"unicorn\""));
    one->start();
    QVERIFY(!one->running() && one->message().contains("unicorn"));
  }

  void what_goes_wrong_is_said() {
    const auto no_folder = std::make_unique<ExperimentDialog>(subject_, QStringLiteral(SCALESCOPE_CLI), files_);
    no_folder->start();
    QVERIFY(no_folder->message().contains("folder"));
    const auto unknown = dialog("unknown");
    for (auto* field : unknown->findChildren<QLineEdit*>())
      if (field->text() == "layer1.0,output")
        field->setText("layer9");
    run(*unknown);
    QVERIFY2(unknown->message().contains("layer9"), qPrintable(unknown->message()));
    QVERIFY(!unknown->message().contains("scalescope-cli:"));
    const auto elsewhere = std::make_unique<ExperimentDialog>(subject_, QStringLiteral("/no/scalescope-cli"), files_);
    elsewhere->set_folder(folder_.filePath("elsewhere"));
    run(*elsewhere);
    QVERIFY2(elsewhere->message().contains("/no/scalescope-cli"), qPrintable(elsewhere->message()));
  }

  // Neither by samples.csv nor by what the experiment writes later.
  void what_is_open_is_not_overwritten() {
    const auto before = subject_.open_files;
    for (const char* name : {"full/samples.csv", "full/curve.csv"}) {
      const QString file = folder_.filePath(name);
      QVERIFY(QDir(folder_.path()).mkpath("full"));
      QFile open(file);
      QVERIFY(open.open(QIODevice::WriteOnly));
      open.write("file,target\n");
      open.close();
      subject_.open_files = [file] { return std::vector{to_path(file)}; };
      const auto one = dialog("full");
      run(*one);
      QVERIFY2(one->message().contains(QString(name) + "' would be overwritten"), qPrintable(one->message()));
      QCOMPARE(read_all(file), QByteArray("file,target\n"));
      QCOMPARE(QDir(folder_.filePath("full")).entryList(QDir::Files | QDir::Hidden).size(), 1);
      QVERIFY(QFile::remove(file));
    }
    subject_.open_files = before;
  }

  void closing_stops_it() {
    const auto one = dialog("stopped");
    one->show();
    for (auto* field : one->findChildren<QSpinBox*>())
      if (field->maximum() == 100000)
        field->setValue(100000); // permutations: long enough to be stopped
    QSignalSpy ended(one.get(), &ExperimentDialog::ended);
    one->start();
    QTRY_VERIFY_WITH_TIMEOUT(one->message().startsWith("fitting"), 120000);
    one->reject();
    QVERIFY(!ended.isEmpty() || ended.wait(60000));
    QVERIFY2(one->message().startsWith("Stopped"), qPrintable(one->message()));
    QVERIFY(!one->isVisible());
    QVERIFY(!QFile::exists(folder_.filePath("stopped/report.html")));
  }

 private:
  static void write_file(const QString& name, const std::string& text) {
    QFile file(name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(text));
  }
};

QTEST_MAIN(ExperimentDialogTest)
#include "experiment_dialog_test.moc"
