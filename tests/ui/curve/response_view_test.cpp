// The plots over scale and the bars of the predictions, read back from their pixels.

#include "ui/curve/response_view.h"
#include "ui/stage/prediction_bars.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QHelpEvent>
#include <QTest>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace scalescope;

namespace {

// The pixels of one colour.
std::vector<QPoint> pixels(const QImage& image, const QColor& colour) {
  std::vector<QPoint> found;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      if (image.pixel(x, y) == colour.rgb())
        found.emplace_back(x, y);
  return found;
}

double mean_x(const std::vector<QPoint>& points) {
  double sum = 0;
  for (const auto& p : points)
    sum += p.x();
  return sum / static_cast<double>(points.size());
}

// Scales 0, 0.05 .. 1, each read as it is.
ScaleSweep perfect() {
  ScaleSweep sweep;
  sweep.layer = "layer";
  sweep.done = 21;
  for (int i = 0; i <= 20; ++i)
    sweep.scale.push_back(i / 20.0);
  sweep.predicted = sweep.scale;
  return sweep;
}

} // namespace

class ResponseViewTest : public QObject {
  Q_OBJECT
  ResponseView view_;

  QImage image() { return view_.grab().toImage(); }
  // Where the line of the current scale stands.
  double x_of(double scale) {
    view_.set_current_scale(scale);
    return mean_x(pixels(image(), theme().peak));
  }

 private slots:
  void initTestCase() {
    apply_theme(*qApp, ThemeChoice::Dark);
    view_.resize(376, 560);
    view_.show();
  }
  void init() {
    view_.set_sweep({});
    view_.set_current_scale({});
  }

  void without_a_sweep_it_says_so() {
    const QImage empty = image();
    QVERIFY(!pixels(empty, theme().dim).empty());
    QVERIFY(pixels(empty, theme().accent).empty() && pixels(empty, theme().line).empty());
    auto waiting = perfect();
    waiting.done = 0;
    view_.set_sweep(waiting);
    QVERIFY(image() != empty);
    QVERIFY(pixels(image(), theme().line).empty()); // no axes yet
  }

  void current_scale_is_where_it_should_be() {
    view_.set_sweep(perfect());
    QVERIFY(pixels(image(), theme().peak).empty());
    const double quarter = x_of(0.25), half = x_of(0.5), three = x_of(0.75);
    QVERIFY(three - half > 20);
    QVERIFY(std::abs((half - quarter) - (three - half)) <= 1);
  }

  void a_perfect_reading_is_the_diagonal() {
    view_.set_sweep(perfect());
    const double left = x_of(0.25), right = x_of(0.75);
    view_.set_current_scale({});
    const auto line = pixels(image(), theme().accent);
    const auto y_at = [&](double x) {
      double sum = 0;
      int count = 0;
      for (const auto& p : line)
        if (std::abs(p.x() - x) <= 1) {
          sum += p.y();
          ++count;
        }
      return sum / count;
    };
    const double middle = (left + right) / 2;
    QVERIFY(y_at(left) > y_at(right) + 10);
    QVERIFY(std::abs(y_at(middle) - (y_at(left) + y_at(right)) / 2) <= 1.5);
  }

  void a_running_sweep_draws_what_there_is() {
    auto part = perfect();
    part.done = 11;
    part.activation = part.scale;
    part.predicted.clear();
    std::fill(part.activation.begin() + 11, part.activation.end(), std::numeric_limits<double>::quiet_NaN());
    view_.set_sweep(part);
    const double half = x_of(0.5);
    view_.set_current_scale({});
    auto drawn = pixels(image(), theme().accent);
    std::erase_if(drawn, [&](QPoint p) { return p.y() < view_.fontMetrics().height() * 3 / 2; }); // "11 of 21 scales"
    QVERIFY(!drawn.empty());
    for (const auto& p : drawn)
      QVERIFY(p.x() <= half + 3);
  }

