// The real window, offscreen, through its story: open a network and pictures, rescale by mouse, see the maps change,
// analyse, stop an analysis, close while work is running.

#include "core/base/files.h"
#include "datasets/scenes.h"
#include "tests/support.h"
#include "ui/analysis_dialog.h"
#include "ui/curve_view.h"
#include "ui/error_bar.h"
#include "ui/feature_panel.h"
#include "ui/image_panel.h"
#include "ui/layer_tree.h"
#include "ui/main_window.h"
#include "ui/stage_controls.h"
#include "ui/stage_view.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTest>
#include <QTreeView>

#include <cmath>

using namespace scalescope;

namespace {

constexpr int patience = 60000; // for what runs in the background

} // namespace

class WindowTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;

  StageView* stage() const { return window_->findChild<StageView*>(); }
  FeatureGrid* grid() const { return window_->findChild<FeatureGrid*>(); }
  CurveView* curve() const { return window_->findChild<CurveView*>(); }
  Explorer& explorer() const { return window_->explorer(); }

  void drag(const QPointF& from, const QPointF& to) const {
    QTest::mousePress(stage(), Qt::LeftButton, {}, from.toPoint());
    for (int i = 1; i <= 5; ++i)
      QTest::mouseMove(stage(), (from + (to - from) * i / 5).toPoint());
    QTest::mouseRelease(stage(), Qt::LeftButton, {}, to.toPoint());
  }

  static RunOptions small_input() {
    RunOptions options;
    options.input_size = 64;
    return options;
  }

  AnalysisRequest request(int repetitions) const {
    AnalysisDialog dialog(*explorer().network(), window_->findChild<ImagePanel*>()->samples());
    AnalysisRequest made = dialog.request(explorer().preprocessing());
    made.settings.repetitions = repetitions;
    return made;
  }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", folder_.filePath("cache").toUtf8());
    SceneOptions how;
    how.width = how.height = 160;
    how.max_scale = 0.3;
    write_scenes(to_path(folder_.filePath("scenes")), 30, how);
    window_ = std::make_unique<MainWindow>();
    window_->resize(1200, 800);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void cleanupTestCase() { window_.reset(); }

  void opens_a_network_and_pictures() {
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    explorer().worker().open({.file = {}, .architecture = "resnet18", .random_weights = true, .seed = 1},
                             small_input());
    QVERIFY(opened.wait(patience));
    QCOMPARE(explorer().network()->name, std::string("resnet18"));
    window_->open_images({folder_.filePath("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(explorer().has_object() && window_->settled(), patience);
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
    const double pixels = 160 / stage()->picture_area().width();
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
    turn(stage()->picture_area().topLeft() + QPointF(1, 1));
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
    QSignalSpy done(&explorer().worker(), &NetworkWorker::analysed);
    window_->analyse(request(2));
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
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::any_of(window_->findChildren<QLabel*>(),
                                                 [&](const QLabel* label) {
                                                   return label->text().contains("Scale read from layer4.1: " + text);
                                                 }),
                             patience);
  }

  void a_stopped_analysis_says_so() {
    QSignalSpy failed(&explorer().worker(), &NetworkWorker::analysis_failed);
    QSignalSpy parts(&explorer().worker(), &NetworkWorker::fitted_part);
    window_->analyse(request(1000)); // far more repetitions than are waited for
    QTRY_VERIFY_WITH_TIMEOUT(parts.size() > 0, patience);
    explorer().cancel_analysis();
    QVERIFY(failed.wait(patience));
    QCOMPARE(failed[0][0].toString(), QString());
    QVERIFY(window_->statusBar()->currentMessage().contains("stopped"));
    QTRY_VERIFY_WITH_TIMEOUT(!curve()->curve().figure.series.empty(), patience);
    QVERIFY(curve()->curve().partial); // and what is known stays
  }

  void closes_while_work_is_running() {
    window_->analyse(request(1000));
    explorer().set_scale(1.2, false);
    window_->close();
    window_.reset(); // waits for a batch at most: ctest's time limit fails it otherwise
    QVERIFY(!window_);
  }
};

QTEST_MAIN(WindowTest)
#include "window_test.moc"
