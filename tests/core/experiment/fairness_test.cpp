// What the layers add to covariates of the box, and R2 at equal width, of features that are made by hand.

#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/image/box_covariates.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

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

  void partial_r2_agrees_with_numpy() {
    QString output;
    if (!run_python("adjusted_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no scikit-learn: " + output));
    for (const nlohmann::json& one : nlohmann::json::parse(output.toStdString())) {
      const auto targets = one["target"].get<std::vector<double>>();
      const auto covariates = one["covariates"].get<std::vector<double>>(); // 4 for each row; the others are 0
      std::vector<Row> rows;
      std::vector<std::string> names;
      std::vector<std::int64_t> indices;
      for (std::size_t i = 0; i < targets.size(); ++i) {
        names.push_back(std::to_string(i));
        indices.push_back(static_cast<std::int64_t>(i));
        rows.push_back({names.back(), "", names.back(), targets[i]});
        rows.back().covariates.assign(box_covariate_names.size(), 0);
        std::copy_n(covariates.begin() + static_cast<std::ptrdiff_t>(4 * i), 4, rows.back().covariates.begin());
      }
      const auto features = one["features"].get<std::vector<float>>();
      Probe probe({{"layer", one["channels"]}});
      probe.add(indices, std::vector<std::span<const float>>{features});
      const Folds folds =
          draw_folds(one["clip"].get<bool>() ? Protocol::Ridge : Protocol::RidgeUnclipped, names, names, 2, 0);
      const Adjustment found = adjustment_of(probe, rows, folds, 7, 2);
      const auto near = [](double value, double expected) { return std::abs(value - expected) < 1e-9; };
      QVERIFY2(near(found.partial_r2[0], one["partial"]) && near(found.intervals[0].low, one["interval"][0]) &&
                   near(found.intervals[0].high, one["interval"][1]),
               qPrintable(QString::number(found.partial_r2[0], 'g', 12)));
    }
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

  // One image a row; a layer that knows half of the target keeps that at all numbers of images, and a wide one gains.
  void more_images_help_wide_layers() {
    AnalysisSettings settings;
    settings.repetitions = 2;
    settings.learning_curve = true;
    const Analysis analysis = fit(made(200), settings, 2);
    const auto& steps = analysis.learning_curve.value().steps;
    QCOMPARE(steps.size(), 4U);
    for (const auto& [i, images] : {std::pair(0U, 25), std::pair(1U, 50), std::pair(2U, 100), std::pair(3U, 200)}) {
      QCOMPARE(steps[i].images, images);
      QCOMPARE(steps[i].r2.size(), 3U);
      QVERIFY(images < 100 || std::abs(steps[i].r2[0] - 0.5) < 0.2);
    }
    QVERIFY(steps[0].r2[2] < 0.7 && steps[3].r2[2] > 0.95); // 40 features of 25 images
    QVERIFY(std::abs(steps[3].r2[2] - analysis.scores[2].mean()) < 0.02);
    QVERIFY(steps[0].standard_deviation[0] > 2 * steps[3].standard_deviation[0]);

    QCOMPARE(fit(made(100), settings, 1).learning_curve.value().steps.front().images, 25); // not 12
  }

  // Of targets that are an exponential of what a layer knows, the logarithm is read best.
  void the_targets_forms_are_read_beside_it() {
    Collected collected = made(150);
    for (Row& row : collected.extraction.rows)
      row.target = std::exp(1.5 * row.target);
    AnalysisSettings settings;
    settings.repetitions = 2;
    settings.target_forms = settings.random_scale_control = true;
    const Analysis analysis = fit(std::move(collected), settings, 2);
    QCOMPARE(analysis.target_forms.size(), 2U);
    QCOMPARE(analysis.target_forms[0].name, std::string("root"));
    QCOMPARE(analysis.target_forms[1].name, std::string("logarithm"));
    const double area = analysis.scores[2].mean();
    const double root = analysis.target_forms[0].scores[2].mean();
    const double logarithm = analysis.target_forms[1].scores[2].mean();
    QVERIFY2(area < root - 0.05 && root < logarithm - 0.05 && logarithm > 0.95,
             qPrintable(QString("%1 %2 %3").arg(area).arg(root).arg(logarithm)));
    QCOMPARE(analysis.controls[0].name, std::string("random scale"));
    QVERIFY(analysis.controls[0].scores[2].mean() < 0.1);
    QVERIFY(error_text([&] { (void)fit(made(60), settings, 1); }).contains("--target-forms needs targets above 0"));
  }

  void without_boxes_or_folds_it_says_so() {
    QVERIFY(
        error_text([] { (void)fitted(made(60, false)); }).contains("--adjust needs the box of every object, and 0"));
    Collected without_area = made(60);
    without_area.extraction.rows[7].covariates[4] = NAN;
    QVERIFY(error_text([&] { (void)fitted(std::move(without_area)); }).contains("can't use the box of 7"));
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
