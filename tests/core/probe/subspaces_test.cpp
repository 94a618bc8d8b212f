// Equivariance and invariance of maps, against NumPy and on maps whose change is known.

#include "core/probe/subspaces.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

using namespace scalescope;
using nlohmann::json;

namespace {

constexpr std::size_t images = 40;
constexpr std::size_t channels = 25;
constexpr std::size_t positions = 16;

std::vector<float> random_maps(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> maps(images * channels * positions);
  for (float& value : maps)
    value = normal(random);
  return maps;
}

SubspaceScores compared(const std::vector<float>& before, const std::vector<float>& after, int threads = 2) {
  return subspace_scores({images, channels, positions, before, after}, threads);
}

// Each position's value goes to another place, the same in all maps.
std::vector<float> rearranged(const std::vector<float>& maps) {
  std::vector<float> moved(maps.size());
  for (std::size_t i = 0; i < maps.size(); ++i)
    moved[i] = maps[i / positions * positions + (i % positions * 5 + 3) % positions];
  return moved;
}

} // namespace

class SubspacesTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_numpy() {
    QString output;
    if (!run_python("subspaces_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no NumPy: " + output));
    const json cases = json::parse(output.toStdString());
    QCOMPARE(cases.size(), 3U);
    for (const json& one : cases) {
      const auto before = one["before"].get<std::vector<float>>();
      const auto after = one["after"].get<std::vector<float>>();
      const SubspaceScores scores =
          subspace_scores({one["images"], one["channels"], one["positions"], before, after}, 2);
      const auto equal = [&](double found, const char* name) {
        return std::abs(found - one[name].get<double>()) < 1e-9;
      };
      QVERIFY2(equal(scores.equivariance, "equivariance") && equal(scores.invariance, "invariance") &&
                   equal(scores.equivariance_error, "equivariance_error") &&
                   equal(scores.invariance_error, "invariance_error"),
               qPrintable(QString("%1 %2 %3 %4")
                              .arg(scores.equivariance)
                              .arg(scores.invariance)
                              .arg(scores.equivariance_error)
                              .arg(scores.invariance_error)));
    }
  }

  void maps_that_stay_are_both() {
    const auto maps = random_maps(1);
    std::vector<float> brighter = maps;
    for (std::size_t i = 0; i < brighter.size(); ++i) // each channel in units of its own
      brighter[i] = brighter[i] * static_cast<float>(1 + i / positions % channels) + 3;
    const SubspaceScores scores = compared(maps, brighter);
    QVERIFY(std::abs(scores.equivariance - 1) < 1e-6);
    QVERIFY(std::abs(scores.invariance - 1) < 1e-6);
    QVERIFY(scores.equivariance_error < 1e-6);
  }

  void maps_that_move_are_equivariant_only() {
    const auto maps = random_maps(2);
    const SubspaceScores scores = compared(maps, rearranged(maps));
    QVERIFY(std::abs(scores.equivariance - 1) < 1e-6);
    QVERIFY2(std::abs(scores.invariance) < 0.15, qPrintable(QString::number(scores.invariance)));
  }

  void other_maps_are_neither() {
    const SubspaceScores scores = compared(random_maps(3), random_maps(4));
    QVERIFY2(scores.equivariance < 0.15, qPrintable(QString::number(scores.equivariance)));
    QVERIFY2(std::abs(scores.invariance) < 0.05, qPrintable(QString::number(scores.invariance)));
  }

  void the_threads_do_not_matter() {
    const auto before = random_maps(5);
    const auto after = random_maps(6);
    const SubspaceScores one = compared(before, after, 1);
    const SubspaceScores three = compared(before, after, 3);
    QCOMPARE(three.equivariance, one.equivariance);
    QCOMPARE(three.invariance_error, one.invariance_error);
  }

  // The correlation of values, in closed form: after = before + noise of the same spread in half of the channels.
  void one_position_has_a_correlation_only() {
    const std::vector<float> before{1, 2, 3, 4, 5, 6};
    const std::vector<float> after{2, 1, 4, 3, 6, 5};
    const SubspaceScores scores = subspace_scores({6, 1, 1, before, after}, 1);
    QVERIFY(std::isnan(scores.equivariance));
    QVERIFY(std::abs(scores.invariance - 29.0 / 35) < 1e-9); // Pearson's
  }

  void constant_maps_have_no_scores() {
    const std::vector<float> maps(images * channels * positions, 2.0F);
    const SubspaceScores scores = compared(maps, maps);
    QVERIFY(std::isnan(scores.equivariance));
    QVERIFY(std::isnan(scores.invariance));
  }
};

QTEST_GUILESS_MAIN(SubspacesTest)
#include "subspaces_test.moc"
