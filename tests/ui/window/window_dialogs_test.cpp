// The window's dialogs at work: analysis, target, pruning, fine-tuning.

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/network_choice.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/window_support.h"
#include "ui/curve/curve_view.h"
#include "ui/curve/loss_view.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/dialogs/fine_tune_dialog.h"
#include "ui/dialogs/prune_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/layers/layer_tree.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/main_window.h"
#include "ui/window/work_dialogs.h"

#include <QCheckBox>
#include <QComboBox>
#include <QImage>
#include <QInputDialog>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>

using namespace scalescope;

class WindowDialogsTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;

  Explorer& explorer() const { return window_->explorer(); }

 private slots:
  void initTestCase() {
    prepare_window_test(folder_);
    window_ = std::make_unique<MainWindow>();
    QVERIFY(open_in(*window_, drawn_resnet18(), small_input(), folder_.filePath("scenes")));
  }
  void cleanupTestCase() { window_.reset(); }

  void the_dialog_outlives_the_network_it_was_opened_for() {
    const auto before = explorer().network();
    QTimer::singleShot(0, this, [this] { // while the dialog is open
      explorer().worker().open(drawn_resnet18(), small_input());
    });
    const auto accept = connect(&explorer(), &Explorer::network_opened, this, [this] {
      auto* dialog = window_->findChild<AnalysisDialog*>();
      QVERIFY(dialog);
      QTimer::singleShot(0, dialog, &QDialog::accept);
    });
    window_->dialogs().ask_for_analysis();
    disconnect(accept);
    QVERIFY(explorer().network() != before);
    QVERIFY(!window_->analysis().running());
    auto* errors = window_->findChild<ErrorBar*>();
    QVERIFY2(errors->text().contains("Another network was opened"), qPrintable(errors->text()));
    errors->hide();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void the_dialog_names_the_protocol_and_hands_it_out() {
    AnalysisDialog dialog(*explorer().network(), window_->findChild<ImagePanel*>()->samples(),
                          explorer().preprocessing());
    const auto boxes = dialog.findChildren<QComboBox*>();
    const auto* protocols =
        *std::ranges::find_if(boxes, [](const QComboBox* box) { return box->itemText(0).startsWith("ridge"); });
    for (const Protocol protocol : {Protocol::Ridge, Protocol::Paper, Protocol::RidgeUnclipped}) {
      AnalyzeJob earlier = dialog.job();
      earlier.protocol = protocol;
      dialog.set_job(earlier);
      QVERIFY(protocols->currentText().startsWith(QString::fromStdString(text_of(protocol))));
      QCOMPARE(dialog.request().setup.settings.protocol, protocol);
    }
  }

  void the_dialog_keeps_what_a_job_asks_for_besides() {
    AnalysisDialog dialog(*explorer().network(), window_->findChild<ImagePanel*>()->samples(),
                          explorer().preprocessing());
    const AnalyzeJob plain = dialog.job();
    QVERIFY(!plain.adjust && !plain.equal_width && !plain.learning_curve && !plain.target_forms &&
            plain.inside.empty());
    AnalyzeJob earlier = plain;
    earlier.inside = {explorer().network()->blocks.front()};
    earlier.adjust = earlier.learning_curve = true;
    dialog.set_job(earlier);
    QVERIFY(dialog.job() == earlier);
    const AnalysisSettings settings = dialog.request().setup.settings;
    QVERIFY(settings.adjust && settings.learning_curve && !settings.equal_width);
    QVERIFY(settings.extraction.layers.front().starts_with(earlier.inside.front() + "."));
    earlier = plain;
    const SampleSet& samples = window_->findChild<ImagePanel*>()->samples();
    earlier.read.classes = {classes_of(samples).at(0).first};
    dialog.set_job(earlier);
    QVERIFY(dialog.job() == earlier);
    QCOMPARE(dialog.request().samples.samples.size(),
             select_samples(samples, earlier.read.objects, earlier.read.classes).samples.size());
    QVERIFY(dialog.request().samples.samples.size() < samples.samples.size());
    earlier.read.classes = {"unicorn"};
    dialog.set_job(earlier);
    const auto labels = dialog.findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) {
      return label->text().contains(QStringLiteral("no object has the class \"unicorn\"; give one of"));
    }));
    earlier = plain;
    earlier.equal_width = earlier.target_forms = true;
    dialog.set_job(earlier);
    QVERIFY(dialog.job() == earlier);
  }

  // What the dialog writes as a job, and what a session keeps of an analysis, is run by the command line and gives what
  // the window saves, byte for byte; only how long it took differs.
  void a_job_gives_the_windows_results() {
    window_->analysis().set_results({});
    QSignalSpy done(&window_->analysis(), &AnalysisRun::finished);
    AnalysisRequest request = analysis_request(*window_, 2);
    request.job.seed = request.setup.settings.seed = 3;
    window_->analyze(request);
    QVERIFY(done.wait(patience));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && window_->analysis().can_save(), patience);
    QSignalSpy saved(&window_->analysis(), &AnalysisRun::saved);
    window_->analysis().save(folder_.filePath("by-window"), false, window_->files_in_use());
    QVERIFY(saved.wait(patience));
    QSignalSpy written(&window_->dialogs(), &WorkDialogs::said);
    window_->dialogs().write_job(request.job, folder_.filePath("by-job.json"));
    QVERIFY(written.wait(patience));
    QSignalSpy session(&window_->workspace().sessions(), &SessionKeeper::saved);
    window_->workspace().sessions().write(folder_.filePath("by-session.scalescope"));
    QVERIFY(session.wait(patience));
    const auto run = [&](const QStringList& arguments) {
      QProcess cli;
      cli.start(SCALESCOPE_CLI, QStringList{"run", "--quiet"} + arguments);
      cli.waitForFinished(patience);
      return QString::number(cli.exitCode()) + QString::fromUtf8(cli.readAllStandardError());
    };
    QCOMPARE(run({folder_.filePath("by-job.json")}), QString("0"));
    QCOMPARE(run({folder_.filePath("by-session.scalescope"), "--out", folder_.filePath("by-session-result")}),
             QString("0"));
    for (const char* folder : {"by-job-result", "by-session-result"}) {
      for (const char* name : {"curve.csv", "curve.svg", "curve.png"})
        QCOMPARE(read_all(folder_.filePath(QString(folder) + "/" + name)),
                 read_all(folder_.filePath(QString("by-window/") + name)));
      const auto record = [&](const QString& of) {
        QJsonObject object = QJsonDocument::fromJson(read_all(folder_.filePath(of + "/analysis.json"))).object();
        object.remove("seconds");
        object.remove("pictures"); // how many came from the cache
        return QJsonDocument(object).toJson();
      };
      QCOMPARE(record(folder), record("by-window"));
    }
  }

  // A job that would leave out images is not written; one with boxes drawn by hand brings them along as a table.
  void a_job_brings_boxes_and_drops_no_image() {
    MainWindow other;
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.explorer().worker().open(drawn_resnet18(), small_input());
    QVERIFY(opened.wait(patience));
    QFile table(folder_.filePath("no-boxes.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write("file,target\nscenes/images/scene-00000.png,1\nscenes/images/scene-00001.png,2\n");
    table.close();
    other.open_images({folder_.filePath("no-boxes.csv"), folder_.filePath("scenes/images/scene-00002.png")});
    QTRY_VERIFY_WITH_TIMEOUT(other.settled() && !other.workspace().images().samples().samples.empty(), patience);
    QSignalSpy failed(&other.workspace(), &Workspace::failed);
    other.dialogs().write_job(AnalyzeJob{}, folder_.filePath("dropped.json"));
    QCOMPARE(failed.size(), 1);
    QVERIFY(failed[0][0].toString().contains("without a box"));
    QVERIFY(!QFile::exists(folder_.filePath("dropped.json")));

    other.open_images({folder_.filePath("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(other.explorer().has_object() && other.settled(), patience);
    other.workspace().draw_box({8, 8, 40, 40});
    QSignalSpy written(&other.dialogs(), &WorkDialogs::said);
    AnalyzeJob job;
    job.folds = "folds.json"; // as it was typed: the job may run in another folder
    other.dialogs().write_job(job, folder_.filePath("drawn.json"));
    QVERIFY(written.wait(patience));
    QVERIFY(read_all(folder_.filePath("drawn-samples.csv")).contains(",8,8,40,40,"));
    const QJsonObject drawn = QJsonDocument::fromJson(read_all(folder_.filePath("drawn.json"))).object();
    QCOMPARE(drawn["data"].toString(), folder_.filePath("drawn-samples.csv"));
    QCOMPARE(drawn["folds"].toString(), QDir::current().absoluteFilePath("folds.json"));
  }

  void one_of_several_data_sets_is_chosen() {
    const QString folder = folder_.filePath("several");
    QVERIFY(QDir().mkpath(folder));
    const auto write = [](const QString& name, const QByteArray& text) {
      QFile file(name);
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write(text);
    };
    for (const char* name : {"a", "b"}) {
      QVERIFY(QFile::copy(folder_.filePath("scenes/images/scene-00000.png"), folder + "/" + name + ".png"));
      write(folder + "/" + name + ".xml",
            "<annotation><object><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
            "</object></annotation>");
    }
    write(folder + "/t.csv", "file,target\na.png,7\n");
    MainWindow other;
    other.open_images({folder});
    QInputDialog* dialog = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((dialog = other.findChild<QInputDialog*>()) != nullptr, patience);
    QCOMPARE(dialog->comboBoxItems(), (QStringList{"PASCAL VOC: 2 files", "CSV: t.csv"}));
    dialog->setTextValue("PASCAL VOC: 2 files");
    dialog->accept();
    const auto* panel = other.findChild<ImagePanel*>();
    QTRY_COMPARE_WITH_TIMEOUT(panel->samples().samples.size(), std::size_t{2}, patience);
    const QString kept = folder_.filePath("several.scalescope");
    write_session(other.session(), kept);
    QCOMPARE(read_session(kept).session.how.format, std::string("voc"));
  }

  void another_target_is_read_in_its_own_unit() {
    QByteArray table = "file,age,x,y,w,h\n";
    const auto& samples = window_->findChild<ImagePanel*>()->samples().samples;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const BoundingBox& box = *samples[i].box;
      table += QString("%1,%2,%3,%4,%5,%6\n")
                   .arg(QDir(folder_.path()).relativeFilePath(QString::fromStdString(samples[i].file.string())))
                   .arg(1000 + i)
                   .arg(box.x)
                   .arg(box.y)
                   .arg(box.width)
                   .arg(box.height)
                   .toUtf8();
    }
    QFile file(folder_.filePath("ages.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(table);
    file.close();

    MainWindow other;
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.explorer().open_network(drawn_resnet18(), small_input());
    QVERIFY(opened.wait(patience));
    other.open_images({file.fileName()}, "age");
    QTRY_VERIFY_WITH_TIMEOUT(other.explorer().has_object() && other.settled(), patience);
    QCOMPARE(other.session().how.target, std::string("age"));
    QSignalSpy done(&other.analysis(), &AnalysisRun::finished);
    AnalysisRequest request = analysis_request(other, 1);
    request.setup.settings.protocol = Protocol::Ridge;
    auto* errors = other.findChild<ErrorBar*>();
    errors->show_note("of an earlier analysis");
    other.analyze(std::move(request));
    QCOMPARE(errors->text(), QString());
    QVERIFY(done.wait(patience));
    QTRY_VERIFY_WITH_TIMEOUT(other.settled(), patience);
    const QString said = other.findChild<QLabel*>("read_out")->text();
    QVERIFY2(said.contains("age read from layer3.0"), qPrintable(said));
    QVERIFY2(said.contains(QLocale().toString(1000.0, 'g', 4) + " in the original"), qPrintable(said));
    QVERIFY2(!said.contains('%'), qPrintable(said));

    // It is kept with the session.
    const QString kept = folder_.filePath("ages.scalescope");
    write_session(other.session(), kept);
    const Session again = read_session(kept).session;
    QCOMPARE(again.how.target, std::string("age"));
    QCOMPARE(again.results.target, std::string("age"));
    const Session now = other.session();
    const Regression& regression = now.results.regressions.at("layer3.0");
    const Regression& read = again.results.regressions.at("layer3.0");
    QCOMPARE(regression.least.size(), regression.weights.size());
    QVERIFY(read.least == regression.least && read.largest == regression.largest);
    QVERIFY(regression.clips && read.clips);
    QCOMPARE(read.fitted->least_target, regression.fitted->least_target);
    QCOMPARE(read.fitted->largest_target, regression.fitted->largest_target);
    QCOMPARE(read.fitted->usual_outside, regression.fitted->usual_outside);

    // Sessions of 0.1.0 have limits of clipped regressions only, and do not say what was fitted.
    auto old = nlohmann::json::parse(read_file(to_path(kept)));
    const auto write_old = [&] { std::ofstream(to_path(kept)) << old.dump(); };
    auto& of_old = old["results"]["regressions"]["layer3.0"];
    of_old.erase("fitted");
    write_old();
    const Regression clipped = read_session(kept).session.results.regressions.at("layer3.0");
    QVERIFY(clipped.clips && clipped.least == regression.least && !clipped.fitted);
    QVERIFY(clipped.covers_target(1e9));
    of_old["least"] = of_old["largest"] = nlohmann::json::array();
    write_old();
    const Regression plain = read_session(kept).session.results.regressions.at("layer3.0");
    QVERIFY(!plain.clips && plain.least.empty() && plain.covers(std::vector<float>(plain.weights.size(), 1e9F)));
    of_old["fitted"] = {{"least", {1, 2}}, {"largest", {1, 2}}, {"targets", {0, 1}}, {"usual_outside", 0}};
    write_old();
    QVERIFY(error_text([&] { (void)read_session(kept); }).contains("one limit for each channel"));
  }

  // Cut at the best layer, look at what it costs, save, and open what was saved: it says where it comes from.
  void a_network_is_pruned_saved_and_opened() {
    MainWindow other;
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.explorer().open_network(drawn_resnet18(), small_input());
    QVERIFY(opened.wait(patience));
    other.open_images({folder_.filePath("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(other.explorer().has_object() && other.settled(), patience);
    QSignalSpy done(&other.analysis(), &AnalysisRun::finished);
    other.analyze(analysis_request(other, 2));
    QVERIFY(done.wait(patience));
    QTRY_VERIFY_WITH_TIMEOUT(other.settled(), patience);

    other.dialogs().ask_for_pruning();
    auto* dialog = other.findChild<PruneDialog*>();
    QVERIFY(dialog != nullptr);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->result(), patience);
    // The best of those that it can be cut after: `output` and `softmax` are its end.
    std::vector<LayerR2> scores = other.analysis().results().scores();
    std::erase_if(scores, [](const LayerR2& score) { return !score.layer.starts_with("layer"); });
    const LayerR2 best = *std::ranges::max_element(scores, {}, &LayerR2::mean);
    QCOMPARE(dialog->job().layer, best.layer);

    // Another choice is computed anew; a click on the curve chooses too.
    emit dialog->findChild<CurveView*>()->layer_chosen("layer1.1");
    QCOMPARE(dialog->job().layer, "layer1.1");
    QVERIFY(!dialog->result());
    dialog->choose_output(PrunedOutput::Scale);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->result(), patience);
    QCOMPARE(dialog->result()->layer, std::string("layer1.1"));
    // By hand: conv1 64x3x7x7, bn1 and four convolutions 64x64x3x3 with their norms, then 64 weights and an intercept.
    QCOMPARE(dialog->result()->after.parameters, 64 * 3 * 49 + 128 + 4 * (64 * 64 * 9 + 128) + 65);
    QVERIFY(dialog->result()->difference <= 1e-5);
    QVERIFY(dialog->result()->images == 8 && !dialog->result()->random_images);

    dialog->findChildren<QCheckBox*>()[0]->setChecked(true); // its weights beside it
    const QString file = folder_.filePath("pruned.pt");
    other.dialogs().save_pruned(*dialog, file);
    dialog->accept();
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file), patience);
    QVERIFY(QFileInfo::exists(folder_.filePath("pruned.safetensors")));
    Questions questions;
    questions.unsaved = [](const QString& /*text*/) { return Questions::Unsaved::Discard; };
    other.set_questions(questions);
    other.open_network(file);
    QVERIFY(opened.wait(patience));
    QCOMPARE(other.explorer().network()->name, std::string("pruned.pt"));
    const auto& notes = other.explorer().network()->notes;
    QVERIFY(std::ranges::any_of(notes, [](const std::string& note) {
      return note.find("resnet18") != std::string::npos && note.find("layer1.1") != std::string::npos;
    }));
    QTRY_VERIFY_WITH_TIMEOUT(other.settled(), patience);

    // Nothing is written over the network that is open: no cut of it and no session.
    const QByteArray before = read_all(file);
    auto* errors = other.findChild<ErrorBar*>();
    const auto refused = [&](const QString& words) {
      QTRY_VERIFY2_WITH_TIMEOUT(errors->text().contains(words), qPrintable(errors->text()), patience);
      QVERIFY(read_all(file) == before);
      errors->hide();
    };
    PruneDialog again({other.explorer().network(), {}, Preprocessing::named("torch"), {}, "layer1.0"},
                      other.explorer().worker());
    QTRY_VERIFY_WITH_TIMEOUT(again.result(), patience);
    other.dialogs().save_pruned(again, folder_.path() + "/./pruned.pt");
    refused("would be overwritten");
    other.save_session(file);
    refused("would be overwritten");
    again.findChildren<QCheckBox*>()[0]->setChecked(true); // the weights would take the same name
    other.dialogs().save_pruned(again, folder_.filePath("both.safetensors"));
    refused("are the same file");
    QVERIFY(!QFile::exists(folder_.filePath("both.safetensors")));

    // The job of the dialog writes the same weights; one that returns the scale would need an analysis.
    QSignalSpy said(&other.dialogs(), &WorkDialogs::said);
    other.dialogs().save_pruned(again, folder_.filePath("by-window.pt"));
    QVERIFY(said.wait(patience));
    other.dialogs().write_prune_job(again, folder_.filePath("cut.json"));
    QVERIFY(said.wait(patience));
    QVERIFY2(said.last()[0].toString().contains("scalescope-cli run"), qPrintable(said.last()[0].toString()));
    QProcess cli;
    cli.start(SCALESCOPE_CLI, {"run", folder_.filePath("cut.json")});
    QVERIFY(cli.waitForFinished(patience));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    QVERIFY(QFile::exists(folder_.filePath("cut-pruned.pt")));
    QCOMPARE(read_all(folder_.filePath("cut-pruned.safetensors")), read_all(folder_.filePath("by-window.safetensors")));
    QSignalSpy wanted(&again, &PruneDialog::job_wanted);
    again.choose_output(PrunedOutput::Scale);
    for (auto* button : again.findChildren<QPushButton*>())
      if (button->text().contains("job"))
        button->click();
    QCOMPARE(wanted.size(), 0);
    const auto labels = again.findChildren<QLabel*>();
    QVERIFY(
        std::ranges::any_of(labels, [](const QLabel* label) { return label->text().contains("prune --analysis"); }));
  }

  void what_cannot_be_pruned_says_why() {
    PruneDialog dialog({explorer().network(), {}, Preprocessing::named("torch"), {}, "layer3.0"}, explorer().worker());
    const auto said = [&] {
      QString text;
      for (const QLabel* label : dialog.findChildren<QLabel*>())
        text += label->text() + '\n';
      return text;
    };
    QTRY_VERIFY_WITH_TIMEOUT(dialog.result(), patience);
    QCOMPARE(dialog.job().layer, "layer3.0");
    QVERIFY(dialog.result()->random_images);
    dialog.choose_layer("layer3.0.conv1"); // inside a branch
    QVERIFY2(said().contains("can't be pruned after layer3.0.conv1"), qPrintable(said()));
    dialog.choose_output(PrunedOutput::Scale); // nothing was analysed
    QVERIFY2(said().contains("There is no regression for"), qPrintable(said()));
    QVERIFY(!dialog.result());
    // The network that it was opened for is another one now.
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    explorer().worker().open(drawn_resnet18(3), small_input());
    QVERIFY(opened.wait(patience));
    dialog.choose_output(PrunedOutput::Map);
    QTRY_VERIFY_WITH_TIMEOUT(said().contains("Another network was opened meanwhile"), patience);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  // Discs on noise with their masks: trained with live losses, stopped, saved.
  void a_network_is_trained_and_what_was_learnt_stays() {
    QVERIFY(QDir(folder_.path()).mkpath("discs/images") && QDir(folder_.path()).mkpath("discs/labels"));
    for (int i = 0; i < 10; ++i) {
      QImage image(160, 160, QImage::Format_RGB888);
      QImage mask(160, 160, QImage::Format_Grayscale16);
      image.fill(QColor(200, 180, 200));
      mask.fill(0);
      const double radius = 6 + 0.6 * i;
      for (int y = 0; y < 160; ++y)
        for (int x = 0; x < 160; ++x)
          if (std::hypot(x % 32 - 16, y % 32 - 16) <= radius) {
            image.setPixelColor(x, y, QColor(80, 40, 120));
            reinterpret_cast<quint16*>(mask.scanLine(y))[x] = static_cast<quint16>(1 + x / 32 + 5 * (y / 32));
          }
      if (i == 0) { // 12 bits in 16
        image.convertTo(QImage::Format_Grayscale16);
        for (int y = 0; y < image.height(); ++y)
          for (int x = 0; x < image.width(); ++x)
            reinterpret_cast<quint16*>(image.scanLine(y))[x] >>= 4;
      }
      QVERIFY(image.save(folder_.filePath(QString("discs/images/%1.png").arg(i))));
      QVERIFY(mask.save(folder_.filePath(QString("discs/labels/%1.png").arg(i))));
    }
    MainWindow other;
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.explorer().open_network(drawn_resnet18(), small_input());
    QVERIFY(opened.wait(patience));
    other.explorer().set_layer("layer1.0");
    other.dialogs().ask_for_fine_tuning();
    auto* dialog = other.findChild<FineTuneDialog*>();
    QVERIFY(dialog != nullptr);
    QVERIFY_EXCEPTION_THROWN((void)dialog->job(), Error); // no images are chosen
    dialog->set_data(folder_.filePath("discs"));
    FineTuneJob job = dialog->job();
    QCOMPARE(job.transfer.layers, (std::vector<std::string>{"full", "layer1.0"}));
    QCOMPARE(job.training.learning_rate, 1e-4);
    QCOMPARE(job.training.epochs, 5);
    QCOMPARE(job.training.batch, 32);
    QCOMPARE(job.transfer.patches.side, 64); // what the network takes
    QVERIFY(!job.transfer.patches.split_masks);
    for (QCheckBox* box : dialog->findChildren<QCheckBox*>())
      if (box->text().contains("connected parts"))
        box->setChecked(true);
    QVERIFY(dialog->job().transfer.patches.split_masks);
    job.transfer.layers = {"layer1.0"};
    job.transfer.patches.magnifications = {30, 40};
    job.runs = 1;
    job.training.epochs = 2;
    QSignalSpy done(dialog, &FineTuneDialog::finished_training);
    dialog->start(job);
    QVERIFY(done.wait(patience));
    QVERIFY(dialog->answer());
    auto* losses = dialog->findChild<LossView*>();
    QCOMPARE(losses->curves().size(), 1U);
    const TrainingRun& run = dialog->answer()->result.context.training->layers.at(0).runs.at(0);
    QCOMPARE(losses->curves()[0].epochs.size(), 2U);
    QCOMPARE(losses->curves()[0].epochs[1].validation_loss, run.epochs.at(1).validation_loss);
    QVERIFY(run.tested);
    const auto says = [&](const QString& text) {
      return std::ranges::any_of(dialog->findChildren<QLabel*>(),
                                 [&](QLabel* one) { return one->text().contains(text); });
    };
    QVERIFY(says("images/0.png: it is nearly black"));

    QSignalSpy saved(&other.explorer().worker(), &NetworkWorker::fine_tuning_saved);
    dialog->save(folder_.filePath("trained"));
    QVERIFY(saved.wait(patience));
    for (const char* name : {"report.html", "fine-tuning.csv", "transfer.json", "fine-tuned/layer1.0.pt"})
      QVERIFY2(QFileInfo::exists(folder_.filePath("trained/") + name), name);
    // Not over what is open in the window.
    QFile table(folder_.filePath("discs/transfer.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write("file,target\nimages/0.png,1\n");
    table.close();
    other.open_images({table.fileName()});
    QTRY_VERIFY_WITH_TIMEOUT(other.settled(), patience);
    QSignalSpy refused(&other.explorer().worker(), &NetworkWorker::fine_tuning_failed);
    dialog->save(folder_.filePath("discs"));
    QVERIFY(refused.wait(patience));
    QVERIFY2(refused[0][1].toString().contains("discs/transfer.csv' would be overwritten"),
             qPrintable(refused[0][1].toString()));
    QVERIFY(read_all(table.fileName()).startsWith("file,target"));

    // Stopped once something is learnt: the best state so far stays.
    job.training.epochs = 10000;
    const auto stop = connect(&other.explorer().worker(), &NetworkWorker::fine_tuning, dialog,
                              [&](std::uint64_t, const TransferTrainingProgress& progress) {
                                if (progress.training.finished)
                                  dialog->stop();
                              });
    dialog->start(job);
    QVERIFY(done.wait(patience));
    disconnect(stop);
    QVERIFY(dialog->answer() && dialog->answer()->result.context.training->stopped);
    const TrainedLayer& kept = dialog->answer()->result.context.training->layers.at(0);
    QVERIFY(kept.runs.at(0).best_epoch >= 1);
    QVERIFY(!kept.archive.empty());

    // What is no data says so, and the dialog is ready again.
    job.transfer.data = folder_.filePath("scenes").toStdString();
    dialog->start(job);
    QVERIFY(done.wait(patience));
    QVERIFY(!dialog->answer());
    dialog->reject();
    QTRY_VERIFY_WITH_TIMEOUT(other.settled(), patience);
  }

  // What of a transformer's tokens becomes features is chosen above its layers; the session keeps it.
  void the_tokens_are_chosen_above_the_layers() {
    MainWindow other;
    other.resize(1200, 800);
    other.show();
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.open_network(QStringLiteral(SCALESCOPE_TESTS "/support/transformers/plain.pt2"));
    QVERIFY(opened.wait(patience));
    auto* tokens = other.findChild<LayerTree*>()->findChildren<QComboBox*>().last();
    QVERIFY(tokens->isVisible());
    QCOMPARE(tokens->currentText(), "Mean of the patches");
    tokens->setFocus();
    QTest::keyClick(tokens, Qt::Key_Down);
    QVERIFY(opened.wait(patience));
    QCOMPARE(other.explorer().network()->source.tokens, Tokens::Class);
    QCOMPARE(tokens->currentText(), "Class token");
    QVERIFY(choice_of(*other.explorer().network()).tokens == Tokens::Class); // what a job says

    const QString file = folder_.filePath("tokens.scalescope");
    QSignalSpy saved(&other.workspace().sessions(), &SessionKeeper::saved);
    other.save_session(file);
    QVERIFY(saved.wait(patience));
    MainWindow again;
    QSignalSpy restored(&again, &MainWindow::session_opened);
    again.open_session(file);
    QVERIFY(restored.wait(patience));
    QCOMPARE(again.explorer().network()->source.tokens, Tokens::Class);
  }

  // The output of a network that returns several tensors is chosen above its layers; the session keeps it.
  void the_output_is_chosen_above_the_layers() {
    const QString model = folder_.filePath("several.pt");
    handmade::write_several_outputs(to_path(model));
    MainWindow other;
    other.resize(1200, 800);
    other.show();
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.open_network(model);
    QVERIFY(opened.wait(patience));
    auto* output = other.findChild<LayerTree*>()->findChild<QComboBox*>();
    QVERIFY(output->isVisible());
    QCOMPARE(output->currentText(), "logits");
    QCOMPARE(other.explorer().network()->layer("output").channels(), 4);

    const auto choose = [&](const char* name) {
      output->setFocus();
      QTest::keyClick(output, name[0] == 'm' ? Qt::Key_Home : Qt::Key_End);
      QCOMPARE(output->currentText(), name);
    };
    choose("other");
    QVERIFY(opened.wait(patience));
    QCOMPARE(other.explorer().network()->source.output, std::string("other"));
    QCOMPARE(other.explorer().network()->layer("output").channels(), 2);
    QCOMPARE(output->currentText(), "other");
    QVERIFY(choice_of(*other.explorer().network()).output == "other"); // what a job says

    const QString file = folder_.filePath("several.scalescope");
    QSignalSpy saved(&other.workspace().sessions(), &SessionKeeper::saved);
    other.save_session(file);
    QVERIFY(saved.wait(patience));
    MainWindow again;
    QSignalSpy restored(&again, &MainWindow::session_opened);
    again.open_session(file);
    QVERIFY(restored.wait(patience));
    QCOMPARE(again.explorer().network()->layer("output").channels(), 2);

    // A network that is gone can't be opened with another output: the choice goes back to what is open.
    QVERIFY(QFile::remove(model));
    QSignalSpy failed(&other.explorer(), &Explorer::network_failed);
    choose("map");
    QVERIFY(failed.wait(patience));
    QCOMPARE(output->currentText(), "other");
    QTRY_VERIFY_WITH_TIMEOUT(other.settled() && again.settled(), patience);
  }
};

QTEST_MAIN(WindowDialogsTest)
#include "window_dialogs_test.moc"
