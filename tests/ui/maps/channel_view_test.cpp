// The enlarged channel: its pixels, colour bar, the value under the mouse, what is laid over the image.

#include "ui/maps/channel_view.h"
#include "ui/maps/map_canvas.h"
#include "ui/stage/overlay.h"
#include "ui/widgets/numbers.h"

#include <QCheckBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

const QRgb viridis_low = 0xff440154, viridis_high = 0xfffde725;

// Two channels of 2 x 3: 0 .. 5 and 10 .. 60.
FeatureMaps two_channels() {
  FeatureMaps maps;
  maps.layer = "layer";
  maps.channels = 2;
  maps.height = 2;
  maps.width = 3;
  maps.values =
      std::make_shared<const std::vector<float>>(std::vector<float>{0, 1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 60});
  return maps;
}

bool says(const QWidget& view, const QString& text) {
  const auto labels = view.findChildren<QLabel*>();
  return std::any_of(labels.begin(), labels.end(), [&](const QLabel* l) { return l->text().contains(text); });
}

} // namespace

class ChannelViewTest : public QObject {
  Q_OBJECT

 private slots:
  void map_and_colour_bar() {
    ChannelView view;
    view.resize(376, 360);
    view.show();
    view.set_channel(two_channels(), 1, {ColourMap::Viridis, 10, 60});
    auto* canvas = view.canvas();
    const QImage image = canvas->grab().toImage();
    const QRect map = canvas->map_rect(), bar = canvas->bar_rect();
    QCOMPARE(image.pixel(map.topLeft()), viridis_low);
    QCOMPARE(image.pixel(map.bottomRight()), viridis_high);
    QCOMPARE(image.pixel(bar.center().x(), bar.bottom()), viridis_low);
    QCOMPARE(image.pixel(bar.center().x(), bar.top()), viridis_high);
    QVERIFY(std::abs(map.width() * 2 - map.height() * 3) <= 3); // values are squares
    QVERIFY(canvas->rect().contains(map) && canvas->rect().contains(bar));
    QVERIFY(says(view, "Channel 1"));
    QVERIFY(says(view, "lowest 10.0   mean 35.0   highest 60.0"));
  }

  void value_under_the_mouse() {
    ChannelView view;
    view.resize(376, 360);
    view.show();
    view.set_channel(two_channels(), 0, {ColourMap::Viridis, 0, 5});
    const QRect map = view.canvas()->map_rect();
    QTest::mouseMove(view.canvas(), map.bottomRight() - QPoint(3, 3));
    QVERIFY(says(view, "x 2, y 1: 5.000"));
    QTest::mouseMove(view.canvas(), map.topLeft() + QPoint(map.width() / 2, 3));
    QVERIFY(says(view, "x 1, y 0: 1.000"));
    view.set_channel(two_channels(), 1, {ColourMap::Viridis, 10, 60}); // the mouse rests, the map changes
    QVERIFY(says(view, "x 1, y 0: 20.00"));
    QTest::mouseMove(view.canvas(), {1, 1}); // beside the map
    QVERIFY(!says(view, "x 1"));
  }

  void overlay_is_announced() {
    ChannelView view;
    view.resize(376, 360);
    view.show();
    QSignalSpy changed(&view, &ChannelView::overlay_changed);
    auto* box = view.findChild<QCheckBox*>();
    auto* slider = view.findChild<QSlider*>();
    QVERIFY(!slider->isEnabled());
    QTest::mouseClick(box, Qt::LeftButton, {}, {8, box->height() / 2});
    QCOMPARE(changed.count(), 1);
    QVERIFY(changed[0][0].toBool() && slider->isEnabled());
    QTest::keyClick(slider, Qt::Key_Home);
    QCOMPARE(changed.last()[1].toDouble(), 0.0);
    view.set_overlay(true, 0.25);
    QCOMPARE(changed.last()[1].toDouble(), 0.25);
  }

  void overlay_image() {
    const auto maps = two_channels();
    const MapColours grey{ColourMap::Grey, 0, 5};
    const QImage crisp = overlay(maps.map(0), 3, 2, grey, {30, 20}, 1, Upscaling::Crisp);
    QCOMPARE(crisp.pixel(9, 9), qRgb(0, 0, 0));
    QCOMPARE(crisp.pixel(10, 9), qRgb(51, 51, 51)); // 1 of 5
    QCOMPARE(crisp.pixel(29, 19), qRgb(255, 255, 255));
    // Bilinear with pixel centres at (x + 0.5) / 10 - 0.5: at x = 9 between columns 0 and 1, 0.45 of the way.
    const QImage smooth = overlay(maps.map(0), 3, 2, grey, {30, 20}, 1, Upscaling::Smooth);
    QVERIFY(std::abs(qRed(smooth.pixel(9, 0)) - 0.45 * 51) <= 1);
    const QImage faint = overlay(maps.map(0), 3, 2, grey, {30, 20}, 0.4, Upscaling::Smooth);
    QVERIFY(std::abs(qAlpha(faint.pixel(3, 3)) - 102) <= 1);
  }

  void numbers_and_ticks() {
    QCOMPARE(number_text(0.5), QString("0.500"));
    QCOMPARE(number_text(-1234.56), QStringLiteral("\u22121235"));
    QCOMPARE(number_text(0), QString("0"));
    QCOMPARE(number_text(NAN), QString("n/a"));
    QCOMPARE(nice_ticks(0, 1, 6), (std::vector<double>{0, 0.2, 0.2 * 2, 0.2 * 3, 0.2 * 4, 1}));
    QCOMPARE(nice_ticks(-7, 23, 4), (std::vector<double>{0, 10, 20}));
    QVERIFY(nice_ticks(2, 2, 5).empty());
    QCOMPARE(tick_text(0.5, {0, 0.25, 0.5}), QString("0.5"));
    QCOMPARE(tick_text(-20, {-20, 0, 20}), QStringLiteral("\u221220"));
  }
};

QTEST_MAIN(ChannelViewTest)
#include "channel_view_test.moc"
