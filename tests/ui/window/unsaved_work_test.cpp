// What a person works out in the window is lost only after they agreed to it: each way to lose it, and each way in
// which that comes to nothing.

#include "tests/support/window_support.h"
#include "ui/curve/curve_view.h"
#include "ui/images/image_panel.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/main_window.h"

#include <QDirIterator>
#include <QSignalSpy>
#include <QTest>

using namespace scalescope;

class UnsavedWorkTest : public QObject {
  Q_OBJECT
  using Unsaved = Questions::Unsaved;

  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;
  QStringList asked_;
  Unsaved answer_ = Unsaved::Cancel;

  QString path(const QString& name) const { return folder_.filePath(name); }
  Explorer& explorer() const { return window_->explorer(); }
  ErrorBar* errors() const { return window_->findChild<ErrorBar*>(); }
  bool has_curve() const { return !window_->analysis().results().empty(); }
  std::size_t boxes() const { return window_->session().boxes.size(); }

  void write(const QString& name, const QByteArray& bytes) const {
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
  }
  void settle() const { QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience); }
  void draw_box() const { emit window_->findChild<StageView*>()->box_drawn({10, 20, 60, 50}); }
  void analyze() const {
    QSignalSpy done(&window_->analysis(), &AnalysisRun::finished);
    window_->analyze(analysis_request(*window_, 1));
    QVERIFY(done.wait(patience));
    QVERIFY(has_curve());
  }
  void take(const std::function<void()>& open) const {
    open();
    settle();
  }

 private slots:
  void initTestCase() {
    prepare_window_test(folder_);
    QVERIFY(QDir(folder_.path()).mkdir("none"));
    write("bad.pt", "once upon a time");
    write("bad.scalescope", "once upon a time");
  }

  void init() {
    window_ = std::make_unique<MainWindow>();
    Questions questions;
    questions.unsaved = [this](const QString& text) {
      asked_ << text;
      return answer_;
    };
    questions.session_file = [this] { return path("new/kept.scalescope"); };
    window_->set_questions(questions);
    explorer().open_network(drawn_resnet18(), small_input());
    window_->open_images({path("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(explorer().network() && explorer().has_object() && window_->settled(), patience);
    asked_.clear();
    answer_ = Unsaved::Cancel;
  }
  void cleanup() { window_.reset(); }

  void what_cannot_be_opened_takes_nothing_away_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("said");
    QTest::newRow("network") << "bad.pt"
                             << "bad.pt";
    QTest::newRow("missing network") << "missing.pt"
                                     << "missing.pt";
    QTest::newRow("images") << "none"
                            << "contains neither images";
    QTest::newRow("session") << "bad.scalescope"
                             << "is not a session";
  }
  void what_cannot_be_opened_takes_nothing_away() {
    QFETCH(QString, file);
    QFETCH(QString, said);
    answer_ = Unsaved::Discard; // which was enough to forget the work
    analyze();
    draw_box();
    settle();
    QVERIFY(window_->isWindowModified());
    window_->open_files({path(file)});
    QTRY_VERIFY2_WITH_TIMEOUT(errors()->text().contains(said), qPrintable(errors()->text()), patience);
    settle();
    QCOMPARE(asked_, QStringList());
    QVERIFY(has_curve() && window_->isWindowModified());
    QCOMPARE(boxes(), 1U);
    answer_ = Unsaved::Cancel;
    window_->show();
    window_->close();
    QCOMPARE(asked_.size(), 1);
    QVERIFY(window_->isVisible());
  }

  void a_running_analysis_outlives_a_network_that_cannot_be_opened() {
    QSignalSpy failed(&explorer(), &Explorer::network_failed);
    window_->analyze(analysis_request(*window_, 1000));
    window_->open_network(path("bad.pt"));
    QVERIFY(failed.wait(patience));
    QVERIFY(window_->analysis().running());
    QTRY_VERIFY_WITH_TIMEOUT(window_->isWindowModified(), patience); // a curve that grows is work
    window_->analysis().stop();
    settle();
  }

  void another_network_takes_the_curve_and_leaves_the_boxes() {
    draw_box();
    settle();
    take([&] { explorer().open_network(drawn_resnet18(2), small_input()); });
    QCOMPARE(explorer().network()->source.seed, 2U);
    QCOMPARE(asked_, QStringList()); // no curve as yet
    QCOMPARE(boxes(), 1U);
    QVERIFY(window_->isWindowModified());

    analyze();
    take([&] { explorer().open_network(drawn_resnet18(3), small_input()); });
    QCOMPARE(asked_, QStringList{"Opening resnet18 would discard the curve, which is not saved. Save it in a session "
                                 "first?"});
    QCOMPARE(explorer().network()->source.seed, 2U);
    QVERIFY(has_curve());
    RunOptions larger = small_input();
    larger.threads = 1;
    take([&] { explorer().open_network(drawn_resnet18(2), larger); });
    QCOMPARE(asked_.size(), 1); // the same network: its curve stays
    QVERIFY(has_curve());

    answer_ = Unsaved::Discard;
    take([&] { explorer().open_network(drawn_resnet18(3), small_input()); });
    QCOMPARE(asked_.size(), 2);
    QCOMPARE(explorer().network()->source.seed, 3U);
    QVERIFY(!has_curve());
    QVERIFY(window_->isWindowModified()); // the box is still there, and not saved
    QCOMPARE(boxes(), 1U);
  }

  void other_images_take_the_boxes_and_leave_the_curve() {
    analyze();
    const auto open = [&] { window_->open_images({path("scenes/images/scene-00003.png")}); };
    const auto samples = [&] { return window_->findChild<ImagePanel*>()->samples().samples.size(); };
    draw_box();
    settle();
    take(open);
    QCOMPARE(asked_, QStringList{"Opening scene-00003.png would discard the boxes drawn by hand, which are not saved. "
                                 "Save them in a session first?"});
    QCOMPARE(samples(), 30U);
    QCOMPARE(boxes(), 1U);
    answer_ = Unsaved::Discard;
    take(open);
    QCOMPARE(samples(), 1U);
    QCOMPARE(boxes(), 0U);
    QVERIFY(has_curve() && window_->isWindowModified());
    take([&] { window_->open_images({path("scenes")}); });
    QCOMPARE(asked_.size(), 2); // no boxes any more
    QCOMPARE(samples(), 30U);
  }

  void a_session_takes_all_and_is_asked_about_once() {
    QSignalSpy saved(window_.get(), &MainWindow::session_saved);
    window_->save_session(path("empty.scalescope"));
    QVERIFY(saved.wait(patience));
    analyze();
    draw_box();
    settle();
    take([&] { window_->open_session(path("empty.scalescope")); });
    QCOMPARE(asked_, QStringList{"Opening empty.scalescope would discard the curve and the boxes drawn by hand, which "
                                 "are not saved. Save them in a session first?"});
    QVERIFY(has_curve() && window_->isWindowModified());
    answer_ = Unsaved::Discard;
    QSignalSpy opened(window_.get(), &MainWindow::session_opened);
    window_->open_session(path("empty.scalescope"));
    QVERIFY(opened.wait(patience));
    settle();
    QCOMPARE(asked_.size(), 2);
    QVERIFY(!has_curve() && !window_->isWindowModified());
    QCOMPARE(boxes(), 0U);
  }

  // Its network is damaged: the one before stays, and its curve, which is as unsaved as it was.
  void a_session_whose_network_fails_leaves_the_curve() {
    Session session = window_->session();
    session.network = ModelSource{.file = to_path(path("bad.pt")), .architecture = {}};
    write_session(session, path("half.scalescope"));
    analyze();
    answer_ = Unsaved::Discard;
    QSignalSpy opened(window_.get(), &MainWindow::session_opened);
    window_->open_session(path("half.scalescope"));
    QVERIFY(opened.wait(patience));
    settle();
    QCOMPARE(asked_.size(), 1);
    QVERIFY(has_curve() && window_->isWindowModified());
  }

  void another_analysis_takes_the_curve() {
    analyze();
    draw_box();
    settle();
    const auto again = [&] {
      window_->workspace().want_analysis(analysis_request(*window_, 1), explorer().preprocessing(),
                                         explorer().network());
    };
    again();
    QCOMPARE(asked_, QStringList{"Another analysis would discard the curve, which is not saved. Save it in a session "
                                 "first?"});
    QVERIFY(!window_->analysis().running());
    QVERIFY(has_curve() && window_->isWindowModified());
    answer_ = Unsaved::Discard;
    again();
    QVERIFY(window_->analysis().running());
    settle();
    QCOMPARE(asked_.size(), 2);
  }

  void saving_that_fails_keeps_the_work() {
    draw_box();
    settle();
    answer_ = Unsaved::Save;
    write("new", "in the way of the session's folder");
    window_->show();
    window_->close();
    QTRY_VERIFY2_WITH_TIMEOUT(errors()->text().contains("Not a directory"), qPrintable(errors()->text()), patience);
    settle();
    QVERIFY(window_->isVisible() && window_->isWindowModified());
    QVERIFY(QFile::remove(path("new")));
    window_->close();
    QTRY_VERIFY(!window_->isVisible());
    QCOMPARE(asked_.size(), 2);
    QCOMPARE(read_session(path("new/kept.scalescope")).session.boxes.size(), 1U);
  }

  void what_is_done_while_it_is_saved_is_not_saved() {
    QSignalSpy saved(window_.get(), &MainWindow::session_saved);
    window_->save_session(path("early.scalescope"));
    draw_box(); // the file is being written meanwhile
    QVERIFY(saved.wait(patience));
    QVERIFY(window_->isWindowModified());
    QCOMPARE(read_session(path("early.scalescope")).session.boxes.size(), 0U);
    // Who quits right after saving is not asked about what is on its way to the disk.
    settle();
    window_->show();
    window_->save_session(path("late.scalescope"));
    window_->close();
    QTRY_VERIFY_WITH_TIMEOUT(!window_->isVisible(), patience);
    QCOMPARE(asked_, QStringList());
    QCOMPARE(read_session(path("late.scalescope")).session.boxes.size(), 1U);
  }

  // Both come to a window that has work: one question after the other, each on what it is about.
  void a_network_and_images_at_once() {
    analyze();
    draw_box();
    settle();
    answer_ = Unsaved::Discard;
    explorer().open_network(drawn_resnet18(2), small_input());
    window_->open_images({path("scenes/images")});
    settle();
    asked_.sort();
    QCOMPARE(asked_.size(), 2);
    QVERIFY(asked_[0].contains("boxes") && !asked_[0].contains("curve"));
    QVERIFY(asked_[1].contains("curve") && !asked_[1].contains("boxes"));
    QVERIFY(!window_->isWindowModified());
  }

  // The session, the curve and the results are not written over what is open.
  void what_is_open_is_not_overwritten() {
    QVERIFY(QDir(folder_.path()).mkdir("images"));
    QVERIFY(QFile::copy(path("scenes/images/scene-00000.png"), path("images/curve.png")));
    QVERIFY(QFile::copy(path("scenes/images/scene-00001.png"), path("images/other.png")));
    write("images/data.csv", "file,target,x,y,w,h\ncurve.png,1,8,8,40,40\nother.png,2,8,8,30,30\n");
    std::filesystem::create_hard_link(to_path(path("images/data.csv")), to_path(path("twin.scalescope")));
    analyze(); // of the scenes
    window_->open_images({path("images")});
    settle();
    QCOMPARE(window_->findChild<ImagePanel*>()->samples().samples.size(), 2U);
    const auto contents = [&] {
      QMap<QString, QByteArray> all;
      QDirIterator each(folder_.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
      while (each.hasNext()) {
        const QString file = each.next();
        if (!file.startsWith(path("cache")))
          all[file] = read_all(file);
      }
      return all;
    };
    const auto before = contents();
    const auto refused = [&](const QString& what) {
      QTRY_VERIFY2_WITH_TIMEOUT(errors()->text().contains("would be overwritten"), qPrintable(errors()->text()),
                                patience);
      QVERIFY2(errors()->text().contains(what), qPrintable(errors()->text()));
      settle();
      QVERIFY(contents() == before);
      errors()->hide();
    };
    window_->save_session(path("twin.scalescope"));
    refused("images/data.csv");
    window_->save_session(path("scenes/../images/other.png"));
    refused("other.png");
    window_->analysis().save(path("images"), false, window_->files_in_use());
    refused("images/curve.png");
    const CurveData& curve = window_->findChild<CurveView*>()->curve();
    for (const char* file : {"images/curve.png", "images/data.csv"})
      QVERIFY(error_text([&] { save_curve(curve, path(file), window_->files_in_use()); }).contains("this run reads"));
    // The session's own file is its own.
    QSignalSpy saved(window_.get(), &MainWindow::session_saved);
    for (int i = 0; i < 2; ++i) {
      window_->save_session(path("own.scalescope"));
      QVERIFY(saved.wait(patience));
    }
    QVERIFY(error_text([&] {
              save_curve(curve, path("own.scalescope"), window_->files_in_use());
            }).contains("own.scalescope"));
  }
};

QTEST_MAIN(UnsavedWorkTest)
#include "unsaved_work_test.moc"
