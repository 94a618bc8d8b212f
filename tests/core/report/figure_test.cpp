#include "core/base/error.h"
#include "core/image/image.h"
#include "core/image/read_image.h"
#include "core/report/curve_figure.h"
#include "core/report/render_figure.h"
#include "core/report/svg_text.h"
#include "core/report/target_figure.h"
#include "core/results/npy.h"
#include "tests/support/support.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

#include <cairo.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

using namespace scalescope;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// An element of the figure, and what it lies in.
struct Element {
  QString name;
  QMap<QString, QString> attributes;
  QString text;
  QString group; ///< id or class of the innermost group

  [[nodiscard]] double number(const char* attribute) const {
    return attributes.value(QLatin1String(attribute)).toDouble();
  }
};

QList<Element> parse(const std::string& svg) {
  QList<Element> elements;
  QStringList groups;
  QXmlStreamReader xml(QByteArray::fromStdString(svg));
  int open = -1;
  while (!xml.atEnd()) {
    xml.readNext();
    if (xml.isStartElement()) {
      Element element{xml.name().toString(), {}, {}, groups.isEmpty() ? QString() : groups.last()};
      for (const QXmlStreamAttribute& attribute : xml.attributes())
        element.attributes[attribute.name().toString()] = attribute.value().toString();
      if (element.name == "g")
        groups << element.attributes.value("id", element.attributes.value("class"));
      open = static_cast<int>(elements.size());
      elements << element;
    } else if (xml.isCharacters() && open >= 0) {
      elements[open].text += xml.text();
    } else if (xml.isEndElement()) {
      open = -1;
      if (xml.name() == QLatin1String("g"))
        groups.removeLast();
    }
  }
  if (xml.hasError())
    qFatal("the SVG is not XML: %s", qPrintable(xml.errorString()));
  return elements;
}

QList<Element> select(const QList<Element>& elements, const QString& group, const QString& name) {
  QList<Element> found;
  for (const Element& element : elements)
    if (element.group == group && element.name == name)
      found << element;
  return found;
}

QStringList texts(const QList<Element>& elements, const QString& group) {
  QStringList found;
  for (const Element& element : select(elements, group, "text"))
    found << element.text.trimmed();
  return found;
}

Element by_id(const QList<Element>& elements, const QString& id) {
  for (const Element& element : elements)
    if (element.attributes.value("id") == id)
      return element;
  return {};
}

/// Reads values off the figure as a person does: between two lines of the grid with their numbers.
struct Ruler {
  explicit Ruler(const QList<Element>& elements) {
    const QList<Element> lines = select(elements, "y-axis", "line");
    const QStringList numbers = texts(elements, "y-axis");
    if (lines.size() < 3 || lines.size() != numbers.size())
      qFatal("the axis has %d lines and %d numbers", int(lines.size()), int(numbers.size()));
    const auto value = [&](qsizetype i) { return QString(numbers[i]).replace(QChar(0x2212), '-').toDouble(); };
    const qsizetype last = lines.size() - 1;
    y0 = lines[0].number("y1");
    v0 = value(0);
    per_unit = (value(last) - v0) / (lines[last].number("y1") - y0);
  }
  [[nodiscard]] double value(double y) const { return v0 + (y - y0) * per_unit; }

  double y0;
  double v0;
  double per_unit;
};

/// The numbers in a path's data.
QList<double> numbers_in(const QString& data) {
  static const QRegularExpression number(QStringLiteral("-?[0-9.]+"));
  QList<double> found;
  for (auto each = number.globalMatch(data); each.hasNext();)
    found << each.next().captured().toDouble();
  return found;
}

CurveFigure some_figure() {
  return {"Title",
          "subtitle",
          "R²",
          {"stem", "block", "head", "output"},
          {{"trained weights", {0.1, 0.4567, 0.72, 0.3}, {0.05, 0.1, 0.0123, 0.2}},
           {"random weights", {0.0, 0.02, -0.07, 0.01}, {0.02, 0.02, 0.02, 0.02}, true}}};
}

