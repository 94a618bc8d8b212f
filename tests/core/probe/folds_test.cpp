#include "core/base/error.h"
#include "core/probe/folds_json.h"
#include "tests/support/folds_support.h"
#include "tests/support/support.h"

#include <QTest>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace scalescope;
using nlohmann::json;

class FoldsTest : public QObject {
  Q_OBJECT

 private slots:
  void are_those_of_scikit_learn();
  void keep_groups_together();
  void number_their_repetitions();
  void need_enough_groups();
  void parts_are_ascending_and_whole();
  void permutation_keeps_groups_together_and_shuffles_within();
  void permutation_moves_targets_that_groups_share();
  void permutation_exchanges_groups_of_one_size_only();
  void says_what_no_permutation_moves();
};

void FoldsTest::are_those_of_scikit_learn() {
  QString output;
  const bool ran = run_python("folds_reference.py", {}, &output);
  if (!ran && (output.isEmpty() || output.contains("ModuleNotFoundError"))) {
    QSKIP("scikit-learn is not installed for /usr/bin/python3");
  }
  QVERIFY2(ran, qPrintable(output));
  const json cases = json::parse(output.toStdString());
  QVERIFY(cases.size() > 40);
  for (const json& expected : cases) {
    const auto groups = expected["groups"].get<std::vector<std::string>>();
    const std::vector<std::string> rows = names(static_cast<int>(groups.size()));
    const auto seed = expected["seed"].get<std::uint32_t>();
    const json robust = to_json(draw_folds(Protocol::RidgeUnclipped, rows, groups, 1, seed))["repetitions"][0];
    QVERIFY2(robust["outer"] == expected["outer"], expected.dump().c_str());
    QVERIFY2(robust["inner"] == expected["inner"], expected.dump().c_str());
    const json paper = to_json(draw_folds(Protocol::Paper, rows, groups, 1, seed))["repetitions"][0];
    QVERIFY2(paper["test"] == expected["test"], expected.dump().c_str());
    if (expected.contains("permuted")) {
      std::vector<double> values;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        values.push_back(0.5 * static_cast<double>(i));
      }
      QCOMPARE(permute_among_groups(values, groups, seed), expected["permuted"].get<std::vector<double>>());
    }
  }
}

void FoldsTest::keep_groups_together() {
  const std::vector<std::string> rows = names(60);
  std::vector<std::string> groups(60);
  std::ranges::generate(groups, [i = 0]() mutable { return fmt::format("source {}", i++ * 7 % 13); });
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
    const Folds folds = draw_folds(protocol, rows, groups, 4, 3);
    for (const Repetition& repetition : folds.repetitions) {
      for (const Split& split : repetition.splits) {
        std::set<std::string> held;
        for (const int row : split.test) {
          held.insert(groups[static_cast<std::size_t>(row)]);
        }
        std::map<std::string, int> inner;
        for (std::size_t i = 0; i < split.train.size(); ++i) {
          const std::string& group = groups[static_cast<std::size_t>(split.train[i])];
          QVERIFY(!held.contains(group));
          if (protocol != Protocol::Paper) {
            QCOMPARE(inner.try_emplace(group, split.inner[i]).first->second, split.inner[i]);
          }
        }
      }
    }
  }
}

void FoldsTest::number_their_repetitions() {
  const std::vector<std::string> rows = names(31);
  const Folds three = draw_folds(Protocol::RidgeUnclipped, rows, rows, 3, 4);
  QCOMPARE(three.repetitions.size(), 3U);
  Folds joined = draw_folds(Protocol::RidgeUnclipped, rows, rows, 1, 4);
  for (const std::uint32_t seed : {5U, 6U}) {
    joined.repetitions.push_back(draw_folds(Protocol::RidgeUnclipped, rows, rows, 1, seed).repetitions[0]);
  }
  QVERIFY(same(three, joined));
  QVERIFY(three.repetitions[0].splits[0].test != three.repetitions[1].splits[0].test);
}

void FoldsTest::need_enough_groups() {
  const std::vector<std::string> seven = names(7);
  QCOMPARE(draw_folds(Protocol::RidgeUnclipped, seven, seven, 1, 0).repetitions[0].splits.size(), 5U);
  const std::vector<std::string> six = names(6);
  const std::string message = error_of([&] { (void)draw_folds(Protocol::RidgeUnclipped, six, six, 1, 0); });
  QVERIFY2(message.find("6 source images") != std::string::npos && message.find("at least 7") != std::string::npos,
           message.c_str());
  // Many rows of few images are no better.
  std::vector<std::string> groups(60);
  std::ranges::generate(groups, [&six, i = 0U]() mutable { return six[i++ % 6]; });
  QVERIFY(error_of([&] { (void)draw_folds(Protocol::RidgeUnclipped, names(60), groups, 1, 0); }) == message);
  const std::vector<std::string> one = names(1);
  QVERIFY(error_of([&] { (void)draw_folds(Protocol::Paper, one, one, 1, 0); }).find("1 source image,") !=
          std::string::npos);
}

