// Cohen's kappa and the mean absolute error, against scikit-learn and by hand.

#include "core/probe/agreement.h"
#include "tests/support/support.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <vector>

using namespace scalescope;

class AgreementTest : public QObject {
  Q_OBJECT

 private slots:
  void agrees_with_scikit_learn() {
    QString output;
    if (!run_python("agreement_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no scikit-learn: " + output));
    const auto cases = nlohmann::json::parse(output.toStdString());
    QVERIFY(cases.size() >= 8);
    for (const auto& one : cases) {
      const auto a = one["a"].get<std::vector<int>>();
      const auto b = one["b"].get<std::vector<int>>();
      const auto x = one["x"].get<std::vector<double>>();
      const auto y = one["y"].get<std::vector<double>>();
      QVERIFY(std::abs(cohen_kappa(a, b) - one["kappa"].get<double>()) < 1e-12);
      QVERIFY(std::abs(mean_absolute_error(x, y) - one["error"].get<double>()) < 1e-10);
    }
  }

  // Cohen's example: 50 items, 20 and 15 agreed on; 0.7 observed, 0.5 expected.
  void is_what_cohen_says() {
    std::vector<int> a(50);
    std::vector<int> b(50);
    const auto set = [&](std::size_t from, std::size_t to, int of_a, int of_b) {
      std::fill(a.begin() + static_cast<std::ptrdiff_t>(from), a.begin() + static_cast<std::ptrdiff_t>(to), of_a);
      std::fill(b.begin() + static_cast<std::ptrdiff_t>(from), b.begin() + static_cast<std::ptrdiff_t>(to), of_b);
    };
    set(0, 20, 1, 1);
    set(20, 25, 1, 0);
    set(25, 35, 0, 1);
    set(35, 50, 0, 0);
    QVERIFY(std::abs(cohen_kappa(a, b) - 0.4) < 1e-12);
    QVERIFY(std::isnan(cohen_kappa(std::vector<int>(9, 2), std::vector<int>(9, 2))));
    QCOMPARE(cohen_kappa(std::vector<int>(9, 2), std::vector<int>(9, 1)), 0.0);
  }

  void nearest_class_is_the_first_of_equals() {
    const std::vector<double> values{5, 1, 3};
    QCOMPARE(nearest_class(-7, values), 1);
    QCOMPARE(nearest_class(2.1, values), 2);
    QCOMPARE(nearest_class(4, values), 0); // as near to 5 as to 3
    QCOMPARE(nearest_class(1e9, values), 0);
  }
};

QTEST_GUILESS_MAIN(AgreementTest)
#include "agreement_test.moc"
