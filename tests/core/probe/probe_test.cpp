#include "tests/support/probe_support.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

using namespace scalescope;

namespace {

constexpr double pi = 3.14159265358979323846;

template <class T>
std::vector<T> read(const QString& file, std::size_t count) {
  std::vector<T> values(count);
  std::ifstream stream(file.toStdString(), std::ios::binary);
  stream.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T)));
  return stream ? values : std::vector<T>();
}

double mean_of(const std::vector<double>& values, const std::vector<int>& rows) {
  double sum = 0;
  for (const int row : rows) {
    sum += values[static_cast<std::size_t>(row)];
  }
  return sum / static_cast<double>(rows.size());
}

double r2_of(const std::vector<double>& truth, const std::vector<double>& predicted) {
  const double center = std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
  double residual = 0;
  double total = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    residual += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
    total += (truth[i] - center) * (truth[i] - center);
  }
  return 1 - residual / total;
}

/// Ridge with columns that are orthonormal in whatever rows it is fitted on, where each weight is a fraction: `copies`
/// of a column share one weight z'y / (copies * n + lambda), and then predict as one.
std::vector<double> orthonormal_ridge(const std::vector<std::vector<double>>& columns, const std::vector<double>& y,
                                      const std::vector<int>& train, const std::vector<int>& test, double lambda,
                                      int copies) {
  const double center = mean_of(y, train);
  std::vector<double> predicted(test.size(), center);
  for (const std::vector<double>& z : columns) {
    double product = 0;
    for (const int row : train) {
      product += z[static_cast<std::size_t>(row)] * (y[static_cast<std::size_t>(row)] - center);
    }
    const double weight = copies * product / (copies * static_cast<double>(train.size()) + lambda);
    for (std::size_t i = 0; i < test.size(); ++i) {
      predicted[i] += weight * z[static_cast<std::size_t>(test[i])];
    }
  }
  return predicted;
}

// Holds out the second half of the rows, then the first; inner folds take turns of `run` rows.
Folds halves(std::size_t rows, int run) {
  Folds folds{.protocol = Protocol::RidgeUnclipped, .rows = names(rows), .repetitions = {{.seed = 0, .splits = {}}}};
  for (const bool second : {true, false}) {
    Split& split = folds.repetitions[0].splits.emplace_back();
    for (int row = 0; row < static_cast<int>(rows); ++row) {
      const bool held = (row >= static_cast<int>(rows / 2)) == second;
      (held ? split.test : split.train).push_back(row);
      if (!held) {
        split.inner.push_back(row / run % 2);
      }
    }
  }
  return folds;
}

} // namespace

class ProbeTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_scikit_learn();
  void solves_orthonormal_columns_in_closed_form();
  void takes_what_is_out_of_range_as_its_end_data();
  void takes_what_is_out_of_range_as_its_end();
  void clips_inner_folds_too_data();
  void clips_inner_folds_too();
  void reads_what_is_there();
  void finds_nothing_in_noise();
  void predicts_the_mean_without_columns();
  void hands_out_what_it_predicts();
  void scores_sets_of_targets_side_by_side();
  void takes_targets_by_repetition();
  void averages_scores();
  void paper_protocol_may_fall_far_below_zero();
};

