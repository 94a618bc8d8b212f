// The grid of feature maps, driven by mouse and keys and judged by its pixels; the colours and orders behind it.

#include "core/base/files.h"
#include "ui/maps/feature_panel.h"
#include "ui/widgets/theme.h"
#include "ui/window/preferences.h"
#include "ui/workspace/session.h"

#include <QApplication>
#include <QComboBox>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include <cmath>
#include <limits>

using namespace scalescope;

namespace {

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
const QRgb viridis_low = 0xff440154, viridis_high = 0xfffde725; // van der Walt and Smith
const QRgb magma_low = 0xff000004, magma_high = 0xfffcfdbf;

FeatureMaps maps_of(int channels, int height, int width, std::vector<float> values, const QString& layer = "layer") {
  FeatureMaps maps;
  maps.layer = layer;
  maps.channels = channels;
  maps.height = height;
  maps.width = width;
  maps.values = std::make_shared<const std::vector<float>>(std::move(values));
  return maps;
}

// 2 x 2 maps; channel c holds c, c + 1 above c + 2, c + 3.
FeatureMaps stairs(int channels, const QString& layer = "layer") {
  std::vector<float> values;
  for (int c = 0; c < channels; ++c)
    for (int i = 0; i < 4; ++i)
      values.push_back(static_cast<float>(c + i));
  return maps_of(channels, 2, 2, std::move(values), layer);
}

struct Shown {
  explicit Shown(QSize size = {376, 500}) {
    grid.resize(size);
    grid.show();
    grid.setFocus();
  }
  // The colour at a part of a channel's tile.
  QRgb at(int channel, double x, double y) {
    const QRect tile = grid.tile_rect(channel);
    const QPoint p = tile.topLeft() + QPoint(static_cast<int>(x * tile.width()), static_cast<int>(y * tile.height()));
    const QImage image = grid.viewport()->grab().toImage();
    return image.pixel(p * image.devicePixelRatio());
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) { QTest::keyClick(&grid, key, modifiers); }
  FeatureGrid grid;
};

void turn_wheel(QWidget* widget, QPoint at, int delta, Qt::KeyboardModifiers modifiers) {
  QWheelEvent event(at, widget->mapToGlobal(at), {}, {0, delta}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
  QApplication::sendEvent(widget, &event);
}

} // namespace

class FeatureGridTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { apply_theme(*qApp, ThemeChoice::Dark); }

  void colour_maps_end_where_they_should() {
    const auto ends = [](ColourMap map) { return std::pair(colour_table(map).front(), colour_table(map).back()); };
    QCOMPARE(ends(ColourMap::Viridis), std::pair(viridis_low, viridis_high));
    QCOMPARE(ends(ColourMap::Magma), std::pair(magma_low, magma_high));
    QCOMPARE(ends(ColourMap::Grey), std::pair(0xff000000, 0xffffffff));
    QCOMPARE(ends(ColourMap::Diverging), std::pair(qRgb(59, 76, 192), qRgb(180, 4, 38)));
    // Moreland's table of 33 colours: its entries 8, 16 and 24 are (141, 176, 254), (221, 221, 221) and (244, 154,
    // 123).
    const auto near = [](double part, QRgb wanted) {
      const QRgb got = colour_table(ColourMap::Diverging)[std::lround(255 * part)];
      return std::abs(qRed(got) - qRed(wanted)) <= 3 && std::abs(qGreen(got) - qGreen(wanted)) <= 3 &&
             std::abs(qBlue(got) - qBlue(wanted)) <= 3;
    };
    QVERIFY(near(0.25, qRgb(141, 176, 254)));
    QVERIFY(near(0.5, qRgb(221, 221, 221)));
    QVERIFY(near(0.75, qRgb(244, 154, 123)));
  }

