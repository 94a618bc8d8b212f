// The bootstrap over images: NumPy's and scikit-learn's numbers on the same resamples, and whether its intervals cover
// what they promise. Transformed features, against SciPy.

#include "core/probe/bootstrap.h"
#include "core/probe/probe.h"
#include "core/probe/transformed.h"
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

HeldOut held_out_of(const json& repetitions, const std::vector<double>& targets) {
  HeldOut result{std::vector<double>(targets.size()), std::vector<double>(targets.size())};
  for (const json& one : repetitions) {
    const auto predictions = one.get<std::vector<double>>();
    for (std::size_t row = 0; row < targets.size(); ++row) {
      const double share = 1 / static_cast<double>(repetitions.size());
      result.predictions[row] += share * predictions[row];
      result.squared_errors[row] += share * std::pow(targets[row] - predictions[row], 2);
    }
  }
  return result;
}

/// Rows of a linear relation with a known share of explained variance. Rows of a group share half the variance of the
/// features and of the noise.
struct Drawn {
  std::vector<std::string> groups;
  std::vector<double> targets;
  std::vector<float> features;
};
constexpr int channels = 6;

Drawn draw(int groups, int rows_per_group, double r2, std::mt19937& random) {
  std::normal_distribution normal;
  const double of_group = rows_per_group > 1 ? std::sqrt(0.5) : 0;
  const double of_row = std::sqrt(1 - of_group * of_group);
  Drawn drawn;
  for (int g = 0; g < groups; ++g) {
    std::vector<double> shared(channels + 1);
    for (double& value : shared)
      value = of_group * normal(random);
    for (int i = 0; i < rows_per_group; ++i) {
      double signal = 0;
      for (int c = 0; c < channels; ++c) {
        const double feature = shared[static_cast<std::size_t>(c)] + of_row * normal(random);
        drawn.features.push_back(static_cast<float>(feature));
        signal += feature / std::sqrt(channels);
      }
      drawn.groups.push_back(std::to_string(g));
      drawn.targets.push_back(std::sqrt(r2) * signal +
                              std::sqrt(1 - r2) * (shared[channels] + of_row * normal(random)));
    }
  }
  return drawn;
}

Interval interval_of(const Drawn& drawn, std::uint32_t seed) {
  std::vector<std::string> ids;
  std::vector<std::int64_t> indices;
  for (std::size_t row = 0; row < drawn.targets.size(); ++row) {
    ids.push_back(std::to_string(row));
    indices.push_back(static_cast<std::int64_t>(row));
  }
  Probe probe({{"layer", channels}});
  probe.add(indices, std::vector<std::span<const float>>{drawn.features});
  const Folds folds = draw_folds(Protocol::Ridge, ids, drawn.groups, 5, seed);
  HeldOut held_out{std::vector<double>(ids.size()), std::vector<double>(ids.size())};
  const std::vector<std::vector<std::vector<double>>> sets{{drawn.targets}};
  (void)probe.score(sets, folds, 1, {}, {}, [&](const PartialScore& one) {
    for (std::size_t i = 0; i < one.held_out.size(); ++i) {
      const auto row = static_cast<std::size_t>(one.held_out[i]);
      held_out.squared_errors[row] += 0.2 * std::pow(drawn.targets[row] - one.predictions[i], 2);
    }
  });
  return middle_95(resampled_r2(std::vector{held_out}, drawn.targets, drawn.groups, 1000, seed).front());
}

/// R2 on new images, of regressions that are fitted to four fifths as many: what cross-validation estimates.
double known_r2(int groups, int rows, double r2, std::mt19937& random) {
  constexpr int draws = 100;
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    const Drawn fitted = draw(groups * 4 / 5, rows, r2, random);
    Probe probe({{"layer", channels}});
    std::vector<std::int64_t> indices(fitted.targets.size());
    std::iota(indices.begin(), indices.end(), 0);
    probe.add(indices, std::vector<std::span<const float>>{fitted.features});
    std::vector<int> folds;
    for (const std::string& group : fitted.groups)
      folds.push_back(std::stoi(group) % 5);
    const Regression regression = probe.regression(0, fitted.targets, folds, true);
    const Drawn fresh = draw(3000 / rows, rows, r2, random);
    double errors = 0;
    double squares = 0; // the targets' mean is 0
    for (std::size_t row = 0; row < fresh.targets.size(); ++row) {
      const auto features = std::span(fresh.features).subspan(row * channels, channels);
      errors += std::pow(fresh.targets[row] - regression.predict(features), 2);
      squares += std::pow(fresh.targets[row], 2);
    }
    sum += 1 - errors / squares;
  }
  return sum / draws;
}

} // namespace

class BootstrapTest : public QObject {
  Q_OBJECT
  json reference_;
  QString missing_;

 private slots:
  void initTestCase() {
    QString output;
    if (run_python("bootstrap_reference.py", {}, &output))
      reference_ = json::parse(output.toStdString());
    else
      missing_ = output;
  }

