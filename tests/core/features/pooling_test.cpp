// Images that are made, not read, on their way through a network.

#include "core/base/error.h"
#include "core/features/pool_generated.h"
#include "tests/support/support.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>

using namespace scalescope;

namespace {

constexpr int side = 48; // not the network's own
const std::vector<std::string> layers{"layer1.0", "output"};

const ModelSource model{.file = {}, .architecture = "resnet18", .random_weights = true, .seed = 1};

RunOptions options() {
  RunOptions run;
  run.input_size = 64;
  run.threads = 2;
  return run;
}

bool make_noise(std::size_t i, std::span<float> pixels) {
  std::mt19937 random(static_cast<std::uint32_t>(i));
  std::normal_distribution<float> normal;
  std::ranges::generate(pixels, [&] { return normal(random); });
  return true;
}

} // namespace

class PoolingTest : public QObject {
  Q_OBJECT
  Network network_ = Network::open(model, options());

 private slots:
  // One image at a time without the pipeline is the independent way.
  void every_image_gets_its_own_features_in_order() {
    const Plan plan = network_.plan(layers, Reduction::Pooled);
    std::size_t next = 0;
    pool_generated_images(network_, layers, {23, side, make_noise}, 4,
                          [&](std::size_t i, std::span<const std::span<const float>> features) {
                            QCOMPARE(i, next++);
                            std::vector<float> pixels(std::size_t{3} * side * side);
                            make_noise(i, pixels);
                            const auto alone = network_.run(plan, pixels, 1, side, side);
                            QCOMPARE(features.size(), layers.size());
                            for (std::size_t layer = 0; layer < layers.size(); ++layer) {
                              const auto& expected = alone[layer].values;
                              QCOMPARE(features[layer].size(), expected.size());
                              const float magnitude = std::abs(
                                  *std::ranges::max_element(expected, {}, [](float v) { return std::abs(v); }));
                              for (std::size_t c = 0; c < expected.size(); ++c)
                                QVERIFY(std::abs(features[layer][c] - expected[c]) <= 1e-4F * magnitude);
                            }
                          });
    QCOMPARE(next, 23U);
  }

  void what_can_not_be_made_is_not_taken() {
    const auto load = [](std::size_t i, std::span<float> pixels) { return i % 5 != 2 && make_noise(i, pixels); };
    std::vector<std::size_t> taken;
    const auto tally =
        pool_generated_images(network_, layers, {13, side, load}, 4, [&](std::size_t i, auto) { taken.push_back(i); });
    QCOMPARE(taken, (std::vector<std::size_t>{0, 1, 3, 4, 5, 6, 8, 9, 10, 11}));
    QCOMPARE(tally.from_network, 10);
  }

  // With keys, what one run made the next finds, and makes only the rest; an interrupted one is gone on with so.
  void known_features_come_from_the_cache() {
    QTemporaryDir folder;
    RunOptions run = options();
    run.cache = Cache(to_path(folder.filePath("cache")), 100'000'000);
    const Network network = Network::open(model, run);
    std::atomic<int> made = 0;
    const auto source = [&](std::size_t count) {
      return GeneratedImages{count, side,
                             [&](std::size_t i, std::span<float> pixels) {
                               ++made;
                               return make_noise(i, pixels);
                             },
                             [](std::size_t i) { return "noise " + std::to_string(i); }};
    };
    const auto features_of = [&](std::size_t count) {
      std::vector<std::vector<float>> all;
      pool_generated_images(network, layers, source(count), 4, [&](std::size_t, auto features) {
        all.emplace_back(features[0].begin(), features[0].end())
            .insert(all.back().end(), features[1].begin(), features[1].end());
      });
      return all;
    };
    const auto some = features_of(6);
    QCOMPARE(made.load(), 6);
    const auto all = features_of(10);
    QCOMPARE(made.load(), 10);
    QCOMPARE(std::vector(all.begin(), all.begin() + 6), some);
    QCOMPARE(features_of(10), all);
    QCOMPARE(made.load(), 10);
  }

  void what_a_maker_throws_arrives() {
    const auto load = [](std::size_t i, std::span<float> pixels) {
      if (i == 9)
        throw Error("the ninth");
      return make_noise(i, pixels);
    };
    QVERIFY_EXCEPTION_THROWN(pool_generated_images(network_, layers, {20, side, load}, 4, [](auto, auto) {}), Error);
  }

  void stops_within_a_batch() {
    std::stop_source stop;
    std::size_t last = 0;
    const auto take = [&](std::size_t i, auto) {
      last = i;
      if (i == 5)
        stop.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN(
        pool_generated_images(network_, layers, {1000, side, make_noise}, 4, take, stop.get_token()), Cancelled);
    QCOMPARE(last, 7U); // the last of the batch in which it was asked to
  }
};

QTEST_GUILESS_MAIN(PoolingTest)
#include "pooling_test.moc"