  // What a session file and the settings of a person say of colours, for every map there is.
  void every_colour_map_survives_session_and_settings() {
    const QTemporaryDir folder;
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.path());
    const QStringList names = colour_choice_names("auto");
    QCOMPARE(names.mid(0, 5), (QStringList{"auto", "viridis", "magma", "grey", "diverging"})); // in files since 0.1.0
    QSet<QRgb> middles;
    for (int place = 0; place < names.size(); ++place) {
      const ColourChoice choice = colour_choice_at(place);
      QCOMPARE(place_of(choice), place);
      const QString file = folder.filePath("of-" + names[place] + ".scalescope");
      Session session;
      session.colours = choice;
      write_session(session, file);
      QVERIFY(read_file(file.toStdString()).find("\"colours\": \"" + names[place].toStdString()) != std::string::npos);
      QVERIFY(read_session(file).session.colours == choice);
      Preferences preferences;
      preferences.colours = choice;
      save_preferences(preferences);
      QCOMPARE(user_settings().value("look/colours").toInt(), place);
      QVERIFY(load_preferences().colours == choice);
      if (choice)
        middles << colour_table(*choice)[128];
    }
    QCOMPARE(middles.size(), names.size() - 1); // each has a table of its own
    QVERIFY(colour_choice_at(-1) == std::nullopt);
    QVERIFY(colour_choice_at(99) == colour_choice_at(static_cast<int>(names.size()) - 1));
  }

  void values_beyond_range_and_not_numbers() {
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> map{-5, 0, 1, 9, nan_value, -inf, inf};
    const QImage image = colour(map, 7, 1, {ColourMap::Viridis, 0, 1});
    const std::vector<QRgb> wanted{viridis_low,         viridis_low, viridis_high, viridis_high,
                                   not_a_number_colour, viridis_low, viridis_high};
    for (int x = 0; x < 7; ++x)
      QCOMPARE(image.pixel(x, 0), wanted[x]);
    QCOMPARE((MapColours{ColourMap::Magma, 3, 3}.of(3)), magma_low); // constant
    QCOMPARE((MapColours{ColourMap::Magma, 3, 3}.of(inf)), magma_low);
    QCOMPARE((MapColours{ColourMap::Diverging, 0, 0}.of(0)), colour_table(ColourMap::Diverging)[128]);
  }

  void ranges() {
    const auto maps = maps_of(1, 2, 2, {nan_value, 4, -2, 1});
    QCOMPARE(value_range(maps.map(0)).low, -2.0F);
    QCOMPARE(value_range(maps.map(0)).high, 4.0F);
    QCOMPARE(mean_value(maps.map(0)), 1.0F);
    std::vector<float> ramp(200'001);
    for (std::size_t i = 0; i < ramp.size(); ++i)
      ramp[i] = static_cast<float>(i) / 200'000;
    ramp[7] = 1e9F; // one wild value
    const auto robust = robust_range(ramp);
    QVERIFY(std::abs(robust.low - 0.005) < 1e-3 && std::abs(robust.high - 0.995) < 1e-3);
    std::vector<float> sparse(1000, 0);
    sparse[3] = 8;
    QCOMPARE(robust_range(sparse).high, 8.0F);
  }

  void orders() {
    auto maps = maps_of(4, 1, 2, {1, 1, 5, 7, nan_value, nan_value, 2, 2});
    QCOMPARE(channel_order(maps, ChannelOrder::MeanActivation), (std::vector<int>{1, 3, 0, 2}));
    QVERIFY(!can_order(maps, ChannelOrder::ScaleCorrelation));
    maps.scale_correlation = {0.1F, -0.9F, 0.5F, 0.5F};
    maps.regression_weight = {-3, 1, 2, -1};
    QCOMPARE(channel_order(maps, ChannelOrder::ScaleCorrelation), (std::vector<int>{1, 2, 3, 0}));
    QCOMPARE(channel_order(maps, ChannelOrder::RegressionWeight), (std::vector<int>{0, 2, 1, 3}));
  }

  void tiles_show_their_maps_crisply() {
    Shown s;
    s.grid.set_maps(stairs(40));
    // Per channel: lowest at the top left, highest at the bottom right, whatever the channel; hard edges at the middle.
    for (const int channel : {1, 9}) {
      QCOMPARE(s.at(channel, 0.1, 0.1), viridis_low);
      QCOMPARE(s.at(channel, 0.47, 0.47), viridis_low);
      QCOMPARE(s.at(channel, 0.9, 0.55), viridis_high);
    }
    s.grid.set_colour_choice(ColourMap::Magma);
    QCOMPARE(s.at(1, 0.1, 0.1), magma_low);
    // Per layer: of the 160 values 0, 1, 1, 2, 2, 2 .. 41, 41, 42 the quantiles leave one out at each end.
    s.grid.set_normalisation(Normalisation::PerLayer);
    QCOMPARE(s.grid.colours(20), (MapColours{ColourMap::Magma, 1, 41}));
    QVERIFY(s.grid.viewport()->rect().contains(s.grid.tile_rect(15)));
    QCOMPARE(s.at(15, 0.1, 0.1), s.grid.colours(15).of(15));
    QCOMPARE(s.at(0, 0.1, 0.1), magma_low);
    QVERIFY(s.at(1, 0.9, 0.55) != magma_high);
  }

  void signed_layers_diverge_about_zero() {
    Shown s;
    s.grid.set_maps(maps_of(1, 1, 2, {-1, 4}));
    QCOMPARE(s.grid.colours(0), (MapColours{ColourMap::Diverging, -4, 4}));
    QCOMPARE(s.at(0, 0.9, 0.5), colour_table(ColourMap::Diverging)[255]);
    s.grid.set_maps(maps_of(1, 1, 2, {0, 4}));
    QCOMPARE(s.grid.colours(0).map, ColourMap::Viridis);
  }

  void vectors_are_coloured_per_layer() {
    Shown s;
    s.grid.set_maps(maps_of(3, 1, 1, {0, 5, 10}));
    QCOMPARE(s.at(0, 0.5, 0.2), viridis_low);
    QCOMPARE(s.at(2, 0.5, 0.2), viridis_high);
  }

  void only_tiles_in_sight_are_coloured() {
    Shown s;
    s.grid.set_maps(stairs(2048));
    s.grid.grab();
    const int columns =
        s.grid.tile_rect(1).top() == s.grid.tile_rect(0).top() ? s.grid.width() / s.grid.tile_rect(0).width() : 1;
    const int rows = s.grid.height() / s.grid.tile_rect(0).height() + 2;
    QVERIFY(s.grid.tiles_coloured() > 0 && s.grid.tiles_coloured() <= columns * rows);
    const long before = s.grid.tiles_coloured();
    s.grid.grab();
    QCOMPARE(s.grid.tiles_coloured(), before); // kept
    s.press(Qt::Key_End);
    s.grid.grab();
    QVERIFY(s.grid.tiles_coloured() > before && s.grid.tiles_coloured() <= before + columns * rows);
  }

  void a_click_chooses() {
    Shown s;
    s.grid.set_maps(stairs(40));
    QSignalSpy chosen(&s.grid, &FeatureGrid::channel_chosen);
    QTest::mouseClick(s.grid.viewport(), Qt::LeftButton, {}, s.grid.tile_rect(6).center());
    QCOMPARE(s.grid.chosen(), 6);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].toInt(), 6);
    const QRect tile = s.grid.tile_rect(6);
    const QImage image = s.grid.viewport()->grab().toImage();
    for (const int x : {tile.left() - 2, tile.right() + 2})
      QCOMPARE(image.pixel(QPoint(x, tile.center().y()) * image.devicePixelRatio()), theme().peak.rgb());
    QTest::mouseClick(s.grid.viewport(), Qt::LeftButton, {}, tile.bottomRight() + QPoint(2, 2)); // between tiles
    QCOMPARE(s.grid.chosen(), 6);
  }

  void keys_walk_channels_and_layers() {
    Shown s;
    s.grid.set_maps(stairs(2048));
    int columns = 1;
    while (s.grid.tile_rect(columns).top() == s.grid.tile_rect(0).top())
      ++columns;
    const auto press = [&](Qt::Key key) {
      s.press(key);
      return s.grid.chosen();
    };
    QCOMPARE(press(Qt::Key_Left), 0);
    QCOMPARE(press(Qt::Key_Right), 1);
    QCOMPARE(press(Qt::Key_Down), 1 + columns);
    QCOMPARE(press(Qt::Key_Up), 1);
    QCOMPARE(press(Qt::Key_Up), 1); // nothing above
    const int page = press(Qt::Key_PageDown);
    QVERIFY(page > 1 + 2 * columns && page % columns == 1);
    QVERIFY(s.grid.viewport()->rect().contains(s.grid.tile_rect(page)));
    QCOMPARE(press(Qt::Key_PageUp), 1);
    QCOMPARE(press(Qt::Key_End), 2047);
    QVERIFY(s.grid.viewport()->rect().contains(s.grid.tile_rect(2047)));
    QCOMPARE(press(Qt::Key_Home), 0);
    QSignalSpy steps(&s.grid, &FeatureGrid::layer_step);
    s.press(Qt::Key_BracketLeft);
    s.press(Qt::Key_BracketRight);
    s.press(Qt::Key_Up, Qt::ControlModifier);
    s.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(steps.count(), 4);
    for (int i = 0; i < 4; ++i)
      QCOMPARE(steps[i][0].toInt(), i % 2 == 0 ? -1 : 1);
    QCOMPARE(s.grid.chosen(), 0);
  }

  void new_maps_of_the_layer_keep_the_place() {
    Shown s;
    s.grid.set_maps(stairs(400));
    s.grid.sort(ChannelOrder::MeanActivation);
    s.grid.choose(200);
    const int place = s.grid.verticalScrollBar()->value();
    const auto order = s.grid.shown_order();
    QVERIFY(place > 0);
    QCOMPARE(s.at(200, 0.1, 0.1), viridis_low);
    QSignalSpy map(&s.grid, &FeatureGrid::chosen_map_changed);
    auto turned = stairs(400); // the highest value first, the means in opposite order
    std::vector<float> values(turned.values->rbegin(), turned.values->rend());
    s.grid.set_maps(maps_of(400, 2, 2, values));
    QCOMPARE(map.count(), 1);
    QCOMPARE(s.grid.verticalScrollBar()->value(), place);
    QCOMPARE(s.grid.chosen(), 200);
    QCOMPARE(s.grid.shown_order(), order);
    QCOMPARE(s.at(200, 0.1, 0.1), viridis_high);
    s.grid.sort(ChannelOrder::MeanActivation);
    QVERIFY(s.grid.shown_order() != order);
    s.grid.set_maps(stairs(300, "another layer"));
    QCOMPARE(s.grid.verticalScrollBar()->value(), 0);
    QCOMPARE(s.grid.chosen(), 299);
    map.clear();
    s.grid.set_maps({});
    QCOMPARE(s.grid.chosen(), -1);
    QCOMPARE(map.count(), 1);
    s.press(Qt::Key_Right); // nothing to walk
    QCOMPARE(s.grid.chosen(), -1);
  }

  void wheel_scrolls_and_with_control_resizes() {
    Shown s;
    s.grid.set_maps(stairs(2048));
    const QPoint at(100, 200);
    turn_wheel(s.grid.viewport(), at, -120, Qt::NoModifier);
    QVERIFY(s.grid.verticalScrollBar()->value() > 0);
    s.grid.choose(1000);
    const auto under = [&] {
      for (int c = 0; c < 2048; ++c)
        if (s.grid.tile_rect(c).adjusted(0, 0, 4, 4).contains({10, 200}))
          return c;
      return -1;
    };
    const int before = under(), edge = s.grid.tile_rect(0).width();
    turn_wheel(s.grid.viewport(), {10, 200}, 120, Qt::ControlModifier);
    QVERIFY(s.grid.tile_rect(0).width() > edge);
    const int columns = s.grid.viewport()->width() / s.grid.tile_rect(0).width();
    QVERIFY(std::abs(under() - before) <= columns); // the same row, of other length
    turn_wheel(s.grid.viewport(), {10, 200}, -120, Qt::ControlModifier);
    QCOMPARE(s.grid.tile_rect(0).width(), edge);
  }

  void panel_offers_what_the_maps_can_give() {
    FeaturePanel panel;
    panel.resize(376, 500);
    panel.show();
    auto* order = panel.findChildren<QComboBox*>().front();
    const auto* items = qobject_cast<QStandardItemModel*>(order->model());
    const auto able = [&](ChannelOrder o) { return items->item(static_cast<int>(o))->isEnabled(); };
    auto maps = stairs(4);
    panel.grid()->set_maps(maps);
    QVERIFY(able(ChannelOrder::MeanActivation) && !able(ChannelOrder::ScaleCorrelation));
    QVERIFY(items->item(static_cast<int>(ChannelOrder::RegressionWeight))->toolTip().contains("analyse"));
    panel.set_order(ChannelOrder::RegressionWeight); // wanted, not yet to be had
    QCOMPARE(order->currentIndex(), 0);
    maps.regression_weight = {0, 1, 2, 3};
    panel.grid()->set_maps(maps);
    QVERIFY(able(ChannelOrder::RegressionWeight));
    QCOMPARE(order->currentIndex(), static_cast<int>(ChannelOrder::RegressionWeight));
    QCOMPARE(panel.grid()->shown_order(), (std::vector<int>{3, 2, 1, 0}));
    order->setFocus();
    QTest::keyClick(order, Qt::Key_Home);
    QCOMPARE(panel.grid()->shown_order(), (std::vector<int>{0, 1, 2, 3}));
  }
};

QTEST_MAIN(FeatureGridTest)
#include "feature_grid_test.moc"