  void agrees_with_numpy() {
    if (reference_.is_null())
      QSKIP(qPrintable("Python has no SciPy or scikit-learn: " + missing_));
    QCOMPARE(reference_["cases"].size(), 4U);
    for (const json& one : reference_["cases"]) {
      const auto targets = one["targets"].get<std::vector<double>>();
      std::vector<HeldOut> layers;
      for (const json& repetitions : one["predictions"])
        layers.push_back(held_out_of(repetitions, targets));
      const auto r2 =
          resampled_r2(layers, targets, one["groups"].get<std::vector<std::string>>(), one["resamples"], one["seed"]);
      QCOMPARE(r2.size(), one["r2"].size());
      for (std::size_t layer = 0; layer < r2.size(); ++layer) {
        const auto expected = one["r2"][layer].get<std::vector<double>>();
        QCOMPARE(r2[layer].size(), expected.size());
        for (std::size_t b = 0; b < expected.size(); ++b)
          QVERIFY2(std::abs(r2[layer][b] - expected[b]) < 1e-9 * std::max(1.0, std::abs(expected[b])),
                   qPrintable(QString("%1, %2").arg(r2[layer][b]).arg(expected[b])));
      }
      std::vector<double> difference;
      for (std::size_t b = 0; b < r2[0].size(); ++b)
        difference.push_back(r2[0][b] - r2[1][b]);
      for (const auto& [ours, theirs] :
           {std::pair(middle_95(r2[0]), one["interval"]), std::pair(middle_95(difference), one["difference"])}) {
        const double size = std::max({1.0, std::abs(theirs[0].get<double>()), std::abs(theirs[1].get<double>())});
        QVERIFY(std::abs(ours.low - theirs[0].get<double>()) < 1e-9 * size);
        QVERIFY(std::abs(ours.high - theirs[1].get<double>()) < 1e-9 * size);
      }
    }
    QVERIFY(reference_["cases"][3]["r2"][0].size() < 150); // some resamples have a single target
  }

  void ranks_become_normal_scores() {
    if (reference_.is_null())
      QSKIP(qPrintable("Python has no SciPy or scikit-learn: " + missing_));
    for (const json& one : reference_["ranks"]) {
      const auto values = one["values"].get<std::vector<float>>();
      const auto expected = one["scores"].get<std::vector<double>>();
      // Beside it a second channel, and a second layer that is not asked for.
      Probe probe({{"other", 1}, {"layer", 2}});
      for (std::size_t row = values.size(); row-- > 0;) // the order of the rows does not matter
        probe.add(std::vector{static_cast<std::int64_t>(row)},
                  std::vector<std::span<const float>>{std::vector{1.F}, std::vector{values[row], -values[row]}});
      const Probe ranked = transformed(probe, std::vector<std::size_t>{1}, FeatureTransform::RankNormal, 2);
      QCOMPARE(ranked.layers().size(), 1U);
      QCOMPARE(ranked.layers()[0].name, std::string("layer"));
      const std::vector<float> scores = ranked.features(0);
      for (std::size_t row = 0; row < values.size(); ++row) {
        QVERIFY(std::abs(scores[2 * row] - expected[row]) < 1e-6);
        QVERIFY(std::abs(scores[2 * row + 1] + expected[row]) < 1e-6);
      }
    }
  }

  void logarithms_have_a_floor() {
    Probe probe({{"softmax", 3}});
    probe.add(std::vector<std::int64_t>{5}, std::vector<std::span<const float>>{std::vector{1.F, 0.5F, 0.F}});
    const auto logs = transformed(probe, std::vector<std::size_t>{0}, FeatureTransform::Log, 1).features(0);
    QVERIFY(logs[0] == 0.F && std::abs(logs[1] + 0.6931472F) < 1e-6F && std::abs(logs[2] + 27.631021F) < 1e-5F);
  }

  void intervals_cover_the_known_r2_data() {
    QTest::addColumn<int>("groups");
    QTest::addColumn<int>("rows");
    QTest::addColumn<double>("r2");
    QTest::addColumn<double>("least"); // of 100 intervals that cover it
    QTest::newRow("200 images, R2 0.6") << 200 << 1 << 0.6 << 90.0;
    QTest::newRow("200 images, R2 0.4") << 200 << 1 << 0.4 << 90.0;
    QTest::newRow("500 images, R2 0.4") << 500 << 1 << 0.4 << 90.0;
    QTest::newRow("150 images of 3 rows, R2 0.6") << 150 << 3 << 0.6 << 90.0;
    // Where little can be read, or of few images, they are too narrow: how the fit hangs on the images is not
    // resampled.
    QTest::newRow("200 images, R2 0.2") << 200 << 1 << 0.2 << 82.0;
    QTest::newRow("60 images, R2 0.8") << 60 << 1 << 0.8 << 82.0;
  }

  // 200 data sets each. The figures are in methods.md.
  void intervals_cover_the_known_r2() {
    QFETCH(int, groups);
    QFETCH(int, rows);
    QFETCH(double, r2);
    QFETCH(double, least);
    constexpr int sets = 200;
    std::mt19937 random(4);
    const double known = known_r2(groups, rows, r2, random);
    QVERIFY(known < r2 && known > r2 - 0.1);
    int covered = 0;
    for (int i = 0; i < sets; ++i) {
      const Interval interval = interval_of(draw(groups, rows, r2, random), static_cast<std::uint32_t>(i));
      covered += interval.low <= known && known <= interval.high ? 1 : 0;
    }
    const double share = 100.0 * covered / sets;
    qInfo("%s, %.3f on new images: %.1f %% of the intervals cover it", QTest::currentDataTag(), known, share);
    QVERIFY2(share >= least && share <= 98, qPrintable(QString::number(share)));
  }
};

QTEST_GUILESS_MAIN(BootstrapTest)
#include "bootstrap_test.moc"
