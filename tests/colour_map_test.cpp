#include "core/base/error.h"
#include "core/stage/colour_map.h"

#include <QTest>

#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

using namespace scalescope;

namespace {

using Rgb = std::array<std::uint8_t, 3>;

Rgb pixel(const Image& image, int i) { return {image.pixels[3 * i], image.pixels[3 * i + 1], image.pixels[3 * i + 2]}; }

bool near(const Rgb& a, const Rgb& b, int most) {
  for (int c = 0; c < 3; ++c)
    if (std::abs(a[c] - b[c]) > most)
      return false;
  return true;
}

/// Luminance of CIE (Y), 0 to 1.
double luminance(const Rgb& rgb) {
  const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(rgb[0] / 255.) + 0.7152 * linear(rgb[1] / 255.) + 0.0722 * linear(rgb[2] / 255.);
}

} // namespace

class ColourMapTest : public QObject {
  Q_OBJECT

 private slots:
  void published_colours() {
    const ColourTable& viridis = colour_table(ColourMap::Viridis);
    QVERIFY(near(viridis[0], {0x44, 0x01, 0x54}, 0) && near(viridis[255], {0xfd, 0xe7, 0x25}, 0));
    QVERIFY(near(viridis[128], {0x21, 0x91, 0x8c}, 1));
    const ColourTable& magma = colour_table(ColourMap::Magma);
    QVERIFY(near(magma[0], {0x00, 0x00, 0x04}, 0) && near(magma[255], {0xfc, 0xfd, 0xbf}, 0));
    const ColourTable& diverging = colour_table(ColourMap::Diverging); // Moreland's table: ends and middle
    QVERIFY(near(diverging[0], {59, 76, 192}, 1) && near(diverging[255], {180, 4, 38}, 1));
    QVERIFY(near(diverging[128], {221, 221, 221}, 2));
    QVERIFY(near(diverging[64], {141, 176, 254}, 3)); // at 0.25
    QCOMPARE(colour_table(ColourMap::Grey)[77], (Rgb{77, 77, 77}));
  }

  void sequential_maps_grow_lighter() {
    for (const ColourMap map : {ColourMap::Viridis, ColourMap::Magma, ColourMap::Grey})
      for (int i = 8; i < 256; i += 8)
        QVERIFY(luminance(colour_table(map)[i]) > luminance(colour_table(map)[i - 8]));
  }

  void values_become_colours() {
    const std::vector<float> values{-2, 0, 1, 2, 3, 9};
    const Image image = colour(values, 3, 2, 0, 4, ColourMap::Grey);
    QCOMPARE(image.width, 3);
    QCOMPARE(image.height, 2);
    const std::array expected{0, 0, 64, 128, 192, 255};
    for (int i = 0; i < 6; ++i)
      QCOMPARE(int{pixel(image, i)[0]}, expected[i]);
  }

  void zero_is_neutral_on_a_symmetric_diverging_scale() {
    const Image image = colour(std::vector<float>{-1, 0, 1}, 3, 1, -1, 1, ColourMap::Diverging);
    QVERIFY(near(pixel(image, 1), {221, 221, 221}, 2));
    QVERIFY(pixel(image, 0)[2] > 180 && pixel(image, 2)[0] > 170);
  }

  void constant_and_not_finite_maps() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    const Rgb middle = colour_table(ColourMap::Viridis)[128];
    QCOMPARE(pixel(colour(std::vector<float>{3}, 1, 1, 3, 3, ColourMap::Viridis), 0), middle);
    QCOMPARE(pixel(colour(std::vector<float>{3}, 1, 1, nan, nan, ColourMap::Viridis), 0), middle);
    const Image image = colour(std::vector<float>{nan, infinity, -infinity}, 3, 1, 0, 1, ColourMap::Viridis);
    QCOMPARE(pixel(image, 0), (Rgb{128, 128, 128}));
    QCOMPARE(pixel(image, 1), colour_table(ColourMap::Viridis)[255]);
    QCOMPARE(pixel(image, 2), colour_table(ColourMap::Viridis)[0]);
    QVERIFY_THROWS_EXCEPTION(Error, std::ignore = colour(std::vector<float>{1, 2}, 3, 1, 0, 1, ColourMap::Grey));
  }
};

QTEST_GUILESS_MAIN(ColourMapTest)
#include "colour_map_test.moc"
