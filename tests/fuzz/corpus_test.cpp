// What fuzzing found worth keeping (see CONTRIBUTING): each file is read, or refused with a sentence.

#include "tests/fuzz/readers.h"
#include "tests/support/support.h"

#include <QTest>

class CorpusTest : public QObject {
  Q_OBJECT

 private slots:
  void is_read_or_refused_data() {
    QTest::addColumn<QString>("reader");
    for (const std::string& reader : fuzzed_readers())
      QTest::newRow(reader.c_str()) << QString::fromStdString(reader);
  }

  void is_read_or_refused() {
    QFETCH(QString, reader);
    const QDir folder(QStringLiteral(SCALESCOPE_TESTS "/fuzz/corpus/") + reader);
    const QStringList files = folder.entryList(QDir::Files);
    QVERIFY2(!files.isEmpty(), "it has no corpus");
    int refused = 0;
    for (const QString& file : files) {
      const std::string input = read_all(folder.filePath(file)).toStdString();
      const std::string said = read_as(reader.toStdString(), input);
      const std::string fault = said.empty() ? "" : fault_of(said, input);
      QVERIFY2(fault.empty(), qPrintable(file + ": " + QString::fromStdString(fault + ": " + said)));
      refused += said.empty() ? 0 : 1;
    }
    QVERIFY2(refused > 0, "nothing is refused");
    qInfo("%d files, %d of them refused", static_cast<int>(files.size()), refused);
  }
};

QTEST_GUILESS_MAIN(CorpusTest)
#include "corpus_test.moc"