void FoldsTest::parts_are_ascending_and_whole() {
  const std::vector<std::string> rows = names(23);
  const Folds folds = draw_folds(Protocol::RidgeUnclipped, rows, rows, 1, 2);
  for (const Split& split : folds.repetitions[0].splits) {
    QVERIFY(std::ranges::is_sorted(split.train) && std::ranges::is_sorted(split.test));
    QCOMPARE(split.train.size() + split.test.size(), rows.size());
    QCOMPARE(split.inner.size(), split.train.size());
    QVERIFY(std::ranges::none_of(split.test, [&](int row) { return std::ranges::count(split.train, row) > 0; }));
  }
}

void FoldsTest::permutation_keeps_groups_together_and_shuffles_within() {
  // Three rows a group, interleaved; the values tell group and member.
  std::vector<std::string> groups;
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) {
    groups.push_back(fmt::format("g{}", i % 10));
    const int member = i / 10;
    values.push_back(10 * (i % 10) + member);
  }
  std::set<std::vector<double>> orders;
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const std::vector<double> permuted = permute_among_groups(values, groups, seed);
    std::set<int> given;
    for (std::size_t g = 0; g < 10; ++g) {
      const int giver = static_cast<int>(permuted[g]) / 10;
      given.insert(giver);
      std::vector<double> members;
      for (std::size_t member = 0; member < 3; ++member) {
        members.push_back(permuted[g + 10 * member] - 10.0 * giver);
      }
      orders.insert(members);
      std::ranges::sort(members);
      QCOMPARE(members, (std::vector<double>{0, 1, 2}));
    }
    QCOMPARE(given.size(), 10U);
  }
  QCOMPARE(orders.size(), 6U); // all of them
}

void FoldsTest::permutation_moves_targets_that_groups_share() {
  std::vector<std::string> groups;
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    groups.push_back(fmt::format("image {}", i / 5));
    values.push_back(i % 5);
  }
  QCOMPARE(kept_by_permutation(values, groups), 0.0);
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const std::vector<double> permuted = permute_among_groups(values, groups, seed);
    double products = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      products += (values[i] - 2) * (permuted[i] - 2);
    }
    QVERIFY(std::abs(products / (2 * 200.0)) < 0.3); // their correlation: 1 with groups moved whole
  }
}

void FoldsTest::permutation_exchanges_groups_of_one_size_only() {
  const std::vector<std::string> groups = {"a", "b", "b", "c", "c", "d", "e", "e", "e"};
  const std::vector<double> values = {0, 1, 2, 3, 4, 5, 6, 6, 7};
  std::set<std::vector<double>> seen;
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const std::vector<double> permuted = permute_among_groups(values, groups, seed);
    seen.insert(permuted);
    const std::set<double> ones = {permuted[0], permuted[5]};
    const std::set<double> first_pair = {permuted[1], permuted[2]};
    QCOMPARE(ones, (std::set<double>{0, 5}));
    QVERIFY(first_pair == std::set<double>({1, 2}) || first_pair == std::set<double>({3, 4}));
    std::vector<double> sorted = permuted;
    std::ranges::sort(sorted);
    QCOMPARE(sorted, values);
  }
  QCOMPARE(seen.size(), std::size_t{2 * (2 * 2 * 2) * 3}); // all that there are
}

void FoldsTest::says_what_no_permutation_moves() {
  // Pairs with the mean 1, one group of three with the mean 4: (4 (1 - 16 / 7)^2 + 3 (4 - 16 / 7)^2) / 32.4..
  const std::vector<std::string> groups = {"a", "a", "b", "b", "c", "c", "c"};
  const std::vector<double> values = {0, 0, 2, 2, 3, 4, 5};
  double whole = 0;
  for (const double value : values) {
    whole += (value - 16.0 / 7) * (value - 16.0 / 7);
  }
  const double kept = 4 * (1 - 16.0 / 7) * (1 - 16.0 / 7) + 3 * (4 - 16.0 / 7) * (4 - 16.0 / 7);
  QVERIFY(std::abs(kept_by_permutation(values, groups) - kept / whole) < 1e-12);
  QCOMPARE(kept_by_permutation(values, names(7)), 0.0);
  // No partner, and nothing to exchange within: every permutation is the order as it is.
  const std::vector<double> constant_in_groups = {0, 0, 0, 0, 3, 3, 3};
  QCOMPARE(kept_by_permutation(constant_in_groups, groups), 1.0);
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    QCOMPARE(permute_among_groups(constant_in_groups, groups, seed), constant_in_groups);
  }
  QCOMPARE(kept_by_permutation(std::vector<double>(7, 2.5), names(7)), 1.0);
}

QTEST_GUILESS_MAIN(FoldsTest)
#include "folds_test.moc"