void ProbeTest::agrees_with_scikit_learn() {
  const QTemporaryDir folder;
  QString output;
  const bool ran = run_python("probe_reference.py", {folder.path()}, &output);
  if (!ran && (output.isEmpty() || output.contains("ModuleNotFoundError"))) {
    QSKIP("scikit-learn is not installed for /usr/bin/python3");
  }
  QVERIFY2(ran, qPrintable(output));
  std::ifstream file(folder.filePath("cases.json").toStdString());
  const nlohmann::json cases = nlohmann::json::parse(file);
  QVERIFY(cases.size() > 20);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto rows = cases[i]["rows"].get<std::size_t>();
    const int channels = cases[i]["channels"].get<int>();
    const auto expected = cases[i]["r2"].get<std::vector<double>>();
    const Protocol protocol = enum_of<Protocol>(cases[i]["protocol"].get<std::string>()).value();
    const Folds folds = draw_folds(protocol, names(rows), cases[i]["groups"].get<std::vector<std::string>>(),
                                   static_cast<int>(expected.size()), 0);
    const Probe probe = probe_of(
        read<float>(folder.filePath(QString("%1.x").arg(i)), rows * static_cast<std::size_t>(channels)), channels);
    const std::vector<double> r2 = score_one(probe, read<double>(folder.filePath(QString("%1.y").arg(i)), rows), folds);
    QCOMPARE(r2.size(), expected.size());
    double difference = 0;
    for (std::size_t r = 0; r < r2.size(); ++r) {
      difference = std::max(difference, std::abs(r2[r] - expected[r]));
    }
    const std::string line =
        fmt::format("{}: R2 {:.4f}, differs by {:.1e}", cases[i]["name"].get<std::string>(), r2[0], difference);
    qInfo("%s", line.c_str());
    QVERIFY2(difference < 1e-9, line.c_str());
  }
}

void ProbeTest::solves_orthonormal_columns_in_closed_form() {
  // Blocks of eight rows of a Hadamard matrix: without its first column the columns have mean 0, standard deviation 1
  // and are orthogonal in every union of blocks. Folds that hold out whole blocks keep that everywhere.
  constexpr int blocks = 20;
  constexpr int rows = 8 * blocks;
  constexpr int channels = 7;
  std::vector<std::vector<double>> columns;
  for (unsigned c = 1; c <= channels; ++c) {
    std::vector<double>& z = columns.emplace_back();
    for (unsigned i = 0; i < rows; ++i) {
      z.push_back(std::popcount(i % 8 & c) % 2 == 0 ? 1 : -1);
    }
  }
  const std::vector<float> noise = normal(rows, 5);
  std::vector<double> y;
  for (std::size_t i = 0; i < rows; ++i) {
    y.push_back(2 + 0.3 * columns[0][i] - 0.2 * columns[3][i] + noise[i]);
  }
  Folds folds{.protocol = Protocol::RidgeUnclipped, .rows = names(rows), .repetitions = {{.seed = 0, .splits = {}}}};
  for (int k = 0; k < 5; ++k) {
    Split split;
    for (int row = 0; row < rows; ++row) {
      const int block = row / 8;
      (block % 5 == k ? split.test : split.train).push_back(row);
      if (block % 5 != k) {
        split.inner.push_back(block / 5);
      }
    }
    folds.repetitions[0].splits.push_back(split);
  }
  for (const int copies : {1, 30}) { // 7 columns for 128 rows to fit, and 210
    std::vector<float> values;
    for (std::size_t i = 0; i < rows; ++i) {
      for (int copy = 0; copy < copies; ++copy) {
        for (const std::vector<double>& z : columns) {
          values.push_back(static_cast<float>(5 + (copy + 1) * z[i])); // standardising takes shift and scale away
        }
      }
    }
    std::vector<double> predicted(rows);
    for (const Split& split : folds.repetitions[0].splits) {
      double least = std::numeric_limits<double>::infinity();
      double best = 0;
      for (int l = 0; l < 17; ++l) {
        const double lambda = std::pow(10, -2 + 0.5 * l);
        double error = 0;
        for (int inner = 0; inner < 4; ++inner) {
          std::vector<int> fitted;
          std::vector<int> held;
          for (std::size_t i = 0; i < split.train.size(); ++i) {
            (split.inner[i] == inner ? held : fitted).push_back(split.train[i]);
          }
          const std::vector<double> p = orthonormal_ridge(columns, y, fitted, held, lambda, copies);
          for (std::size_t i = 0; i < held.size(); ++i) {
            error += std::pow(y[static_cast<std::size_t>(held[i])] - p[i], 2) / static_cast<double>(held.size());
          }
        }
        best = error < least ? lambda : best;
        least = std::min(least, error);
      }
      const std::vector<double> p = orthonormal_ridge(columns, y, split.train, split.test, best, copies);
      for (std::size_t i = 0; i < split.test.size(); ++i) {
        predicted[static_cast<std::size_t>(split.test[i])] = p[i];
      }
    }
    const double r2 = score_one(probe_of(values, channels * copies), y, folds)[0];
    QVERIFY2(std::abs(r2 - r2_of(y, predicted)) < 1e-11, fmt::format("{} {}", r2, r2_of(y, predicted)).c_str());
    QVERIFY(r2 > 0.01 && r2 < 0.5);
  }
}

