// What the layers add to covariates of the box, and R2 at equal width, of features that are made by hand.

#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/image/box_covariates.h"
#include "tests/support/support.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace scalescope;

namespace {

constexpr int wide = 40;

/// Rows whose target is half the first covariate and half a number of its own. The layer "echo" knows the covariate,
/// "own" the other number, and "wide" both, each in one of its 40 features.
Collected made(int rows, bool with_boxes = true) {
  std::mt19937 random(6);
  std::normal_distribution<float> normal;
  Collected collected{
      {.probe = Probe({{"echo", 2}, {"own", 2}, {"wide", wide}}), .rows = {}, .left_out = {}, .notes = {}},
      {},
      {1, 2, 3}};
  for (int i = 0; i < rows; ++i) {
    const float covariate = normal(random);
    const float other = normal(random);
    const std::string id = std::to_string(i);
    Row row{id, "", id, covariate + other};
    if (with_boxes) {
      row.covariates.assign(box_covariate_names.size(), 0);
      row.covariates[0] = covariate;
    }
    collected.extraction.rows.push_back(std::move(row));
    const std::vector<float> echo{covariate + 0.1F * normal(random), normal(random)};
    const std::vector<float> own{other + 0.1F * normal(random), normal(random)};
    std::vector<float> both(wide);
    std::ranges::generate(both, [&] { return normal(random); });
    both[0] = covariate;
    both[1] = other;
    collected.extraction.probe.add(std::vector{static_cast<std::int64_t>(i)},
                                   std::vector<std::span<const float>>{echo, own, both});
  }
  return collected;
}

Analysis fitted(Collected collected, Protocol protocol = Protocol::Ridge) {
  AnalysisSettings settings;
  settings.repetitions = 3;
  settings.protocol = protocol;
  settings.adjust = settings.equal_width = true;
  return fit(std::move(collected), settings, 2);
}

} // namespace

class FairnessTest : public QObject {
  Q_OBJECT

 private slots:
  void what_covariates_tell_is_not_counted_twice() {
    const Analysis analysis = fitted(made(200));
    const Adjustment& adjustment = analysis.adjustment.value();
    const auto near = [](double value, double expected) { return std::abs(value - expected) < 0.1; };
    QVERIFY(near(adjustment.alone.mean(), 0.5) && near(analysis.scores[0].mean(), 0.5) &&
            near(analysis.scores[1].mean(), 0.5));
    QVERIFY(adjustment.alone_interval.low < 0.5 && adjustment.alone_interval.high > 0.5);
    QVERIFY2(std::abs(adjustment.partial_r2[0]) < 0.05, qPrintable(QString::number(adjustment.partial_r2[0])));
    QVERIFY(adjustment.partial_r2[1] > 0.95 && adjustment.partial_r2[2] > 0.9);
    for (std::size_t layer = 0; layer < 3; ++layer)
      QVERIFY(adjustment.intervals[layer].low < adjustment.partial_r2[layer] &&
              adjustment.intervals[layer].high > adjustment.partial_r2[layer]);
    QCOMPARE(adjustment.covariates.front(), std::string("centre x"));
  }

  void a_wide_layer_loses_at_equal_width() {
    const Analysis analysis = fitted(made(200));
    const EqualWidth& narrow = analysis.equal_width.value();
    QCOMPARE(narrow.width, 2);
    QVERIFY(analysis.scores[2].mean() > 0.95);
    QVERIFY2(narrow.scores[2].mean() < 0.3, qPrintable(QString::number(narrow.scores[2].mean())));
    // Two projections of two features say the same as these.
    QVERIFY(std::abs(narrow.scores[1].mean() - analysis.scores[1].mean()) < 0.02);
    QVERIFY(narrow.scores[2].r2[0] != narrow.scores[2].r2[1]); // another projection
  }

  void without_boxes_or_folds_it_says_so() {
    QVERIFY(
        error_text([] { (void)fitted(made(60, false)); }).contains("--adjust needs the box of every object, and 0"));
    QVERIFY(error_text([] { (void)fitted(made(60), Protocol::Paper); }).contains("choose ridge or ridge-unclipped"));
  }

  void covariates_are_those_of_the_box() {
    // 100 x 50 pixels at the left edge of 400 x 200, and a box that reaches beyond two edges.
    const auto box = box_covariates({0, 100, 100, 50}, 400, 200);
    const std::vector<double> expected{0.125, 0.625, 0.140625, 0.015625, std::log(2), std::log(400), std::log(200), 1};
    QCOMPARE(box.size(), box_covariate_names.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      QVERIFY2(std::abs(box[i] - expected[i]) < 1e-12, box_covariate_names[i]);
    QCOMPARE(box_covariates({300, 150, 200, 200}, 400, 200)[7], 2.0);
    QCOMPARE(box_covariates({300, 150, 200, 200}, 400, 200)[0], 0.875);
  }
};

QTEST_GUILESS_MAIN(FairnessTest)
#include "fairness_test.moc"
