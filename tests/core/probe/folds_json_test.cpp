#include "core/probe/folds_json.h"
#include "tests/support/folds_support.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace scalescope;
using nlohmann::json;

class FoldsJsonTest : public QObject {
  Q_OBJECT

 private slots:
  void survive_json();
  void come_back_in_the_order_of_the_rows_at_hand();
  void are_found_in_an_analysis();
  void refuse_what_is_not_folds_data();
  void refuse_what_is_not_folds();
  void refuse_damaged_paper_splits();
};

void FoldsJsonTest::survive_json() {
  const std::vector<std::string> rows = names(25);
  for (const Protocol protocol : {Protocol::RidgeUnclipped, Protocol::Ridge, Protocol::Paper}) {
    const Folds folds = draw_folds(protocol, rows, rows, 3, 4294967295U);
    QVERIFY(same(folds_from_json(json::parse(to_json(folds).dump()), rows, "folds.json"), folds));
  }
}

void FoldsJsonTest::come_back_in_the_order_of_the_rows_at_hand() {
  const std::vector<std::string> rows = names(12);
  std::vector<std::string> reversed(rows.rbegin(), rows.rend());
  const Folds folds = draw_folds(Protocol::RidgeUnclipped, rows, rows, 1, 0);
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

void FoldsJsonTest::are_found_in_an_analysis() {
  const std::vector<std::string> rows = names(9);
  const Folds folds = draw_folds(Protocol::RidgeUnclipped, rows, rows, 2, 1);
  const json analysis = {{"version", 1}, {"folds", to_json(folds)}, {"layers", json::array()}};
  QVERIFY(same(folds_from_json(analysis, rows, "analysis.json"), folds));
}

using Damage = std::function<void(json&)>;
Q_DECLARE_METATYPE(Damage)

void FoldsJsonTest::refuse_what_is_not_folds_data() {
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
      "protocol", [](json& j) { j["protocol"] = "strong"; },
      "\"protocol\" is not one of ridge, ridge-unclipped, paper");
  row(
      "protocol type", [](json& j) { j["protocol"] = 1; }, "\"protocol\" is not one of ridge, ridge-unclipped, paper");
  row(
      "paper without test", [](json& j) { j["protocol"] = "paper"; }, "\"test\" is missing");
  row(
      "rows type", [](json& j) { j["rows"] = "photo-1"; }, "not a list of names");
  row(
      "row type", [](json& j) { j["rows"][3] = 3; }, "not a list of names");
  row(
      "row twice", [](json& j) { j["rows"][3] = "photo-1"; }, "names \"photo-1\" twice");
  row(
      "row unknown", [](json& j) { j["rows"][3] = "cat"; }, "1 of the 10 rows are not in it, such as \"photo-3\"");
  row(
      "rows missing",
      [](json& j) {
        j["rows"] = {"photo-0", "photo-1"};
      },
      "8 of the 10 rows are not in it, such as \"photo-2\"");
  row(
      "rows too many", [](json& j) { j["rows"].push_back("cat"); },
      "1 of its 11 rows do not exist here, such as \"cat\"");
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
      "outer negative", [outer](json& j) { outer(j)[2] = -1; }, "holds -1 instead of a whole number from 0 to 9");
  row(
      "outer large", [outer](json& j) { outer(j)[2] = 10; }, "holds 10 instead");
  row(
      "outer huge", [outer](json& j) { outer(j)[2] = 18446744073709551615U; }, "holds 18446744073709551615 instead");
  row(
      "outer fraction", [outer](json& j) { outer(j)[2] = 1.5; }, "holds 1.5 instead");
  row(
      "outer text", [outer](json& j) { outer(j)[2] = "1"; }, "holds \"1\" instead");
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
      "inner low", [inner](json& j) { inner(j)[1][0] = -2; }, "holds -2 instead of a whole number from -1");
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

void FoldsJsonTest::refuse_what_is_not_folds() {
  QFETCH(Damage, damage);
  QFETCH(QString, cause);
  const std::vector<std::string> rows = names(10);
  json folds = to_json(draw_folds(Protocol::RidgeUnclipped, rows, rows, 1, 0));
  damage(folds);
  const std::string message = error_of([&] { (void)folds_from_json(folds, rows, "my/folds.json"); });
  QVERIFY2(message.starts_with("The folds in my/folds.json can't be used because "), message.c_str());
  QVERIFY2(message.find(cause.toStdString()) != std::string::npos, message.c_str());
}

void FoldsJsonTest::refuse_damaged_paper_splits() {
  const std::vector<std::string> rows = names(10);
  const json folds = to_json(draw_folds(Protocol::Paper, rows, rows, 2, 0));
  const auto error_with = [&](const json& test) {
    json damaged = folds;
    damaged["repetitions"][1]["test"] = test;
    return QString::fromStdString(error_of([&] { (void)folds_from_json(damaged, rows, "f.json"); }));
  };
  QVERIFY(error_with(std::vector<int>(10, 0)).contains("in repetition 1 no row is held out"));
  QVERIFY(error_with(std::vector<int>(10, 1)).contains("in repetition 1 every row is held out"));
  QVERIFY(error_with(std::vector<int>(10, 2)).contains("holds 2 instead of a whole number from 0 to 1"));
  QVERIFY(error_with(std::vector<int>(9, 1)).contains("is not a list of 10 numbers"));
}

QTEST_GUILESS_MAIN(FoldsJsonTest)
#include "folds_json_test.moc"