CurveFigure with_layers(int count, const QString& name) {
  CurveFigure figure{"Title", "", "R²", {}, {{"trained weights", {}, {}}}};
  for (int i = 0; i < count; ++i) {
    figure.layers.push_back(name.arg(i).toStdString());
    figure.series[0].mean.push_back(0.5 + 0.3 * std::sin(i / 20.0));
    figure.series[0].standard_deviation.push_back(0.02);
  }
  return figure;
}

} // namespace

class FigureTest : public QObject {
  Q_OBJECT

 private slots:
  void says_what_it_is_told() {
    CurveFigure figure = some_figure();
    figure.title = "R² <b> & \"c\"";
    figure.subtitle = "a\x01 broken \xFF byte, \xE2\x82 cut";
    figure.y_label = "R² of >= 5 'rows'";
    figure.layers[1] = "a&b";
    figure.series[1].name = "<random>";
    const QList<Element> all = parse(to_svg(figure));
    QCOMPARE(by_id(all, "title").text, QString("R² <b> & \"c\""));
    QCOMPARE(by_id(all, "subtitle").text, QString("a\uFFFD broken \uFFFD byte, \uFFFD\uFFFD cut"));
    QCOMPARE(by_id(all, "y-label").text, QString("R² of >= 5 'rows'"));
    QCOMPARE(texts(all, "legend"), (QStringList{"trained weights", "<random>"}));
    QCOMPARE(texts(all, "x-axis"), (QStringList{"stem", "a&b", "head", "output"}));
    QCOMPARE(by_id(all, "x-label").text, QString("layer, from input to output"));
  }

  void depths_stand_below_the_axis() {
    CurveFigure figure = some_figure();
    const double height = parse(to_svg(figure))[0].number("height");
    figure.depths = {1, 4, 17, 18};
    const QList<Element> all = parse(to_svg(figure));
    QCOMPARE(texts(all, "x-axis"), (QStringList{"1", "stem", "4", "block", "17", "head", "18", "output", "depth"}));
    QCOMPARE(by_id(all, "x-label").text,
             QString("layer, from input to output; depth in convolutions and linear layers"));
    QVERIFY(all[0].number("height") > height);
  }

  // As losses by epoch are drawn, where the highest is nothing to look for.
  void another_x_axis_without_a_peak() {
    CurveFigure figure = some_figure();
    figure.x_label = "epoch <1>";
    figure.mark_peak = false;
    const QList<Element> all = parse(to_svg(figure));
    QCOMPARE(by_id(all, "x-label").text, QString("epoch <1>"));
    QVERIFY(texts(all, "peak").isEmpty() && select(all, "peak", "circle").isEmpty());
    QCOMPARE(select(all, "series-0", "circle").size(), 4);
  }

  void points_and_bars_are_where_they_belong() {
    const CurveFigure figure = some_figure();
    const QList<Element> all = parse(to_svg(figure));
    const Ruler ruler(all);
    const double pixel = std::abs(ruler.per_unit); // two decimals are written
    const QList<Element> marks = select(all, "x-axis", "line");
    QCOMPARE(marks.size(), 4);
    for (std::size_t s = 0; s < 2; ++s) {
      const QString group = QString("series-%1").arg(s);
      const QList<Element> points = select(all, group, "circle");
      QCOMPARE(points.size(), 4);
      for (std::size_t i = 0; i < 4; ++i) {
        QVERIFY(std::abs(ruler.value(points[i].number("cy")) - figure.series[s].mean[i]) < 0.02 * pixel);
        QCOMPARE(points[i].number("cx"), marks[i].number("x1"));
        QVERIFY(std::abs(points[i].number("cx") - points[0].number("cx") -
                         i * (points[1].number("cx") - points[0].number("cx"))) < 0.03);
      }
      QList<Element> bars;
      QList<double> line;
      for (const Element& path : select(all, group, "path")) {
        if (path.attributes.value("class") == "bar")
          bars << path;
        else
          line = numbers_in(path.attributes["d"]);
      }
      QCOMPARE(line.size(), 8);
      QCOMPARE(bars.size(), s == 0 ? 3 : 4); // the peak's is smaller than its point
      for (std::size_t i = 0; i < 4; ++i)
        QVERIFY(std::abs(ruler.value(line[2 * i + 1]) - figure.series[s].mean[i]) < 0.02 * pixel);
      for (std::size_t i = 0; i < 2; ++i) { // "M x y V y"
        const QList<double> ends = numbers_in(bars[i].attributes["d"]);
        QVERIFY(std::abs(ruler.value(ends[1]) - (figure.series[s].mean[i] - figure.series[s].standard_deviation[i])) <
                0.02 * pixel);
        QVERIFY(std::abs(ruler.value(ends[2]) - (figure.series[s].mean[i] + figure.series[s].standard_deviation[i])) <
                0.02 * pixel);
      }
    }
  }

