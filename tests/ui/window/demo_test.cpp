// The demonstration: what `scalescope-cli demo` writes, and the window on the photographs, with the tour that points at
// its controls. Needs the network and the photographs that packaging/install-dependencies installs.

#include "core/base/files.h"
#include "core/base/installed.h"
#include "core/image/image.h"
#include "core/image/label_mask.h"
#include "core/image/read_image.h"
#include "core/network/network.h"
#include "datasets/cells.h"
#include "datasets/label_masks.h"
#include "tests/support/support.h"
#include "ui/images/image_panel.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/demo.h"
#include "ui/window/main_window.h"
#include "ui/window/manual_window.h"
#include "ui/window/tour.h"
#include "ui/workspace/class_names.h"

#include <QDockWidget>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextDocumentFragment>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

using namespace scalescope;

namespace {

constexpr int patience = 120000; // for what runs in the background

bool installed() { return Demo::missing().isEmpty(); }

} // namespace

class DemoTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;
  QStringList top_;

  // The image whose name ends so on the stage, as it is; then top_ holds its five likeliest classes.
  void stage_image(const char* name) {
    auto* panel = window_->findChild<ImagePanel*>();
    const auto& samples = panel->samples().samples;
    const auto found = std::ranges::find_if(samples, [&](const Sample& s) { return s.file.filename() == name; });
    QVERIFY(found != samples.end());
    QSignalSpy taken(&window_->explorer(), &Explorer::object_taken);
    top_.clear();
    panel->set_current(static_cast<int>(found - samples.begin()));
    emit panel->image_chosen(static_cast<int>(found - samples.begin()));
    QTRY_VERIFY_WITH_TIMEOUT(!taken.isEmpty() && window_->settled() && !top_.isEmpty(), patience);
  }

  QString read_out() const {
    return QTextDocumentFragment::fromHtml(window_->findChild<QLabel*>("read_out")->text()).toPlainText();
  }

  bool top_names(const QRegularExpression& what) const {
    return std::ranges::any_of(top_, [&](const QString& name) { return name.contains(what); });
  }

 private slots:
  void initTestCase() {
    // What the demonstration draws goes elsewhere than where the set-up put the network and the photographs.
    const QString data = folder_.filePath("data/scalescope");
    QVERIFY(QDir().mkpath(data));
    for (const char* name : {"models", "photos"})
      if (const auto there = find_installed(name); !there.empty())
        QVERIFY(QFile::link(QString::fromStdString(there.string()), data + "/" + name));
    qputenv("XDG_DATA_HOME", folder_.filePath("data").toUtf8());
    qputenv("XDG_CACHE_HOME", folder_.filePath("cache").toUtf8());
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder_.filePath("settings"));
  }
  void cleanupTestCase() { window_.reset(); }

  void cells_are_as_large_as_their_masks_say() {
    const auto folder = to_path(folder_.filePath("cells"));
    write_cells(folder, 2, {.side = 128, .cells = 12, .seed = 5});
    const LabelledSet set = read_label_masks(folder);
    QCOMPARE(set.images.size(), 2U);
    std::set<std::string> images;
    for (const LabelledImage& one : set.images) {
      const Image decoded = read_image(one.file);
      const LabelMask mask = read_label_mask(one, false);
      QCOMPARE(decoded.width, 128);
      QCOMPARE(mask.height, 128);
      images.emplace(decoded.pixels.begin(), decoded.pixels.end());
      std::map<int, int> area;
      std::map<bool, std::pair<double, int>> brightness;
      for (std::size_t i = 0; i < mask.labels.size(); ++i) {
        ++area[mask.labels[i]];
        auto& [sum, count] = brightness[mask.labels[i] != 0];
        sum += decoded.pixels[3 * i];
        ++count;
      }
      QCOMPARE(area.size(), 13U); // the background and twelve cells
      for (const auto& [label, pixels] : area)
        if (label != 0) // pi r^2 of radii from 4.5 to 8.5, less what the border cuts off
          QVERIFY2(pixels <= 240, qPrintable(QString::number(pixels)));
      const auto mean = [&](bool cell) { return brightness[cell].first / brightness[cell].second; };
      QVERIFY(mean(false) > mean(true) + 40);
    }
    QCOMPARE(images.size(), 2U);
  }

  void the_manual_opens_and_its_links_lead_somewhere() {
    ManualWindow manual;
    const auto* pages = manual.findChild<QTextBrowser*>();
    QVERIFY(pages->toPlainText().size() > 100);
    const QUrl index = pages->source();
    QStringList links;
    for (QTextBlock block = pages->document()->begin(); block.isValid(); block = block.next())
      for (auto part = block.begin(); !part.atEnd(); ++part)
        if (const QString link = part.fragment().charFormat().anchorHref(); !link.isEmpty())
          links << link;
    QVERIFY(links.size() >= 6);
    for (const QString& link : links) {
      manual.open_page(link);
      QCOMPARE(pages->source(), index.resolved(QUrl(link)));
      QVERIFY2(pages->toPlainText().size() > 300, qPrintable(link));
    }
  }

  void the_command_runs_from_start_to_end() {
    if (!installed())
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    const QString out = folder_.filePath("demo");
    QProcess cli;
    cli.start(SCALESCOPE_CLI, {"demo", "--out", out, "--scenes", "60", "--seed", "3"});
    QVERIFY(cli.waitForFinished(600000));
    const QString said = cli.readAllStandardOutput();
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    const QJsonObject record =
        QJsonDocument::fromJson(QByteArray::fromStdString(read_file(to_path(out + "/curve/analysis.json")))).object();
    QVERIFY(said.contains("<- best"));
    QVERIFY(said.contains(out + "/curve/report.html"));
    QVERIFY(QString::fromStdString(read_file(to_path(out + "/curve/report.html"))).contains("nothing but the object"));
    QVERIFY(QFile::exists(out + "/transfer/report.html"));
    // The pruned network is the one up to the layer that is named, and opens.
    const QString cut = QRegularExpression("Pruned after (\\S+):").match(said).captured(1);
    ModelSource source;
    source.file = to_path(out + "/pruned.pt");
    const Network pruned = Network::open(source, {});
    QVERIFY(!cut.isEmpty());
    QVERIFY(
        std::ranges::any_of(pruned.info().layers, [&](const Layer& layer) { return layer.name == cut.toStdString(); }));
  }

  void an_unknown_network_is_named() {
    QProcess cli;
    cli.start(SCALESCOPE_CLI,
              {"demo", "--out", folder_.filePath("none"), "--model", "no_such_network", "--scenes", "50"});
    QVERIFY(cli.waitForFinished(60000));
    QCOMPARE(cli.exitCode(), 1);
    QVERIFY(cli.readAllStandardError().contains("no_such_network"));
  }

  void the_first_start_offers_it() {
    window_ = std::make_unique<MainWindow>();
    window_->resize(1440, 900);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    auto* offer = window_->findChild<QPushButton*>("demonstration");
    QVERIFY(offer->isVisible());
    if (!installed()) {
      QTest::mouseClick(offer, Qt::LeftButton);
      QVERIFY(window_->findChild<ErrorBar*>()->text().contains("install-dependencies"));
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    }
    connect(&window_->explorer(), &Explorer::classes_shown, this, [this](const std::vector<float>& probabilities) {
      std::vector<std::size_t> order(probabilities.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::partial_sort(order, order.begin() + 5, std::greater<>(),
                                [&](std::size_t i) { return probabilities[i]; });
      top_.clear();
      for (int i = 0; i < 5; ++i)
        top_ << class_name(imagenet_class_names(), order[static_cast<std::size_t>(i)]);
    });
    QTest::mouseClick(offer, Qt::LeftButton);
    QVERIFY(!offer->isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(!window_->analysis().results().empty() && window_->settled(), patience);
    QCOMPARE(window_->findChild<ImagePanel*>()->samples().samples.size(), 204U);
    QCOMPARE(window_->analysis().results().scores().size(), 19U);
    QVERIFY(window_->analysis().results().r2.contains("random scale")); // a control to compare with
    // The scale that the layer's regression reads stands beside the true one.
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && read_out().startsWith("Scale read from"), patience);
    // It is right to begin with, on a scene that was not measured.
    QVERIFY2(!read_out().contains("A guess"), qPrintable(read_out()));
    const auto numbers = QRegularExpression("([\\d.]+) %\\s+true ([\\d.]+) %").match(read_out());
    QVERIFY2(std::abs(numbers.captured(1).toDouble() - numbers.captured(2).toDouble()) < 5, qPrintable(read_out()));
    const auto* images = window_->findChild<ImagePanel*>();
    const Sample& on_stage = images->samples().samples[static_cast<std::size_t>(images->current())];
    QVERIFY2(on_stage.file.string().find("/scenes-1-seed-") != std::string::npos, on_stage.file.c_str());
    const QString measured = QString::fromStdString(window_->analysis().results().subtitle);
    QVERIFY2(measured.contains("200 synthetic scenes · 200 rows"), qPrintable(measured));
  }

  // Regressions on drawn scenes, none with an object above 60 %, can only guess at photographs.
  void what_is_read_from_photographs_is_called_a_guess() {
    if (!installed())
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    stage_image("cat.png");
    QTRY_VERIFY2_WITH_TIMEOUT(read_out().contains(QRegularExpression("A guess: only .+ were fitted, and no image")),
                              qPrintable(read_out()), patience);
    QVERIFY(window_->findChild<QLabel*>("read_out")->toolTip().contains("fitted to values from 2.0 % to 59.9 %"));
    window_->explorer().set_scale(0.5, true); // 19 %
    QTRY_VERIFY2_WITH_TIMEOUT(read_out().contains("A guess: no image like this one"), qPrintable(read_out()), patience);
    window_->explorer().reset();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void the_network_names_what_it_sees() {
    if (!installed())
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    stage_image("coffee.png");
    QVERIFY2(top_names(QRegularExpression("cup|mug|espresso")), qPrintable(top_.join(", ")));
    stage_image("rocket.jpg");
    QVERIFY2(top_names(QRegularExpression("missile|projectile|space shuttle")), qPrintable(top_.join(", ")));
    stage_image("cat.png");
    QVERIFY2(top_names(QRegularExpression("\\bcat\\b")), qPrintable(top_.join(", ")));
  }

  void a_cat_made_small_is_no_cat_any_more() {
    if (!installed())
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    const QRegularExpression cat("\\bcat\\b|Egyptian Mau|lynx");
    QVERIFY(top_names(cat));
    const double natural = window_->explorer().edit().placement.scale;
    double scale = natural;
    while (top_names(cat) && scale > natural / 20) {
      scale *= 0.7;
      top_.clear();
      window_->explorer().set_scale(scale, true);
      QTRY_VERIFY_WITH_TIMEOUT(!top_.isEmpty() && window_->settled(), patience);
    }
    QVERIFY2(!top_names(cat), qPrintable(top_.join(", ")));
    QVERIFY2(scale < natural * 0.8, "it was named at its natural size, and not at a smaller one");
    window_->explorer().reset();
    QTRY_VERIFY_WITH_TIMEOUT(top_names(cat), patience);
  }

  void the_tour_points_at_real_controls() {
    if (!installed())
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    window_->start_tour();
    auto* tour = window_->findChild<Tour*>();
    QCOMPARE(tour->count(), 5);
    std::set<QWidget*> targets;
    for (int i = 0; i < tour->count(); ++i) {
      tour->go_to(i);
      QVERIFY(tour->target()->isVisible());
      const QRect target(tour->target()->mapTo(window_.get(), QPoint()), tour->target()->size());
      QVERIFY(tour->ring().contains(target & window_->rect()));
      QVERIFY(window_->rect().contains(tour->geometry()));
      for (const auto* label : tour->findChildren<QLabel*>()) // nothing of its text is cut off
        QVERIFY(label->height() >=
                (label->wordWrap() ? label->heightForWidth(label->width()) : label->sizeHint().height()));
      targets.insert(tour->target());
    }
    QCOMPARE(targets.size(), 5U);
    // What it points at still answers.
    tour->go_to(0);
    const double before = window_->explorer().edit().placement.scale;
    QTest::keyClick(window_->findChild<StageView*>(), Qt::Key_Minus);
    QVERIFY(window_->explorer().edit().placement.scale < before);
    // A smaller window moves it along.
    window_->resize(1024, 700);
    QTRY_VERIFY(window_->rect().contains(tour->geometry()));
    QPointer<Tour> gone(tour);
    QTest::keyClick(tour, Qt::Key_Escape);
    QTRY_VERIFY(gone.isNull());
  }

  // Its network is open already and takes nothing away; measuring its curve anew does.
  void once_more_it_asks_about_the_curve() {
    if (!installed())
      QSKIP("the network and the photographs are not installed (packaging/install-dependencies)");
    QStringList asked;
    Questions questions;
    questions.unsaved = [&](const QString& text) {
      asked << text;
      return Questions::Unsaved::Cancel;
    };
    window_->set_questions(questions);
    const auto r2 = window_->analysis().results().r2;
    QVERIFY(window_->isWindowModified() && !r2.empty());
    window_->open_demo();
    QTRY_VERIFY_WITH_TIMEOUT(!asked.isEmpty() && window_->settled(), patience);
    QCOMPARE(asked.size(), 1);
    QVERIFY2(asked[0].startsWith("Another analysis would discard the curve"), qPrintable(asked[0]));
    QVERIFY(window_->analysis().results().r2 == r2);
    QTRY_VERIFY(window_->findChild<Demo*>() == nullptr);
  }
};

QTEST_MAIN(DemoTest)
#include "demo_test.moc"
