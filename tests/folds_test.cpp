#include "core/base/error.h"
#include "tests/folds_support.h"
#include "tests/support.h"

#include <QTest>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
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
  void permutation_moves_groups_whole();
  void permutation_deals_out_unequal_groups();
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
    const json robust = to_json(draw_folds(Protocol::Robust, rows, groups, 1, seed))["repetitions"][0];
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
  for (const Protocol protocol : {Protocol::Robust, Protocol::Clipped, Protocol::Paper}) {
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
  const Folds three = draw_folds(Protocol::Robust, rows, rows, 3, 4);
  QCOMPARE(three.repetitions.size(), 3U);
  Folds joined = draw_folds(Protocol::Robust, rows, rows, 1, 4);
  for (const std::uint32_t seed : {5U, 6U}) {
    joined.repetitions.push_back(draw_folds(Protocol::Robust, rows, rows, 1, seed).repetitions[0]);
  }
  QVERIFY(same(three, joined));
  QVERIFY(three.repetitions[0].splits[0].test != three.repetitions[1].splits[0].test);
}

void FoldsTest::need_enough_groups() {
  const std::vector<std::string> seven = names(7);
  QCOMPARE(draw_folds(Protocol::Robust, seven, seven, 1, 0).repetitions[0].splits.size(), 5U);
  const std::vector<std::string> six = names(6);
  const std::string message = error_of([&] { (void)draw_folds(Protocol::Robust, six, six, 1, 0); });
  QVERIFY2(message.find("6 source images") != std::string::npos && message.find("at least 7") != std::string::npos,
           message.c_str());
  // Many rows of few images are no better.
  std::vector<std::string> groups(60);
  std::ranges::generate(groups, [&six, i = 0U]() mutable { return six[i++ % 6]; });
  QVERIFY(error_of([&] { (void)draw_folds(Protocol::Robust, names(60), groups, 1, 0); }) == message);
  const std::vector<std::string> one = names(1);
  QVERIFY(error_of([&] { (void)draw_folds(Protocol::Paper, one, one, 1, 0); }).find("1 source image,") !=
          std::string::npos);
}

void FoldsTest::parts_are_ascending_and_whole() {
  const std::vector<std::string> rows = names(23);
  const Folds folds = draw_folds(Protocol::Robust, rows, rows, 1, 2);
  for (const Split& split : folds.repetitions[0].splits) {
    QVERIFY(std::ranges::is_sorted(split.train) && std::ranges::is_sorted(split.test));
    QCOMPARE(split.train.size() + split.test.size(), rows.size());
    QCOMPARE(split.inner.size(), split.train.size());
    QVERIFY(std::ranges::none_of(split.test, [&](int row) { return std::ranges::count(split.train, row) > 0; }));
  }
}

void FoldsTest::permutation_moves_groups_whole() {
  // Three rows a group, interleaved; the values tell group and member.
  std::vector<std::string> groups;
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) {
    groups.push_back(fmt::format("g{}", i % 10));
    const int member = i / 10;
    values.push_back(10 * (i % 10) + member);
  }
  const std::vector<double> permuted = permute_among_groups(values, groups, 3);
  QVERIFY(permuted != values);
  std::set<int> given;
  for (std::size_t g = 0; g < 10; ++g) {
    const int giver = static_cast<int>(permuted[g]) / 10;
    given.insert(giver);
    for (std::size_t member = 0; member < 3; ++member) {
      QCOMPARE(permuted[g + 10 * member], 10.0 * giver + static_cast<double>(member));
    }
  }
  QCOMPARE(given.size(), 10U);
}

void FoldsTest::permutation_deals_out_unequal_groups() {
  const std::vector<std::string> groups = {"a", "b", "b", "c", "c", "c", "d", "d", "d", "d"};
  const std::vector<double> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::set<std::vector<double>> seen;
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    std::vector<double> permuted = permute_among_groups(values, groups, seed);
    seen.insert(permuted);
    // The values of a group still follow one another.
    const auto at = std::ranges::find(permuted, 6.0);
    QVERIFY(std::equal(at, at + 4, values.begin() + 6));
    std::ranges::sort(permuted);
    QCOMPARE(permuted, values);
  }
  QVERIFY(seen.size() > 15); // of 24 orders of four groups
}

QTEST_GUILESS_MAIN(FoldsTest)
#include "folds_test.moc"
