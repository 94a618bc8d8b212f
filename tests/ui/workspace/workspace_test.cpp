// The document without a window: there is no QApplication here, so that a widget would end the program. A Workspace
// opens a network and images, reads the scale, knows what is unsaved and why, and saves and restores a session.

#include "core/stage/segment.h"
#include "tests/support/workspace_support.h"
#include "ui/workspace/workspace.h"

#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

using namespace scalescope;

class WorkspaceTest : public QObject {
  Q_OBJECT
  using Unsaved = Questions::Unsaved;

  QTemporaryDir folder_;
  std::unique_ptr<Workspace> workspace_;
  QStringList asked_;
  Unsaved answer_ = Unsaved::Cancel;

  QString path(const QString& name) const { return folder_.filePath(name); }
  Explorer& explorer() const { return workspace_->explorer(); }
  void settle() const { QTRY_VERIFY_WITH_TIMEOUT(workspace_->settled(), patience); }
  bool has_curve() const { return !workspace_->analysis().results().empty(); }

  void analyze() const {
    AnalysisRequest request;
    request.samples = workspace_->images().samples();
    request.job.repetitions = 1;
    request.job.equal_width = request.job.target_forms = true;
    request.setup = setup_of(request.job, *explorer().network());
    workspace_->analyze(request);
    settle();
    QVERIFY(has_curve());
  }
  void save(const QString& name) const {
    QSignalSpy saved(&workspace_->sessions(), &SessionKeeper::saved);
    workspace_->sessions().write(path(name));
    QVERIFY(saved.wait(patience));
  }

 private slots:
  void initTestCase() { prepare_window_test(folder_); }