void ProbeTest::takes_what_is_out_of_range_as_its_end_data() {
  QTest::addColumn<int>("channels");
  QTest::newRow("fewer columns than rows") << 1;
  QTest::newRow("more columns than rows") << 12;
}

// Rows of -1 and 1 in turn, each column the same, and one row of 251: from ten of the others, whose mean is 0 and
// standard deviation 1, it lies 251 deviations away, and clipped it is a row of 1.
void ProbeTest::takes_what_is_out_of_range_as_its_end() {
  QFETCH(int, channels);
  constexpr std::size_t rows = 20;
  std::vector<float> values;
  std::vector<double> y;
  for (std::size_t row = 0; row < rows; ++row) {
    values.insert(values.end(), static_cast<std::size_t>(channels), row == 19 ? 251.F : row % 2 == 0 ? -1.F : 1.F);
    y.push_back((row % 2 == 0 ? -1 : 1) + 0.1 * std::sin(static_cast<double>(row)));
  }
  Folds folds = halves(rows, 2);
  const Probe probe = probe_of(values, channels);
  std::vector<double> predictions;
  const auto score = [&](Protocol protocol) {
    folds.protocol = protocol;
    return probe.score(Targets{{y}}, folds, 1, {}, {}, [&](const PartialScore& one) {
      predictions.assign(one.predictions.begin(), one.predictions.end());
    })[0][0];
  };
  const double robust_largest_z_score = score(Protocol::RidgeUnclipped).largest_z_score;
  QVERIFY2(std::abs(robust_largest_z_score - 251) < 1e-9, fmt::format("{}", robust_largest_z_score).c_str());
  QVERIFY(predictions[19] > 100);
  QCOMPARE(score(Protocol::Ridge).largest_z_score, robust_largest_z_score); // as it is, not as it is taken
  QVERIFY(std::abs(predictions[19] - predictions[17]) < 1e-12 && predictions[19] > 0.5 && predictions[19] < 1.5);
}

void ProbeTest::clips_inner_folds_too_data() {
  QTest::addColumn<int>("copies");
  QTest::newRow("fewer columns than rows") << 1;
  QTest::newRow("more columns than rows") << 30;
}

// The target is one column; the other is next to nothing but for row 3. The inner fold that holds row 3 out predicts it
// from thousands of deviations: unclipped, only the largest lambda keeps its error small, and nothing is read any more
// from the rows of the outer fold, where all is in range.
void ProbeTest::clips_inner_folds_too() {
  QFETCH(int, copies);
  constexpr std::size_t rows = 40;
  const std::vector<float> noise = normal(rows, 9);
  std::vector<float> values;
  std::vector<double> y;
  for (std::size_t row = 0; row < rows; ++row) {
    y.push_back((row / 2 % 2 == 0 ? -1 : 1) + 0.1 * noise[row]);
    for (int copy = 0; copy < copies; ++copy) {
      values.push_back(row / 2 % 2 == 0 ? -1.F : 1.F);
      values.push_back(row == 3 ? 1.F : 1e-5F * noise[row]);
    }
  }
  Folds folds = halves(rows, 1);
  const Probe probe = probe_of(values, 2 * copies);
  const auto largest_error = [&](Protocol protocol) {
    folds.protocol = protocol;
    double worst = 0;
    (void)probe.score(Targets{{y}}, folds, 1, {}, {}, [&](const PartialScore& one) {
      for (std::size_t row = 20; row < rows; ++row) {
        worst = std::max(worst, std::abs(one.predictions[row] - y[row]));
      }
    });
    return worst;
  };
  QVERIFY2(largest_error(Protocol::RidgeUnclipped) > 0.9,
           fmt::format("{}", largest_error(Protocol::RidgeUnclipped)).c_str());
  QVERIFY2(largest_error(Protocol::Ridge) < 0.5, fmt::format("{}", largest_error(Protocol::Ridge)).c_str());
}

