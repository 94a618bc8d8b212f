// Permuted targets: a permutation test whose p is uniform where features tell nothing, designs that allow no
// permutation, and how p is said.

#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/experiment/permutations.h"
#include "tests/support/support.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

using namespace scalescope;

namespace {

constexpr int channels = 3;

/// A row's group and target.
struct DesignRow {
  int group = 0;
  double target = 0;
};
using Design = std::vector<DesignRow>;

/// Two layers for the rows of a design: features that rows of a group share in part, and that know nothing of the
/// target. But one feature of the second layer is the target with `effect` as its weight.
Collected features_of(const Design& design, std::mt19937& random, double effect = 0) {
  std::normal_distribution<float> normal;
  Collected collected{
      {.probe = Probe({{"first", channels}, {"second", channels}}), .rows = {}, .left_out = {}, .notes = {}},
      {},
      {1, 2}};
  const auto groups = static_cast<std::size_t>(std::ranges::max_element(design, {}, &DesignRow::group)->group) + 1;
  std::vector<float> shared(groups * 2 * channels);
  std::ranges::generate(shared, [&] { return 1.5F * normal(random); });
  for (std::size_t i = 0; i < design.size(); ++i) {
    collected.extraction.rows.push_back({std::to_string(i), "", std::to_string(design[i].group), design[i].target});
    std::vector<float> features(2 * channels);
    for (std::size_t c = 0; c < features.size(); ++c)
      features[c] = shared[2 * channels * static_cast<std::size_t>(design[i].group) + c] + normal(random);
    features.back() += static_cast<float>(effect * design[i].target);
    const std::span<const float> all = features;
    collected.extraction.probe.add(std::vector{static_cast<std::int64_t>(i)},
                                   std::vector{all.first(channels), all.last(channels)});
  }
  return collected;
}

Analysis fitted(Collected collected, int permutations, bool random_scale) {
  AnalysisSettings settings;
  settings.repetitions = 1;
  settings.permutations = permutations;
  settings.random_scale_control = random_scale;
  return fit(std::move(collected), settings, 2);
}

std::vector<std::string> notes_on_permutations(const Analysis& analysis) {
  std::vector<std::string> notes = analysis.notes;
  std::erase_if(notes, [](const std::string& note) { return note.find("permut") == std::string::npos; });
  return notes;
}

/// Kolmogorov and Smirnov's distance of p from what is uniform over 1/n, 2/n, .. 1.
double distance_from_uniform(std::vector<double> p, int n) {
  double distance = 0;
  for (int k = 1; k <= n; ++k) {
    const double at = static_cast<double>(k) / n;
    const auto below = std::ranges::count_if(p, [&](double one) { return one < at + 1e-9; });
    distance = std::max(distance, std::abs(static_cast<double>(below) / static_cast<double>(p.size()) - at));
  }
  return distance;
}

} // namespace

class PermutationsTest : public QObject {
  Q_OBJECT

  static void designs() {
    QTest::addColumn<std::function<Design(std::mt19937&)>>("design");
    using Make = std::function<Design(std::mt19937&)>;
    QTest::newRow("a row a group") << Make([](std::mt19937& random) {
      Design design;
      for (int i = 0; i < 40; ++i)
        design.push_back({i, std::normal_distribution()(random)});
      return design;
    });
    QTest::newRow("groups share their targets") << Make([](std::mt19937&) {
      Design design;
      for (int i = 0; i < 60; ++i)
        design.push_back({i / 4, static_cast<double>(i % 4)});
      return design;
    });
    QTest::newRow("groups share their targets, some left out") << Make([](std::mt19937& random) {
      Design design;
      for (int i = 0; i < 90; ++i)
        if (i % 5 == 0 || random() % 10 < 7)
          design.push_back({i / 5, static_cast<double>(i % 5)});
      return design;
    });
    QTest::newRow("a target a group, of several sizes") << Make([](std::mt19937& random) {
      Design design;
      for (int group = 0; group < 20; ++group) {
        const double target = std::normal_distribution()(random);
        for (int row = 0; row < 1 + group % 4; ++row)
          design.push_back({group, target});
      }
      return design;
    });
  }

 private slots:
  void p_is_uniform_where_features_tell_nothing_data() { designs(); }
  void an_effect_is_found_and_the_control_is_not_data() { designs(); }

