// Several curves over one another: what is read of the records, where points stand, what is refused. The records are
// written by hand, with numbers whose places and peaks are known.

#include "core/base/error.h"
#include "core/report/comparison_report.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>

using namespace scalescope;

namespace {

struct Made {
  QString layer;
  int depth;
  QJsonValue mean;
  double standard_deviation;
};

const QList<Made> shallow{{"a", 2, 0.1, 0.01}, {"b", 4, 0.75, 0.02}, {"c", 10, 0.3, 0.03}};
const QList<Made> deep{{"x", 1, 0.0, 0.01}, {"y", 51, 0.5, 0.02}, {"z, \"last\"", 101, QJsonValue(), 0}};

QJsonObject record(const QString& network, const QString& data, const QList<Made>& layers,
                   const QString& target = "object scale") {
  QJsonArray list;
  for (const Made& made : layers)
    list.append(QJsonObject{{"layer", made.layer},
                            {"depth", made.depth},
                            {"r2_mean", made.mean},
                            {"r2_sd", made.mean.isNull() ? QJsonValue() : QJsonValue(made.standard_deviation)}});
  return {{"model", QJsonObject{{"name", network}, {"random_weights", false}}},
          {"data", QJsonObject{{"name", data}, {"target", target}}},
          {"layers", list}};
}

struct Run {
  int code = -1;
  QString output;
};
Run compare(const QStringList& arguments) {
  QProcess process;
  process.setProcessChannelMode(QProcess::MergedChannels);
  process.start(QStringLiteral(SCALESCOPE_CLI), QStringList{"compare"} + arguments);
  process.waitForFinished(-1);
  return {process.exitCode(), QString::fromUtf8(process.readAll())};
}

} // namespace

class ComparisonTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  QString path(const QString& name) const { return folder_.filePath(name); }
  QString write(const QString& name, const QByteArray& text) const {
    QDir().mkpath(path(name));
    QFile file(path(name) + "/analysis.json");
    if (file.open(QIODevice::WriteOnly))
      file.write(text);
    return path(name);
  }
  QString write(const QString& name, const QJsonObject& content) const {
    return write(name, QJsonDocument(content).toJson());
  }
  std::vector<ComparedCurve> read(const QStringList& folders) const {
    std::vector<std::filesystem::path> paths;
    for (const QString& folder : folders)
      paths.push_back(to_path(folder));
    return read_curves(paths);
  }
  QString error_of(const QStringList& folders) const {
    try {
      (void)read(folders);
    } catch (const Error& e) {
      return QString::fromUtf8(e.what());
    }
    return {};
  }
  QString file(const QString& name) const {
    QFile f(path(name));
    return f.open(QIODevice::ReadOnly) ? QString::fromUtf8(f.readAll()) : QString();
  }

 private slots:
  void initTestCase() {
    write("one", record("small.pt", "photos", shallow));
    write("two", record("large.pt", "photos", deep));
  }

  void depth_goes_from_0_to_1() {
    const auto curves = read({path("one"), path("two/analysis.json")}); // a folder, or the file itself
    QCOMPARE(curves.size(), 2U);
    QCOMPARE(curves[0].layers[0].place, 0.0);
    QCOMPARE(curves[0].layers[1].place, 0.25); // (4 - 2) / (10 - 2)
    QCOMPARE(curves[0].layers[2].place, 1.0);
    QCOMPARE(curves[1].layers[1].place, 0.5);
    QCOMPARE(curves[0].peak().name, std::string("b"));
    QVERIFY(std::isinf(curves[1].layers[2].mean)); // null in the record
    QCOMPARE(curves[1].peak().name, std::string("y"));
  }

  void names_tell_the_curves_apart() {
    const auto by_network = read({path("one"), path("two")});
    QCOMPARE(by_network[0].name, std::string("small.pt"));
    write("other-data", record("small.pt", "drawings", shallow));
    QCOMPARE(read({path("one"), path("other-data")})[1].name, std::string("drawings"));
    QCOMPARE(read({path("one"), path("other-data"), path("two")})[1].name, std::string("small.pt, drawings"));
    write("again", record("small.pt", "photos", shallow));
    const auto same = read({path("one"), path("again")});
    QVERIFY(same[0].name != same[1].name);
    QVERIFY(same[1].name.find("again") != std::string::npos);
    QJsonObject random = record("small.pt", "photos", shallow);
    random["model"] = QJsonObject{{"name", "small.pt"}, {"random_weights", true}};
    write("random", random);
    QCOMPARE(read({path("one"), path("random")})[1].name, std::string("small.pt (random weights)"));
  }

  void the_table_holds_every_number() {
    const auto curves = read({path("one"), path("two")});
    const auto lines = QString::fromStdString(comparison_csv(curves)).trimmed().split('\n');
    QCOMPARE(lines.size(), 7);
    QCOMPARE(lines[2], QString("small.pt,small.pt,photos,object scale,b,4,0.25,0.75,0.02,,"));
    QCOMPARE(lines[6], QString("large.pt,large.pt,photos,object scale,\"z, \"\"last\"\"\",101,1,,,,"));
  }

  // Of an analysis with intervals over images these are the bars and the numbers; its report is not written over.
  void intervals_take_the_place_of_deviations() {
    QJsonObject with = record("small.pt", "photos", shallow);
    QJsonArray layers = with["layers"].toArray();
    for (qsizetype i = 0; i < layers.size(); ++i) {
      QJsonObject layer = layers[i].toObject();
      layer["r2_interval"] = QJsonArray{layer["r2_mean"].toDouble() - 0.125, layer["r2_mean"].toDouble() + 0.0625};
      layers[i] = layer;
    }
    with["layers"] = layers;
    write("with", with);
    const auto curves = read({path("with"), path("two")});
    const auto lines = QString::fromStdString(comparison_csv(curves)).trimmed().split('\n');
    QCOMPARE(lines[2], QString("small.pt,small.pt,photos,object scale,b,4,0.25,0.75,0.02,0.625,0.8125"));
    const QString svg = QString::fromStdString(comparison_svg(curves));
    QVERIFY2(svg.contains("small.pt: peak 0.75 [0.62, 0.81] at b") && svg.contains("large.pt: peak 0.50 ± 0.02 at y"),
             qPrintable(svg));
    QVERIFY(std::ranges::count(inputs_of(curves), to_path(path("with/report.html"))) == 0);
    QFile page(path("with/report.html"));
    QVERIFY(page.open(QIODevice::WriteOnly));
    QVERIFY(std::ranges::count(inputs_of(curves), to_path(path("with/report.html"))) == 1);
  }

  void points_stand_where_their_numbers_say() {
    const QString svg = QString::fromStdString(comparison_svg(read({path("one"), path("two")})));
    QXmlStreamReader xml(svg);
    QList<QPointF> points;
    while (!xml.atEnd())
      if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == QStringLiteral("circle"))
        points.append({xml.attributes().value("cx").toDouble(), xml.attributes().value("cy").toDouble()});
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QCOMPARE(points.size(), 5); // the layer without an R2 has none
    const auto share = [](double v, double from, double to) { return (v - from) / (to - from); };
    QVERIFY(std::abs(share(points[1].x(), points[0].x(), points[2].x()) - 0.25) < 1e-3);
    QVERIFY(std::abs(share(points[1].y(), points[0].y(), points[2].y()) - (0.75 - 0.1) / (0.3 - 0.1)) < 1e-3);
    QCOMPARE(points[3].x(), points[0].x()); // both are the first of their curves
  }

  void the_command_writes_a_page_by_itself() {
    const Run ran = compare({path("one"), path("two"), "--out", path("out")});
    QVERIFY2(ran.code == 0, qPrintable(ran.output));
    QVERIFY(ran.output.contains(QRegularExpression("small.pt +b +0.25 +0.750 \\+- 0.020")));
    const QString page = file("out/report.html");
    QVERIFY(page.contains("is read best from small.pt at b (R² 0.75, at 0.25 of the depth)"));
    QVERIFY(!page.contains(QRegularExpression("(src|href)\\s*=\\s*[\"']?(https?:|//|/)")));
    for (const char* cell : {"<td>0.750</td>", "<td>0.300</td>", "<td>0.500</td>"})
      QVERIFY2(page.contains(cell) || page.contains(QString(cell).replace("<td>", ">").replace("</td>", "<")), cell);
    const auto kept = QJsonDocument::fromJson(file("out/compare.json").toUtf8()).object();
    QCOMPARE(kept["curves"].toArray()[0].toObject()["peak"].toString(), QString("b"));
    for (const char* name : {"compare.csv", "compare.svg", "compare.png"})
      QVERIFY2(QFileInfo(path("out/") + name).size() > 100, name);
  }

  void what_cannot_be_compared_says_why() {
    write("ages", record("small.pt", "photos", shallow, "age"));
    QVERIFY(error_of({path("one"), path("ages")}).contains("has the target \"age\", but "));
    write("text", QByteArray("once upon a time"));
    QVERIFY(error_of({path("one"), path("text")}).contains("text/analysis.json is not an analysis"));
    write("empty", record("small.pt", "photos", {}));
    QVERIFY(error_of({path("one"), path("empty")}).contains("is not an analysis"));
    QVERIFY(error_of({path("one"), path("nowhere")}).contains("nowhere"));
    QVERIFY(error_of({path("one")}).contains("There is only one analysis"));

    QCOMPARE(compare({path("one"), path("text"), "--out", path("none")}).code, 1);
    QVERIFY(!QFileInfo::exists(path("none/report.html")));
    QCOMPARE(compare({path("one"), "--out", path("none")}).code, 2);
    QCOMPARE(compare({path("one"), path("two")}).code, 2);
  }
};

QTEST_GUILESS_MAIN(ComparisonTest)
#include "comparison_test.moc"
