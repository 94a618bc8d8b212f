#include "core/base/error.h"
#include "core/probe/probe.h"
#include "tests/support.h"

#include <QTest>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>

using namespace scalescope;

extern "C" {
int openblas_get_num_threads();
void openblas_set_num_threads(int count);
}

namespace {

using Targets = std::vector<std::vector<std::vector<double>>>;
constexpr double pi = 3.14159265358979323846;

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(fmt::format("photo {}", i));
  }
  return result;
}

Folds folds_of(std::size_t rows, int repetitions = 1, Protocol protocol = Protocol::Robust) {
  return draw_folds(protocol, names(rows), names(rows), repetitions, 0);
}

std::vector<std::int64_t> count_up(std::size_t rows) {
  std::vector<std::int64_t> indices(rows);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

std::vector<float> normal(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> distribution;
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return distribution(generator); });
  return values;
}

/// A probe of one layer.
Probe probe_of(const std::vector<float>& values, int channels) {
  Probe probe({{"layer", channels}});
  const std::vector<std::span<const float>> features = {values};
  probe.add(count_up(values.size() / static_cast<std::size_t>(channels)), features);
  return probe;
}

std::vector<double> column(const std::vector<float>& values, int channels, int index) {
  std::vector<double> result;
  for (std::size_t i = static_cast<std::size_t>(index); i < values.size(); i += static_cast<std::size_t>(channels)) {
    result.push_back(values[i]);
  }
  return result;
}

std::vector<double> score_one(const Probe& probe, const std::vector<double>& y, const Folds& folds) {
  return probe.score(Targets{{y}}, folds, 1)[0][0].r2;
}

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

