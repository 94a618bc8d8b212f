#include "core/base/error.h"
#include "core/probe/folds.h"
#include "tests/support.h"

#include <QTest>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

using namespace scalescope;
using nlohmann::json;

namespace {

std::vector<std::string> names(int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    result.push_back(fmt::format("photo-{}", i));
  }
  return result;
}

bool same(const Folds& a, const Folds& b) {
  const auto same_split = [](const Split& s, const Split& t) {
    return s.train == t.train && s.test == t.test && s.inner == t.inner;
  };
  return a.protocol == b.protocol && a.rows == b.rows &&
         std::ranges::equal(a.repetitions, b.repetitions, [&](const Repetition& r, const Repetition& q) {
           return r.seed == q.seed && std::ranges::equal(r.splits, q.splits, same_split);
         });
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

} // namespace

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
  void survive_json();
  void come_back_in_the_order_of_the_rows_at_hand();
  void are_found_in_an_analysis();
  void refuse_what_is_not_folds_data();
  void refuse_what_is_not_folds();
  void refuse_damaged_paper_splits();
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
  std::vector<std::string> groups;
  for (int i = 0; i < 60; ++i) {
    groups.push_back(fmt::format("source {}", i * 7 % 13));
  }
  for (const Protocol protocol : {Protocol::Robust, Protocol::Paper}) {
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
          if (protocol == Protocol::Robust) {
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
  std::vector<std::string> groups;
  for (int i = 0; i < 60; ++i) {
    groups.push_back(six[static_cast<std::size_t>(i % 6)]);
  }
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
    values.push_back(10.0 * (i % 10) + i / 10);
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

void FoldsTest::survive_json() {
  const std::vector<std::string> rows = names(25);
  for (const Protocol protocol : {Protocol::Robust, Protocol::Paper}) {
    const Folds folds = draw_folds(protocol, rows, rows, 3, 4294967295U);
    QVERIFY(same(folds_from_json(json::parse(to_json(folds).dump()), rows, "folds.json"), folds));
  }
}

void FoldsTest::come_back_in_the_order_of_the_rows_at_hand() {
  const std::vector<std::string> rows = names(12);
  std::vector<std::string> reversed(rows.rbegin(), rows.rend());
  const Folds folds = draw_folds(Protocol::Robust, rows, rows, 1, 0);
  const Folds back = folds_from_json(to_json(folds), reversed, "folds.json");
  QCOMPARE(back.rows, reversed);
  for (std::size_t k = 0; k < 5; ++k) {
    const Split& split = folds.repetitions[0].splits[k];
    const Split& mirrored = back.repetitions[0].splits[k];
    QVERIFY(std::ranges::is_sorted(mirrored.test) && std::ranges::is_sorted(mirrored.train));
    for (std::size_t i = 0; i < split.test.size(); ++i) {
      QCOMPARE(mirrored.test[split.test.size() - 1 - i], 11 - split.test[i]);
    }
    QVERIFY(std::equal(split.inner.rbegin(), split.inner.rend(), mirrored.inner.begin(), mirrored.inner.end()));
  }
}

void FoldsTest::are_found_in_an_analysis() {
  const std::vector<std::string> rows = names(9);
  const Folds folds = draw_folds(Protocol::Robust, rows, rows, 2, 1);
  const json analysis = {{"version", 1}, {"folds", to_json(folds)}, {"layers", json::array()}};
  QVERIFY(same(folds_from_json(analysis, rows, "analysis.json"), folds));
}

using Damage = std::function<void(json&)>;
Q_DECLARE_METATYPE(Damage)

void FoldsTest::refuse_what_is_not_folds_data() {
  QTest::addColumn<Damage>("damage");
  QTest::addColumn<QString>("cause");
  const auto row = [](const char* name, const Damage& damage, const char* cause) {
    QTest::newRow(name) << damage << cause;
  };
  // One repetition of ten rows: outer folds of two rows, inner folds of one or two.
  const auto outer = [](json& j) -> json& { return j["repetitions"][0]["outer"]; };
  const auto inner = [](json& j) -> json& { return j["repetitions"][0]["inner"]; };
  row(
      "list",
      [](json& j) {
        j = json::array({1, 2});
      },
      "not a JSON object");
  row(
      "null", [](json& j) { j = nullptr; }, "not a JSON object");
  row(
      "folds not an object",
      [](json& j) {
        j = {{"folds", 3}};
      },
      "not a JSON object");
  row(
      "empty object", [](json& j) { j = json::object(); }, "\"protocol\" is missing");
  row(
      "no rows", [](json& j) { j.erase("rows"); }, "\"rows\" is missing");
  row(
      "no repetitions", [](json& j) { j.erase("repetitions"); }, "\"repetitions\" is missing");
  row(
      "no seed", [](json& j) { j["repetitions"][0].erase("seed"); }, "in repetition 0 \"seed\" is missing");
  row(
      "no outer", [](json& j) { j["repetitions"][0].erase("outer"); }, "\"outer\" is missing");
  row(
      "no inner", [](json& j) { j["repetitions"][0].erase("inner"); }, "\"inner\" is missing");
  row(
      "protocol", [](json& j) { j["protocol"] = "strong"; }, "neither \"robust\" nor \"paper\"");
  row(
      "protocol type", [](json& j) { j["protocol"] = 1; }, "neither \"robust\" nor \"paper\"");
  row(
      "paper without test", [](json& j) { j["protocol"] = "paper"; }, "\"test\" is missing");
  row(
      "rows type", [](json& j) { j["rows"] = "photo-1"; }, "not a list of names");
  row(
      "row type", [](json& j) { j["rows"][3] = 3; }, "not a list of names");
  row(
      "row twice", [](json& j) { j["rows"][3] = "photo-1"; }, "names \"photo-1\" twice");
  row(
      "row unknown", [](json& j) { j["rows"][3] = "cat"; }, "1 of the 10 rows at hand are not in it, \"photo-3\"");
  row(
      "rows missing",
      [](json& j) {
        j["rows"] = {"photo-0", "photo-1"};
      },
      "8 of the 10 rows at hand are not in it, \"photo-2\"");
  row(
      "rows too many", [](json& j) { j["rows"].push_back("cat"); }, "1 of its 11 rows are not at hand, \"cat\"");
  row(
      "repetitions type", [](json& j) { j["repetitions"] = 3; }, "at least one entry");
  row(
      "repetitions empty", [](json& j) { j["repetitions"] = json::array(); }, "at least one entry");
  row(
      "repetition type", [](json& j) { j["repetitions"][0] = "x"; }, "\"seed\" is missing");
  row(
      "seed negative", [](json& j) { j["repetitions"][0]["seed"] = -1; }, "\"seed\" is not a whole number");
  row(
      "seed large", [](json& j) { j["repetitions"][0]["seed"] = 4294967296; }, "\"seed\" is not a whole number");
  row(
      "seed fraction", [](json& j) { j["repetitions"][0]["seed"] = 0.5; }, "\"seed\" is not a whole number");
  row(
      "outer type", [outer](json& j) { outer(j) = 5; }, "\"outer\" is not a list of 10 numbers");
  row(
      "outer short", [outer](json& j) { outer(j).erase(9); }, "\"outer\" is not a list of 10 numbers");
  row(
      "outer long", [outer](json& j) { outer(j).push_back(0); }, "\"outer\" is not a list of 10 numbers");
  row(
      "outer negative", [outer](json& j) { outer(j)[2] = -1; }, "holds -1 where a whole number from 0 to 9");
  row(
      "outer large", [outer](json& j) { outer(j)[2] = 10; }, "holds 10 where");
  row(
      "outer huge", [outer](json& j) { outer(j)[2] = 18446744073709551615U; }, "holds 18446744073709551615 where");
  row(
      "outer fraction", [outer](json& j) { outer(j)[2] = 1.5; }, "holds 1.5 where");
  row(
      "outer text", [outer](json& j) { outer(j)[2] = "1"; }, "holds \"1\" where");
  row(
      "outer gap", [outer](json& j) { outer(j)[2] = 7; }, "fold 5 of \"outer\" has no rows");
  row(
      "outer single", [outer](json& j) { outer(j) = std::vector<int>(10); }, "fewer than two folds");
  row(
      "inner count", [inner](json& j) { inner(j).erase(4); }, "\"inner\" is not a list of 5 lists");
  row(
      "inner type", [inner](json& j) { inner(j) = 1; }, "\"inner\" is not a list of 5 lists");
  row(
      "inner short", [inner](json& j) { inner(j)[1].erase(9); }, "list 1 of \"inner\" is not a list of 10 numbers");
  row(
      "inner low", [inner](json& j) { inner(j)[1][0] = -2; }, "holds -2 where a whole number from -1");
  row(
      "inner held out", [inner](json& j) { inner(j)[1] = std::vector<int>(10); },
      "must be -1 just where \"outer\" is 1");
  row(
      "inner not held out", [inner](json& j) { inner(j)[1] = std::vector<int>(10, -1); }, "must be -1 just where");
  row(
      "inner gap",
      [inner](json& j) {
        for (json& fold : inner(j)[2]) {
          fold = fold == 3 ? json(4) : fold;
        }
      },
      "fold 3 of list 2 of \"inner\" has no rows");
  row(
      "inner single",
      [inner](json& j) {
        for (json& fold : inner(j)[2]) {
          fold = fold == -1 ? -1 : 0;
        }
      },
      "list 2 of \"inner\" has fewer than two folds");
}

void FoldsTest::refuse_what_is_not_folds() {
  QFETCH(Damage, damage);
  QFETCH(QString, cause);
  const std::vector<std::string> rows = names(10);
  json folds = to_json(draw_folds(Protocol::Robust, rows, rows, 1, 0));
  damage(folds);
  const std::string message = error_of([&] { (void)folds_from_json(folds, rows, "my/folds.json"); });
  QVERIFY2(message.starts_with("The folds in my/folds.json can't be used because "), message.c_str());
  QVERIFY2(message.find(cause.toStdString()) != std::string::npos, message.c_str());
}

void FoldsTest::refuse_damaged_paper_splits() {
  const std::vector<std::string> rows = names(10);
  const json folds = to_json(draw_folds(Protocol::Paper, rows, rows, 2, 0));
  const auto error_with = [&](const json& test) {
    json damaged = folds;
    damaged["repetitions"][1]["test"] = test;
    return QString::fromStdString(error_of([&] { (void)folds_from_json(damaged, rows, "f.json"); }));
  };
  QVERIFY(error_with(std::vector<int>(10, 0)).contains("in repetition 1 no row is held out"));
  QVERIFY(error_with(std::vector<int>(10, 1)).contains("in repetition 1 every row is held out"));
  QVERIFY(error_with(std::vector<int>(10, 2)).contains("holds 2 where a whole number from 0 to 1 belongs"));
  QVERIFY(error_with(std::vector<int>(9, 1)).contains("is not a list of 10 numbers"));
}

QTEST_GUILESS_MAIN(FoldsTest)
#include "folds_test.moc"
