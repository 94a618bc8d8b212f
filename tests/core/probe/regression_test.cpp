// The regression that is kept to be used on other images, against least squares by QR on the augmented system.

#include "core/probe/probe.h"

#include <Eigen/QR>
#include <QTest>

#include <cmath>
#include <random>

using namespace scalescope;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

struct Data {
  MatrixXd x; ///< rows x channels; the last channel is constant
  VectorXd y;
  std::vector<int> folds;
};

Data make(int rows, int channels) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  Data data{MatrixXd(rows, channels), VectorXd(rows), {}};
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < channels; ++c)
      data.x(r, c) = static_cast<float>(c + 1 == channels ? 3 : (1 + 100 * (c % 3)) * (normal(random) + c));
    data.y[r] = 0.2 + 0.3 * data.x(r, 0) - 0.001 * data.x(r, 1) + 0.4 * normal(random);
    data.folds.push_back(r % 5);
  }
  return data;
}

/// Ridge on standardised columns: least squares of [Z; sqrt(lambda) I] on [y; 0], by QR. @return predictions for
/// `held`.
VectorXd ridge_by_qr(const MatrixXd& x, const VectorXd& y, const MatrixXd& held, double lambda) {
  const Eigen::Index columns = x.cols() - 1; // the constant one has no place
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const Eigen::RowVectorXd standard_deviation = ((x.rowwise() - mean).colwise().squaredNorm() / x.rows()).cwiseSqrt();
  const auto standard = [&](const MatrixXd& values) {
    return MatrixXd(((values.rowwise() - mean).array().rowwise() / standard_deviation.array()).leftCols(columns));
  };
  MatrixXd augmented(x.rows() + columns, columns);
  augmented << standard(x), std::sqrt(lambda) * MatrixXd::Identity(columns, columns);
  VectorXd right = VectorXd::Zero(x.rows() + columns);
  right.head(x.rows()) = y.array() - y.mean();
  return (standard(held) * augmented.colPivHouseholderQr().solve(right)).array() + y.mean();
}

double best_lambda(const Data& data) {
  double best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int l = 0; l < 17; ++l) {
    const double lambda = std::pow(10.0, -2 + 0.5 * l);
    double error = 0;
    for (int fold = 0; fold < 5; ++fold) {
      std::vector<int> train;
      std::vector<int> test;
      for (int r = 0; r < data.y.size(); ++r)
        (data.folds[static_cast<std::size_t>(r)] == fold ? test : train).push_back(r);
      const VectorXd predicted =
          ridge_by_qr(data.x(train, Eigen::all), data.y(train), data.x(test, Eigen::all), lambda);
      error += (predicted - data.y(test)).squaredNorm() / static_cast<double>(test.size());
    }
    if (error < least * (1 - 1e-9)) {
      least = error;
      best = lambda;
    }
  }
  return best;
}

} // namespace

