// The thumbnails and the histogram, on pixels and with real mouse and key events.

#include "core/base/error.h"
#include "core/image/image.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"
#include "core/stage/segment.h"
#include "tests/support/support.h"
#include "tests/support/test_images.h"
#include "ui/images/image_panel.h"
#include "ui/images/scale_histogram.h"
#include "ui/widgets/theme.h"
#include "ui/workers/thumbnail_loader.h"
#include "ui/workspace/explorer.h"
#include "ui/workspace/sample_model.h"

#include <QDialog>
#include <QFile>
#include <QHelpEvent>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolTip>

#include <algorithm>
#include <functional>
#include <numeric>

using namespace scalescope;

namespace {

constexpr int patience = 120'000; // ms, for machines under load

Sample sample_of(const QString& file, std::optional<BoundingBox> box = {}, const char* part = "") {
  const std::string name = QFileInfo(file).fileName().toStdString();
  return {name + part, to_path(file), name, {}, box, {}};
}

/// The smallest rectangle around the pixels of an image that match; empty if none does.
QRect bounds_of(const QImage& image, const std::function<bool(QColor)>& matches) {
  QRect bounds;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      if (matches(image.pixelColor(x, y)))
        bounds |= QRect(x, y, 1, 1);
  return bounds;
}

bool near(QColor a, QColor b) {
  return std::abs(a.red() - b.red()) < 12 && std::abs(a.green() - b.green()) < 12 && std::abs(a.blue() - b.blue()) < 12;
}

/// A panel on the screen and what a test looks at.
struct Shown {
  SampleModel samples;
  ImagePanel panel{&samples};
  QListView* view = panel.findChild<QListView*>();
  ScaleHistogram* histogram = panel.findChild<ScaleHistogram*>();
  const SampleModel* model = &samples;
  QSignalSpy chosen{&panel, &ImagePanel::image_chosen};

  explicit Shown(std::vector<Sample> shown = {}, QSize size = {400, 500}) {
    panel.resize(size);
    samples.set_samples({"images", "object scale", std::move(shown), {}});
    panel.show();
  }
  bool settle() {
    return QTest::qWaitForWindowExposed(&panel) && QTest::qWaitFor([&] { return panel.is_settled(); }, patience);
  }
  QRect tile(int row) const { return view->visualRect(model->index(row)); }
  QImage image_of_tile(int row) { return view->viewport()->grab(tile(row)).toImage(); }
  bool has_thumbnail(int row) const {
    return !model->index(row).data(SampleModel::ThumbnailRole).value<QImage>().isNull();
  }
  QString text(int row) const { return model->index(row).data().toString(); }
  /// Rows in sight, and rows that have a thumbnail.
  std::vector<int> visible() const {
    return rows([&](int row) { return tile(row).intersects(view->viewport()->rect()); });
  }
  std::vector<int> loaded() const {
    return rows([&](int row) { return has_thumbnail(row); });
  }
  std::vector<int> rows(const std::function<bool(int)>& wanted) const {
    std::vector<int> found;
    for (int row = 0; row < model->rowCount(); ++row)
      if (wanted(row))
        found.push_back(row);
    return found;
  }
};

} // namespace

class ImagePanelTest : public QObject {
  Q_OBJECT
  QTemporaryDir scratch_;

  QString image(const QString& name, QColor colour, QSize size = {60, 40}) {
    const QString file = scratch_.filePath(name + ".png");
    QImage image(size, QImage::Format_RGB32);
    image.fill(colour);
    if (!image.save(file))
      qFatal("can't write %s", qPrintable(file));
    return file;
  }

  /// Samples with an image each, which are links to one file, and boxes of 1 to 100 % of its area, in turns.
  std::vector<Sample> many(const QString& name, QColor colour, int count) {
    const QString file = image(name, colour, {100, 50});
    std::vector<Sample> samples;
    for (int i = 0; i < count; ++i) {
      const QString link = scratch_.filePath(QStringLiteral("%1-%2.png").arg(name).arg(i));
      if (!QFile::exists(link))
        QFile::link(file, link);
      samples.push_back(sample_of(link, BoundingBox{0, 0, 1.0 + i % 100, 50}));
    }
    return samples;
  }