  void tooltip_tells_values() {
    auto sweep = perfect();
    sweep.channel = 17;
    sweep.activation.assign(21, 2.5);
    sweep.classes = {{"badger", std::vector<double>(21, 0.125)}};
    view_.set_sweep(sweep);
    const QPoint at(static_cast<int>(std::lround(x_of(0.5))), view_.height() / 2);
    QHelpEvent help(QEvent::ToolTip, at, view_.mapToGlobal(at));
    QApplication::sendEvent(&view_, &help);
    QCOMPARE(QToolTip::text(),
             QString("Object scale 50.0 %\nread from layer: 50.0 %\nchannel 17: 2.50\nbadger: 12.5 %"));
  }

  void guesses_are_rings() {
    auto sweep = perfect();
    view_.set_sweep(sweep);
    const QImage dots = image();
    sweep.guessed.assign(21, false);
    view_.set_sweep(sweep);
    QVERIFY(image() == dots);
    sweep.guessed[10] = true;
    view_.set_sweep(sweep);
    const QImage ring = image();
    const auto line = pixels(dots, theme().accent);
    const int x = static_cast<int>(std::lround(x_of(0.5)));
    const auto at = std::ranges::find_if(line, [&](QPoint p) { return p.x() == x; });
    QVERIFY(at != line.end());
    QCOMPARE(dots.pixel(*at + QPoint(0, 1)), theme().accent.rgb());
    QVERIFY(ring.pixel(*at + QPoint(0, 1)) != theme().accent.rgb()); // it is hollow
    const QPoint middle(x, view_.height() / 2);
    QHelpEvent help(QEvent::ToolTip, middle, view_.mapToGlobal(middle));
    QApplication::sendEvent(&view_, &help);
    QCOMPARE(QToolTip::text(),
             QString("Object scale 50.0 %\nread from layer: 50.0 %, a guess: no such image was fitted"));
    QToolTip::hideText();
  }

  void wide_plots_stand_side_by_side() {
    auto sweep = perfect();
    sweep.channel = 17;
    sweep.activation.assign(21, 2.5);
    sweep.classes = {{"badger", std::vector<double>(21, 0.125)}};
    ResponseView wide;
    wide.resize(900, 200);
    wide.show();
    wide.set_sweep(sweep);
    wide.set_current_scale(0.5);
    std::vector<int> columns; // of the line of the current scale, one a plot
    for (const QPoint& p : pixels(wide.grab().toImage(), theme().peak))
      if (std::ranges::none_of(columns, [&](int x) { return std::abs(x - p.x()) < 50; }))
        columns.push_back(p.x());
    QCOMPARE(columns.size(), 3U);
    for (const int x : columns) {
      const QPoint at(x, wide.height() / 2);
      QHelpEvent help(QEvent::ToolTip, at, wide.mapToGlobal(at));
      QApplication::sendEvent(&wide, &help);
      QVERIFY2(QToolTip::text().startsWith("Object scale 50.0 %"), qPrintable(QToolTip::text()));
      QToolTip::hideText();
    }
    QVERIFY(wide.heightForWidth(900) < wide.heightForWidth(300));
  }

  void bars_are_as_long_as_probabilities() {
    PredictionBars bars;
    bars.resize(400, bars.sizeHint().height());
    bars.show();
    QVERIFY(pixels(bars.grab().toImage(), theme().accent).empty());
    bars.set_predictions(
        {{"badger", 0.8}, {"a class with a name that is far too long for its place", 0.4}, {"fox", 0}});
    const QImage image = bars.grab().toImage();
    const int line = bars.sizeHint().height() / 5;
    const auto length = [&](int i) {
      const auto row = pixels(image.copy(0, i * line + line / 2, image.width(), 1), theme().accent);
      return static_cast<int>(row.size());
    };
    QVERIFY(length(1) > 20);
    QVERIFY(std::abs(length(0) - 2 * length(1)) <= 3);
    QCOMPARE(length(2), 0);
    QVERIFY(bars.accessibleDescription().startsWith("badger 80.0 %, "));
  }
};

QTEST_MAIN(ResponseViewTest)
#include "response_view_test.moc"
