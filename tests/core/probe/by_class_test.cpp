// Regressions of one class and of the others, against scikit-learn, and on features that are made by hand.

#include "core/probe/by_class.h"
#include "tests/support/probe_support.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

using namespace scalescope;
using nlohmann::json;

namespace {

constexpr int channels = 10;

struct Made {
  std::vector<float> features;
  std::vector<std::string> classes;
  std::vector<std::string> groups;
  std::vector<double> target;
};

/// Two classes, turn by turn. Channel 0 has the target of the first, `second` that of the other.
Made two_classes(std::size_t rows, int second, unsigned seed) {
  Made made{normal(rows * channels, seed), {}, names(rows), {}};
  for (std::size_t row = 0; row < rows; ++row) {
    made.classes.emplace_back(row % 2 == 0 ? "cat" : "dog");
    made.target.push_back(made.features[row * channels + (row % 2 == 0 ? 0 : static_cast<std::size_t>(second))]);
  }
  return made;
}

struct R2 {
  double own;
  double others;
};

R2 r2_of_class(const Made& made, const std::string& name, int repetitions = 2) {
  const std::vector<ClassFolds> folds{folds_of_class(name, made.classes, made.groups, repetitions, 0)};
  const auto read = read_by_class(probe_of(made.features, channels), 0, made.target, folds, 2);
  std::vector<double> target;
  for (const int row : folds[0].rows)
    target.push_back(made.target[static_cast<std::size_t>(row)]);
  return {r2_of(read[0].own, target), r2_of(read[0].others, target)};
}

} // namespace

class ByClassTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_scikit_learn() {
    QString output;
    if (!run_python("by_class_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no scikit-learn: " + output));
    const json cases = json::parse(output.toStdString());
    QCOMPARE(cases.size(), 2U);
    for (const json& one : cases) {
      const auto target = one["target"].get<std::vector<double>>();
      const auto classes = one["classes"].get<std::vector<std::string>>();
      const auto groups = one["groups"].get<std::vector<std::string>>();
      const Probe probe = probe_of(one["features"].get<std::vector<float>>(), one["channels"]);
      std::vector<ClassFolds> folds;
      for (const char* name : {"cat", "dog"})
        folds.push_back(folds_of_class(name, classes, groups, 2, 0));
      const auto read = read_by_class(probe, 0, target, folds, 2);
      for (std::size_t i = 0; i < 2; ++i) {
        const char* name = i == 0 ? "cat" : "dog";
        std::vector<double> mine;
        for (const int row : folds[i].rows)
          mine.push_back(target[static_cast<std::size_t>(row)]);
        const double own = r2_of(read[i].own, mine);
        const double others = r2_of(read[i].others, mine);
        const double expected = (one["own"][name][0].get<double>() + one["own"][name][1].get<double>()) / 2;
        QVERIFY2(std::abs(own - expected) < 1e-9,
                 qPrintable(QString("%1: %2, not %3").arg(name).arg(own).arg(expected)));
        QVERIFY2(std::abs(others - one["others"][name].get<double>()) < 1e-9,
                 qPrintable(QString("%1: %2, not %3").arg(name).arg(others).arg(one["others"][name].get<double>())));
      }
    }
  }

  void the_same_channel_serves_both_classes() {
    const Made made = two_classes(200, 0, 1);
    for (const char* name : {"cat", "dog"}) {
      const R2 r2 = r2_of_class(made, name);
      QVERIFY2(r2.own > 0.97 && r2.others > 0.97, qPrintable(QString("%1 %2").arg(r2.own).arg(r2.others)));
    }
  }

  void different_channels_do_not() {
    const Made made = two_classes(200, 5, 1);
    for (const char* name : {"cat", "dog"}) {
      const R2 r2 = r2_of_class(made, name);
      QVERIFY2(r2.own > 0.97 && r2.others < 0, qPrintable(QString("%1 %2").arg(r2.own).arg(r2.others)));
    }
  }

  void nothing_is_read_from_permuted_targets() {
    Made made = two_classes(300, 0, 2);
    made.target = permute_among_groups(made.target, made.groups, 1);
    for (const char* name : {"cat", "dog"}) {
      const R2 r2 = r2_of_class(made, name);
      for (const double one : {r2.own, r2.others})
        QVERIFY2(one < 0.05 && one > -0.25, qPrintable(QString::number(one)));
    }
  }

  // Of images with a cat and a dog each, no regression that reads a cat has seen its image.
  void no_image_is_on_both_sides() {
    Made made = two_classes(60, 0, 3);
    for (std::size_t row = 0; row < made.groups.size(); ++row)
      made.groups[row] = std::to_string(row / 2);
    made.classes[10] = ""; // belongs to no class
    const ClassFolds folds = folds_of_class("dog", made.classes, made.groups, 1, 0);
    QCOMPARE(folds.rows.size(), 30U);
    QCOMPARE(folds.others.size(), 5U);
    std::set<int> held;
    for (const Split& split : folds.others) {
      QCOMPARE(split.inner.size(), split.train.size());
      held.insert(split.test.begin(), split.test.end());
      for (const int fitted : split.train) {
        QCOMPARE(made.classes[static_cast<std::size_t>(fitted)], std::string("cat"));
        for (const int test : split.test)
          QVERIFY(made.groups[static_cast<std::size_t>(fitted)] != made.groups[static_cast<std::size_t>(test)]);
      }
    }
    QCOMPARE(std::vector<int>(held.begin(), held.end()), folds.rows);
    for (const Split& split : folds.own[0].splits)
      for (const int row : split.train)
        QCOMPARE(made.classes[static_cast<std::size_t>(row)], std::string("dog"));
  }

  // Where classes share no image, nothing has to be left out: one regression reads them all.
  void images_of_one_class_are_read_by_one_regression() {
    const Made made = two_classes(60, 0, 3);
    const ClassFolds folds = folds_of_class("cat", made.classes, made.groups, 3, 0);
    QCOMPARE(folds.own.size(), 3U);
    QCOMPARE(folds.others.size(), 1U);
    QCOMPARE(folds.others[0].test, folds.rows);
    QCOMPARE(folds.others[0].train.size(), 30U);
  }

  void results_do_not_depend_on_the_threads() {
    const Made made = two_classes(80, 0, 4);
    const std::vector<ClassFolds> folds{folds_of_class("cat", made.classes, made.groups, 2, 0),
                                        folds_of_class("dog", made.classes, made.groups, 2, 0)};
    const Probe probe = probe_of(made.features, channels);
    const auto one = read_by_class(probe, 0, made.target, folds, 1);
    const auto four = read_by_class(probe, 0, made.target, folds, 4);
    for (std::size_t i = 0; i < 2; ++i) {
      QCOMPARE(one[i].own.squared_errors, four[i].own.squared_errors);
      QCOMPARE(one[i].others.predictions, four[i].others.predictions);
    }
  }
};

QTEST_GUILESS_MAIN(ByClassTest)
#include "by_class_test.moc"
