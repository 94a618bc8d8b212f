// The parts of the image panel that are not seen: the order of loading, the bounds of the cache, the bins.

#include "tests/support/support.h"
#include "ui/images/scale_histogram.h"
#include "ui/workers/thumbnail_loader.h"
#include "ui/workspace/sample_model.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <array>
#include <ranges>

using namespace scalescope;

constexpr int patience = 120'000; // ms, for machines under load

class ThumbnailsTest : public QObject {
  Q_OBJECT
  QTemporaryDir scratch_;

 private slots:
  void what_is_wanted_now_comes_first() {
    std::vector<std::filesystem::path> files;
    QImage image(30, 20, QImage::Format_RGB32);
    image.fill(Qt::red);
    for (int i = 0; i < 60; ++i) {
      const QString file = scratch_.filePath(QStringLiteral("%1.png").arg(i));
      QVERIFY(image.save(file));
      files.push_back(to_path(file));
    }
    std::vector<std::size_t> now;
    std::vector<std::size_t> soon;
    for (std::size_t i = 0; i < 30; ++i) {
      soon.push_back(i);
      now.push_back(59 - i);
    }
    ThumbnailLoader loader;
    std::vector<std::size_t> order;
    connect(&loader, &ThumbnailLoader::read, this, [&](const auto& reads) {
      for (const ImageRead& read : reads)
        order.push_back(read.image);
    });
    loader.open(files, {}, {64, 64});
    loader.want(now, soon);
    QVERIFY(QTest::qWaitFor([&] { return loader.is_idle(); }, patience));
    QCOMPARE(order.size(), std::size_t{60});
    // On several threads neighbours can change places.
    constexpr int threads = 4;
    for (int i = 0; i < 60; ++i) {
      const std::size_t asked = i < 30 ? now[i] : soon[i - 30];
      const auto place = std::ranges::find(order, asked) - order.begin();
      QVERIFY2(std::abs(place - i) <= threads, qPrintable(QString::number(asked)));
    }
    // A wish replaces the one before: nothing that is gone from it is still read.
    order.clear();
    loader.want({}, now);
    loader.want({7}, {});
    QVERIFY(QTest::qWaitFor([&] { return loader.is_idle(); }, patience));
    QVERIFY(std::ranges::find(order, std::size_t{7}) != order.end());
    QVERIFY(order.size() <= 1 + threads);
  }

  void sizes_are_those_of_upright_images() {
    QImage image(30, 20, QImage::Format_RGB32);
    image.fill(Qt::red);
    QVERIFY(image.save(scratch_.filePath("lying.jpg")));
    // An EXIF block that says "turn by 90 degrees": orientation 6, as TIFF with big-endian numbers.
    QFile file(scratch_.filePath("lying.jpg"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    file.close();
    bytes.insert(2, QByteArray::fromHex("ffe1001e457869660000"
                                        "4d4d002a00000008000101120003000000010006"
                                        "0000"));
    QFile turned(scratch_.filePath("upright.jpg"));
    QVERIFY(turned.open(QIODevice::WriteOnly));
    turned.write(bytes);
    turned.close();

    ThumbnailLoader loader;
    std::vector<ImageRead> told;
    connect(&loader, &ThumbnailLoader::read, this,
            [&](const auto& reads) { told.insert(told.end(), reads.begin(), reads.end()); });
    loader.open({to_path(turned.fileName())}, {0}, {64, 64});
    QVERIFY(QTest::qWaitFor([&] { return loader.is_idle(); }, patience));
    QVERIFY(told.front().thumbnail.isNull()); // only the header was read
    loader.want({0}, {});
    QVERIFY(QTest::qWaitFor([&] { return loader.is_idle(); }, patience));
    QCOMPARE(told.size(), std::size_t{2});
    QCOMPARE(told[0].size, QSize(20, 30));
    QCOMPARE(told[0].orientation, 6);
    QCOMPARE(told[1].orientation, 6);
    QCOMPARE(told[1].size, QSize(20, 30));
    QCOMPARE(told[1].thumbnail.size(), QSize(42, 64)); // 64 * 20 / 30
  }

  void bins_hold_what_they_say() {
    std::vector<double> scales;
    std::array<int, 20> direct{};
    for (int i = 0; i < 1000; ++i) {
      const int thousandths = i * 389 % 1000; // 0 to 999, each once
      scales.push_back(thousandths / 1000.0);
      ++direct[static_cast<std::size_t>(thousandths / 50)];
    }
    scales.push_back(1.0);
    ++direct[19];
    const ScaleBins bins = ScaleBins::of(scales);
    QCOMPARE(bins.upper, 1.0);
    QVERIFY(std::ranges::equal(bins.counts, direct));
    QCOMPARE(bins.edge(0), 0.0);
    QCOMPARE(bins.edge(20), 1.0);
    // Small objects don't crowd in one bar.
    QCOMPARE(ScaleBins::of(std::vector<double>{0.001, 0.19}).upper, 0.2);
    QCOMPARE(ScaleBins::of(std::vector<double>{0.001, 0.2}).counts.back(), 1);
    QCOMPARE(ScaleBins::of(std::vector<double>{0.21}).upper, 0.5);
    QCOMPARE(ScaleBins::of(std::vector<double>{0.0001}).upper, 0.01);
  }

  void the_cache_is_bounded() {
    SampleModel model;
    SampleSet set;
    for (int i = 0; i < 100; ++i)
      set.samples.push_back({std::to_string(i), std::to_string(i), {}, {}, {}, {}});
    model.set_samples(set);
    QImage large(1024, 1024, QImage::Format_RGB32); // 4 MB
    large.fill(Qt::red);
    const auto kept = [&] {
      return std::ranges::count_if(std::views::iota(0, 100), [&](int row) {
        return !model.index(row).data(SampleModel::ThumbnailRole).value<QImage>().isNull();
      });
    };
    for (std::size_t i = 0; i < 100; ++i)
      model.add({{i, large.size(), large, {}}});
    QCOMPARE(kept(), 16); // of 64 MB
    model.make_room(200 << 20);
    for (std::size_t i = 0; i < 100; ++i)
      model.add({{i, large.size(), large, {}}});
    QCOMPARE(kept(), 50);
  }
};

QTEST_MAIN(ThumbnailsTest)
#include "thumbnails_test.moc"