std::string error_of(const Probe& probe, const Targets& targets, const Folds& folds) {
  try {
    (void)probe.score(targets, folds, 2);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

} // namespace

class ProbeTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_scikit_learn();
  void solves_orthonormal_columns_in_closed_form();
  void reads_what_is_there();
  void finds_nothing_in_noise();
  void predicts_the_mean_without_columns();
  void does_not_depend_on_the_order_of_rows();
  void does_not_depend_on_threads();
  void scores_sets_of_targets_side_by_side();
  void takes_targets_by_repetition();
  void averages_scores();
  void paper_protocol_may_fall_far_below_zero();
  void refuses_bad_targets();
  void refuses_bad_features();
  void refuses_bad_folds();
  void refuses_parts_that_do_not_fit();
  void reports_progress();
  void stops_when_asked();
  void leaves_blas_threads_as_they_were();
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
    const Protocol protocol = cases[i]["protocol"] == "paper" ? Protocol::Paper : Protocol::Robust;
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
  // Blocks of eight rows of a Hadamard matrix: without its first column the columns have mean 0, deviation 1 and are
  // orthogonal in every union of blocks. Folds that hold out whole blocks keep that everywhere.
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
  Folds folds{.protocol = Protocol::Robust, .rows = names(rows), .repetitions = {{.seed = 0, .splits = {}}}};
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

void ProbeTest::reads_what_is_there() {
  for (const Protocol protocol : {Protocol::Robust, Protocol::Paper}) {
    const std::vector<float> values = normal(90 * 12, 1);
    std::vector<double> y = column(values, 12, 4);
    for (double& value : y) {
      value = 3 * value - 7;
    }
    const std::vector<double> r2 = score_one(probe_of(values, 12), y, folds_of(90, 2, protocol));
    QVERIFY(r2[0] > 0.9999999 && r2[1] > 0.9999999 && r2[0] <= 1);
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

void ProbeTest::does_not_depend_on_the_order_of_rows() {
  constexpr std::size_t rows = 50;
  const std::vector<ProbeLayer> layers = {{"early", 7}, {"late", 80}};
  const std::vector<float> early = normal(rows * 7, 1);
  const std::vector<float> late = normal(rows * 80, 2);
  const std::vector<double> y = column(early, 7, 3);
  const auto row_of = [](const std::vector<float>& values, std::size_t row, std::size_t channels) {
    return std::span(values).subspan(row * channels, channels);
  };
  Probe straight(layers);
  straight.add(count_up(rows), std::vector<std::span<const float>>{early, late});
  // The same rows in another order, one by one, dealt to two probes.
  Probe even(layers);
  Probe odd(layers);
  std::vector<std::int64_t> order = count_up(rows);
  std::ranges::shuffle(order, std::mt19937(3));
  for (const std::int64_t index : order) {
    const auto row = static_cast<std::size_t>(index);
    (row % 2 == 0 ? even : odd)
        .add(std::vector{index}, std::vector<std::span<const float>>{row_of(early, row, 7), row_of(late, row, 80)});
  }
  even.merge(std::move(odd));
  QCOMPARE(even.rows(), std::int64_t{rows});
  QCOMPARE(even.sorted_indices(), count_up(rows));
  QCOMPARE(even.features(0), early);
  QCOMPARE(even.features(1), late);
  const Folds folds = folds_of(rows, 2);
  for (std::size_t layer = 0; layer < 2; ++layer) {
    QVERIFY(even.score(Targets{{y}}, folds, 1)[0][layer].r2 == straight.score(Targets{{y}}, folds, 1)[0][layer].r2);
  }
}

void ProbeTest::does_not_depend_on_threads() {
  constexpr std::size_t rows = 70;
  Probe probe({{"a", 6}, {"b", 300}, {"c", 65}, {"d", 300}});
  const std::vector<float> a = normal(rows * 6, 1);
  const std::vector<float> b = normal(rows * 300, 2);
  const std::vector<float> c = normal(rows * 65, 3);
  const std::vector<float> d = normal(rows * 300, 4);
  probe.add(count_up(rows), std::vector<std::span<const float>>{a, b, c, d});
  for (const Protocol protocol : {Protocol::Robust, Protocol::Paper}) {
    const Folds folds = folds_of(rows, 2, protocol);
    const Scores one = probe.score(Targets{{column(a, 6, 0)}}, folds, 1)[0];
    for (const int threads : {0, 2, 5}) {
      const Scores several = probe.score(Targets{{column(a, 6, 0)}}, folds, threads)[0];
      for (std::size_t layer = 0; layer < 4; ++layer) {
        QVERIFY(one[layer].r2 == several[layer].r2);
      }
    }
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
  QCOMPARE(score.deviation(), std::sqrt(0.078125));
}

void ProbeTest::paper_protocol_may_fall_far_below_zero() {
  // As many columns as rows to fit: least squares passes through every point and is lost between them.
  const std::vector<float> values = normal(100 * 69, 9);
  const std::vector<float> noise = normal(100, 10);
  const Folds folds = folds_of(100, 1, Protocol::Paper);
  QVERIFY(score_one(probe_of(values, 69), {noise.begin(), noise.end()}, folds)[0] < -10);
}

void ProbeTest::refuses_bad_targets() {
  const Probe probe = probe_of(normal(20 * 3, 1), 3);
  const Folds folds = folds_of(20, 2);
  std::vector<double> y(20, 0.25);
  const auto contains = [](const std::string& text, const char* part) {
    return QString::fromStdString(text).contains(part);
  };
  QVERIFY(contains(error_of(probe, {{y}}, folds), "constant, 0.25 in all 20 rows"));
  y[3] = 1;
  QCOMPARE(error_of(probe, {{y}}, folds), std::string("no error"));
  QVERIFY(contains(error_of(probe, {{y}, {std::vector<double>(19, 1)}}, folds), "Target set 1 has 19 values for 20"));
  QVERIFY(contains(error_of(probe, {{y, y, y}}, folds), "Target set 0 has 3 entries"));
  QVERIFY(contains(error_of(probe, {{}}, folds), "Target set 0 has 0 entries"));
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    std::vector<double> damaged = y;
    damaged[19] = bad;
    QVERIFY(contains(error_of(probe, {{y, damaged}}, folds), "not a finite number"));
  }
  // Different only in training rows: R2 of the held-out rows is not defined.
  const Folds paper = folds_of(20, 1, Protocol::Paper);
  std::vector<double> one(20, 0.25);
  one[static_cast<std::size_t>(paper.repetitions[0].splits[0].train[0])] = 1;
  QVERIFY(contains(error_of(probe, {{one}}, paper), "all have the target 0.25"));
}

void ProbeTest::refuses_bad_features() {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    Probe probe({{"good", 2}, {"layer4.1", 3}});
    const std::vector<float> good = normal(20 * 2, 1);
    std::vector<float> values = normal(20 * 3, 2);
    values[3 * 7 + 1] = bad;
    probe.add(count_up(20), std::vector<std::span<const float>>{good, values});
    const QString message = QString::fromStdString(error_of(probe, {{column(good, 2, 0)}}, folds_of(20)));
    QVERIFY2(message.contains("layer4.1") && message.contains("(row 7)"), qPrintable(message));
  }
}

void ProbeTest::refuses_bad_folds() {
  const std::vector<float> values = normal(20 * 3, 1);
  const Probe probe = probe_of(values, 3);
  const Targets targets = {{column(values, 3, 0)}};
  const auto contains = [&](const Folds& folds, const char* part) {
    return QString::fromStdString(error_of(probe, targets, folds)).contains(part);
  };
  QVERIFY(contains(folds_of(21), "for 21 rows and the features have 20"));
  const Folds good = folds_of(20);
  QVERIFY(contains(good, "no error"));
  const auto damaged = [&](auto damage) {
    Folds folds = good;
    damage(folds.repetitions[0].splits);
    return contains(folds, "with seed 0 do not split the 20 rows");
  };
  QVERIFY(damaged([](auto& splits) { splits.clear(); }));
  QVERIFY(damaged([](auto& splits) { splits.pop_back(); }));
  QVERIFY(damaged([](auto& splits) { splits[1] = splits[0]; }));
  QVERIFY(damaged([](auto& splits) { splits[1].train[3] = 20; }));
  QVERIFY(damaged([](auto& splits) { splits[1].train[3] = -1; }));
  QVERIFY(damaged([](auto& splits) { splits[1].train[3] = splits[1].test[0]; }));
  QVERIFY(damaged([](auto& splits) { splits[1].inner.pop_back(); }));
  QVERIFY(damaged([](auto& splits) { splits[1].inner[0] = 1000; }));
  QVERIFY(damaged([](auto& splits) { std::ranges::fill(splits[1].inner, 0); }));
  QVERIFY(damaged([](auto& splits) { splits[1].inner[0] = 9; }));
}

void ProbeTest::refuses_parts_that_do_not_fit() {
  const std::vector<float> values = normal(4 * 3, 1);
  const std::vector<std::span<const float>> features = {values};
  Probe probe = probe_of(values, 3);
  QVERIFY_EXCEPTION_THROWN(probe.merge(Probe({{"layer", 4}})), Error);
  QVERIFY_EXCEPTION_THROWN(probe.merge(Probe({{"other", 3}})), Error);
  Probe overlapping({{"layer", 3}});
  overlapping.add(std::vector<std::int64_t>{7, 2, 8, 9}, features);
  try {
    probe.merge(std::move(overlapping));
    QFAIL("a row in both parts was accepted");
  } catch (const Error& error) {
    QVERIFY(QString(error.what()).contains("share 1 row, row 2 among them"));
  }
  QCOMPARE(probe.rows(), 4);
  QVERIFY_EXCEPTION_THROWN(probe.add(std::vector<std::int64_t>{5}, features), std::invalid_argument);
  QVERIFY_EXCEPTION_THROWN(probe.add(std::vector<std::int64_t>{5, 6, 7, 8}, {}), std::invalid_argument);
  Probe twice = probe_of(normal(20 * 3, 1), 3);
  twice.add(std::vector<std::int64_t>{20, 21, 3, 22}, features);
  std::vector<double> y(24);
  std::iota(y.begin(), y.end(), 0.0);
  QVERIFY(QString::fromStdString(error_of(twice, {{y}}, folds_of(24))).contains("Row 3 was given to the probe twice"));
}

void ProbeTest::reports_progress() {
  const std::vector<float> values = normal(60 * 90, 1);
  std::vector<double> reports;
  std::atomic<int> inside = 0;
  bool overlapped = false;
  (void)probe_of(values, 90).score(Targets{{column(values, 90, 0)}}, folds_of(60, 4), 4, {}, [&](double share) {
    overlapped = overlapped || ++inside > 1;
    reports.push_back(share);
    std::this_thread::yield();
    --inside;
  });
  QVERIFY(!overlapped);
  QVERIFY(reports.size() >= 4 && reports.size() <= 20);
  QVERIFY(std::ranges::is_sorted(reports));
  QVERIFY(reports.front() > 0);
  QCOMPARE(reports.back(), 1.0);
}

void ProbeTest::stops_when_asked() {
  const std::vector<float> values = normal(60 * 90, 1);
  const Probe probe = probe_of(values, 90);
  const Targets targets = {{column(values, 90, 0)}};
  for (const Protocol protocol : {Protocol::Robust, Protocol::Paper}) {
    const Folds folds = folds_of(60, 20, protocol);
    std::stop_source before;
    before.request_stop();
    QVERIFY_EXCEPTION_THROWN((void)probe.score(targets, folds, 2, before.get_token()), Cancelled);
    std::stop_source during;
    int reports = 0;
    const auto stop = [&](double) {
      ++reports;
      during.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN((void)probe.score(targets, folds, 2, during.get_token(), stop), Cancelled);
    QVERIFY(reports <= 2); // a task that was under way on the other thread may still end
  }
}

void ProbeTest::leaves_blas_threads_as_they_were() {
  const int before = openblas_get_num_threads();
  openblas_set_num_threads(2);
  const std::vector<float> values = normal(30 * 40, 1);
  std::vector<int> inside;
  (void)probe_of(values, 40).score(Targets{{column(values, 40, 0)}}, folds_of(30), 2, {}, [&](double) {
    inside.push_back(openblas_get_num_threads());
  });
  QCOMPARE(inside, std::vector<int>(5, 1));
  QCOMPARE(openblas_get_num_threads(), 2);
  openblas_set_num_threads(before);
}

QTEST_GUILESS_MAIN(ProbeTest)
#include "probe_test.moc"