  void marks_the_peak_of_the_first_series() {
    CurveFigure figure = some_figure();
    figure.series[1].mean[0] = 0.9; // higher, but not the first's
    QList<Element> all = parse(to_svg(figure));
    QCOMPARE(texts(all, "peak"), QStringList{"peak 0.72 ± 0.01 at head"});
    const Element dot = select(all, "peak", "circle").value(0);
    QVERIFY(std::abs(Ruler(all).value(dot.number("cy")) - 0.72) < 0.001);
    QCOMPARE(dot.number("cx"), select(all, "x-axis", "line")[2].number("x1"));
    figure.series[0].standard_deviation.clear();
    figure.series[0].mean = {-0.5, -0.001, missing, -0.7};
    QCOMPARE(texts(parse(to_svg(figure)), "peak"), QStringList{"peak 0.00 at block"});
    figure.series[0].mean = {missing, missing, missing, missing};
    QVERIFY(texts(parse(to_svg(figure)), "peak").isEmpty());
  }

  void the_label_of_the_peak_covers_no_other_curve() {
    CurveFigure figure = some_figure();
    figure.series[1].mean = {0, 0, 0.95, 0}; // above the peak
    const QList<Element> all = parse(to_svg(figure));
    const double other = select(all, "series-1", "circle")[2].number("cy");
    QVERIFY(select(all, "peak", "text")[0].number("y") < other - 4);
  }

  void clips_what_lies_far_below_zero() {
    // Published values of the paper: InceptionV3, trained and random.
    CurveFigure figure{"R²", "", "R²", {}, {}};
    for (int i = 0; i < 13; ++i)
      figure.layers.push_back("mixed" + std::to_string(i));
    const std::vector<double> standard_deviation(13, 0.05);
    figure.series = {{"trained",
                      {-0.72, -2.39, -3.12, 0.59, 0.69, 0.70, 0.79, 0.73, 0.84, 0.77, 0.54, -0.12, -3861},
                      standard_deviation},
                     {"random",
                      {-283, -331, -14.4, -0.47, -0.41, -0.53, -0.54, -0.66, -0.06, 0.06, 0.08, -0.13, -1e9},
                      standard_deviation,
                      true}};
    const QList<Element> all = parse(to_svg(figure));
    const Ruler ruler(all);
    const QList<Element> marks = select(all, "x-axis", "line");
    const double floor = marks[0].number("y1");
    QVERIFY(ruler.value(floor) < -0.72 && ruler.value(floor) > -1.1);
    QCOMPARE(select(all, "series-0", "circle").size(), 10);
    QCOMPARE(select(all, "series-1", "circle").size(), 9);
    const QStringList numbers = texts(all, "clipped");
    QCOMPARE(QSet<QString>(numbers.begin(), numbers.end()),
             (QSet<QString>{"−2.39", "−3.12", "−3861", "−283", "−331", "−14.4", "−1.0e+09"}));
    const QList<Element> triangles = select(all, "clipped", "path");
    QCOMPARE(triangles.size(), 7);
    for (const Element& triangle : triangles)
      QVERIFY(numbers_in(triangle.attributes["d"])[1] > floor);
    for (const QString& group : {QString("series-0"), QString("series-1")}) {
      for (const Element& path : select(all, group, "path")) {
        const QList<double> line = numbers_in(path.attributes["d"]);
        if (path.attributes.value("class") != "bar")
          for (qsizetype i = 1; i < line.size(); i += 2)
            QVERIFY(line[i] <= floor + 0.01);
      }
    }
    // From one clipped value to the next there is no line: 1 to 2, and on to 3 there is.
    QCOMPARE(select(all, "series-0", "path")[0].attributes["d"].count('M'), 2);
    // One that lies within the figure is no reason to go down to another.
    figure.series[0].mean[0] = 0.1;
    figure.series.pop_back();
    figure.series[0].mean[11] = 0.2;
    const QList<Element> higher = parse(to_svg(figure));
    QVERIFY(std::abs(Ruler(higher).value(select(higher, "x-axis", "line")[0].number("y1"))) < 1e-3);
  }