  // 200 data sets a design. A distance above 0.115 is found once in a hundred times where p is uniform.
  void p_is_uniform_where_features_tell_nothing() {
    QFETCH(std::function<Design(std::mt19937&)>, design);
    constexpr int permutations = 19;
    std::mt19937 random(1);
    std::vector<double> p;
    for (int i = 0; i < 200; ++i) {
      const Design made = design(random);
      p.push_back(fitted(features_of(made, random), permutations, false).peak_test->p());
    }
    const double distance = distance_from_uniform(p, permutations + 1);
    QVERIFY2(distance < 0.115, qPrintable(QString::number(distance)));
  }

  // Wherever the curve is above 0.1, random scale is another number, and near 0.
  void an_effect_is_found_and_the_control_is_not() {
    QFETCH(std::function<Design(std::mt19937&)>, design);
    std::mt19937 random(5);
    double read = 0;
    for (int i = 0; i < 5; ++i) {
      const Design made = design(random);
      const Analysis analysis = fitted(features_of(made, random, 4), 19, true);
      QCOMPARE(analysis.peak_test->p(), 0.05);
      QCOMPARE(analysis.peak(), 1U);
      QVERIFY(analysis.scores[1].mean() > 0.5);
      for (std::size_t layer = 0; layer < 2; ++layer)
        if (analysis.scores[layer].mean() > 0.1)
          QVERIFY(analysis.controls[0].scores[layer].mean() < analysis.scores[layer].mean() - 0.1);
      read += analysis.controls[0].scores[1].mean() / 5;
    }
    // On average; targets of groups of several sizes keep a part of their place, which can be read.
    QVERIFY2(read < 0.1, qPrintable(QString::number(read)));
  }

  void targets_that_cannot_be_permuted_are_refused() {
    // A target a group, and no two groups as large.
    std::mt19937 random(2);
    Design design;
    for (int group = 0; group < 8; ++group)
      for (int row = 0; row <= group; ++row)
        design.push_back({group, 0.1 * group});
    const QString of_control = error_text([&] { (void)fitted(features_of(design, random), 0, true); });
    QVERIFY2(of_control.contains("can't be permuted among the groups"), qPrintable(of_control));
    QCOMPARE(error_text([&] { (void)fitted(features_of(design, random), 19, false); }), of_control);
    // Without permutations there is nothing to say.
    QVERIFY(notes_on_permutations(fitted(features_of(design, random), 0, false)).empty());
  }

  void what_permutations_leave_in_place_is_said() {
    std::mt19937 random(3);
    Design design;
    for (int i = 0; i < 60; ++i)
      design.push_back({i / 4, static_cast<double>(i % 4)});
    QVERIFY(notes_on_permutations(fitted(features_of(design, random), 19, true)).empty());
    for (int i = 0; i < 30; ++i) // larger targets in larger groups
      design.push_back({15 + i / 6, static_cast<double>(i % 6)});
    const auto notes = notes_on_permutations(fitted(features_of(design, random), 19, true));
    QCOMPARE(notes.size(), 1U);
    // 60 rows around 1.5, 30 around 2.5: 20 of a sum of squares of 75 + 87.5 + 20.
    QVERIFY2(QString::fromStdString(notes[0]).contains("11 % of the targets' variance"), notes[0].c_str());
    QVERIFY(notes_on_permutations(fitted(features_of(design, random), 0, false)).empty());
  }

  void p_is_a_bound_where_no_permutation_reached_the_peak() {
    QCOMPARE(p_text(permutation_p(0, 99), 99), std::string("p <= 0.01 (99 permutations)"));
    QCOMPARE(p_text(permutation_p(3, 99), 99), std::string("p = 0.04 (99 permutations)"));
    QCOMPARE(p_text(permutation_p(99, 99), 99), std::string("p = 1 (99 permutations)"));
    QCOMPARE(p_text(permutation_p(0, 1), 1), std::string("p <= 0.5 (1 permutation)"));
    QCOMPARE(p_number(permutation_p(0, 999), 999), std::string("<= 0.001"));
    QCOMPARE(p_number(permutation_p(122, 999), 999), std::string("0.123"));
  }
};

QTEST_GUILESS_MAIN(PermutationsTest)
#include "permutations_test.moc"
