// Images without content: what padding leaks of their size, and where it does not reach.

#include "core/base/error.h"
#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/experiment/noise.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <random>

using namespace scalescope;

namespace {

const std::vector<int> sizes{12, 16, 22, 30, 40};

Preprocessing unit_range() { return Preprocessing::custom({0, 0, 0}, {1, 1, 1}); }

std::vector<float> random_image(int side, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> image(std::size_t{3} * side * side);
  std::ranges::generate(image, [&] { return normal(random); });
  return image;
}

// An image of `side` pixels out of the middle of a larger one.
std::vector<float> middle_of(const std::vector<float>& large, int large_side, int side) {
  const int margin = (large_side - side) / 2;
  std::vector<float> middle;
  for (int channel = 0; channel < 3; ++channel)
    for (int y = 0; y < side; ++y) {
      const auto row = large.begin() + (channel * large_side + y + margin) * large_side + margin;
      middle.insert(middle.end(), row, row + side);
    }
  return middle;
}

} // namespace

class NoiseTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  Network open(const char* name) const {
    ModelSource source;
    source.file = to_path(folder_.filePath(name));
    RunOptions options;
    options.engine = Engine::LibTorch;
    options.input_size = 40;
    options.threads = 2;
    return Network::open(source, options);
  }

  // The mean R2 of each layer.
  static std::vector<double> curve(const Network& network, const std::vector<std::string>& layers, NoiseKind kind,
                                   Positions positions) {
    AnalysisSettings settings;
    settings.extraction.layers = layers;
    settings.extraction.preprocessing = unit_range();
    settings.repetitions = 5;
    const NoiseSettings noise{kind, sizes, 40, 3};
    const auto rows = [&](const Network& one, const JobCallback& progress) {
      return noise_sizes(one, settings.extraction, noise, positions, {}, progress);
    };
    const Analysis analysis = fit(collect(network, rows, settings), settings, 2);
    std::vector<double> means;
    for (const auto& score : analysis.scores)
      means.push_back(score.mean());
    return means;
  }

 private slots:
  void initTestCase() {
    handmade::write_convolutions(to_path(folder_.filePath("valid.pt")), false);
    handmade::write_convolutions(to_path(folder_.filePath("padded.pt")), true);
  }

  // By hand: each 3 x 3 convolution takes a position from every side, the 9 x 9 one four.
  void positions_without_padding_in_closed_form() {
    const Network valid = open("valid.pt");
    const Network padded = open("padded.pt");
    for (const int side : sizes) {
      QCOMPARE(valid.positions_without_padding("first", side), (side - 2) * (side - 2));
      QCOMPARE(valid.positions_without_padding("second", side), (side - 4) * (side - 4));
      QCOMPARE(valid.positions_without_padding("output", side), 1); // it saw none
      QCOMPARE(padded.positions_without_padding("first", side), (side - 2) * (side - 2));
      QCOMPARE(padded.positions_without_padding("second", side), (side - 4) * (side - 4));
      QCOMPARE(padded.positions_without_padding("third", side), (side - 12) * (side - 12));
      QCOMPARE(padded.positions_without_padding("output", side), 0);
    }
    QCOMPARE(layers_without_padding(padded, {"first", "second", "third", "output"}, sizes),
             (std::vector<std::string>{"first", "second"}));
    QCOMPARE(layers_without_padding(valid, {"first", "second", "output"}, sizes).size(), 3U);
    QVERIFY_EXCEPTION_THROWN((void)padded.plan_without_padding({"third"}, 12), Error);
  }

  // A position that padding does not reach says the same when the image goes on beyond its border, and no other does.
  void positions_without_padding_of_known_architectures_data() {
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<int>("side");
    QTest::addColumn<QStringList>("layers");
    QTest::newRow("resnet18") << "resnet18" << 160
                              << QStringList{"conv1", "layer1.0", "layer1.1", "layer2.0", "layer2.1"};
    QTest::newRow("efficientnet") << "efficientnet_lite0" << 160
                                  << QStringList{"_conv_stem", "_blocks.0", "_blocks.1", "_blocks.3"};
    QTest::newRow("inception") << "inception_v3" << 203
                               << QStringList{"Conv2d_1a_3x3", "Conv2d_2b_3x3", "Conv2d_4a_3x3", "Mixed_5b",
                                              "Mixed_5c"};
  }

  void positions_without_padding_of_known_architectures() {
    QFETCH(QString, architecture);
    QFETCH(int, side);
    QFETCH(QStringList, layers);
    ModelSource source;
    source.architecture = architecture.toStdString();
    source.random_weights = true;
    RunOptions options;
    options.engine = Engine::LibTorch;
    options.input_size = side;
    options.threads = 2;
    const Network network = Network::open(source, options);
    std::vector<std::string> names;
    for (const QString& layer : layers)
      names.push_back(layer.toStdString());
    constexpr int margin = 64; // a multiple of every stride, and more than padding reaches
    const int large_side = side + 2 * margin;
    const auto large = random_image(large_side, 1);
    const Plan plan = network.plan(names, Reduction::Maps);
    const auto around = network.run(plan, large, 1, large_side, large_side);
    const auto alone = network.run(plan, middle_of(large, large_side, side), 1, side, side);
    for (std::size_t layer = 0; layer < names.size(); ++layer) {
      const auto& small = alone[layer];
      const auto& whole = around[layer];
      const auto width = static_cast<int>(small.shape[3]);
      const auto whole_width = static_cast<int>(whole.shape[3]);
      const int stride = static_cast<int>(std::lround(static_cast<double>(large_side) / whole_width));
      const int shift = margin / stride;
      const auto magnitude = std::abs(*std::ranges::max_element(small.values, {}, [](float v) { return std::abs(v); }));
      int same = 0;
      for (int y = 0; y < width; ++y)
        for (int x = 0; x < width; ++x) {
          bool all = true;
          for (int c = 0; c < small.shape[1]; ++c)
            all = all &&
                  std::abs(small.values[(c * width + y) * width + x] -
                           whole.values[(c * whole_width + y + shift) * whole_width + x + shift]) <= 1e-6F * magnitude;
          same += all ? 1 : 0;
        }
      const auto said = network.positions_without_padding(names[layer], side);
      QVERIFY2(said > 0 && said == same,
               qPrintable(QString("%1: %2 said, %3 found").arg(layers[layer]).arg(said).arg(same)));
    }
  }

  // The mean over those positions is the mean over the map of the same network without padding.
  void the_mean_is_taken_over_those_positions() {
    const Network valid = open("valid.pt");
    const Network padded = open("padded.pt");
    const std::vector<std::string> layers{"first", "second"};
    const int side = 16;
    const auto image = random_image(side, 2);
    const auto expected = valid.run(valid.plan(layers, Reduction::Pooled), image, 1, side, side);
    const auto got = padded.run(padded.plan_without_padding(layers, side), image, 1, side, side);
    const auto everywhere = padded.run(padded.plan(layers, Reduction::Pooled), image, 1, side, side);
    for (std::size_t layer = 0; layer < layers.size(); ++layer)
      for (std::size_t c = 0; c < 4; ++c) {
        QVERIFY(std::abs(got[layer].values[c] - expected[layer].values[c]) < 1e-6);
        QVERIFY(std::abs(everywhere[layer].values[c] - expected[layer].values[c]) > 1e-4);
      }
  }

  void zero_padding_leaks_the_size_and_nothing_else_does_data() {
    QTest::addColumn<int>("kind");
    for (const NoiseKind kind : {NoiseKind::Gaussian, NoiseKind::Uniform})
      QTest::newRow(title_of(kind).c_str()) << static_cast<int>(kind);
  }

  void zero_padding_leaks_the_size_and_nothing_else_does() {
    QFETCH(int, kind);
    const auto noise = static_cast<NoiseKind>(kind);
    const std::vector<std::string> layers{"first", "second"};
    for (const double r2 : curve(open("valid.pt"), layers, noise, Positions::All))
      QVERIFY2(r2 < 0.05, qPrintable(QString::number(r2)));
    const Network padded = open("padded.pt");
    for (const double r2 : curve(padded, layers, noise, Positions::All))
      QVERIFY2(r2 > 0.5, qPrintable(QString::number(r2)));
    for (const double r2 : curve(padded, layers, noise, Positions::WithoutPadding))
      QVERIFY2(r2 < 0.05, qPrintable(QString::number(r2)));
  }
};

QTEST_GUILESS_MAIN(NoiseTest)
#include "noise_test.moc"