  void deviations_do_not_stretch_the_axis_without_limit() {
    CurveFigure figure = some_figure();
    figure.series[0].standard_deviation = {1000, 0.1, missing, std::numeric_limits<double>::infinity()};
    const QList<Element> all = parse(to_svg(figure));
    const Ruler ruler(all);
    QVERIFY(ruler.value(select(all, "x-axis", "line")[0].number("y1")) > -0.4);
    QVERIFY(ruler.value(select(all, "y-axis", "line").last().number("y1")) <= 1.06);
    QVERIFY(to_svg(figure).find("nan") == std::string::npos && to_svg(figure).find("inf") == std::string::npos);
  }

  void leaves_gaps_where_a_value_is_missing() {
    CurveFigure figure = some_figure();
    figure.series[0].mean = {0.1, missing, 0.3}; // the fourth isn't there at all
    const QList<Element> all = parse(to_svg(figure));
    QCOMPARE(select(all, "series-0", "circle").size(), 2);
    const QString line = select(all, "series-0", "path")[0].attributes["d"];
    QCOMPARE(line.count('M'), 2);
    QCOMPARE(line.count('L'), 0);
  }

  void controls_are_dashed_and_behind() {
    CurveFigure figure = some_figure();
    const std::string svg = to_svg(figure);
    QVERIFY(svg.find("id=\"series-1\"") < svg.find("id=\"series-0\""));
    const QList<Element> all = parse(svg);
    QVERIFY(select(all, "series-1", "path")[0].attributes.contains("stroke-dasharray"));
    QVERIFY(!select(all, "series-0", "path")[0].attributes.contains("stroke-dasharray"));
  }

