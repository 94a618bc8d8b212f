// What is shown of a layer for one image.

#include "core/features/layer_inspector.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QTest>

#include <cmath>

using namespace scalescope;

class LayerInspectorTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

 private slots:
  void a_sequence_of_patches_is_a_map_data() {
    QTest::addColumn<bool>("class_token");
    QTest::newRow("patches") << false;
    QTest::newRow("class token and patches") << true;
  }

  // Patch (row, column) of channel c is 100 c + 10 row + column all over; 5 x 5 of them.
  void a_sequence_of_patches_is_a_map() {
    QFETCH(bool, class_token);
    constexpr int side = 40;
    const auto file = to_path(folder_.filePath("patches.pt"));
    handmade::write_patches(file, class_token);
    const Network network = handmade::open_known_answers(file, side);
    std::vector<float> pixels;
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
          pixels.push_back(static_cast<float>(100 * c + 10 * (y / 8) + x / 8));

    const LayerMaps maps = LayerInspector(network).look("patches", false, pixels, side).maps;
    QCOMPARE(maps.channels, 3);
    QCOMPARE(maps.width, 5);
    QCOMPARE(maps.height, 5);
    QCOMPARE(maps.values.size(), std::size_t{75});
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < 5; ++y)
        for (int x = 0; x < 5; ++x)
          QCOMPARE(maps.values[static_cast<std::size_t>(25 * c + 5 * y + x)], static_cast<float>(100 * c + 10 * y + x));
      const double mean = 100 * c + 22;                                          // of the patches
      QVERIFY(std::abs(maps.pooled[static_cast<std::size_t>(c)] - mean) < 1e-3); // the class token left out
    }
  }
};

QTEST_GUILESS_MAIN(LayerInspectorTest)
#include "layer_inspector_test.moc"
