// The page that every experiment ends in: whole by itself, well-formed, and safe from what it is given.

#include "core/report/curve_figure.h"
#include "core/report/html_report.h"
#include "core/report/render_figure.h"

#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

using namespace scalescope;

namespace {

HtmlReport example() {
  CurveFigure curve;
  curve.title = "R² by layer";
  curve.layers = {"a", "b"};
  curve.series = {{"trained", {0.25, 0.5}, {0.1, 0.1}, false}};
  HtmlReport report("Scale & <size>", "The peak is at b, \"0.5\".");
  report.section("Curve").figure(to_svg(curve), "Rises.").figure(to_svg(curve), "Rises again.");
  report.image(render_png(to_svg(curve), 0.1), 96, "Small.");
  report.table({{"layer", "R2"}, {{"a<b>", "0.250"}, {"b", "0.500"}}});
  report.facts({{"seed", "0"}, {"file", "odd \x01 \xff name"}});
  report.left_out({{"x.jpg", "several objects (3)"}});
  return report;
}

} // namespace

class HtmlReportTest : public QObject {
  Q_OBJECT

 private slots:
  void is_well_formed_and_keeps_the_text() {
    QXmlStreamReader xml(QByteArray::fromStdString(example().html()));
    QStringList cells;
    QSet<QString> ids;
    int images = 0;
    bool escaped_title = false;
    while (!xml.atEnd()) {
      xml.readNext();
      if (!xml.isStartElement())
        continue;
      if (const auto id = xml.attributes().value("id").toString(); !id.isEmpty()) {
        QVERIFY2(!ids.contains(id), qPrintable(id)); // two figures, and still every id once
        ids << id;
      }
      images += xml.name() == QLatin1String("svg") ? 1 : 0;
      if (xml.name() == QLatin1String("td"))
        cells << xml.readElementText();
      else if (xml.name() == QLatin1String("h1"))
        escaped_title = xml.readElementText() == "Scale & <size>";
    }
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QCOMPARE(images, 2);
    QVERIFY(escaped_title);
    QCOMPARE(cells, QStringList({"a<b>", "0.250", "b", "0.500", "0", u"odd \uFFFD \uFFFD name"_qs, "x.jpg",
                                 "several objects (3)"}));
  }

  void needs_nothing_from_elsewhere() {
    QString page = QString::fromStdString(example().html());
    page.remove("http://www.w3.org/2000/svg"); // the name of a language, nothing to fetch
    QVERIFY(!page.contains(QRegularExpression("https?:|@import|<link|<script")));
    for (auto sources = QRegularExpression("(src|href)=\"([^\"]*)\"").globalMatch(page); sources.hasNext();) {
      const QString source = sources.next().captured(2);
      QVERIFY2(source.startsWith("data:") || source.startsWith('#'), qPrintable(source));
    }
  }

  void an_image_comes_back_whole() {
    const std::vector<std::uint8_t> bytes{0, 255, 128, 7, 9};
    const QString page = QString::fromStdString(HtmlReport("t", "h").image(bytes, 10, "c").html());
    const auto match = QRegularExpression("base64,([^\"]*)").match(page);
    QCOMPARE(QByteArray::fromBase64(match.captured(1).toLatin1()), QByteArray("\x00\xff\x80\x07\x09", 5));
  }

  void says_that_nothing_was_left_out() {
    QVERIFY(HtmlReport("t", "h").left_out({}).html().find("Nothing.") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(HtmlReportTest)
#include "html_report_test.moc"
