// What a layer adds to covariates, against scikit-learn; and projections to equal width.

#include "core/probe/adjusted.h"
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

Probe probe_of(const std::vector<float>& features, int channels) {
  Probe probe({{"layer", channels}});
  std::vector<std::int64_t> indices(features.size() / static_cast<std::size_t>(channels));
  std::iota(indices.begin(), indices.end(), 0);
  probe.add(indices, std::vector<std::span<const float>>{features});
  return probe;
}

std::vector<std::string> names(std::size_t rows) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < rows; ++i)
    result.push_back(std::to_string(i));
  return result;
}

} // namespace

class AdjustedTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_scikit_learn() {
    QString output;
    if (!run_python("adjusted_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no scikit-learn: " + output));
    const json cases = json::parse(output.toStdString());
    QCOMPARE(cases.size(), 3U);
    for (const json& one : cases) {
      const auto targets = one["target"].get<std::vector<double>>();
      const Probe probe = probe_of(one["features"].get<std::vector<float>>(), one["channels"]);
      const Covariates covariates{4, one["covariates"].get<std::vector<double>>()};
      const auto rows = names(targets.size());
      const Folds folds =
          draw_folds(one["clip"].get<bool>() ? Protocol::Ridge : Protocol::RidgeUnclipped, rows, rows, 2, 0);
      int seen = 0;
      score_adjusted(probe, covariates, targets, folds, 2, {}, {}, [&](const PartialScore& part) {
        const double expected = one[part.layer == 0 ? "both" : "alone"][part.repetition];
        QVERIFY2(
            std::abs(part.r2 - expected) < 1e-9,
            qPrintable(QString("%1, %2: %3 and %4").arg(part.layer).arg(part.repetition).arg(part.r2).arg(expected)));
        double errors = 0;
        double squares = 0;
        const double mean = std::accumulate(targets.begin(), targets.end(), 0.0) / static_cast<double>(targets.size());
        for (std::size_t i = 0; i < part.held_out.size(); ++i) {
          errors += std::pow(targets[static_cast<std::size_t>(part.held_out[i])] - part.predictions[i], 2);
          squares += std::pow(targets[i] - mean, 2);
        }
        QVERIFY(std::abs(1 - errors / squares - part.r2) < 1e-10);
        ++seen;
      });
      QCOMPARE(seen, 4); // the layer and the covariates, in two repetitions
    }
  }

  // Johnson and Lindenstrauss: distances between rows, of standardised features, are kept.
  void projections_keep_distances() {
    constexpr int channels = 300;
    constexpr int width = 2000;
    constexpr std::size_t rows = 12;
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> features(rows * channels);
    for (std::size_t i = 0; i < features.size(); ++i)
      features[i] = 5 + static_cast<float>(1 + i % channels) * normal(random); // channels of different spread
    for (std::size_t row = 0; row < rows; ++row)
      features[row * channels] = 7; // one that is constant
    const Probe probe = probe_of(features, channels);
    const std::vector<std::size_t> layers{0};
    const Probe narrow = projected(probe, layers, width, 3, 1);
    QCOMPARE(narrow.layers()[0].channels, width);
    const auto projections = narrow.features(0);
    QCOMPARE(projections, projected(probe, layers, width, 3, 2).features(0));
    QVERIFY(projections != projected(probe, layers, width, 4, 1).features(0));

    std::vector<double> deviation(channels);
    for (std::size_t c = 1; c < channels; ++c) {
      double mean = 0;
      double square = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        mean += features[row * channels + c] / rows;
        square += std::pow(features[row * channels + c], 2) / rows;
      }
      deviation[c] = std::sqrt(square - mean * mean);
    }
    for (std::size_t a = 0; a < rows; ++a)
      for (std::size_t b = 0; b < a; ++b) {
        double before = 0;
        double after = 0;
        for (std::size_t c = 1; c < channels; ++c)
          before += std::pow((features[a * channels + c] - features[b * channels + c]) / deviation[c], 2);
        for (std::size_t c = 0; c < width; ++c)
          after += std::pow(projections[a * width + c] - projections[b * width + c], 2) / width;
        QVERIFY2(std::abs(after / before - 1) < 0.15, qPrintable(QString::number(after / before)));
      }
  }
};

QTEST_GUILESS_MAIN(AdjustedTest)
#include "adjusted_test.moc"