class RegressionTest : public QObject {
  Q_OBJECT
 private slots:
  void agrees_with_least_squares_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("channels");
    QTest::newRow("more rows") << 600 << 12;
    QTest::newRow("more channels") << 40 << 70;
  }
  void agrees_with_least_squares() {
    QFETCH(int, rows);
    QFETCH(int, channels);
    const Data data = make(rows, channels);
    Probe probe({{"other", 1}, {"layer", channels}});
    for (int r = rows - 1; r >= 0; --r) { // rows may come in any order
      const Eigen::RowVectorXf row = data.x.row(r).cast<float>();
      const float other = 1;
      const std::vector<std::span<const float>> features{{&other, 1}, {row.data(), static_cast<std::size_t>(channels)}};
      probe.add(std::vector<std::int64_t>{r}, features);
    }
    const std::vector<double> targets(data.y.begin(), data.y.end());
    const Regression regression = probe.regression(1, targets, data.folds, false);
    QCOMPARE(regression.lambda, best_lambda(data));
    QCOMPARE(regression.weights.size(), static_cast<std::size_t>(channels));
    QCOMPARE(regression.weights.back(), 0.0);
    const VectorXd centred = data.y.array() - data.y.mean();
    for (int c = 0; c + 1 < channels; ++c) { // Pearson's, as in any textbook
      const VectorXd x = data.x.col(c).array() - data.x.col(c).mean();
      QVERIFY(std::abs(regression.correlation[static_cast<std::size_t>(c)] -
                       x.dot(centred) / (x.norm() * centred.norm())) < 1e-9);
    }
    QCOMPARE(regression.correlation.back(), 0.0);
    const MatrixXd unseen = make(rows + 5, channels).x.bottomRows(5);
    const VectorXd expected = ridge_by_qr(data.x, data.y, unseen, regression.lambda);
    for (int i = 0; i < 5; ++i) {
      const Eigen::RowVectorXf row = unseen.row(i).cast<float>();
      const double predicted = regression.predict({row.data(), static_cast<std::size_t>(channels)});
      QVERIFY2(std::abs(predicted - expected[i]) < 1e-6 * (1 + std::abs(expected[i])),
               qPrintable(QString::number(predicted - expected[i])));
    }
  }

  // A clipped regression reads a feature beyond all rows as the largest_z_score of them, and else what the other reads.
  void clips_to_the_range_of_all_rows() {
    const std::vector<float> values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    Probe probe({{"layer", 1}});
    for (std::size_t r = 0; r < values.size(); ++r)
      probe.add(std::vector<std::int64_t>{static_cast<std::int64_t>(r)},
                std::vector<std::span<const float>>{{&values[r], 1}});
    const std::vector<double> targets(values.begin(), values.end());
    const std::vector<int> folds{0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    const auto read = [&](bool clip, float feature) {
      return probe.regression(0, targets, folds, clip).predict({&feature, 1});
    };
    QVERIFY(std::abs(read(false, 100) - 100) < 0.2);
    QCOMPARE(read(true, 100), read(true, 9));
    QCOMPARE(read(true, -100), read(true, 0));
    QVERIFY(std::abs(read(true, 4) - 4) < 0.01);
  }

  // Two channels that matter as much, one that is constant; the rows are 0 .. 19 and their negatives.
  void knows_the_range_that_it_was_fitted_on() {
    constexpr int rows = 20;
    Probe probe({{"layer", 3}});
    std::vector<double> targets;
    std::vector<int> folds;
    for (int r = 0; r < rows; ++r) {
      const std::vector<float> features{static_cast<float>(r), -static_cast<float>(r), 7};
      probe.add(std::vector<std::int64_t>{r}, std::vector<std::span<const float>>{features});
      targets.push_back(10 + 2 * r);
      folds.push_back(r % 5);
    }
    const Regression regression = probe.regression(0, targets, folds, false);
    QCOMPARE(regression.least, (std::vector<float>{0, -19, 7}));
    QCOMPARE(regression.largest, (std::vector<float>{19, 0, 7}));
    QVERIFY(!regression.clips);
    const auto outside = [&](float first, float second, float third) {
      return regression.outside(std::vector<float>{first, second, third});
    };
    QCOMPARE(outside(5, -5, 7), 0.0);
    QCOMPARE(outside(5, -5, 1000), 0.0); // no weight
    QVERIFY(std::abs(outside(25, -5, 7) - 0.5) < 1e-9);
    QVERIFY(std::abs(outside(5, 1, 7) - 0.5) < 1e-9);
    QCOMPARE(outside(25, -25, 7), 1.0);
    QCOMPARE(outside(19.15F, 0.15F, 7), 0.0); // less than a hundredth of 19 beyond
    QVERIFY(std::abs(outside(19.25F, 0, 7) - 0.5) < 1e-9);
    // The first and the last row lie beyond those of the other folds: 2 of 20, so that 95 % of the rows reach 1.
    QCOMPARE(regression.fitted->usual_outside, 1.0);
    QCOMPARE(regression.fitted->least_target, 10.0);
    QCOMPARE(regression.fitted->largest_target, 48.0);
    QVERIFY(regression.covers_target(10) && regression.covers_target(48.3) && !regression.covers_target(48.5) &&
            !regression.covers_target(9.5));
  }

  // Of rows drawn like those that were fitted few are outside, of shifted ones nearly all.
  void covers_what_is_like_the_fitted_rows() {
    constexpr int channels = 40;
    constexpr int rows = 100;
    std::mt19937 random(4);
    std::normal_distribution<float> normal;
    const auto draw = [&](float shift) {
      std::vector<float> row(channels);
      const float common = normal(random);
      for (float& value : row)
        value = common + normal(random) + shift;
      return row;
    };
    Probe probe({{"layer", channels}});
    std::vector<double> targets;
    std::vector<int> folds;
    for (int r = 0; r < rows; ++r) {
      const std::vector<float> row = draw(0);
      probe.add(std::vector<std::int64_t>{r}, std::vector<std::span<const float>>{row});
      targets.push_back(row[0] + row[1] + normal(random));
      folds.push_back(r % 5);
    }
    const Regression regression = probe.regression(0, targets, folds, false);
    const auto covered = [&](float shift) {
      int count = 0;
      for (int i = 0; i < 1000; ++i)
        count += regression.covers(draw(shift)) ? 1 : 0;
      return count;
    };
    QVERIFY2(covered(0) > 920, qPrintable(QString::number(covered(0))));
    QVERIFY2(covered(5) < 200, qPrintable(QString::number(covered(5))));
  }
};

QTEST_GUILESS_MAIN(RegressionTest)
#include "regression_test.moc"
