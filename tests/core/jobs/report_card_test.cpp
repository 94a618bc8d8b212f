// The report card: its numbers are those of its parts' own files.

#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QTest>

#include <cmath>

class ReportCardTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  int run(const QStringList& arguments, QString* said) const {
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.waitForFinished(-1);
    *said = QString::fromUtf8(program.readAll());
    return program.exitCode();
  }

  QJsonObject json(const QString& name) const {
    QFile read(file(name));
    return read.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(read.readAll()).object() : QJsonObject();
  }

 private slots:
  void the_numbers_are_those_of_the_parts() {
    handmade::write_smooth(to_path(file("smooth.pt")), 0);
    QString said;
    const QStringList command{"report-card", "--model",  file("smooth.pt"), "--out",      file("card"),   "--scenes",
                              "50",          "--engine", "libtorch",        "--no-cache", "--input-size", "48"};
    QVERIFY2(run(command, &said) == 0, qPrintable(said.right(400)));
    const QJsonObject card = json("card/report-card.json");
    std::map<QString, QJsonObject> entries; // by measure
    for (const QJsonValue& entry : card["entries"].toArray())
      entries.emplace(entry["measure"].toString() + "|" + entry["layer"].toString(), entry.toObject());
    const auto value = [&](const QString& measure) {
      for (const auto& [name, entry] : entries)
        if (name.startsWith(measure + "|"))
          return entry["value"].toDouble(NAN);
      return static_cast<double>(NAN);
    };
    const auto same = [](double a, double b) { return std::abs(a - b) < 1e-9; };

    double best = -1e9;
    for (const QJsonValue& layer : json("card/object-scale/analysis.json")["layers"].toArray())
      best = std::max(best, layer["r2_mean"].toDouble());
    QVERIFY2(same(value("highest R2"), best), qPrintable(said));

    const QJsonObject invariance = json("card/invariance/invariance.json");
    const QJsonObject smallest = invariance["object_scale"].toArray().first().toObject();
    QVERIFY(same(value("same likeliest class, objects at 2 %"), smallest["agreement"].toDouble(-1)));

    const QJsonObject figure = json("card/equivariance/measures.json")["figures"].toArray().first().toObject();
    const QJsonArray moving = figure["curves"].toArray().first()["mean"].toArray();
    QVERIFY(same(value("equivariance, zoom 1.5"), moving[0].toDouble(-1)));

    double leak = -1e9;
    for (const QJsonValue& layer : json("card/noise/analysis.json")["layers"].toArray())
      leak = std::max(leak, layer["r2_mean"].toDouble());
    QVERIFY(same(value("R2 of the size of noise images, highest"), leak));
    QVERIFY(std::isfinite(value("R2 of log2 of the magnification, whole network")));

    QVERIFY2(card["cite_as"].toString().contains("Scale report card of smooth.pt (SHA-256 "), qPrintable(said));
    QVERIFY(card["headline"].toString().startsWith("R2 of object scale is highest at "));
    QFile page(file("card/report-card.html"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QString html = QString::fromUtf8(page.readAll());
    QVERIFY(html.contains("<svg") && html.contains(card["cite_as"].toString()));
    QFile table(file("card/report-card.csv"));
    QVERIFY(table.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(table.readAll()).trimmed().split('\n').size(),
             static_cast<qsizetype>(entries.size()) + 1);
  }

  void a_network_that_is_missing_is_said_first() {
    QString said;
    QCOMPARE(run({"report-card", "--model", file("gone.pt"), "--out", file("none")}, &said), 1);
    QVERIFY2(said.contains("gone.pt does not exist"), qPrintable(said));
    QVERIFY(!QFileInfo::exists(file("none")));
    QCOMPARE(run({"report-card", "--out", file("none")}, &said), 2);
  }
};

QTEST_GUILESS_MAIN(ReportCardTest)
#include "report_card_test.moc"