void ProbeTest::reads_what_is_there() {
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
    const std::vector<float> values = normal(90 * 12, 1);
    std::vector<double> y = column(values, 12, 4);
    for (double& value : y) {
      value = 3 * value - 7;
    }
    const std::vector<double> r2 = score_one(probe_of(values, 12), y, folds_of(90, 2, protocol));
    // Clipped, the rows that are the least and the largest of all are read as the next ones.
    const double least = protocol == Protocol::Ridge ? 0.97 : 0.9999999;
    QVERIFY2(r2[0] > least && r2[1] > least && r2[0] <= 1, fmt::format("{} {}", r2[0], r2[1]).c_str());
  }
  // A hundred noisy views of the target, with more columns than rows.
  std::vector<float> values = normal(60 * 100, 2);
  std::vector<double> y;
  for (std::size_t i = 0; i < 60; ++i) {
    y.push_back(std::sin(static_cast<double>(i) * pi / 7));
    for (std::size_t c = 0; c < 100; ++c) {
      values[100 * i + c] += static_cast<float>(y[i]);
    }
  }
  QVERIFY(score_one(probe_of(values, 100), y, folds_of(60))[0] > 0.9);
}

void ProbeTest::finds_nothing_in_noise() {
  for (const int channels : {5, 400}) {
    const Probe probe = probe_of(normal(150 * static_cast<std::size_t>(channels), 3), channels);
    const std::vector<float> noise = normal(150, 4);
    const Scores scores = probe.score(Targets{{{noise.begin(), noise.end()}}}, folds_of(150, 3), 2)[0];
    QVERIFY2(scores[0].mean() < 0.05 && scores[0].mean() > -0.3, fmt::format("{}", scores[0].mean()).c_str());
  }
}

void ProbeTest::predicts_the_mean_without_columns() {
  const std::vector<float> noise = normal(40, 6);
  const std::vector<double> y(noise.begin(), noise.end());
  const Folds folds = folds_of(40);
  std::vector<double> predicted(40);
  for (const Split& split : folds.repetitions[0].splits) {
    for (const int row : split.test) {
      predicted[static_cast<std::size_t>(row)] = mean_of(y, split.train);
    }
  }
  for (const int channels : {3, 50}) {
    const std::vector<float> flat(40 * static_cast<std::size_t>(channels), 0.1F);
    QVERIFY(std::abs(score_one(probe_of(flat, channels), y, folds)[0] - r2_of(y, predicted)) < 1e-12);
  }
}

