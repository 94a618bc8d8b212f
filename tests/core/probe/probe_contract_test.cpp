#include "core/base/error.h"
#include "tests/support/probe_support.h"

#include <QTest>

#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

using namespace scalescope;

extern "C" {
int openblas_get_num_threads();
void openblas_set_num_threads(int count);
}

namespace {

std::string error_of(const Probe& probe, const Targets& targets, const Folds& folds) {
  try {
    (void)probe.score(targets, folds, 2);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// Features of three layers with 300 rows, and two sets of targets for four repetitions.
struct ThreeLayers {
  Probe probe{{{"narrow", 3}, {"wide", 290}, {"middle", 20}}};
  Targets targets;
  Folds folds;

  explicit ThreeLayers(Protocol protocol) : folds(folds_of(300, 4, protocol)) {
    const std::vector<float> narrow = normal(300 * 3, 1);
    const std::vector<float> wide = normal(300 * 290, 2);
    const std::vector<float> middle = normal(300 * 20, 3);
    probe.add(count_up(300), std::vector<std::span<const float>>{narrow, wide, middle});
    targets = {{column(narrow, 3, 1)}, {column(middle, 20, 5)}};
  }
};

} // namespace

class ProbeContractTest : public QObject {
  Q_OBJECT

 private slots:
  void does_not_depend_on_the_order_of_rows();
  void does_not_depend_on_threads();
  void refuses_bad_targets();
  void refuses_bad_features();
  void refuses_bad_folds();
  void refuses_parts_that_do_not_fit();
  void reports_progress();
  void stops_when_asked();
  void reports_every_score_once();
  void reports_true_scores_until_it_is_stopped();
  void leaves_blas_threads_as_they_were();
};

void ProbeContractTest::does_not_depend_on_the_order_of_rows() {
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

void ProbeContractTest::does_not_depend_on_threads() {
  constexpr std::size_t rows = 70;
  Probe probe({{"a", 6}, {"b", 300}, {"c", 65}, {"d", 300}});
  const std::vector<float> a = normal(rows * 6, 1);
  const std::vector<float> b = normal(rows * 300, 2);
  const std::vector<float> c = normal(rows * 65, 3);
  const std::vector<float> d = normal(rows * 300, 4);
  probe.add(count_up(rows), std::vector<std::span<const float>>{a, b, c, d});
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
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

void ProbeContractTest::refuses_bad_targets() {
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

void ProbeContractTest::refuses_bad_features() {
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

void ProbeContractTest::refuses_bad_folds() {
  const std::vector<float> values = normal(20 * 3, 1);
  const Probe probe = probe_of(values, 3);
  const Targets targets = {{column(values, 3, 0)}};
  const auto contains = [&](const Folds& folds, const char* part) {
    return QString::fromStdString(error_of(probe, targets, folds)).contains(part);
  };
  QVERIFY(contains(folds_of(21), "for 21 rows, but the features have 20"));
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

void ProbeContractTest::refuses_parts_that_do_not_fit() {
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

void ProbeContractTest::reports_progress() {
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

void ProbeContractTest::stops_when_asked() {
  const std::vector<float> values = normal(60 * 90, 1);
  const Probe probe = probe_of(values, 90);
  const Targets targets = {{column(values, 90, 0)}};
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
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

void ProbeContractTest::reports_every_score_once() {
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
    const ThreeLayers fit(protocol);
    std::map<std::array<std::size_t, 3>, double> reported;
    std::vector<std::size_t> repetitions;
    double share = 0;
    const std::vector<Scores> scores = fit.probe.score(
        fit.targets, fit.folds, 1, {}, [&](double done) { share = done; },
        [&](const PartialScore& one) {
          QVERIFY(share < 1); // told before the progress that it completes
          QVERIFY(reported.emplace(std::array{one.set, one.layer, one.repetition}, one.r2).second);
          repetitions.push_back(one.repetition);
        });
    QCOMPARE(share, 1.0);
    QCOMPARE(reported.size(), 2U * 3U * 4U);
    QVERIFY(std::ranges::is_sorted(repetitions)); // a whole curve, then the next
    const std::vector<Scores> by_threads = fit.probe.score(fit.targets, fit.folds, 4);
    for (const auto& [place, r2] : reported) {
      QCOMPARE(scores.at(place[0]).at(place[1]).r2.at(place[2]), r2);
      QCOMPARE(by_threads.at(place[0]).at(place[1]).r2.at(place[2]), r2);
    }
  }
}

void ProbeContractTest::reports_true_scores_until_it_is_stopped() {
  const ThreeLayers fit(Protocol::RidgeUnclipped);
  const std::vector<Scores> scores = fit.probe.score(fit.targets, fit.folds, 2);
  std::stop_source stop;
  std::vector<PartialScore> reported;
  const auto collect = [&](const PartialScore& one) {
    reported.push_back(one);
    if (reported.size() == 10) {
      stop.request_stop();
    }
  };
  QVERIFY_EXCEPTION_THROWN((void)fit.probe.score(fit.targets, fit.folds, 2, stop.get_token(), {}, collect), Cancelled);
  QVERIFY(reported.size() >= 10 && reported.size() < 2U * 3U * 4U);
  for (const PartialScore& one : reported) {
    QCOMPARE(one.r2, scores.at(one.set).at(one.layer).r2.at(one.repetition));
  }
}

void ProbeContractTest::leaves_blas_threads_as_they_were() {
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

QTEST_GUILESS_MAIN(ProbeContractTest)
#include "probe_contract_test.moc"
