// The curve in the window, driven by mouse and keyboard on its pixels.

#include "core/base/error.h"
#include "core/report/analysis_report.h"
#include "tests/support/support.h"
#include "ui/curve/curve_plot.h"
#include "ui/curve/curve_view.h"
#include "ui/widgets/theme.h"

#include <QLabel>
#include <QMenu>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>
#include <QToolButton>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>
#include <limits>

using namespace scalescope;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

CurveData some_curve() {
  CurveData data;
  data.figure = {
      "R² of object scale by layer",
      "net · images",
      "R²",
      {"_blocks.0", "_blocks.1", "_blocks.2", "_blocks.3", "_bn1", "output", "softmax"},
      {{"the network", {-0.03, 0.26, 0.51, 0.72, 0.66, 0.46, 0.04}, {0.04, 0.02, 0.1, 0.01, 0.02, 0.02, 0.1}},
       {"random weights", {0, 0.02, 0.01, 0.03, 0.02, 0.02, 0.01}, std::vector<double>(7, 0.01), true}}};
  data.depths = {2, 4, 6, 8, 9, 10, 10};
  data.channels = {16, 24, 40, 80, 1280, 1000, 1000};
  data.repetitions = 10;
  return data;
}

CurveData with_layers(int count, const QString& pattern) {
  CurveData data;
  data.figure.series = {{"the network", {}, {}}};
  for (int i = 0; i < count; ++i) {
    data.figure.layers.push_back(pattern.arg(i).toStdString());
    data.figure.series[0].mean.push_back(0.8 * std::sin(3.0 * i / count));
    data.figure.series[0].standard_deviation.push_back(0.02);
  }
  data.depths.assign(static_cast<std::size_t>(count), 1);
  data.channels = data.depths;
  return data;
}

/// Published values of the paper: InceptionV3, trained and random, least squares.
CurveData far_below_zero() {
  CurveData data = with_layers(13, QStringLiteral("mixed%1"));
  const std::vector<double> standard_deviation(13, 0.05);
  data.figure.series = {{"trained",
                         {-0.72, -2.39, -3.12, 0.59, 0.69, 0.70, 0.79, 0.73, 0.84, 0.77, 0.54, -0.12, -3861},
                         standard_deviation},
                        {"random",
                         {-283, -331, -14.4, -0.47, -0.41, -0.53, -0.54, -0.66, -0.06, 0.06, 0.08, -0.13, -1e9},
                         standard_deviation,
                         true}};
  return data;
}

/// A view on the screen, and what is under its fingers.
struct Shown {
  explicit Shown(const CurveData& data, QSize size = {900, 320}) {
    view.resize(size);
    view.set_data(data);
    view.show();
    if (!QTest::qWaitForWindowExposed(&view))
      qFatal("no window");
    plot = view.findChild<CurvePlot*>();
    settle();
  }
  void settle() const { plot->replot(); }
  [[nodiscard]] QPoint at(double layer, double value) const {
    return {qRound(plot->xAxis->coordToPixel(layer)), qRound(plot->yAxis->coordToPixel(value))};
  }
  [[nodiscard]] QColor colour(QPoint place) const { return plot->grab().toImage().pixelColor(place); }
  void click(QPoint place) const { QTest::mouseClick(plot, Qt::LeftButton, {}, place); }
  void wheel(QPoint place, int notches) const {
    QWheelEvent event(place, plot->mapToGlobal(place), {}, {0, 120 * notches}, Qt::NoButton, {}, Qt::NoScrollPhase,
                      false);
    QCoreApplication::sendEvent(plot, &event);
    settle();
  }
  void drag(QPoint from, QPoint to) const {
    QTest::mousePress(plot, Qt::LeftButton, {}, from);
    for (int step = 1; step <= 4; ++step) { // QTest's own moves come without a button
      const QPoint place = from + (to - from) * step / 4;
      QMouseEvent move(QEvent::MouseMove, place, plot->mapToGlobal(place), Qt::NoButton, Qt::LeftButton, {});
      QCoreApplication::sendEvent(plot, &move);
    }
    QTest::mouseRelease(plot, Qt::LeftButton, {}, to);
    settle();
  }

  CurveView view;
  CurvePlot* plot = nullptr;
};