  void labels_stay_legible_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("slanted");
    QTest::addColumn<int>("most");
    QTest::newRow("3") << 3 << QStringLiteral("layer%1") << false << 3;
    QTest::newRow("19") << 19 << QStringLiteral("_blocks.%1") << true << 19;
    QTest::newRow("150") << 150 << QStringLiteral("features.denseblock4.denselayer%1.conv2") << true << 50;
    QTest::newRow("1000") << 1000 << QStringLiteral("%1") << true << 50;
    QTest::newRow("long") << 12 << QStringLiteral("a_very_long_name.that_goes_on.and_on.and_on.and_on.until_%1") << true
                          << 12;
    QTest::newRow("one") << 1 << QStringLiteral("layer%1") << false << 1;
  }

  void labels_stay_legible() {
    QFETCH(int, count);
    QFETCH(QString, name);
    QFETCH(bool, slanted);
    QFETCH(int, most);
    const CurveFigure figure = with_layers(count, name);
    const QList<Element> all = parse(to_svg(figure));
    const QList<Element> labels = select(all, "x-axis", "text");
    const QList<Element> marks = select(all, "x-axis", "line");
    QCOMPARE(labels.size(), marks.size());
    QVERIFY(!labels.isEmpty() && labels.size() <= most && labels.size() >= std::min(count, most) / 2);
    const double page_height = by_id(all, "x-label").number("y");
    double before = -1e9;
    for (qsizetype i = 0; i < labels.size(); ++i) {
      const double x = marks[i].number("x1");
      const double width = text_width(labels[i].text.toStdString(), 11);
      QCOMPARE(labels[i].attributes.value("transform").contains("rotate(-45)"), slanted);
      if (slanted) {
        const double end = numbers_in(labels[i].attributes["transform"])[1];
        QVERIFY(x - before > 11 * 1.3); // lines of letters 11 high, sqrt(2) apart along the axis
        QVERIFY(x - width * 0.707 > 0 && end + width * 0.707 < page_height - 5);
        before = x;
      } else {
        QVERIFY(x - width / 2 > before + 5 && x + width / 2 < 960);
        before = x + width / 2;
      }
    }
    const QString last = QString::fromStdString(figure.layers.back());
    const QString shown = labels.last().text;
    if (shown == last)
      return;
    QVERIFY(shown.contains("…") && shown.size() > 30);
    QVERIFY(last.startsWith(shown.section("…", 0, 0)) && last.endsWith(shown.section("…", 1)));
  }

  void empty_figures_are_drawn() {
    QVERIFY(!render_png(to_svg(CurveFigure{}), 1).empty());
    CurveFigure figure = some_figure();
    for (CurveSeries& series : figure.series)
      series.mean = std::vector<double>(4, missing);
    QVERIFY(!render_png(to_svg(figure), 1).empty());
    figure.series[0].mean = {-5, -6, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    const QList<Element> all = parse(to_svg(figure));
    QCOMPARE(texts(all, "clipped"), (QStringList{"−5", "−6", "−∞"}));
  }

  void png_shows_the_figure() {
    const CurveFigure figure = some_figure();
    const std::string svg = to_svg(figure);
    const QList<Element> all = parse(svg);
    for (const double scale : {1.0, 2.0}) {
      const std::vector<std::uint8_t> png = render_png(svg, scale);
      const QTemporaryDir folder;
      QFile file(folder.filePath("figure.png"));
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write(reinterpret_cast<const char*>(png.data()), static_cast<qint64>(png.size()));
      file.close();
      const Image image = read_image(to_path(file.fileName()));
      QCOMPARE(image.width, static_cast<int>(all[0].number("width") * scale));
      QCOMPARE(image.height, static_cast<int>(all[0].number("height") * scale));
      const auto colour_at = [&](double x, double y) {
        const auto place =
            3 * (static_cast<std::size_t>(y * scale) * image.width + static_cast<std::size_t>(x * scale));
        return QString("#%1%2%3")
            .arg(image.pixels[place], 2, 16, QLatin1Char('0'))
            .arg(image.pixels[place + 1], 2, 16, QLatin1Char('0'))
            .arg(image.pixels[place + 2], 2, 16, QLatin1Char('0'));
      };
      QCOMPARE(colour_at(2, 2), QString("#ffffff"));
      const Element peak = select(all, "peak", "circle")[0];
      QCOMPARE(colour_at(peak.number("cx"), peak.number("cy")), by_id(all, "peak").attributes["fill"]);
      const Element point = select(all, "series-0", "circle")[0];
      QCOMPARE(colour_at(point.number("cx"), point.number("cy")), point.attributes["fill"]);
    }
  }

  void what_cannot_be_drawn_is_an_error() {
    QVERIFY_EXCEPTION_THROWN((void)render_png("no SVG"), Error);
    QVERIFY_EXCEPTION_THROWN((void)render_png(""), Error);
    const std::string svg = to_svg(some_figure());
    for (const double scale : {0.0, -1.0, 1e6, missing})
      QVERIFY_EXCEPTION_THROWN((void)render_png(svg, scale), Error);
  }

  void widths_of_texts_are_those_of_the_font() {
    const auto destroy = [](cairo_surface_t* s) { cairo_surface_destroy(s); };
    const std::unique_ptr<cairo_surface_t, decltype(destroy)> surface(cairo_image_surface_create(CAIRO_FORMAT_A8, 8, 8),
                                                                      destroy);
    cairo_t* context = cairo_create(surface.get());
    const auto free_context = qScopeGuard([&] { cairo_destroy(context); });
    cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context, 1000);
    cairo_text_extents_t extents;
    cairo_text_extents(context, "i0W", &extents);
    if (std::abs(extents.x_advance - 278 - 636 - 989) > 2)
      QSKIP("this machine has no DejaVu Sans");
    for (const char* text : {"_blocks.12", "pre-softmax", "features.denseblock4.denselayer16.conv2", "(Mixed_7c) ~!"}) {
      cairo_text_extents(context, text, &extents);
      QVERIFY2(std::abs(text_width(text, 1000) / extents.x_advance - 1) < 0.03, text);
    }
  }

  void npy_is_read_by_numpy() {
    const QTemporaryDir folder;
    for (const auto& [rows, columns] : {std::pair(7, 5), std::pair(1, 1), std::pair(123, 1280)}) {
      std::vector<float> values(static_cast<std::size_t>(rows * columns));
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = std::sin(static_cast<float>(i)) * 1e5F;
      const std::string npy = to_npy(values, rows, columns);
      const QString name = folder.filePath("values.npy");
      QFile file(name);
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write(npy.data(), static_cast<qint64>(npy.size()));
      file.close();
      QString output;
      if (!run_python("npy_load.py", {name}, &output)) {
        if (output.contains("ModuleNotFoundError") || output.isEmpty())
          QSKIP("this machine's /usr/bin/python3 lacks NumPy");
        QFAIL(qPrintable(output));
      }
      QCOMPARE(output.trimmed(), QString("(%1, %2) <f4 True 0 True").arg(rows).arg(columns));
      QFile raw(name + ".raw");
      QVERIFY(raw.open(QIODevice::ReadOnly));
      const QByteArray bytes = raw.readAll();
      QCOMPARE(bytes.size(), static_cast<qsizetype>(values.size() * sizeof(float)));
      QVERIFY(std::memcmp(bytes.constData(), values.data(), values.size() * sizeof(float)) == 0);
    }
  }

  // A point a row, right ones on the line; bars that count the rows; ticks that say their whole number.
  void targets_and_predictions() {
    TargetFigure figure{"object scale", {}, {{"good", {}}, {"poor <layer>", {}}}};
    for (int i = 0; i <= 48; ++i) {
      figure.targets.push_back(0.02 * i);
      figure.panels[0].predicted.push_back(0.02 * i);
      figure.panels[1].predicted.push_back(0.5);
    }
    const QList<Element> all = parse(to_svg(figure));
    int rows = 0;
    for (const Element& bar : select(all, "bars", "title"))
      rows += bar.text.toInt();
    QCOMPARE(rows, 49);
    QCOMPARE(select(all, "bars", "rect").size(), 12);
    const QList<Element> points = select(all, "points", "circle");
    QCOMPARE(points.size(), 2 * 49);
    for (int i = 0; i < 49; ++i) { // x to the right, y up, at the same rate where both axes are alike
      QVERIFY(std::abs((points[i].number("cx") - points[0].number("cx")) -
                       (points[0].number("cy") - points[i].number("cy"))) < 0.15);
      QCOMPARE(points[49 + i].number("cy"), points[49].number("cy"));
    }
    QStringList words;
    for (const Element& element : all)
      if (element.name == "text")
        words << element.text.trimmed();
    for (const char* word : {"0.25", "0.50", "0.75", "good", "poor <layer>", "49 rows", "true object scale"})
      QVERIFY2(words.contains(word), word);
  }

  void bars_are_intervals_where_there_are_any() {
    CurveFigure figure{
        .title = "t", .subtitle = "s", .layers = {"a", "b"}, .series = {{"net", {0.5, 0.4}, {0.1, 0.1}}}};
    figure.series[0].intervals = {{0.2, 0.6}, {}};
    const QString svg = QString::fromStdString(to_svg(figure));
    QVERIFY(svg.contains("peak 0.50 [0.20, 0.60] at a"));
    QCOMPARE(svg.count("class=\"bar\""), 1); // the other has none
    figure.series[0].intervals.clear();
    QCOMPARE(QString::fromStdString(to_svg(figure)).count("class=\"bar\""), 2);
  }
};

QTEST_GUILESS_MAIN(FigureTest)
#include "figure_test.moc"
