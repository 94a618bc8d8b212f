// The way a GPU takes, run with the CPU as its device, against the graph run as it is.

#include "tests/core/network/preparations_torch.h"
#include "tests/support/network_support.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace preparations;
using scalescope::Activation;
using scalescope::Precision;

namespace {

// The largest difference over the largest magnitude.
double difference(const Activation& a, const Activation& b) {
  if (a.shape != b.shape || a.values.size() != b.values.size())
    return INFINITY;
  double largest = 0;
  double magnitude = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    largest = std::max<double>(largest, std::abs(a.values[i] - b.values[i]));
    magnitude = std::max<double>(magnitude, std::abs(b.values[i]));
  }
  return largest / magnitude;
}

// Numbers that bfloat16 has too: the lower half of their bits is zero.
bool all_are_bfloat16(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return (bits & 0xffff) == 0;
  });
}

} // namespace

class PreparationsTest : public QObject {
  Q_OBJECT

 private slots:
  void agree_data() {
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QStringList>("modules");
    QTest::addColumn<int>("side");
    // Sums, concatenations, depthwise convolutions and pooling; early and late.
    QTest::newRow("resnet18") << "resnet18" << QStringList{"bn1", "layer1.1", "layer4.1"} << 64;
    QTest::newRow("inception_v3") << "inception_v3" << QStringList{"Conv2d_1a_3x3", "Mixed_5b", "Mixed_7c"} << 96;
    QTest::newRow("mobilenet_v2") << "mobilenet_v2" << QStringList{"features.1", "features.18"} << 64;
  }

  void agree() {
    QFETCH(QString, architecture);
    QFETCH(QStringList, modules);
    QFETCH(int, side);
    std::vector<std::string> names;
    for (const auto& module : modules)
      names.push_back(module.toStdString());
    const auto images = noise(3, side);
    const auto by = [&](Way way) { return run(architecture.toStdString(), names, way, images, 3, side); };
    const auto reference = by(Way::Reference);
    const auto one_dnn = by(Way::OneDnn);
    const auto accelerator = by(Way::Accelerator);
    for (std::size_t i = 0; i < names.size(); ++i) {
      QVERIFY2(difference(one_dnn[i], reference[i]) <= 1e-4, names[i].c_str());
      QVERIFY2(difference(accelerator[i], reference[i]) <= 1e-4, names[i].c_str());
    }
    if (!bfloat16_unavailable().empty())
      QSKIP(bfloat16_unavailable().c_str());
    // Eight bits of mantissa: 0.4 % an operation, more after many.
    const auto rough = by(Way::AcceleratorBFloat16);
    for (std::size_t i = 0; i < names.size(); ++i)
      QVERIFY2(difference(rough[i], reference[i]) <= 0.1,
               qPrintable(QString("%1 %2").arg(modules[static_cast<int>(i)]).arg(difference(rough[i], reference[i]))));
  }

  // A convolution's output is in bfloat16 where that was asked for, and only there.
  void bfloat16_is_computed_in() {
    if (!bfloat16_unavailable().empty())
      QSKIP(bfloat16_unavailable().c_str());
    const auto images = noise(2, 64);
    const auto map = [&](Way way) { return run("resnet18", {"conv1"}, way, images, 2, 64)[0].values; };
    QVERIFY(all_are_bfloat16(map(Way::AcceleratorBFloat16)));
    QVERIFY(!all_are_bfloat16(map(Way::Accelerator))); // after the other: autocast ends with its plan
  }

  // Rounding before the batch norm is folded would round twice.
  void batch_norms_are_folded_before_weights_are_cast() {
    for (const auto& [architecture, convolutions] : {std::pair{"resnet18", 20}, {"mobilenet_v2", 52}}) {
      const ShortWeights found = short_weights(architecture);
      QCOMPARE(found.convolutions, convolutions);
      QCOMPARE(found.batch_norms, 0);
      QCOMPARE(found.casts, 0); // nothing is cast at a run
      QVERIFY2(found.folded_first, architecture);
    }
  }

  // A block of ResNet18 ends in a sum of two maps. A map that is read must be made.
  void convolutions_are_joined_with_what_follows() {
    const Fused resnet = fused("resnet18", "");
    QCOMPARE(resnet.with_relu, 9);
    QCOMPARE(resnet.with_addition, 8);
    QCOMPARE(fused("resnet18", "bn1").with_relu, 8);
    QCOMPARE(fused("resnet18", "layer1.0").with_addition, 8); // the block's output is that of its ReLU
    QCOMPARE(fused("inception_v3", "").with_relu, 94);
    QCOMPARE(fused("mobilenet_v2", "").with_relu, 0); // its activation has an upper bound
  }

  void what_refuses_a_short_format_runs_by_autocast() {
    if (!bfloat16_unavailable().empty())
      QSKIP(bfloat16_unavailable().c_str());
    const Refused found = refused_in_fast_form();
    QVERIFY(found.by_autocast);
    QVERIFY2(found.difference > 0 && found.difference < 0.05, qPrintable(QString::number(found.difference)));
  }

  // With two dimensions the linear layer would multiply other numbers.
  void linear_layers_come_before_a_transposition_of_tokens() {
    const Order tokens = order(true);
    QVERIFY(tokens.moved);
    QVERIFY(tokens.difference < 1e-6);
    const Order matrix = order(false);
    QVERIFY(!matrix.moved);
    QVERIFY(matrix.difference < 1e-6);
  }

  // A GPU would have to be waited for at each side that a trace computes, and its pass could not be recorded.
  void numbers_for_sides_stay_on_the_cpu() {
    const Places found = places_of_constants();
    QVERIFY(found.weight_moved);
    QVERIFY(!found.number_moved);
  }

  void a_trace_does_not_bring_its_switches() {
    QCOMPARE(traced_switches(), (std::vector<bool>{false, true, true, false}));
  }

  // A network without loops ends, so it is waited for longer, and longer for larger images.
  void time_to_measure_follows_loops_and_size() {
    for (const auto& [side, longer] : {std::pair{32, 1}, {224, 1}, {448, 4}}) {
      const TimeToMeasure limit = time_to_measure(side);
      QCOMPARE(limit.without_loops, 120.0 * longer);
      QCOMPARE(limit.with_loops, 10.0 * longer);
    }
    QCOMPARE(QString::fromStdString(told_of_one_that_never_ends()),
             QString("slow.pt did not finish an empty image of 32 x 32 pixels within 0.001 seconds and was stopped; it "
                     "may never end. If it is only slow, use a smaller --input-size."));
  }

  void gpus_before_ampere_lack_formats() {
    for (const Precision precision : {Precision::BFloat16, Precision::Tf32}) {
      QVERIFY(gpu_lacks(75, precision).find("8.0") != std::string::npos);
      QCOMPARE(gpu_lacks(80, precision), std::string());
    }
    QCOMPARE(gpu_lacks(75, Precision::Float32), std::string());
    QCOMPARE(gpu_lacks(75, Precision::Float16), std::string());
  }
};

QTEST_GUILESS_MAIN(PreparationsTest)
#include "preparations_test.moc"