bool nearly(const QColor& a, const QColor& b) {
  return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue()) < 60;
}

} // namespace

class CurveViewTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { apply_theme(*qApp, ThemeChoice::Dark); }

  void a_click_on_a_point_chooses_its_layer() {
    const CurveData data = some_curve();
    const Shown shown(data);
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    for (const std::size_t i : {2U, 0U, 6U})
      shown.click(shown.at(static_cast<double>(i), data.figure.series[0].mean[i]));
    shown.click(shown.at(4, 0.02)); // a control's point is one of the layer, too
    QCOMPARE(chosen.size(), 4);
    QCOMPARE(chosen[0][0].toString(), "_blocks.2");
    QCOMPARE(chosen[1][0].toString(), "_blocks.0");
    QCOMPARE(chosen[2][0].toString(), "softmax");
    QCOMPARE(chosen[3][0].toString(), "_bn1");
    shown.click(shown.at(1.5, 0.7)); // nothing there
    QCOMPARE(chosen.size(), 4);
  }

  void the_current_layer_has_a_ring() {
    Shown shown(some_curve());
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    const QPoint middle = shown.at(2, 0.51);
    QVERIFY(nearly(shown.colour(middle), theme().accent));
    shown.view.set_current("_blocks.2");
    shown.settle();
    QVERIFY(nearly(shown.colour(middle), theme().panel));
    shown.view.set_current("no layer of this curve");
    shown.settle();
    QVERIFY(nearly(shown.colour(middle), theme().accent));
    QVERIFY(chosen.isEmpty()); // no echo
    shown.click(middle);       // by itself
    shown.settle();
    QVERIFY(nearly(shown.colour(middle), theme().panel));
  }

  void a_layer_set_before_its_curve_is_current_when_it_comes() {
    Shown shown({});
    shown.view.set_current("_blocks.2");
    shown.view.set_data(some_curve());
    shown.settle();
    QVERIFY(nearly(shown.colour(shown.at(2, 0.51)), theme().panel));
  }

  void the_peak_is_marked() {
    CurveData data = some_curve();
    Shown shown(data);
    QVERIFY(nearly(shown.colour(shown.at(3, 0.72)), theme().peak));
    QCOMPARE(shown.plot->marks().content().peak_text, "peak 0.72 ± 0.01 at _blocks.3");
    data.figure.series[0].mean[4] = 0.9;
    shown.view.set_data(data);
    shown.settle();
    QVERIFY(nearly(shown.colour(shown.at(4, 0.9)), theme().peak));
    QVERIFY(nearly(shown.colour(shown.at(3, 0.72)), theme().accent));
    QCOMPARE(shown.plot->marks().content().peak_text, "peak 0.90 ± 0.02 at _bn1");
  }

  void deviations_are_bars() {
    const Shown shown(some_curve());
    const auto is_drawn = [&](double value) { // a thin line may lie between two pixels
      int brightest = 0;
      for (const int x : {-1, 0, 1})
        brightest = std::max(brightest, shown.colour(shown.at(2, value) + QPoint(x, 0)).blue());
      return brightest > (theme().accent.blue() + theme().panel.blue()) / 2;
    };
    for (const double end : {0.51 + 0.09, 0.51 - 0.09})
      QVERIFY(is_drawn(end));
    for (const double beyond : {0.51 + 0.13, 0.51 - 0.13})
      QVERIFY(!is_drawn(beyond));
  }

  void controls_are_dashed_and_dim() {
    CurveData data = some_curve();
    data.figure.series[1].mean.assign(7, 0.35);
    data.figure.series[1].standard_deviation.assign(7, 0);
    const Shown shown(data);
    const QImage image = shown.plot->grab().toImage();
    int drawn = 0;
    int gaps = 0;
    const QPoint from = shown.at(4, 0.35);
    for (int x = from.x() + 8; x < shown.at(5, 0.35).x() - 8; ++x) {
      bool dim = false;
      for (const int y : {-1, 0, 1})
        dim = dim || std::abs(image.pixelColor(x, from.y() + y).lightness() - theme().dim.lightness()) < 40;
      (dim ? drawn : gaps) += 1;
    }
    QVERIFY2(drawn > 20 && gaps > 15, qPrintable(QString("%1 drawn, %2 gaps").arg(drawn).arg(gaps)));
  }

  void names_stand_at_the_lines() {
    const Shown shown(some_curve());
    QCOMPARE(shown.plot->marks().texts().size(), std::size_t{3}); // the peak's, and one a line
    const QRectF network = shown.plot->marks().texts()[1];
    double nearest = 1e9;
    for (double layer = 0; layer <= 6; layer += 0.1) {
      const auto i = static_cast<std::size_t>(layer);
      const auto& mean = shown.view.curve().figure.series[0].mean;
      const double value = i + 1 < mean.size() ? mean[i] + (mean[i + 1] - mean[i]) * (layer - i) : mean[i];
      nearest = std::min(nearest, QLineF(shown.at(layer, value), network.center()).length());
    }
    QVERIFY(nearest < network.width() / 2 + 2 * network.height());
  }

  void texts_do_not_overlap_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(900, 320), QSize(420, 220), QSize(1600, 500)})
      for (const int which : {0, 1, 2})
        QTest::addRow("%d at %d", which, size.width()) << which << size;
  }

  void texts_do_not_overlap() {
    QFETCH(int, which);
    QFETCH(QSize, size);
    const CurveData data = which == 0 ? some_curve() : which == 1 ? far_below_zero() : with_layers(150, "layer%1.conv");
    const Shown shown(data, size);
    const auto& texts = shown.plot->marks().texts();
    QVERIFY(!texts.empty());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      QVERIFY(QRectF(shown.plot->rect()).contains(texts[i]));
      for (std::size_t k = 0; k < i; ++k)
        QVERIFY(!texts[i].intersects(texts[k]));
    }
  }

  // Bars are intervals over images where there are any; of random scale, which has none, nothing is drawn.
  void intervals_are_shown_as_such() {
    CurveData data = some_curve();
    for (const double mean : data.figure.series[0].mean)
      data.figure.series[0].intervals.push_back({mean - 0.1, mean + 0.05});
    data.figure.series[1].intervals.resize(7);
    const Shown shown(data);
    QCOMPARE(shown.plot->marks().content().peak_text, "peak 0.72 [0.62, 0.77] at _blocks.3");
    QVERIFY(shown.view.findChild<QLabel*>("note")->text().startsWith(
        "mean of 10 repetitions, bars: 95 % interval over images"));
    QCOMPARE(layer_note(data, 2), "_blocks.2\nthe network: R² 0.51 [0.41, 0.56]\nrandom weights: R² 0.01 ± 0.01");
    const auto& lines = shown.plot->marks().content().lines;
    QVERIFY(std::abs(lines[0].below[2] - 0.1) < 1e-12 && std::abs(lines[0].above[2] - 0.05) < 1e-12);
    QVERIFY(lines[1].below[2] == 0 && lines[1].above[2] == 0);
  }

  void other_fits_are_shown_on_demand() {
    CurveData data = some_curve();
    Shown shown(data);
    auto* fits = shown.view.findChild<QToolButton*>("other fits");
    QVERIFY(!fits->isVisible()); // there are none
    data.other_fits = {{"ridge (clipped)", std::vector(7, 0.3), {}}, {"ridge (unclipped)", std::vector(7, 0.2), {}}};
    shown.view.set_data(data);
    shown.settle();
    QVERIFY(fits->isVisible());
    QCOMPARE(fits->text(), "Other fits");
    QCOMPARE(shown.plot->marks().content().lines.size(), 2U);
    QCOMPARE(fits->menu()->actions().size(), 2);
    fits->menu()->actions()[1]->trigger();
    shown.settle();
    QCOMPARE(shown.plot->marks().content().lines.size(), 3U);
    QCOMPARE(shown.plot->marks().content().lines[2].name, "ridge (unclipped)");
    data.sensitivity_note = "R2 depends on a few images here.";
    shown.view.set_data(data);
    QCOMPARE(fits->text(), "Other fits differ");
    QVERIFY(fits->toolTip().endsWith("R² depends on a few images here."));
    data.other_fits = {{"ridge (unclipped)", std::vector(7, 0.1), {}}, {"46 images", std::vector(7, 0.0), {}}};
    shown.view.set_data(data); // of a new analysis: the chosen curve stays
    shown.settle();
    QVERIFY(fits->menu()->actions()[0]->isChecked() && !fits->menu()->actions()[1]->isChecked());
    QCOMPARE(shown.plot->marks().content().lines.size(), 3U);
    fits->menu()->actions()[0]->trigger();
    shown.settle();
    QCOMPARE(shown.plot->marks().content().lines.size(), 2U);
  }

  void grows_while_values_come() {
    CurveData data = some_curve();
    data.partial = true;
    data.repetitions = 3;
    const std::vector<double> all = data.figure.series[0].mean;
    for (std::size_t i = 2; i < 7; ++i)
      data.figure.series[0].mean[i] = missing;
    data.figure.series.pop_back();
    Shown shown(data);
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    shown.click(shown.at(2, all[2]));
    QVERIFY(chosen.isEmpty());
    auto* note = shown.view.findChild<QLabel*>("note");
    QVERIFY2(note->text().startsWith("partial: 2 of 7 layers, mean ± sd over 3 repetitions so far"),
             qPrintable(note->text()));
    QVERIFY(shown.view.accessibleDescription().contains("partial"));
    data.figure.series[0].mean[2] = all[2];
    shown.view.set_data(data);
    shown.settle();
    shown.click(shown.at(2, all[2]));
    QCOMPARE(chosen.size(), 1);
    data.figure.series[0].mean = all;
    data.partial = false;
    shown.view.set_data(data);
    QVERIFY(note->text().startsWith("mean ± sd over 3 repetitions"));
  }

  void wheel_and_drag_move_and_a_double_click_shows_all() {
    const Shown shown(some_curve());
    const QCPRange layers = shown.plot->xAxis->range();
    const QCPRange values = shown.plot->yAxis->range();
    shown.wheel(shown.at(3, 0.72), 3);
    QVERIFY(shown.plot->xAxis->range().size() < layers.size() * 0.8);
    QVERIFY(shown.plot->yAxis->range().size() < values.size() * 0.8);
    const QCPRange zoomed = shown.plot->xAxis->range();
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    const QPoint from = shown.at(3, 0.72); // a drag from a point is no click
    const double distance = zoomed.size() * 100 / shown.plot->axisRect()->width();
    shown.drag(from, from + QPoint(-100, 0));
    const double dragged = shown.plot->xAxis->range().lower - zoomed.lower;
    QVERIFY2(std::abs(dragged - distance) < 0.05 * distance, qPrintable(QString("%1 %2").arg(dragged).arg(distance)));
    QVERIFY(chosen.isEmpty());
    shown.drag(from, from + QPoint(-2000, 0)); // ends where the curve ends
    QCOMPARE(shown.plot->xAxis->range().upper, layers.upper);
    const QPoint empty = shown.at(5, 0.6);
    QTest::mouseDClick(shown.plot, Qt::LeftButton, {}, empty);
    QTest::mouseRelease(shown.plot, Qt::LeftButton, {}, empty); // QTest's double click leaves the button down
    shown.settle();
    QCOMPARE(shown.plot->xAxis->range(), layers);
    QCOMPARE(shown.plot->yAxis->range(), values);
    shown.wheel(shown.at(3, 0.4), -5); // there is nothing further out
    QCOMPARE(shown.plot->xAxis->range(), layers);
    for (int i = 0; i < 100; ++i)
      shown.wheel(shown.at(3, 0.4), 5);
    QVERIFY(shown.plot->xAxis->range().size() > 1 && shown.plot->yAxis->range().size() > 0.005);
  }

  void new_values_keep_the_zoom_and_new_layers_do_not() {
    CurveData data = some_curve();
    Shown shown(data);
    shown.wheel(shown.at(3, 0.4), 3);
    const QCPRange layers = shown.plot->xAxis->range();
    const QCPRange values = shown.plot->yAxis->range();
    data.figure.series[0].mean[5] = 0.95;
    shown.view.set_data(data);
    shown.settle();
    QCOMPARE(shown.plot->xAxis->range(), layers);
    QCOMPARE(shown.plot->yAxis->range(), values);
    shown.view.set_data(with_layers(20, "layer%1"));
    shown.settle();
    QVERIFY(shown.plot->xAxis->range().contains(0) && shown.plot->xAxis->range().contains(19));
  }

  void tooltips_say_every_value() {
    const Shown shown(some_curve());
    QTest::mouseMove(shown.plot, shown.at(1.5, 0.6));
    QTest::mouseMove(shown.plot, shown.at(2, 0.51));
    QTRY_COMPARE(QToolTip::text(), "_blocks.2\nthe network: R² 0.51 ± 0.10\nrandom weights: R² 0.01 ± 0.01");
    QTest::mouseMove(shown.plot, shown.at(1.5, 0.6));
    QTRY_VERIFY(!QToolTip::isVisible());
  }

  void switches_to_the_scale_of_the_paper() {
    const CurveData data = far_below_zero();
    const Shown shown(data);
    QCOMPARE(shown.plot->yAxis->label(), "R²");
    const auto buttons = shown.view.findChildren<QToolButton*>();
    QTest::mouseClick(*std::ranges::find(buttons, "e^R² / e", &QToolButton::text), Qt::LeftButton);
    shown.settle();
    QVERIFY(shown.plot->yAxis->label().contains("e^R²"));
    QVERIFY(shown.plot->yAxis->range().lower > -0.1 && shown.plot->yAxis->range().upper < 1.2);
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    shown.click(shown.at(5, std::exp(0.70) / std::exp(1.0)));
    shown.click(shown.at(12, 0)); // -3861 is 0 there
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(chosen[0][0].toString(), "mixed5");
    QCOMPARE(chosen[1][0].toString(), "mixed12");
    QTest::mouseClick(*std::ranges::find(buttons, "R²", &QToolButton::text), Qt::LeftButton);
    shown.settle();
    QVERIFY(shown.plot->yAxis->range().lower < -0.5);
  }

  void far_negative_values_are_clipped_and_marked() {
    const Shown shown(far_below_zero());
    QVERIFY(shown.plot->yAxis->range().lower > -1.6);
    const auto& content = shown.plot->marks().content();
    QCOMPARE(content.lines[0].clipped[12], "−3861");
    QCOMPARE(content.lines[0].clipped[1], "−2.39");
    QVERIFY(content.lines[0].clipped[0].isEmpty()); // -0.72 is within
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    const QPoint mark = shown.at(12, content.floor) + QPoint(0, shown.plot->fontMetrics().height() / 2);
    QVERIFY(nearly(shown.colour(mark), theme().accent));
    QVERIFY(!nearly(shown.colour(shown.at(8, content.floor) + QPoint(0, 4)), theme().accent));
    shown.click(mark);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toString(), "mixed12");
    for (int i = 0; i < 60; ++i) // out until everything is within
      shown.wheel(shown.at(6, 0.5), -5);
    QVERIFY(shown.plot->yAxis->range().contains(-3861));
    QVERIFY(shown.plot->marks().content().lines[0].clipped[12].isEmpty());
  }

  void labels_never_overlap_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("width");
    for (const int width : {320, 700, 1400}) {
      QTest::addRow("7 at %d", width) << 7 << "_blocks.%1" << width;
      QTest::addRow("19 at %d", width) << 19 << "_blocks.%1" << width;
      QTest::addRow("40 long at %d", width) << 40 << "features.denseblock4.denselayer%1.conv2" << width;
      QTest::addRow("150 at %d", width) << 150 << "layer3.%1.conv2" << width;
      QTest::addRow("1 at %d", width) << 1 << "layer%1" << width;
    }
  }

  void labels_never_overlap() {
    QFETCH(int, count);
    QFETCH(QString, name);
    QFETCH(int, width);
    const Shown shown(with_layers(count, name), {width, 300});
    const auto check = [&] {
      const QVector<double> ticks = shown.plot->xAxis->tickVector();
      const QVector<QString> labels = shown.plot->xAxis->tickVectorLabels();
      const QFontMetricsF metrics(shown.plot->xAxis->tickLabelFont());
      QVERIFY(!ticks.isEmpty());
      const bool level = shown.plot->xAxis->tickLabelRotation() == 0;
      for (qsizetype i = 0; i < ticks.size(); ++i) {
        const double x = shown.plot->xAxis->coordToPixel(ticks[i]);
        const double label = metrics.horizontalAdvance(labels[i]);
        QVERIFY(!labels[i].isEmpty());
        QVERIFY(level ? x - label / 2 >= 0 && x + label / 2 <= shown.plot->width() : x - label * 0.707 >= -2);
        QVERIFY(level || label * 0.707 < shown.plot->axisRect()->margins().bottom());
        if (i == 0)
          continue;
        const double step = x - shown.plot->xAxis->coordToPixel(ticks[i - 1]);
        // Level ones side by side; sloped ones a line's height apart, seen across them.
        QVERIFY(level ? step >= (label + metrics.horizontalAdvance(labels[i - 1])) / 2 + 2
                      : step * 0.707 >= metrics.ascent());
      }
    };
    check();
    QVERIFY(shown.plot->xAxis->tickVector().contains(count - 1)); // the last one is named

    std::vector<int> axis_label; // where it stands, in pixels above the lower edge
    for (int above = -shown.plot->height(); above <= shown.plot->height(); ++above) {
      const QPointF place(shown.plot->axisRect()->center().x(), shown.plot->height() - above);
      if (shown.plot->xAxis->getPartAt(place) == QCPAxis::spAxisLabel)
        axis_label.push_back(above);
    }
    QVERIFY(!axis_label.empty() && axis_label.front() >= 1); // not cut off
    if (count < 10)
      return;
    const auto step = [&] { return shown.plot->xAxis->tickVector()[1] - shown.plot->xAxis->tickVector()[0]; };
    const double before = step();
    shown.wheel(shown.at(count / 2, 0.4), 8);
    check();
    QVERIFY(before == 1 ? step() == 1 : step() < before); // there is room for more
  }

  void short_names() {
    QCOMPARE(short_layer_names({"_blocks.0", "_blocks.12", "_bn1", "features.3", "Mixed_6b", "layer1.0.conv1"}),
             (QStringList{"b0", "b12", "_bn1", "f3", "Mixed_6b", "layer1.0.conv1"}));
    QCOMPARE(short_layer_names({"blocks.1", "body.1"}), (QStringList{"blocks.1", "body.1"}));
    QCOMPARE(short_layer_names({"layers.2.blocks.5", "features.1.0", "vit.encoder.layer.3",
                                "encoder.layers.encoder_layer_4", "blocks.3.attn", "norm", "blocks.2.mlp.act"}),
             (QStringList{"l2.b5", "f1.0", "l3", "l4", "blocks.3.attn", "norm", "blocks.2.mlp.act"}));
  }

  void without_a_curve_it_says_what_to_do() {
    Shown shown({});
    auto* label = shown.view.findChild<QLabel*>("empty");
    QVERIFY(label->isVisible() && !shown.plot->isVisible());
    QVERIFY(label->text().contains("Analyse"));
    shown.view.set_data(some_curve());
    QVERIFY(!label->isVisible() && shown.plot->isVisible());
    shown.view.set_data({});
    QVERIFY(label->isVisible());
    QTest::keyClick(&shown.view, Qt::Key_Right); // nowhere to go, and no crash
  }

  void layers_without_values_have_their_axis() {
    CurveData data = some_curve();
    data.partial = true;
    for (auto& series : data.figure.series)
      series.mean.assign(7, missing);
    const Shown shown(data);
    QVERIFY(shown.plot->isVisible());
    QCOMPARE(shown.plot->xAxis->tickVector().size(), 7);
    QVERIFY(shown.view.findChild<QLabel*>("note")->text().contains("no layer is scored yet"));
    QVERIFY(shown.plot->marks().texts().empty());
  }

  void arrows_walk_along_the_layers() {
    Shown shown(some_curve());
    QSignalSpy chosen(&shown.view, &CurveView::layer_chosen);
    QTest::keyClick(&shown.view, Qt::Key_Right);
    QTest::keyClick(&shown.view, Qt::Key_Right);
    QTest::keyClick(&shown.view, Qt::Key_Left);
    QTest::keyClick(&shown.view, Qt::Key_Left); // the first stays
    QCOMPARE(chosen.size(), 3);
    QCOMPARE(chosen[1][0].toString(), "_blocks.1");
    QCOMPARE(chosen[2][0].toString(), "_blocks.0");
    shown.view.set_current("output");
    QTest::keyClick(&shown.view, Qt::Key_Right);
    QCOMPARE(chosen[3][0].toString(), "softmax");
    shown.wheel(shown.at(6, 0.4), 6); // the layer comes into the image
    shown.view.set_current("_blocks.1");
    QTest::keyClick(&shown.view, Qt::Key_Left);
    QVERIFY(shown.plot->xAxis->range().contains(0));
  }

  void keyboard_focus_is_visible() {
    Shown shown(some_curve());
    const QPoint edge = shown.plot->axisRect()->topLeft() + QPoint(0, 10);
    QVERIFY(!nearly(shown.colour(edge), theme().accent));
    shown.view.activateWindow();
    shown.view.clearFocus();
    shown.view.setFocus(Qt::TabFocusReason);
    QTRY_VERIFY(shown.view.hasFocus());
    shown.settle();
    QVERIFY(nearly(shown.colour(edge), theme().accent));
  }

  void follows_the_theme() {
    const Shown shown(some_curve());
    for (const auto choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
      apply_theme(*qApp, choice);
      QCoreApplication::processEvents();
      shown.settle();
      QCOMPARE(shown.colour({2, 2}), theme().panel);
      QVERIFY(nearly(shown.colour(shown.at(3, 0.72)), theme().peak));
      QVERIFY(nearly(shown.colour(shown.at(1, 0.26)), theme().accent));
    }
  }

  void can_be_read_out() {
    const Shown shown(some_curve());
    QVERIFY(shown.view.accessibleName().contains("R²"));
    QVERIFY(shown.view.accessibleDescription().contains("peak 0.72 at _blocks.3"));
    QVERIFY(shown.view.focusPolicy() & Qt::TabFocus);
  }

  void is_saved_as_the_command_line_saves_it() {
    const QTemporaryDir folder;
    const CurveData data = some_curve();
    for (const char* ending : {"svg", "png", "csv", "PDF"})
      save_curve(data, folder.filePath("curve.") + ending);
    QCOMPARE(read_all(folder.filePath("curve.svg")).toStdString(), to_svg(data.figure));
    const auto png = QImage(folder.filePath("curve.png"));
    QCOMPARE(png.width(), 1920);
    const auto csv = read_all(folder.filePath("curve.csv")).split('\n');
    QCOMPARE(csv[0], "layer,depth,channels,r2_mean,r2_sd,random_weights_r2_mean,random_weights_r2_sd");
    QCOMPARE(csv[4], "_blocks.3,8,80,0.72,0.01,0.03,0.01");
    QCOMPARE(csv.size(), 9);
    QVERIFY(read_all(folder.filePath("curve.PDF")).startsWith("%PDF-"));
    const QString reader = QStandardPaths::findExecutable("pdftotext");
    if (reader.isEmpty())
      QSKIP("no pdftotext to read the PDF with");
    QProcess read;
    read.start(reader, {folder.filePath("curve.PDF"), "-"});
    QVERIFY(read.waitForFinished());
    const QString text = QString::fromUtf8(read.readAllStandardOutput());
    QVERIFY2(text.contains("peak 0.72 ± 0.01 at _blocks.3"), qPrintable(text));
  }

  void a_partial_curve_is_saved_as_one() {
    const QTemporaryDir folder;
    CurveData data = some_curve();
    data.partial = true;
    data.figure.series[0].mean[5] = data.figure.series[0].standard_deviation[5] = missing;
    save_curve(data, folder.filePath("curve.csv"));
    save_curve(data, folder.filePath("curve.svg"));
    QCOMPARE(read_all(folder.filePath("curve.csv")).split('\n')[6], "output,10,1000,,,0.02,0.01");
    QVERIFY(read_all(folder.filePath("curve.svg")).contains("partial: 6 of 7 layers"));
  }

  void what_cannot_be_saved_is_an_error() {
    const QTemporaryDir folder;
    const auto message = [](const CurveData& data, const QString& path) -> QString {
      try {
        save_curve(data, path);
        return {};
      } catch (const Error& e) {
        return QString::fromUtf8(e.what());
      }
    };
    QVERIFY(message(some_curve(), folder.filePath("curve.bmp")).contains(".png, .svg, .pdf or .csv"));
    QVERIFY(message({}, folder.filePath("curve.svg")).contains("analysis"));
    QVERIFY(message(some_curve(), "/proc/no/curve.svg").contains("/proc/no"));
    QVERIFY(QDir(folder.path()).isEmpty());
  }
};

QTEST_MAIN(CurveViewTest)
#include "curve_view_test.moc"