 private slots:
  void initTestCase() { apply_theme(*qApp, ThemeChoice::Dark); }

  void tiles_show_their_images_boxes_and_scales() {
    const QList<QColor> colours{QColor(200, 30, 40), QColor(30, 60, 210), QColor(20, 140, 60)};
    std::vector<Sample> samples;
    for (int i = 0; i < 3; ++i) // 1/4, 1/2 of the width, half of the height, from a quarter of it down
      samples.push_back(sample_of(image(QStringLiteral("c%1").arg(i), colours[i], {800, 600}),
                                  BoundingBox{200, 150, 200.0 * (1 + i % 2), 300}));
    samples[2].box.reset();
    Shown shown(samples);
    QVERIFY(shown.settle());
    QCOMPARE(shown.text(0), QString("12.5 %"));
    QCOMPARE(shown.text(1), QString("25.0 %"));
    QCOMPARE(shown.text(2), QString("no box"));
    for (int i = 0; i < 3; ++i) {
      const Image truth = read_image(samples[i].file);
      const QColor colour(truth.pixels[0], truth.pixels[1], truth.pixels[2]);
      const QImage tile = shown.image_of_tile(i);
      const QRect place = bounds_of(tile, [&](QColor c) { return near(c, colour); });
      QVERIFY(place.width() > 30);
      QVERIFY(std::abs(place.width() * 600 - place.height() * 800) <= 800); // a pixel
      const QRect outline = bounds_of(tile, [](QColor c) { return near(c, theme().peak); });
      if (i == 2) {
        QVERIFY(outline.isEmpty());
        continue;
      }
      QVERIFY(std::abs(outline.left() - (place.left() + place.width() * 0.25)) <= 2);
      QVERIFY(std::abs(outline.right() - (place.left() + place.width() * (i == 1 ? 0.75 : 0.5))) <= 2);
      QVERIFY(std::abs(outline.top() - (place.top() + place.height() * 0.25)) <= 2);
      QVERIFY(std::abs(outline.bottom() - (place.top() + place.height() * 0.75)) <= 2);
    }
  }

  void objects_of_one_image_share_a_thumbnail() {
    const QString file = image("shared", Qt::blue, {100, 100});
    Shown shown;
    QVERIFY(shown.settle());
    int thumbnails = 0;
    connect(shown.panel.findChild<ThumbnailLoader*>(), &ThumbnailLoader::read, this, [&](const auto& reads) {
      thumbnails += static_cast<int>(std::ranges::count_if(reads, [](const auto& r) { return !r.thumbnail.isNull(); }));
    });
    shown.samples.set_samples(
        {"s",
         "object scale",
         {sample_of(file, BoundingBox{0, 0, 50, 50}, "#0"), sample_of(file, BoundingBox{50, 0, 50, 100}, "#1")},
         {}});
    QVERIFY(shown.settle());
    QCOMPARE(thumbnails, 1);
    QVERIFY(shown.has_thumbnail(0) && shown.has_thumbnail(1));
    QCOMPARE(shown.text(0), QString("25.0 %"));
    QCOMPARE(shown.text(1), QString("50.0 %"));
  }

  void a_person_chooses_by_mouse_and_keys() {
    Shown shown(many("choose", Qt::darkCyan, 20));
    QVERIFY(shown.settle());
    shown.view->setFocus();
    QVERIFY(shown.chosen.isEmpty()); // neither opening nor the focus chooses
    QCOMPARE(shown.panel.current(), -1);
    QTest::mouseClick(shown.view->viewport(), Qt::LeftButton, {}, shown.tile(1).center());
    QCOMPARE(shown.chosen.takeFirst().front().toInt(), 1);
    QTest::keyClick(shown.view, Qt::Key_Right);
    QCOMPARE(shown.chosen.takeFirst().front().toInt(), 2);
    QTest::keyClick(shown.view, Qt::Key_Down);
    const int below = shown.chosen.takeFirst().front().toInt();
    QCOMPARE(shown.tile(below).x(), shown.tile(2).x());
    QVERIFY(shown.tile(below).y() > shown.tile(2).y());
    QCOMPARE(shown.panel.current(), below);
  }