  // A folder of timm that is dropped is a network: its classes have the names of its config.json, what it sees of an
  // image gives the scales, and a session brings all back.
  void a_folder_is_a_network() {
    QString said;
    QVERIFY(QDir().mkpath(path("folders")));
    if (!run_python("make_folders.py", {"good", path("folders")}, &said))
      QSKIP(qPrintable("Python can't make the folders: " + said));
    workspace_->open_images({path("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(explorer().has_object() && workspace_->settled(), patience);
    const SampleModel& model = workspace_->images().model();
    QTRY_VERIFY_WITH_TIMEOUT(workspace_->reader().reading(), patience);
    const double whole = workspace_->reader().reading()->scale;
    workspace_->open_files({path("folders/timm/config.json")});
    QTRY_VERIFY_WITH_TIMEOUT(explorer().network() && workspace_->settled(), patience);
    QCOMPARE(explorer().network()->name, std::string("timm"));
    QCOMPARE(workspace_->class_names(), (QStringList{"ant", "bee", "cow", "dog", "eel"}));
    const auto scale = [&] { return workspace_->reader().reading()->scale; };
    const double own = 101 / 96.0 * 101 / 96.0;                                         // floor(96 / 0.95) is 101
    QTRY_VERIFY_WITH_TIMEOUT(std::abs(scale() - own * whole) < 0.02 * whole, patience); // if it lies in the middle
    if (const auto listed = model.scale(workspace_->images().current()))
      QVERIFY(std::abs(*listed - scale()) < 0.02 * whole);
    ChosenPreprocessing padded = explorer().preprocessing();
    padded.preprocessing.resizing = {ResizeMode::Pad, Interpolation::Lanczos, 1};
    padded.reason = "given";
    explorer().set_preprocessing(padded);
    settle();
    QVERIFY(std::abs(scale() - whole) < 1e-6); // the scenes are squares
    save("folder.scalescope");

    workspace_ = std::make_unique<Workspace>();
    workspace_->sessions().open(path("folder.scalescope"));
    QTRY_VERIFY_WITH_TIMEOUT(explorer().network() && workspace_->settled(), patience);
    QCOMPARE(key_of(explorer().preprocessing().preprocessing), key_of(padded.preprocessing));
    QCOMPARE(workspace_->class_names().size(), 5);
  }

  void init() {
    asked_.clear();
    answer_ = Unsaved::Cancel;
    workspace_ = std::make_unique<Workspace>();
    workspace_->set_questions({.unsaved =
                                   [this](const QString& text) {
                                     asked_ << text;
                                     return answer_;
                                   },
                               .session_file = [this] { return path("asked.scalescope"); },
                               .moved_file = {}});
    explorer().open_network(drawn_resnet18(), small_input());
    workspace_->open_images({path("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(explorer().network() && explorer().has_object() && workspace_->settled(), patience);
  }
  void cleanup() { workspace_.reset(); }

  void opens_images_and_a_network() {
    QCOMPARE(workspace_->images().samples().samples.size(), 30U);
    QCOMPARE(workspace_->images().from(), QStringList{path("scenes")});
    QCOMPARE(workspace_->images().current(), 0); // the first is on the stage
    QCOMPARE(explorer().layer(), QString("layer3.0"));
    QVERIFY(!workspace_->unsaved().any());
    workspace_->walk_images(-1); // there is none before
    QCOMPARE(workspace_->images().current(), 0);
    workspace_->walk_images(2);
    workspace_->walk_layers(1);
    QCOMPARE(workspace_->images().current_sample(), &workspace_->images().samples().samples[2]);
    QCOMPARE(explorer().layer(), QString("layer3.1"));
    const auto files = workspace_->files_in_use();
    for (const auto& read : workspace_->images().samples().files)
      QVERIFY(std::ranges::find(files, read) != files.end());
  }

  // Before an analysis it says only what is true; then what the layer's regression makes of the means of the maps.
  void the_scale_is_read_from_the_maps() {
    const StageReader& reader = workspace_->reader();
    QVERIFY(reader.reading() && !reader.reading()->value);
    QCOMPARE(reader.reading()->scale, explorer().apart()->fraction);
    analyze();
    QSignalSpy read(&reader, &StageReader::reading_changed);
    std::shared_ptr<const LayerMaps> maps;
    connect(&explorer(), &Explorer::maps_shown, this, [&](const auto& shown) { maps = shown; });
    explorer().set_scale(1.5, true);
    settle();
    QTRY_VERIFY_WITH_TIMEOUT(maps && !read.isEmpty(), patience);
    const Regression& regression = workspace_->analysis().results().regressions.at("layer3.0");
    const std::size_t area = maps->values.size() / regression.weights.size();
    double expected = regression.intercept;
    for (std::size_t c = 0; c < regression.weights.size(); ++c) {
      const auto map = std::span(maps->values).subspan(c * area, area);
      const double mean = std::accumulate(map.begin(), map.end(), 0.0) / static_cast<double>(area);
      expected += regression.weights[c] * std::clamp<double>(mean, regression.least[c], regression.largest[c]);
    }
    QCOMPARE(reader.reading()->layer, QString("layer3.0"));
    QVERIFY2(std::abs(*reader.reading()->value - expected) < 1e-6, qPrintable(QString::number(expected)));
    QCOMPARE(*reader.reading()->truth, reader.reading()->scale);
    QVERIFY(reader.reading()->scale > 1.5 * reader.reading()->original_scale); // 1.5 times as wide and as high
    QVERIFY(!reader.reading()->trust.fitted_on.isEmpty());

    workspace_->images().clear();
    explorer().set_sample(std::nullopt);
    QVERIFY(!reader.reading());
  }

  void knows_what_is_unsaved_and_why() {
    QSignalSpy changed(workspace_.get(), &Workspace::unsaved_changed);
    workspace_->draw_box({10, 20, 60, 50});
    QVERIFY(!changed.isEmpty());
    QVERIFY(workspace_->unsaved().boxes && !workspace_->unsaved().curve);
    settle();
    QCOMPARE(explorer().apart()->box.width, 60.0);
    analyze();
    QVERIFY(workspace_->unsaved().boxes && workspace_->unsaved().curve);

    QSignalSpy kept(workspace_.get(), &Workspace::images_kept);
    workspace_->open_images({path("scenes/images/scene-00003.png")});
    QVERIFY(kept.wait(patience));
    QCOMPARE(asked_.size(), 1);
    QVERIFY2(asked_[0].contains("the boxes drawn by hand") && !asked_[0].contains("curve"), qPrintable(asked_[0]));
    QCOMPARE(workspace_->images().samples().samples.size(), 30U);

    // The answer "save" saves where the person says, and goes on.
    answer_ = Unsaved::Save;
    explorer().open_network(drawn_resnet18(2), small_input());
    QTRY_COMPARE_WITH_TIMEOUT(explorer().network()->source.seed, 2U, patience);
    QCOMPARE(asked_.size(), 2);
    QVERIFY2(asked_[1].contains("the curve") && !asked_[1].contains("boxes"), qPrintable(asked_[1]));
    QVERIFY(!workspace_->unsaved().any() && !has_curve());
    QCOMPARE(workspace_->sessions().file(), path("asked.scalescope"));
    QCOMPARE(read_session(path("asked.scalescope")).session.boxes.size(), 1U);
  }

  // Network, images, stage: each when the one before is there.
  void a_session_is_restored_part_after_part() {
    workspace_->choose_sample(4);
    settle();
    workspace_->draw_box({10, 20, 60, 50});
    settle();
    explorer().set_scale(1.25, true);
    explorer().set_layer("layer4.0");
    explorer().set_cut({SegmentBy::Box, Fill::Noise, 0.1});
    settle();
    analyze();
    save("whole.scalescope");
    QVERIFY(!workspace_->unsaved().any());

    Workspace other;
    QStringList order;
    connect(&other.explorer(), &Explorer::network_opened, this, [&] { order << "network"; });
    connect(&other, &Workspace::images_taken, this, [&] { order << "images"; });
    connect(&other.sessions(), &SessionKeeper::opening, this, [&] { order << "opening"; });
    connect(&other, &Workspace::failed, this, [&](const QString& what) { order << what; });
    QSignalSpy opened(&other.sessions(), &SessionKeeper::opened);
    other.sessions().open(path("whole.scalescope"));
    QVERIFY(opened.wait(patience));
    QCOMPARE(order, (QStringList{"opening", "network", "images"}));
    QTRY_VERIFY_WITH_TIMEOUT(other.settled() && other.explorer().has_object(), patience);
    const Session before = workspace_->session();
    const Session after = other.session();
    QVERIFY(after.network == before.network && after.edit == before.edit);
    QCOMPARE(after.images, before.images);
    QCOMPARE(after.sample, before.sample);
    QCOMPARE(after.layer, QString("layer4.0"));
    QCOMPARE(after.cut.fill, Fill::Noise);
    QCOMPARE(after.boxes.at(after.sample).width, 60.0);
    QVERIFY(after.results.r2 == before.results.r2);
    const std::size_t layers = before.results.layers.size();
    QCOMPARE(before.results.uncertainty.at("").size(), layers);
    QCOMPARE(after.results.uncertainty.at("").size(), layers);
    for (std::size_t i = 0; i < layers; ++i) {
      const LayerUncertainty& kept = after.results.uncertainty.at("")[i];
      const LayerUncertainty& was = before.results.uncertainty.at("")[i];
      QVERIFY(kept.interval.low == was.interval.low && kept.interval.high == was.interval.high &&
              kept.standard_error == was.standard_error && kept.peak_share == was.peak_share);
      QVERIFY(was.interval.low < was.interval.high);
    }
    std::set<std::string> names;
    for (const Variant& fit : before.results.other_fits)
      names.insert(fit.name);
    for (const char* name :
         {unclipped_ridge, "64 features of each layer", "root of the target", "logarithm of the target"})
      QVERIFY2(names.contains(name), name);
    QVERIFY(!names.contains("30 images")); // nobody asked for fewer
    QCOMPARE(after.results.other_fits.size(), before.results.other_fits.size());
    QCOMPARE(after.results.other_fits[1].name, std::string(unclipped_ridge));
    QCOMPARE(after.results.other_fits[1].r2, before.results.other_fits[1].r2);
    QCOMPARE(other.explorer().apart()->box.width, 60.0);
    QVERIFY(!other.unsaved().any());
    QCOMPARE(other.sessions().file(), path("whole.scalescope"));
  }

  // Where a part can't be had, that is said and the others are there.
  void a_session_without_its_network_or_images() {
    Session session = workspace_->session();
    session.network->file = to_path(path("gone.pt"));
    session.images << path("gone.png");
    session.sample = "not there";
    write_session(session, path("half.scalescope"));
    Workspace other; // nobody is there to be asked
    QStringList said;
    connect(&other, &Workspace::failed, this, [&](const QString& what) { said << what; });
    QSignalSpy opened(&other.sessions(), &SessionKeeper::opened);
    other.sessions().open(path("half.scalescope"));
    QVERIFY(opened.wait(patience));
    QCOMPARE(said.size(), 2);
    QVERIFY2(said[0].contains("gone.pt was not found") && said[1].contains("gone.png was not found"),
             qPrintable(said.join('\n')));
    QVERIFY(!other.explorer().network());
    QCOMPARE(other.images().samples().samples.size(), 30U);
    QCOMPARE(other.images().current(), 0);

    session.images = {path("gone.png")};
    session.cut.fill = Fill::Noise; // for the next image
    write_session(session, path("none.scalescope"));
    other.sessions().open(path("none.scalescope"));
    QVERIFY(opened.wait(patience));
    QVERIFY(other.images().samples().samples.empty() && other.images().from().isEmpty());
    QVERIFY(!other.explorer().has_object());
    QCOMPARE(other.explorer().cut().fill, Fill::Noise);
  }

  void what_comes_during_a_question_waits_for_its_answer() {
    WorkGuard guard([](const auto& then, const auto& /*failed*/) { then(); });
    QStringList done;
    const auto action = [&](const QString& what) {
      return WorkGuard::Action{
          what, {.boxes = true}, [&done, what] { done << what; }, [&done, what] { done << "not " + what; }};
    };
    guard.note(&UnsavedWork::box_drawn);
    guard.set_questions({.unsaved =
                             [&](const QString& text) {
                               if (text.startsWith("one"))
                                 guard.when_safe(action("two")); // while the question is open
                               return text.startsWith("one") ? Unsaved::Cancel : Unsaved::Discard;
                             },
                         .session_file = {},
                         .moved_file = {}});
    guard.when_safe(action("one"));
    QCOMPARE(done, (QStringList{"not one", "two"}));
    guard.hold();
    guard.hold();
    guard.when_safe(action("three"));
    guard.release();
    QCOMPARE(done.size(), 2);
    guard.note_saved(guard.done());
    guard.release();
    QCOMPARE(done.last(), QString("three"));
  }

  // Whoever shows the workspace adds its part to what is saved, and is told when to put it back.
  void a_view_keeps_its_part() {
    workspace_->set_view_keeper([](Session& session) { session.channel = 7; });
    save("view.scalescope");
    QSignalSpy opening(&workspace_->sessions(), &SessionKeeper::opening);
    QSignalSpy opened(&workspace_->sessions(), &SessionKeeper::opened);
    workspace_->sessions().open(path("view.scalescope"));
    QVERIFY(opened.wait(patience));
    QCOMPARE(opening.size(), 1);
    QCOMPARE(opened[0][0].value<Session>().channel, 7);
  }
};

QTEST_GUILESS_MAIN(WorkspaceTest)
#include "workspace_test.moc"
