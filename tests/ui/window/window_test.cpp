// The real window, offscreen, through its story: open a network and images, rescale by mouse, see the maps change,
// analyse, save, reopen, stop an analysis, close while work is running.

#include "core/base/files.h"
#include "core/report/analysis_report.h"
#include "core/stage/composite.h"
#include "tests/support/window_support.h"
#include "ui/curve/curve_view.h"
#include "ui/curve/response_view.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/layers/layer_tree.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/prediction_bars.h"
#include "ui/stage/stage_controls.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/main_window.h"
#include "ui/window/shortcut_overview.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QHelpEvent>
#include <QLabel>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTest>
#include <QToolTip>
#include <QTreeView>

#include <cmath>

using namespace scalescope;

class WindowTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;

  StageView* stage() const { return window_->findChild<StageView*>(); }
  FeatureGrid* grid() const { return window_->findChild<FeatureGrid*>(); }
  CurveView* curve() const { return window_->findChild<CurveView*>(); }
  Explorer& explorer() const { return window_->explorer(); }
  QString read_out() const { return window_->findChild<QLabel*>("read_out")->text(); }

  void drag(const QPointF& from, const QPointF& to) const {
    QTest::mousePress(stage(), Qt::LeftButton, {}, from.toPoint());
    for (int i = 1; i <= 5; ++i)
      QTest::mouseMove(stage(), (from + (to - from) * i / 5).toPoint());
    QTest::mouseRelease(stage(), Qt::LeftButton, {}, to.toPoint());
  }

  AnalysisRequest request(int repetitions) const { return analysis_request(*window_, repetitions); }

 private slots:
  void initTestCase() {
    prepare_window_test(folder_);
    window_ = shown_window();
    QVERIFY(window_);
  }
  void cleanupTestCase() { window_.reset(); }

  void opens_a_network_and_images() {
    QVERIFY(open_in(*window_, drawn_resnet18(), small_input(), folder_.filePath("scenes")));
    QCOMPARE(explorer().network()->name, std::string("resnet18"));
    QCOMPARE(window_->findChild<ImagePanel*>()->samples().samples.size(), 30U);
    QCOMPARE(explorer().layer(), QString("layer3.0")); // the block in the middle
    QTRY_VERIFY_WITH_TIMEOUT(!grid()->maps().empty(), patience);
    QCOMPARE(grid()->maps().channels, 256);
    QCOMPARE(grid()->maps().height, 4);
  }

  void a_file_that_is_no_network_is_said_in_the_bar() {
    auto* errors = window_->findChild<ErrorBar*>();
    const QString file = folder_.filePath("text.pt");
    QFile text(file);
    QVERIFY(text.open(QIODevice::WriteOnly));
    text.write("once upon a time");
    text.close();
    window_->open_network(file);
    QTRY_VERIFY_WITH_TIMEOUT(errors->text().contains("text.pt"), patience);
    QVERIFY(explorer().network()); // the one before stays
    errors->hide();
  }

  void a_corner_rescales_and_the_maps_follow() {
    const auto before = *grid()->maps().values;
    const QRectF area = *stage()->object_area();
    const QPointF corner = area.bottomRight();
    drag(corner, area.center() + (corner - area.center()) * 1.5);
    QVERIFY(std::abs(explorer().edit().placement.scale - 1.5) < 0.05);
    QTRY_VERIFY_WITH_TIMEOUT(*grid()->maps().values != before, patience);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    QVERIFY(std::abs(window_->findChild<StageControls*>()->scale() - explorer().edit().placement.scale) < 0.011);
    QCOMPARE(explorer().undo_stack()->count(), 1); // a drag is one step
  }

  void undo_and_redo() {
    const double scale = explorer().edit().placement.scale;
    explorer().undo_stack()->undo();
    QCOMPARE(explorer().edit().placement.scale, 1.0);
    explorer().undo_stack()->redo();
    QCOMPARE(explorer().edit().placement.scale, scale);
    explorer().undo_stack()->undo();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void a_drag_inside_moves() {
    const QPointF centre = stage()->object_area()->center();
    const Placement before = explorer().edit().placement;
    drag(centre, centre + QPointF(30, -20));
    const double pixels = 160 / stage()->image_area().width();
    QVERIFY(std::abs(explorer().edit().placement.centre_x - before.centre_x - 30 * pixels) < 0.6);
    QVERIFY(std::abs(explorer().edit().placement.centre_y - before.centre_y + 20 * pixels) < 0.6);
    QCOMPARE(explorer().edit().placement.scale, 1.0);
    explorer().reset();
    QCOMPARE(explorer().edit().placement.centre_x, before.centre_x);
  }

  void the_wheel_over_the_object_rescales() {
    const QPointF centre = stage()->object_area()->center();
    const auto turn = [&](const QPointF& at) {
      QWheelEvent event(at, stage()->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                        false);
      QCoreApplication::sendEvent(stage(), &event);
    };
    turn(centre);
    QVERIFY(std::abs(explorer().edit().placement.scale - 1.05) < 1e-9);
    turn(stage()->image_area().topLeft() + QPointF(1, 1));
    QVERIFY(std::abs(explorer().edit().placement.scale - 1.05) < 1e-9); // beside it nothing happens
    explorer().reset();
  }

  // The two notions are two controls.
  void image_size_leaves_object_scale() {
    auto* controls = window_->findChild<StageControls*>();
    explorer().set_scale(1.3, true);
    emit controls->image_size_wanted(128, true);
    QCOMPARE(explorer().edit().image_size, 128);
    QCOMPARE(explorer().edit().placement.scale, 1.3);
    QTRY_COMPARE_WITH_TIMEOUT(grid()->maps().height, 8, patience); // twice the input, twice the map
    emit controls->scale_wanted(0.7, true);
    QCOMPARE(explorer().edit().image_size, 128);
    emit controls->image_size_wanted(64, true);
    explorer().reset();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void another_layer_everywhere() {
    explorer().set_layer("layer1.1");
    QTRY_COMPARE_WITH_TIMEOUT(grid()->maps().channels, 64, patience);
    QTest::keyClick(grid(), Qt::Key_BracketRight);
    QCOMPARE(explorer().layer(), QString("layer2.0"));
    QTRY_COMPARE_WITH_TIMEOUT(grid()->maps().channels, 128, patience);
  }

  void analyses_and_the_curve_grows() {
    QSignalSpy parts(&explorer().worker(), &NetworkWorker::fitted_part);
    QSignalSpy done(&explorer().worker(), &NetworkWorker::analyzed);
    window_->analyze(request(2));
    QVERIFY(done.wait(patience));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    QCOMPARE(parts.size(), 10 * 2 * 2); // layers, repetitions, the network and its control
    const CurveData& data = curve()->curve();
    QVERIFY(!data.partial);
    QCOMPARE(data.repetitions, 2);
    QCOMPARE(data.figure.layers.size(), 10U);
    const auto analysis = done[0][0].value<std::shared_ptr<const Analysis>>();
    for (std::size_t i = 0; i < 10; ++i)
      QCOMPARE(data.figure.series[0].mean[i], analysis->scores[i].mean());
    emit curve()->layer_chosen("layer4.1");
    QCOMPARE(explorer().layer(), QString("layer4.1"));
    // The layer's regression reads a scale from the stage: the mean of each map, weighted.
    const auto fitted = done[0][1].value<std::shared_ptr<const std::vector<Regression>>>();
    QTRY_COMPARE_WITH_TIMEOUT(grid()->maps().channels, 512, patience);
    const FeatureMaps& maps = grid()->maps();
    double expected = (*fitted)[7].intercept; // layer4.1 is the last of the eight blocks
    for (int c = 0; c < 512; ++c)
      expected += (*fitted)[7].weights[static_cast<std::size_t>(c)] * mean_value(maps.map(c));
    const QString text = QLocale().toString(100 * expected, 'f', 1);
    QTRY_VERIFY_WITH_TIMEOUT(read_out().contains("Scale read from layer4.1") && read_out().contains(text + " %"),
                             patience);
    QVERIFY(window_->isWindowModified()); // a curve is work
  }

  // The scenes have objects of up to 30 % of the image, and were shown to the network at its own size.
  void a_reading_beyond_what_was_fitted_is_called_a_guess() {
    const auto* label = window_->findChild<QLabel*>("read_out");
    QVERIFY2(!read_out().contains("A guess"), qPrintable(read_out()));
    QVERIFY2(label->toolTip().contains("The regression was fitted to values from "), qPrintable(label->toolTip()));
    explorer().set_placement({scale_of_fraction(*explorer().apart(), 0.5), 80, 80}, true);
    QTRY_VERIFY2_WITH_TIMEOUT(read_out().contains("A guess: only "), qPrintable(read_out()), patience);
    explorer().undo_stack()->undo();
    QTRY_VERIFY2_WITH_TIMEOUT(!read_out().contains("A guess"), qPrintable(read_out()), patience);
    explorer().set_image_size(256, true);
    QTRY_VERIFY2_WITH_TIMEOUT(read_out().contains("A guess: no image like this one was fitted."),
                              qPrintable(read_out()), patience);
    explorer().undo_stack()->undo();
    QTRY_VERIFY2_WITH_TIMEOUT(!read_out().contains("A guess"), qPrintable(read_out()), patience);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void channels_know_their_correlation_with_scale() {
    const FeatureMaps& maps = grid()->maps();
    QCOMPARE(maps.scale_correlation.size(), 512U);
    grid()->sort(ChannelOrder::ScaleCorrelation);
    const auto strength = [&](int c) { return std::abs(maps.scale_correlation[static_cast<std::size_t>(c)]); };
    QVERIFY(std::ranges::is_sorted(grid()->shown_order(), std::greater(), strength));
    QVERIFY(strength(grid()->shown_order().front()) > strength(grid()->shown_order().back()));
  }

  void a_sweep_shows_the_response() {
    QSignalSpy swept(&explorer(), &Explorer::swept);
    explorer().sweep();
    QVERIFY(swept.wait(patience));
    const auto points = swept[0][0].value<std::vector<SweepPoint>>();
    QVERIFY(points.size() > 10);
    QVERIFY(points.back().fraction > 10 * points.front().fraction);
    QCOMPARE(points.front().probabilities.size(), 1000U);
    const auto classes = likeliest_classes(points, 3);
    QCOMPARE(classes.size(), 3U);
    float highest = 0;
    for (const auto& point : points)
      highest = std::max(highest, *std::ranges::max_element(point.probabilities));
    QVERIFY(std::ranges::any_of(points, [&](const auto& point) { return point.probabilities[classes[0]] == highest; }));
    // At its end the object is larger than any that was fitted.
    auto* response = window_->findChild<ResponseView*>();
    (void)response->grab();
    QString said;
    for (int x = response->width(); x > 0 && said.isEmpty(); --x) {
      QHelpEvent help(QEvent::ToolTip, {x, response->height() / 2}, response->mapToGlobal(QPoint(x, 0)));
      QCoreApplication::sendEvent(response, &help);
      said = QToolTip::text();
    }
    QToolTip::hideText();
    QVERIFY2(said.contains("a guess: no such image was fitted"), qPrintable(said));
  }

  // The files of the command line: the curve in the window is the one that is written.
  void results_are_saved() {
    QSignalSpy saved(&window_->analysis(), &AnalysisRun::saved);
    const QString out = folder_.filePath("result");
    window_->analysis().save(out, true);
    QVERIFY(saved.wait(patience));
    for (const char* file : {"curve.csv", "curve.png", "curve.svg", "analysis.json", "features/layer4.1.npy"})
      QVERIFY2(QFile::exists(out + '/' + file), file);
    const CurveData& shown = curve()->curve();
    QCOMPARE(QString::fromStdString(read_file(to_path(out + "/curve.csv"))),
             QString::fromStdString(curve_csv(shown.figure.layers, shown.depths, shown.channels, shown.figure.series)));
    window_->analysis().save(folder_.filePath("text.pt/no folder"), false);
    auto* errors = window_->findChild<ErrorBar*>();
    QTRY_VERIFY_WITH_TIMEOUT(errors->text().contains("text.pt"), patience);
    errors->hide();
  }

  void a_session_is_saved_and_opened_whole() {
    auto* panel = window_->findChild<ImagePanel*>();
    panel->set_current(4);
    emit panel->image_chosen(4);
    QTRY_VERIFY_WITH_TIMEOUT(explorer().has_object() && window_->settled(), patience);
    const BoundingBox drawn{10, 20, 60, 50};
    emit stage()->box_drawn(drawn);
    QTRY_VERIFY_WITH_TIMEOUT(explorer().has_object() && window_->settled(), patience);
    explorer().set_scale(1.25, true);
    explorer().set_image_size(96, true);
    explorer().set_layer("layer4.0");
    grid()->sort(ChannelOrder::RegressionWeight);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && grid()->maps().layer == "layer4.0", patience);
    grid()->choose(77);
    const CurveData before = curve()->curve();
    const QString reading = read_out();
    QVERIFY(reading.contains("Scale read from layer4.0"));

    const QString file = folder_.filePath("kept.scalescope");
    QSignalSpy saved(window_.get(), &MainWindow::session_saved);
    window_->save_session(file);
    QVERIFY(saved.wait(patience));
    QVERIFY(!window_->isWindowModified());

    MainWindow other;
    other.resize(1200, 800);
    other.show();
    QSignalSpy opened(&other, &MainWindow::session_opened);
    other.open_session(file);
    QVERIFY2(opened.wait(patience), qPrintable(other.findChild<ErrorBar*>()->text()));
    auto* maps = other.findChild<FeatureGrid*>();
    QTRY_VERIFY_WITH_TIMEOUT(other.settled() && maps->chosen() == 77, patience);
    Explorer& again = other.explorer();
    QCOMPARE(again.network()->name, std::string("resnet18"));
    QCOMPARE(again.network()->input_size, 64);
    QCOMPARE(other.findChild<ImagePanel*>()->samples().samples.size(), 30U);
    QCOMPARE(other.findChild<ImagePanel*>()->current(), 4);
    QCOMPARE(again.edit().placement.scale, 1.25);
    QCOMPARE(again.edit().image_size, 96);
    QVERIFY(again.edit() == explorer().edit());
    QCOMPARE(again.apart()->box.width, drawn.width);
    QCOMPARE(again.layer(), QString("layer4.0"));
    QCOMPARE(maps->order(), ChannelOrder::RegressionWeight);
    QVERIFY(*maps->maps().values == *grid()->maps().values); // the same pixels go through the same network
    const CurveData& after = other.findChild<CurveView*>()->curve();
    QCOMPARE(after.figure.layers, before.figure.layers);
    QCOMPARE(after.figure.series.size(), 2U);
    for (std::size_t of = 0; of < 2; ++of)
      for (std::size_t i = 0; i < before.figure.layers.size(); ++i)
        QCOMPARE(after.figure.series[of].mean[i], before.figure.series[of].mean[i]);
    QCOMPARE(other.findChild<QLabel*>("read_out")->text(), reading);
    QCOMPARE(other.findChild<QLabel*>("read_out")->toolTip(), window_->findChild<QLabel*>("read_out")->toolTip());
    QVERIFY(reading.contains("A guess")); // at 96 pixels
    QVERIFY(!other.isWindowModified());
    other.close();
  }

  // Panels as tall as they were would leave no room for the stage.
  void a_session_of_a_larger_window_fits_a_smaller() {
    const auto curve_of = [](MainWindow& window) { return window.findChild<QDockWidget*>("curve"); };
    const auto height_in = [&](const QString& file, const QSize& size) {
      MainWindow other;
      other.resize(size);
      other.show();
      QSignalSpy opened(&other, &MainWindow::session_opened);
      other.open_session(file);
      return opened.wait(patience) ? curve_of(other)->height() : 0;
    };
    const QString file = folder_.filePath("tall.scalescope");
    const QSize before = window_->size();
    window_->resize(1200, 1000);
    const int usual = curve_of(*window_)->height();
    window_->resizeDocks({curve_of(*window_)}, {usual + 100}, Qt::Vertical);
    QTRY_VERIFY(curve_of(*window_)->height() > usual + 60);
    QSignalSpy saved(window_.get(), &MainWindow::session_saved);
    window_->save_session(file);
    QVERIFY(saved.wait(patience));
    const int tall = curve_of(*window_)->height();
    QVERIFY(std::abs(height_in(file, window_->size()) - tall) <= 5);
    const int fitted = height_in(file, {1024, 640});
    QVERIFY2(fitted > 0 && fitted < tall - 50, qPrintable(QString("%1 of %2").arg(fitted).arg(tall)));
    window_->resizeDocks({curve_of(*window_)}, {usual}, Qt::Vertical);
    window_->resize(before);
  }

  void what_has_moved_is_asked_for() {
    const QString file = folder_.filePath("moved.scalescope");
    QSignalSpy saved(window_.get(), &MainWindow::session_saved);
    window_->save_session(file);
    QVERIFY(saved.wait(patience));
    QVERIFY(QDir(folder_.path()).rename("scenes", "elsewhere"));
    MainWindow other;
    other.show();
    QStringList asked;
    Questions questions;
    questions.moved_file = [&](const QString& missing) {
      asked << missing;
      return folder_.filePath("elsewhere");
    };
    other.set_questions(questions);
    QSignalSpy opened(&other, &MainWindow::session_opened);
    other.open_session(file);
    QVERIFY(opened.wait(patience));
    QCOMPARE(asked, QStringList{folder_.filePath("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(other.settled() && other.explorer().has_object(), patience);

    // Nobody knows: all else opens, and the bar says what is missing.
    questions.moved_file = [](const QString&) { return QString(); };
    other.set_questions(questions);
    other.open_session(file);
    QVERIFY(opened.wait(patience));
    QTRY_VERIFY_WITH_TIMEOUT(other.settled(), patience);
    QVERIFY(other.findChild<ErrorBar*>()->text().contains("scenes was not found"));
    QVERIFY(other.findChild<ImagePanel*>()->samples().samples.empty());
    QVERIFY(!other.statusBar()->findChild<QLabel*>()->text().contains("objects"));
    QVERIFY(!other.findChild<CurveView*>()->curve().figure.series.empty());
    other.close();
    QVERIFY(QDir(folder_.path()).rename("elsewhere", "scenes"));
  }

  void what_is_no_session_is_said_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("part");
    QTest::newRow("text") << QByteArray("once upon a time") << "is not a session";
    const std::string whole = read_file(to_path(folder_.filePath("kept.scalescope")));
    QTest::newRow("cut") << QByteArray::fromStdString(whole.substr(0, whole.size() / 2)) << "incomplete";
    QTest::newRow("newer") << QByteArray(R"({"format": "scalescope session 99"})") << "session 99";
    QTest::newRow("damaged") << QByteArray(R"({"format": "scalescope session 1", "stage": 3})") << "damaged";
  }
  void what_is_no_session_is_said() {
    QFETCH(QByteArray, text);
    QFETCH(QString, part);
    QFile file(folder_.filePath("bad.scalescope"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
    file.close();
    window_->open_session(file.fileName());
    auto* errors = window_->findChild<ErrorBar*>();
    QTRY_VERIFY_WITH_TIMEOUT(errors->text().contains("bad.scalescope"), patience);
    QVERIFY2(errors->text().contains(part), qPrintable(errors->text()));
    QVERIFY(explorer().network()); // what is open stays
    errors->hide();
  }

  void names_of_other_networks_are_not_used() {
    QFile names(folder_.filePath("names.txt"));
    QVERIFY(names.open(QIODevice::WriteOnly));
    names.write("cat\ndog\n");
    names.close();
    window_->workspace().set_class_names(names.fileName());
    auto* errors = window_->findChild<ErrorBar*>();
    QTRY_VERIFY_WITH_TIMEOUT(errors->text().contains("names for 2 classes, but the network has 1000"), patience);
    const auto said = [&] { return window_->findChild<PredictionBars*>()->accessibleDescription(); };
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && said().startsWith("class "), patience);
    errors->hide();

    QVERIFY(names.open(QIODevice::WriteOnly));
    for (int i = 0; i < 1000; ++i)
      names.write("thing " + QByteArray::number(i) + "\n");
    names.close();
    window_->workspace().set_class_names(names.fileName());
    QTRY_VERIFY_WITH_TIMEOUT(said().startsWith("thing "), patience);
    QVERIFY(errors->text().isEmpty());
    window_->workspace().set_class_names({});
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  // A drag may leave part of the object outside: the number beside the slider is of what the network sees.
  void numbers_are_of_what_is_in_the_image() {
    explorer().set_scale(6, true);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    QVERIFY(fraction_of_scale(*explorer().apart(), 6) > 1); // all of the box, were there room
    const QString whole = "true " + QLocale().toString(100.0, 'f', 1);
    QTRY_VERIFY_WITH_TIMEOUT(read_out().contains(whole), patience);
    explorer().reset();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && !read_out().contains(whole), patience);
  }

  // What the network does not see is dark, and maps lie over the rest.
  void a_crop_shows_what_is_seen() {
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    const ChosenPreprocessing before = explorer().preprocessing();
    const QRectF image = stage()->image_area();
    QCOMPARE(stage()->seen_area(), image);
    const QPoint corner = (image.topLeft() + QPointF(3, 3)).toPoint();
    const auto lightness = [&] { return stage()->grab().toImage().pixelColor(corner).lightness(); };
    const int light = lightness();
    ChosenPreprocessing cropped = before;
    cropped.preprocessing.resizing = {ResizeMode::Crop, Interpolation::Bicubic, 0.5};
    explorer().set_preprocessing(cropped);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && stage()->seen_area() != image, patience);
    const QRectF seen = stage()->seen_area(); // of a square image: the middle half of each side
    QVERIFY(std::abs(seen.width() - image.width() / 2) < 1e-6 &&
            std::abs(seen.x() - image.x() - image.width() / 4) < 1e-6);
    QVERIFY2(lightness() < light, qPrintable(QString("%1, before %2").arg(lightness()).arg(light)));
    explorer().set_preprocessing(before);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && stage()->seen_area() == image, patience);
  }

  void answers_of_an_earlier_analysis_are_not_taken() {
    AnalysisRun& run = window_->analysis();
    QSignalSpy done(&run, &AnalysisRun::finished);
    NetworkWorker& worker = explorer().worker();
    window_->analyze(request(2));
    emit worker.fitted_part({"", 0, 0, 99.0}, 0); // late: of a request before
    emit worker.analysis_failed({}, 0);
    QVERIFY(run.running());
    QVERIFY(done.wait(patience));
    QVERIFY(run.can_save());
    QVERIFY(curve()->curve().figure.series[0].mean[0] < 2);
  }

  void a_sweep_without_an_object_says_what_it_needs() {
    MainWindow empty;
    empty.explorer().sweep();
    QVERIFY(empty.findChild<ErrorBar*>()->text().contains("needs a network and an image"));
  }

  void size_and_recent_files_are_remembered() {
    clear_recent_files();
    {
      MainWindow forgetful;
      forgetful.open_images({folder_.filePath("scenes")});
      QTRY_VERIFY_WITH_TIMEOUT(forgetful.settled(), patience);
      QVERIFY(recent_files(RecentKind::Images).isEmpty()); // a screenshot leaves nothing behind
      MainWindow first;
      first.remember();
      first.resize(1111, 777);
      first.show();
      first.open_images({folder_.filePath("scenes")});
      QTRY_VERIFY_WITH_TIMEOUT(first.settled(), patience);
      first.findChild<QDockWidget*>("channel")->close();
      first.close();
    }
    QCOMPARE(recent_files(RecentKind::Images), QStringList{folder_.filePath("scenes")});
    MainWindow second;
    second.remember();
    second.show();
    QCOMPARE(second.size(), QSize(1111, 777));
    QVERIFY(second.findChild<QDockWidget*>("channel")->isHidden());
    QVERIFY(!second.findChild<QDockWidget*>("maps")->isHidden());
  }

  void unsaved_work_is_asked_about() {
    QSignalSpy done(&window_->analysis(), &AnalysisRun::finished);
    window_->analyze(request(1));
    QVERIFY(done.wait(patience));
    QVERIFY(window_->isWindowModified());
    int asked = 0;
    Questions questions;
    questions.unsaved = [&](const QString& /*text*/) {
      ++asked;
      return Questions::Unsaved::Cancel;
    };
    window_->set_questions(questions);
    window_->close();
    QCOMPARE(asked, 1);
    QVERIFY(window_->isVisible());
    QVERIFY(window_->isWindowModified());
  }

  void a_stopped_analysis_says_so() {
    QSignalSpy done(&window_->analysis(), &AnalysisRun::finished);
    QSignalSpy parts(&explorer().worker(), &NetworkWorker::fitted_part);
    window_->analyze(request(1000)); // far more repetitions than are waited for
    QTRY_VERIFY_WITH_TIMEOUT(parts.size() > 0, patience);
    window_->analysis().stop();
    QVERIFY(done.wait(patience));
    QVERIFY(window_->statusBar()->currentMessage().contains("stopped"));
    QVERIFY(!curve()->curve().figure.series.empty());
    QVERIFY(curve()->curve().partial); // and what is known stays
    QVERIFY(!window_->analysis().can_save());
    // The curve can be exported, and says what it is.
    save_curve(curve()->curve(), folder_.filePath("partial.svg"));
    QVERIFY(read_file(to_path(folder_.filePath("partial.svg"))).find("partial") != std::string::npos);
  }

  void preferences_are_kept_and_taken_up() {
    Preferences chosen;
    chosen.engine = Engine::LibTorch;
    chosen.threads = 1;
    chosen.colours = ColourMap::Magma;
    chosen.theme = ThemeChoice::Dark;
    save_preferences(chosen);
    const Preferences kept = load_preferences();
    QVERIFY(!kept.run_differs(chosen));
    QCOMPARE(kept.theme, ThemeChoice::Dark);
    const CurveData before = curve()->curve();
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    window_->set_preferences(kept);
    QVERIFY(opened.wait(patience));
    QVERIFY(explorer().network()->engine.find("LibTorch") == 0);
    QCOMPARE(explorer().network()->threads, 1);
    QCOMPARE(window_->findChild<FeaturePanel*>()->colour_choice(), ColourMap::Magma);
    QCOMPARE(curve()->curve().figure.layers, before.figure.layers); // the same network: its curve stays
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void every_shortcut_is_in_the_overview_and_used_once() {
    const ShortcutOverview overview(*window_);
    const QString text = overview.findChild<QLabel*>()->text();
    QSet<QString> used;
    for (const QAction* action : window_->findChildren<QAction*>()) {
      const QString keys = action->shortcut().toString(QKeySequence::NativeText);
      if (keys.isEmpty())
        continue;
      QVERIFY2(!used.contains(keys), qPrintable(keys));
      used << keys;
      QVERIFY2(text.contains(keys.toHtmlEscaped()), qPrintable(keys));
      QVERIFY2(!action->statusTip().isEmpty() || action->text().startsWith("&Undo") ||
                   action->text().startsWith("&Redo"),
               qPrintable(action->text()));
    }
    QVERIFY(used.size() >= 15);
  }

  // What can be operated by keyboard has a name for those who can't see it.
  void controls_have_accessible_names() {
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
      const bool is_control = widget->focusPolicy() & Qt::TabFocus;
      if (!is_control || !widget->isVisible() || qobject_cast<const QAbstractButton*>(widget) != nullptr ||
          widget->parentWidget()->inherits("QAbstractSpinBox"))
        continue;
      QAccessibleInterface* face = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
      QVERIFY2(
          face != nullptr && !face->text(QAccessible::Name).isEmpty(),
          qPrintable(QString("%1 in %2")
                         .arg(widget->metaObject()->className(), widget->parentWidget()->metaObject()->className())));
    }
  }

  // The main job on the developers' photos: the window comes to the command line's file, byte for byte.
  void the_curve_is_the_command_lines() {
    NEED_SHARED(shared);
    const QString model = shared + "/models/efficientnet_lite0_imagenet.pt";
    const QString data = shared + "/data/raccoon";
    // Twice, so that both take their features from the cache: some of the photos are the same file, and LibTorch's last
    // bits hang on the place in a batch, of which the cache keeps one.
    for (int run = 0; run < 2; ++run) {
      QProcess program;
      program.setProcessChannelMode(QProcess::MergedChannels);
      program.start(QStringLiteral(SCALESCOPE_CLI),
                    {"analyze", "--model", model, "--data", data, "--preprocess", "tf", "--repetitions", "3",
                     "--controls", "random-scale", "--out", folder_.filePath("cli")});
      program.waitForFinished(-1);
      QVERIFY2(program.exitCode() == 0, program.readAll().constData());
    }

    MainWindow other;
    QSignalSpy opened(&other.explorer(), &Explorer::network_opened);
    other.open_network(model);
    QVERIFY(opened.wait(patience));
    other.open_images({data});
    QTRY_VERIFY_WITH_TIMEOUT(other.explorer().has_object() && other.settled(), patience);
    other.explorer().set_preprocessing({Preprocessing::named("tf"), "given"});
    QSignalSpy done(&other.analysis(), &AnalysisRun::finished);
    other.analyze(analysis_request(other, 3));
    QVERIFY(done.wait(patience));
    QSignalSpy saved(&other.analysis(), &AnalysisRun::saved);
    other.analysis().save(folder_.filePath("window"), false);
    QVERIFY(saved.wait(patience));
    const auto curve_of = [&](const char* by) {
      return QString::fromStdString(read_file(to_path(folder_.filePath(by)) / "curve.csv"));
    };
    QCOMPARE(curve_of("window"), curve_of("cli"));
  }

  void closes_while_work_is_running() {
    window_->analyze(request(1000));
    explorer().set_scale(1.2, false);
    Questions questions;
    questions.unsaved = [](const QString& /*text*/) { return Questions::Unsaved::Discard; };
    window_->set_questions(questions);
    window_->close();
    QTRY_VERIFY(!window_->isVisible());
    window_.reset(); // waits for a batch at most: ctest's time limit fails it otherwise
    QVERIFY(!window_);
  }
};

QTEST_MAIN(WindowTest)
#include "window_test.moc"