// Without columns the prediction of a row is the mean of the rows that were fitted when it was held out.
void ProbeTest::hands_out_what_it_predicts() {
  const std::vector<float> noise = normal(40, 6);
  const std::vector<double> y(noise.begin(), noise.end());
  std::vector<double> twice = y;
  std::ranges::for_each(twice, [](double& value) { value *= 2; });
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
    const Folds folds = folds_of(40, 3, protocol);
    std::size_t calls = 0;
    (void)probe_of(std::vector<float>(40 * 3, 0.1F), 3)
        .score(Targets{{y}, {twice}}, folds, 1, {}, {}, [&](const PartialScore& one) {
          ++calls;
          std::vector<int> held;
          for (const Split& split : folds.repetitions[one.repetition].splits)
            for (const int row : split.test) {
              held.push_back(row);
              const auto at = std::ranges::lower_bound(one.held_out, row) - one.held_out.begin();
              const double expected = mean_of(one.set == 0 ? y : twice, split.train);
              QVERIFY(std::abs(one.predictions[static_cast<std::size_t>(at)] - expected) < 1e-12);
            }
          std::ranges::sort(held);
          QCOMPARE(std::vector<int>(one.held_out.begin(), one.held_out.end()), held);
          QCOMPARE(one.predictions.size(), held.size());
        });
    QCOMPARE(calls, 6U);
  }
}

void ProbeTest::scores_sets_of_targets_side_by_side() {
  for (const int channels : {6, 120}) {
    const std::vector<float> values = normal(80 * static_cast<std::size_t>(channels), 7);
    const Probe probe = probe_of(values, channels);
    const Folds folds = folds_of(80, 2);
    // What the features hold, the same in random order, and another thing that they hold (with its own best lambda).
    std::vector<double> y(80);
    for (int c = 0; c < 3; ++c) {
      const std::vector<double> x = column(values, channels, c);
      std::ranges::transform(y, x, y.begin(), std::plus());
    }
    const std::vector<double> permuted = permute_among_groups(y, folds.rows, 1);
    std::vector<double> other = column(values, channels, 4);
    for (std::size_t i = 0; i < other.size(); ++i) {
      other[i] += 0.5 * static_cast<double>(i % 7);
    }
    const std::vector<Scores> together = probe.score(Targets{{y}, {permuted}, {other}}, folds, 2);
    QCOMPARE(together.size(), 3U);
    for (std::size_t r = 0; r < 2; ++r) {
      QVERIFY(std::abs(together[0][0].r2[r] - score_one(probe, y, folds)[r]) < 1e-12);
      QVERIFY(std::abs(together[1][0].r2[r] - score_one(probe, permuted, folds)[r]) < 1e-12);
      QVERIFY(std::abs(together[2][0].r2[r] - score_one(probe, other, folds)[r]) < 1e-12);
    }
    QVERIFY(together[0][0].mean() > together[1][0].mean() + 0.2);
    QVERIFY(together[1][0].mean() < 0.1);
  }
}

void ProbeTest::takes_targets_by_repetition() {
  const std::vector<float> values = normal(40 * 4, 8);
  const Probe probe = probe_of(values, 4);
  const Folds folds = folds_of(40, 2);
  const std::vector<double> a = column(values, 4, 0);
  const std::vector<double> b = permute_among_groups(a, folds.rows, 3);
  const std::vector<Scores> scores = probe.score(Targets{{a, b}, {a}}, folds, 1);
  QCOMPARE(scores[0][0].r2[0], scores[1][0].r2[0]);
  QVERIFY(std::abs(scores[0][0].r2[1] - score_one(probe, b, folds)[1]) < 1e-12);
  QVERIFY(std::abs(scores[0][0].r2[1] - scores[1][0].r2[1]) > 0.5);
}

void ProbeTest::averages_scores() {
  const LayerScore score{.r2 = {0.25, 0.5, 0.75, 1}};
  QCOMPARE(score.mean(), 0.625);
  QCOMPARE(score.standard_deviation(), std::sqrt(0.078125));
}

void ProbeTest::paper_protocol_may_fall_far_below_zero() {
  // As many columns as rows to fit: least squares passes through every point and is lost between them.
  const std::vector<float> values = normal(100 * 69, 9);
  const std::vector<float> noise = normal(100, 10);
  const Folds folds = folds_of(100, 1, Protocol::Paper);
  QVERIFY(score_one(probe_of(values, 69), {noise.begin(), noise.end()}, folds)[0] < -10);
}

QTEST_GUILESS_MAIN(ProbeTest)
#include "probe_test.moc"
