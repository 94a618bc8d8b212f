// Images that are made, not read, on their way through a network.

#include "core/base/error.h"
#include "core/experiment/pooling.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <random>

using namespace scalescope;

namespace {

constexpr int side = 48; // not the network's own
const std::vector<std::string> layers{"layer1.0", "output"};

Network open_network() {
  RunOptions run;
  run.input_size = 64;
  run.threads = 2;
  return Network::open({.file = {}, .architecture = "resnet18", .random_weights = true, .seed = 1}, run);
}

void make_noise(std::size_t i, std::span<float> pixels) {
  std::mt19937 random(static_cast<std::uint32_t>(i));
  std::normal_distribution<float> normal;
  std::ranges::generate(pixels, [&] { return normal(random); });
}

} // namespace

class PoolingTest : public QObject {
  Q_OBJECT
  Network network_ = open_network();

 private slots:
  // One image at a time without the pipeline is the independent way.
  void every_image_gets_its_own_features_in_order() {
    const Plan plan = network_.plan(layers, Reduction::Pooled);
    std::size_t next = 0;
    pool_images(network_, layers, {23, side, make_noise}, 4,
                [&](std::size_t i, std::span<const std::span<const float>> features) {
                  QCOMPARE(i, next++);
                  std::vector<float> pixels(std::size_t{3} * side * side);
                  make_noise(i, pixels);
                  const auto alone = network_.run(plan, pixels, 1, side, side);
                  QCOMPARE(features.size(), layers.size());
                  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
                    const auto& expected = alone[layer].values;
                    QCOMPARE(features[layer].size(), expected.size());
                    const float magnitude =
                        std::abs(*std::ranges::max_element(expected, {}, [](float v) { return std::abs(v); }));
                    for (std::size_t c = 0; c < expected.size(); ++c)
                      QVERIFY(std::abs(features[layer][c] - expected[c]) <= 1e-4F * magnitude);
                  }
                });
    QCOMPARE(next, 23U);
  }

  void what_a_maker_throws_arrives() {
    const auto load = [](std::size_t i, std::span<float> pixels) {
      if (i == 9)
        throw Error("the ninth");
      make_noise(i, pixels);
    };
    QVERIFY_EXCEPTION_THROWN(pool_images(network_, layers, {20, side, load}, 4, [](auto, auto) {}), Error);
  }

  void stops_within_a_batch() {
    std::stop_source stop;
    std::size_t last = 0;
    const auto take = [&](std::size_t i, auto) {
      last = i;
      if (i == 5)
        stop.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN(pool_images(network_, layers, {1000, side, make_noise}, 4, take, stop.get_token()),
                             Cancelled);
    QCOMPARE(last, 7U); // the last of the batch in which it was asked to
  }
};

QTEST_GUILESS_MAIN(PoolingTest)
#include "pooling_test.moc"
