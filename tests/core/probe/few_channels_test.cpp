// Regressions on few channels, against scikit-learn and NumPy, and on features that are made by hand.

#include "core/probe/few_channels.h"
#include "core/probe/overlap.h"
#include "tests/support/probe_support.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

using namespace scalescope;
using nlohmann::json;

namespace {

constexpr std::array ways{ChannelChoice::Pursuit, ChannelChoice::Correlation, ChannelChoice::Random};

} // namespace

class FewChannelsTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_scikit_learn() {
    QString output;
    if (!run_python("few_channels_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no scikit-learn: " + output));
    const json cases = json::parse(output.toStdString());
    QCOMPARE(cases.size(), 3U);
    for (const json& one : cases) {
      const auto target = one["target"].get<std::vector<double>>();
      const auto numbers = one["numbers"].get<std::vector<int>>();
      const Probe probe = probe_of(one["features"].get<std::vector<float>>(), one["channels"]);
      const Folds folds =
          folds_of(target.size(), 2, one["clip"].get<bool>() ? Protocol::Ridge : Protocol::RidgeUnclipped);
      const FewChannels found =
          few_channels(probe, 0, std::vector<std::vector<double>>{target}, folds, ChannelChoice::Pursuit, numbers, 2);
      QCOMPARE(found.chosen, one["chosen"].get<std::vector<std::vector<int>>>());
      const auto ridge = one["ridge_numbers"].get<std::vector<int>>();
      for (const auto& [how, name] :
           {std::pair(ChannelChoice::Correlation, "correlation"), std::pair(ChannelChoice::Random, "random")}) {
        const FewChannels read = few_channels(probe, 0, std::vector<std::vector<double>>{target}, folds, how, ridge, 2);
        for (std::size_t i = 0; i < ridge.size(); ++i) {
          const double expected = (one[name][0][i].get<double>() + one[name][1][i].get<double>()) / 2;
          const double r2 = r2_of(read.held_out[i], target);
          QVERIFY2(std::abs(r2 - expected) < 1e-9,
                   qPrintable(QString("%1 by %2: %3, not %4").arg(ridge[i]).arg(name).arg(r2).arg(expected)));
        }
      }
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double expected = (one["r2"][0][i].get<double>() + one["r2"][1][i].get<double>()) / 2;
        const double r2 = r2_of(found.held_out[i], target);
        QVERIFY2(std::abs(r2 - expected) < 1e-10,
                 qPrintable(QString("%1 channels: %2, not %3").arg(numbers[i]).arg(r2).arg(expected)));
      }
    }
  }

  // The scale lies in exactly 3 of 200 channels, each with a weight of its own.
  void three_channels_of_two_hundred_are_found() {
    constexpr int channels = 200;
    constexpr std::size_t rows = 150;
    const std::vector<float> values = normal(rows * channels, 3);
    std::vector<double> target(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const float* x = values.data() + row * channels;
      target[row] = 2.0 * x[17] - 1.5 * x[60] + 1.0 * x[199];
    }
    const Probe probe = probe_of(values, channels);
    const Folds folds = folds_of(rows, 2, Protocol::Ridge);
    const std::vector<int> numbers = numbers_of_channels(channels, folds, ChannelChoice::Pursuit);
    const FewChannels found =
        few_channels(probe, 0, std::vector<std::vector<double>>{target}, folds, ChannelChoice::Pursuit, numbers, 2);
    QCOMPARE(found.chosen.size(), 10U);
    for (const std::vector<int>& chosen : found.chosen) // then nothing is left to explain
      QCOMPARE(chosen, std::vector<int>({17, 60, 199}));
    QVERIFY(r2_of(found.held_out[0], target) < 0.7 && r2_of(found.held_out[1], target) < 0.95);
    QCOMPARE(numbers[2], 3);
    QVERIFY(r2_of(found.held_out[2], target) > 0.98); // clipping costs the rest
    QCOMPARE(found.held_out.back().predictions, found.held_out[2].predictions);
  }

  void nothing_is_read_from_permuted_targets() {
    constexpr int channels = 100;
    constexpr std::size_t rows = 150;
    const std::vector<float> values = normal(rows * channels, 4);
    const Probe probe = probe_of(values, channels);
    const Folds folds = folds_of(rows, 5, Protocol::Ridge);
    std::vector<std::vector<double>> permuted;
    for (std::uint32_t seed = 0; seed < 5; ++seed)
      permuted.push_back(permute_among_groups(column(values, channels, 0), names(rows), seed));
    const std::vector<int> few{1, 2, 4};
    for (const ChannelChoice how : ways)
      for (const HeldOut& held_out : few_channels(probe, 0, permuted, folds, how, few, 1).held_out) {
        const double r2 = r2_of(held_out, permuted[0]);
        QVERIFY2(r2 < 0.05 && r2 > -0.3, qPrintable(QString::number(r2)));
      }
  }

  // A held-out row far beyond the others is taken as the range's end.
  void held_out_features_are_clipped() {
    std::vector<float> values = normal(60, 6);
    const std::vector<double> target(values.begin(), values.end());
    values[7] = 1000;
    const Probe probe = probe_of(values, 1);
    const std::vector<int> one{1};
    const auto error = [&](Protocol protocol) {
      return few_channels(probe, 0, std::vector<std::vector<double>>{target}, folds_of(60, 1, protocol),
                          ChannelChoice::Pursuit, one, 1)
          .held_out[0]
          .squared_errors[7];
    };
    QVERIFY2(error(Protocol::Ridge) < 25, qPrintable(QString::number(error(Protocol::Ridge))));
    QVERIFY(error(Protocol::RidgeUnclipped) > 1e5);
  }

  void numbers_follow_the_channels_and_the_fitted_rows() {
    const auto numbers = [](int channels, std::size_t rows, ChannelChoice how) {
      return numbers_of_channels(channels, folds_of(rows), how);
    };
    using enum ChannelChoice;
    for (const ChannelChoice how : ways) {
      QCOMPARE(numbers(1, 100, how), std::vector<int>({1}));
      QCOMPARE(numbers(10, 100, how), std::vector<int>({1, 2, 3, 4, 6, 8, 10}));
    }
    QCOMPARE(numbers(500, 60, Pursuit), std::vector<int>({1, 2, 3, 4, 6, 8, 12, 16, 24})); // of 48 rows
    QCOMPARE(numbers(2000, 3000, Pursuit).back(), 256);
    QCOMPARE(numbers(500, 60, Correlation).back(), 500);
    QCOMPARE(numbers(500, 60, Random), numbers(500, 60, Correlation));
  }

  void results_do_not_depend_on_the_threads() {
    const std::vector<float> values = normal(80 * 20, 9);
    const Probe probe = probe_of(values, 20);
    const std::vector<std::vector<double>> target{column(values, 20, 3)};
    const std::vector<int> numbers{1, 5, 20};
    for (const ChannelChoice how : ways) {
      const auto found = [&](int threads) {
        return few_channels(probe, 0, target, folds_of(80, 3), how, numbers, threads);
      };
      const FewChannels one = found(1);
      const FewChannels four = found(4);
      QCOMPARE(one.chosen, four.chosen);
      for (std::size_t i = 0; i < numbers.size(); ++i)
        QCOMPARE(one.held_out[i].predictions, four.held_out[i].predictions);
    }
  }

  void overlaps_are_jaccards() {
    const std::vector<int> a{1, 2, 3, 4};
    const std::vector<int> b{4, 9, 2};
    QCOMPARE(jaccard(a, b), 2.0 / 5);
    QCOMPARE(jaccard(a, a), 1.0);
    QCOMPARE(jaccard(a, std::vector<int>{7}), 0.0);
    const std::vector<std::vector<int>> lists{a, b, {7}};
    QCOMPARE(mean_jaccard(lists), (2.0 / 5 + 0 + 0) / 3);
  }

  // Against the mean over all pairs of sets.
  void overlap_by_chance_is_the_mean_over_all_pairs() {
    constexpr int all = 7;
    for (int chosen = 1; chosen <= all; ++chosen) {
      std::vector<std::vector<int>> sets;
      for (unsigned bits = 0; bits < (1U << all); ++bits) {
        std::vector<int> set;
        for (int item = 0; item < all; ++item)
          if ((bits >> item & 1U) != 0)
            set.push_back(item);
        if (static_cast<int>(set.size()) == chosen)
          sets.push_back(std::move(set));
      }
      double mean = 0;
      for (const auto& a : sets)
        for (const auto& b : sets)
          mean += jaccard(a, b) / static_cast<double>(sets.size() * sets.size());
      QVERIFY(std::abs(jaccard_by_chance(chosen, all) - mean) < 1e-12);
    }
  }
};

QTEST_GUILESS_MAIN(FewChannelsTest)
#include "few_channels_test.moc"