  void the_program_chooses_without_echo() {
    Shown shown(many("choose", Qt::darkCyan, 60));
    QVERIFY(shown.settle());
    shown.panel.set_current(55);
    QCOMPARE(shown.panel.current(), 55);
    QVERIFY(shown.view->viewport()->rect().contains(shown.tile(55).center()));
    QVERIFY(shown.view->selectionModel()->isSelected(shown.model->index(55)));
    shown.panel.set_current(-1);
    QCOMPARE(shown.panel.current(), -1);
    QVERIFY(shown.chosen.isEmpty());
  }

  void only_what_is_near_is_loaded() {
    Shown shown(many("near", Qt::darkYellow, 2000));
    QVERIFY(shown.settle());
    const int height = shown.view->viewport()->height();
    const auto within_a_page = [&](int row) {
      return shown.tile(row).bottom() >= -height && shown.tile(row).top() < 2 * height;
    };
    const std::vector<int> visible = shown.visible();
    QVERIFY(visible.size() > 8 && visible.size() < 100);
    QCOMPARE(shown.loaded(), shown.rows(within_a_page));
    QVERIFY(shown.loaded().size() <= 3 * visible.size());
    // The sizes of all are known, and with them the scales.
    for (int i = 0; i < 2000; ++i)
      QCOMPARE(shown.text(i), QStringLiteral("%1.0 %").arg(1 + i % 100));

    const std::vector<int> before = shown.loaded();
    shown.view->verticalScrollBar()->setValue(shown.view->verticalScrollBar()->maximum());
    QVERIFY(QTest::qWaitFor([&] { return shown.panel.is_settled() && shown.has_thumbnail(1999); }, patience));
    std::vector<int> expected = shown.rows(within_a_page);
    expected.insert(expected.begin(), before.begin(), before.end());
    QCOMPARE(shown.loaded(), expected);
    QCOMPARE(shown.visible().back(), 1999);
  }

  void a_set_is_replaced_while_it_loads() {
    const std::vector<Sample> red = many("red", Qt::red, 300);
    const std::vector<Sample> blue = many("blue", Qt::blue, 200);
    Shown shown(red);
    for (int i = 0; i < 20; ++i) {
      QCoreApplication::processEvents();
      shown.samples.set_samples({"other", "object scale", i % 2 == 0 ? blue : red, {}});
    }
    QCoreApplication::processEvents();
    shown.samples.set_samples({"blue", "object scale", blue, {}});
    QVERIFY(shown.settle());
    QCOMPARE(shown.model->rowCount(), 200);
    for (const int row : shown.loaded())
      QCOMPARE(shown.model->index(row).data(SampleModel::ThumbnailRole).value<QImage>().pixelColor(5, 5),
               QColor(Qt::blue));
    QVERIFY(!shown.loaded().empty());
    shown.samples.set_samples({});
    QVERIFY(shown.settle());
    QCOMPARE(shown.panel.current(), -1);
  }

  void it_goes_away_while_it_loads() {
    const std::vector<Sample> samples = many("gone", Qt::green, 300);
    for (int i = 0; i < 20; ++i) {
      const Shown shown(samples);
      for (int k = 0; k < i; ++k)
        QCoreApplication::processEvents();
    }
  }

  void an_image_that_cant_be_read_says_why() {
    const QString bad = scratch_.filePath("bad.png");
    QFile file(bad);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no image");
    file.close();
    Shown shown({sample_of(bad, BoundingBox{0, 0, 5, 5}), sample_of(image("good", Qt::blue))});
    QVERIFY(shown.settle());
    QString sentence;
    try {
      (void)read_image(to_path(bad));
    } catch (const Error& error) {
      sentence = QString::fromUtf8(error.what());
    }
    QCOMPARE(shown.model->index(0).data(SampleModel::FailureRole).toString(), sentence);
    QVERIFY(!shown.has_thumbnail(0) && shown.has_thumbnail(1));
    QVERIFY(!bounds_of(shown.image_of_tile(0), [](QColor c) { return near(c, theme().error); }).isEmpty());
    QVERIFY(bounds_of(shown.image_of_tile(1), [](QColor c) { return near(c, theme().error); }).isEmpty());

    const QPoint middle = shown.tile(0).center();
    QHelpEvent ask(QEvent::ToolTip, middle, shown.view->viewport()->mapToGlobal(middle));
    QCoreApplication::sendEvent(shown.view->viewport(), &ask);
    QVERIFY(QToolTip::text().contains(sentence.toHtmlEscaped()));
    QToolTip::hideText();
  }

