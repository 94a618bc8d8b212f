// Centred kernel alignment, against its definitions in NumPy and on features whose likeness is known.

#include "core/probe/alignment.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <random>
#include <vector>

using namespace scalescope;
using nlohmann::json;

namespace {

std::vector<float> random_features(std::size_t rows, std::size_t channels, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> features(rows * channels);
  for (float& value : features)
    value = normal(random);
  return features;
}

bool is_near(double found, double expected, double by) {
  if (std::abs(found - expected) < by)
    return true;
  qWarning("%.17g, not %.17g", found, expected);
  return false;
}

} // namespace

class AlignmentTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_the_definitions() {
    QString output;
    if (!run_python("alignment_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no NumPy: " + output));
    const json cases = json::parse(output.toStdString());
    QCOMPARE(cases.size(), 2U);
    for (const json& one : cases) {
      const std::size_t rows = one["rows"];
      const GramMatrix x = gram_matrix(one["x"].get<std::vector<float>>(), rows);
      const GramMatrix y = gram_matrix(one["y"].get<std::vector<float>>(), rows);
      QVERIFY(is_near(linear_cka(x, y), one["linear"], 1e-9));
      QVERIFY(is_near(unbiased_cka(x, y), one["unbiased"], 1e-9));
      QVERIFY(is_near(standard_error_of_cka(x, y, one["groups"].get<std::vector<std::string>>()), one["error"], 1e-9));
    }
  }

  // A rotation of two channels, ten times as large, moved.
  void a_rotation_changes_nothing() {
    const auto features = random_features(30, 2, 1);
    std::vector<float> rotated;
    for (std::size_t row = 0; row < 30; ++row) {
      rotated.push_back(10 * (0.6F * features[2 * row] - 0.8F * features[2 * row + 1]) + 5);
      rotated.push_back(10 * (0.8F * features[2 * row] + 0.6F * features[2 * row + 1]));
    }
    const GramMatrix x = gram_matrix(features, 30);
    const GramMatrix y = gram_matrix(rotated, 30);
    QVERIFY(is_near(linear_cka(x, y), 1, 1e-6));
    QVERIFY(is_near(unbiased_cka(x, y), 1, 1e-6));
  }

  // 300 channels of 40 rows: as published it is high by chance, without bias it is not.
  void unrelated_features_are_unlike_without_bias() {
    const GramMatrix x = gram_matrix(random_features(40, 300, 2), 40);
    const GramMatrix y = gram_matrix(random_features(40, 300, 3), 40);
    QVERIFY(linear_cka(x, y) > 0.8);
    QVERIFY2(std::abs(unbiased_cka(x, y)) < 0.1, qPrintable(QString::number(unbiased_cka(x, y))));
  }

  void what_can_not_be_said_is_nan() {
    const GramMatrix few = gram_matrix(random_features(3, 5, 4), 3);
    QVERIFY(std::isnan(unbiased_cka(few, few)));
    const GramMatrix constant = gram_matrix(std::vector<float>(20, 1.0F), 5);
    QVERIFY(std::isnan(linear_cka(constant, constant)));
    const std::vector<std::string> one_image(5, "a");
    const GramMatrix some = gram_matrix(random_features(5, 5, 5), 5);
    QVERIFY(std::isnan(standard_error_of_cka(some, some, one_image)));
  }
};

QTEST_GUILESS_MAIN(AlignmentTest)
#include "alignment_test.moc"