  void the_histogram_shows_the_set_and_leads_to_it() {
    Shown shown(many("histogram", Qt::gray, 250)); // 1, 2, ... 100 %, 1, ...
    QVERIFY(shown.settle());
    // 5 to 10 % holds 5, 6, 7, 8 and 9 %, which occur three times; 0 to 5 % four of them, 50 to 55 % five of them
    // twice.
    const std::vector<int>& counts = shown.histogram->bins().counts;
    QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0), 250);
    QCOMPARE(counts[0], 12);
    QCOMPARE(counts[1], 15);
    QCOMPARE(counts[11], 10);
    QCOMPARE(counts[19], 12); // with 100 %

    QTest::mouseClick(shown.histogram, Qt::LeftButton, {}, shown.histogram->column(11).center().toPoint());
    QCOMPARE(shown.chosen.takeFirst().front().toInt(), 54); // the first at 55 %
    QVERIFY(shown.view->viewport()->rect().contains(shown.tile(54).center()));

    // Bars stand side by side, that of the current sample in full colour.
    const QImage drawn = shown.histogram->grab().toImage();
    const QRect marked = bounds_of(drawn, [](QColor c) { return near(c, theme().accent); });
    QVERIFY(shown.histogram->column(11).toAlignedRect().adjusted(-1, 0, 1, 4).contains(marked));
    QVERIFY(marked.height() > 10);

    const QPoint place = shown.histogram->column(1).center().toPoint();
    QHelpEvent ask(QEvent::ToolTip, place, shown.histogram->mapToGlobal(place));
    QCoreApplication::sendEvent(shown.histogram, &ask);
    QCOMPARE(QToolTip::text(), QString("5 to 10 %: 15 images"));
    QToolTip::hideText();
  }

  void a_drawn_box_counts() {
    Shown shown({sample_of(image("plain", Qt::blue, {100, 100}))});
    QVERIFY(shown.settle());
    QVERIFY(!shown.histogram->isVisible());
    shown.samples.set_box(0, BoundingBox{10, 10, 20, 20});
    QVERIFY(shown.settle());
    QCOMPARE(shown.text(0), QString("4.0 %"));
    QVERIFY(shown.histogram->isVisible());
    QCOMPARE(shown.histogram->bins().upper, 0.05);
    QVERIFY(!bounds_of(shown.image_of_tile(0), [](QColor c) { return near(c, theme().peak); }).isEmpty());
    shown.samples.set_box(0, std::nullopt);
    QCOMPARE(shown.text(0), QString("no box"));
    QVERIFY(!shown.histogram->isVisible());
  }

  /// Samples whose annotations were drawn on other images than these: turned by EXIF, resized, another's.
  std::vector<Sample> drawn_elsewhere() {
    std::vector<Sample> samples;
    const auto add = [&](const char* name, int orientation, const BoundingBox& box, double width, double height) {
      const QString file = scratch_.filePath(QStringLiteral("%1.png").arg(name));
      write_image(to_path(file), 80, 60, orientation, box);
      samples.push_back(sample_of(file, box));
      samples.back().annotation = "the annotation";
      samples.back().drawn_on = DrawnOn{width, height, box};
    };
    add("turned", 6, {50, 20, 24, 15}, 80, 60);
    add("smaller", 1, {20, 10, 48, 40}, 160, 120);
    add("strange", 1, {20, 10, 24, 20}, 100, 100);
    add("known", 1, {20, 10, 24, 20}, 80, 60);
    return samples;
  }

  void boxes_and_scales_are_those_of_the_image_as_it_is() {
    const std::vector<Sample> samples = drawn_elsewhere();
    Shown shown(samples);
    QVERIFY(shown.settle());
    QCOMPARE(shown.text(0), QString("7.5 %"));
    QCOMPARE(shown.text(1), QString("10.0 %"));
    QCOMPARE(shown.text(2), QString("box refused"));
    QCOMPARE(shown.text(3), QString("10.0 %"));
    const auto box = [&](int row) { return shown.model->index(row).data(SampleModel::BoxRole).toRectF(); };
    QCOMPARE(box(0), QRectF(25 / 60., 50 / 80., 15 / 60., 24 / 80.)); // turned clockwise: x' = 60 - 20 - 15, y' = 50
    QCOMPARE(box(1), QRectF(10 / 80., 5 / 60., 24 / 80., 20 / 60.));
    QVERIFY(!shown.model->index(2).data(SampleModel::BoxRole).isValid());
    const auto tip = [&](int row) { return shown.model->index(row).data(Qt::ToolTipRole).toString(); };
    QVERIFY2(tip(0).contains("15 × 24 px") && tip(0).contains("rotated with the image"), qPrintable(tip(0)));
    QVERIFY2(tip(1).contains("the annotation says 160 x 120"), qPrintable(tip(1)));
    const QString refusal = error_text([&] { (void)place_box(samples[2], {80, 60, 1}); });
    QVERIFY(refusal.contains("100 x 100") && refusal.contains("80 x 60"));
    QVERIFY2(tip(2).contains(refusal.toHtmlEscaped()), qPrintable(tip(2))); // in the same words
    QVERIFY(!tip(3).contains("annotation"));
    const std::vector<int>& counts = shown.histogram->bins().counts;
    QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0), 3);

    // What is drawn by hand is drawn on the image as it is.
    shown.samples.set_box(0, BoundingBox{0, 0, 30, 40});
    QCOMPARE(shown.text(0), QString("25.0 %"));
    shown.samples.set_box(2, BoundingBox{0, 0, 40, 30});
    QCOMPARE(shown.text(2), QString("25.0 %"));
    QVERIFY(!shown.panel.samples().samples[2].drawn_on);
  }

  void the_stage_shows_the_same_boxes() {
    const std::vector<Sample> samples = drawn_elsewhere();
    Explorer explorer;
    QSignalSpy taken(&explorer, &Explorer::object_taken);
    QSignalSpy noted(&explorer, &Explorer::noted);
    QSignalSpy failed(&explorer, &Explorer::failed);
    std::shared_ptr<const Image> image;
    std::optional<BoundingBox> box;
    int images = 0;
    connect(&explorer, &Explorer::image_shown, this, [&](const auto& shown, const auto& its_box) {
      image = shown;
      box = its_box;
      ++images;
    });
    const auto is_box = [](const BoundingBox& a, double x, double y, double width, double height) {
      return a.x == x && a.y == y && a.width == width && a.height == height;
    };

    explorer.set_sample(samples[0]);
    QVERIFY(QTest::qWaitFor([&] { return taken.size() == 1; }, patience));
    QCOMPARE(image->width, 60);
    QVERIFY(box && is_box(*box, 25, 50, 15, 24));
    QVERIFY(is_box(explorer.apart()->box, 25, 50, 15, 24));
    QVERIFY2(noted[0][0].toString().contains("turned.png: the annotation says 80 x 60"),
             qPrintable(noted[0][0].toString()));
    explorer.set_cut({.by = SegmentBy::Box}); // taken apart again, from the image that is there
    QVERIFY(QTest::qWaitFor([&] { return taken.size() == 2; }, patience));
    QVERIFY(is_box(explorer.apart()->box, 25, 50, 15, 24));

    explorer.set_sample(samples[1]);
    QVERIFY(QTest::qWaitFor([&] { return taken.size() == 3; }, patience));
    QVERIFY(is_box(explorer.apart()->box, 10, 5, 24, 20));

    images = 0;
    explorer.set_sample(samples[2]);
    QVERIFY(QTest::qWaitFor([&] { return failed.size() == 1; }, patience));
    QCOMPARE(failed[0][0].toString(), error_text([&] { (void)place_box(samples[2], {80, 60, 1}); }));
    QCOMPARE(images, 1); // it can be looked at,
    QVERIFY(image && !box && !explorer.has_object());
    explorer.set_box({20, 10, 24, 20}); // and be given a box
    QVERIFY(QTest::qWaitFor([&] { return taken.size() == 4; }, patience));
    QVERIFY(is_box(explorer.apart()->box, 20, 10, 24, 20));
  }

  void the_stage_says_what_it_does_not_show_as_it_is() {
    QImage dark(60, 80, QImage::Format_Grayscale16);
    for (int y = 0; y < 80; ++y)
      std::fill_n(reinterpret_cast<quint16*>(dark.scanLine(y)), 60, quint16{4095});
    const QTemporaryDir folder;
    const QString file = folder.filePath("dark.png");
    QVERIFY(dark.save(file));
    Explorer explorer;
    QSignalSpy noted(&explorer, &Explorer::noted);
    explorer.set_sample(sample_of(file));
    QVERIFY(QTest::qWaitFor([&] { return noted.size() == 1; }, patience));
    QVERIFY2(noted[0][0].toString().startsWith("dark.png: it is nearly black, because its largest sample is 4095"),
             qPrintable(noted[0][0].toString()));
  }

  void notes_on_the_data_lead_to_their_images() {
    Shown shown;
    Sample first = sample_of(image("one", Qt::blue));
    Sample second = sample_of(image("two", Qt::red));
    Sample third = second;
    second.image = third.image = "train/two.png";
    second.id = "train/two.png#0";
    third.id = "train/two.png#1";
    second.category = third.category = "cat";
    second.box = BoundingBox{1, 1, 10, 10};
    third.box = BoundingBox{500, 500, 10, 10}; // outside of its image, which is known once it was read
    shown.samples.set_samples({.name = "p",
                               .target_name = "object scale",
                               .samples = {first, second, third},
                               .left_out = {{"train/two.png, object 3", "set.json, annotation 9: no area", true}},
                               .remarks = {{"p", "1 file was not read"}},
                               .format = "COCO"});
    const auto labels = shown.panel.findChildren<QLabel*>(Qt::FindDirectChildrenOnly);
    QLabel* heading = labels.at(0);
    QVERIFY(QTest::qWaitFor([&] { return heading->text().contains("3 notes"); }, patience));
    QVERIFY(heading->text().startsWith("3 objects in 2 images · p · <a"));
    QCOMPARE(heading->toolTip(), QStringLiteral("train/two.png, object 3: set.json, annotation 9: no area"));

    emit heading->linkActivated("data");
    auto* dialog = shown.panel.findChild<QDialog*>();
    QVERIFY(dialog->isVisible());
    const QString summary = dialog->findChild<QLabel*>()->text();
    QVERIFY2(summary.contains("COCO") && summary.contains("2 images, 2 objects") && summary.contains("cat 2") &&
                 summary.contains("train 1") && summary.contains("60 × 40 pixels"),
             qPrintable(summary));
    auto* list = dialog->findChild<QListWidget*>();
    QCOMPARE(list->count(), 3);
    QVERIFY(list->item(2)->text().contains("has no area within"));
    list->setCurrentRow(0); // of the annotation that was left out: to its image
    QCOMPARE(shown.panel.current(), 1);
    QCOMPARE(shown.chosen.size(), 1);
    list->setCurrentRow(1); // of no image
    QCOMPARE(shown.panel.current(), 1);
    list->setCurrentRow(2);
    QCOMPARE(shown.panel.current(), 2);
    shown.samples.set_samples({"q", "object scale", {first}, {}});
    QCOMPARE(list->count(), 0); // it follows the images
    QVERIFY(heading->text().contains(">data</a>"));
  }

  void without_images_it_says_what_to_do() {
    Shown shown;
    QVERIFY(shown.settle());
    QVERIFY(!shown.histogram->isVisible());
    const QRect said =
        bounds_of(shown.view->viewport()->grab().toImage(), [](QColor c) { return near(c, theme().dim); });
    QVERIFY(said.width() > shown.panel.fontMetrics().horizontalAdvance("images or a folder"));
    shown.samples.set_samples({"p", "object scale", {sample_of(image("one", Qt::blue))}, {}});
    QVERIFY(shown.settle());
    QVERIFY(!shown.view->viewport()->acceptDrops()); // so that drops reach the window
  }
};

QTEST_MAIN(ImagePanelTest)
#include "image_panel_test.moc"
