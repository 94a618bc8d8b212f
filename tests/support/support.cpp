#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>

QString shared_folder() {
  const QString named = qEnvironmentVariable("SCALESCOPE_SHARED");
  const QDir dir(named.isEmpty() ? QStringLiteral(SCALESCOPE_TESTS "/../../shared") : named);
  return dir.exists(QStringLiteral("models")) ? dir.canonicalPath() : QString();
}

namespace {

/// tests/reference/serve.py, started with the first script and ended with the program.
class PythonServer {
 public:
  PythonServer() {
    server_.start(QStringLiteral("/usr/bin/python3"), {QStringLiteral(SCALESCOPE_TESTS "/reference/serve.py")});
  }
  ~PythonServer() {
    server_.closeWriteChannel();
    server_.waitForFinished(-1);
  }

  /// [exit code, what was printed], or nothing where there is no Python.
  QJsonArray run(const QStringList& call) {
    server_.write(QJsonDocument(QJsonArray::fromStringList(call)).toJson(QJsonDocument::Compact) + '\n');
    while (!server_.canReadLine())
      if (!server_.waitForReadyRead(-1))
        return {};
    return QJsonDocument::fromJson(server_.readLine()).array();
  }
  [[nodiscard]] QString what_is_wrong() {
    return QString::fromUtf8(server_.readAllStandardError()) + server_.errorString();
  }

 private:
  QProcess server_;
};

} // namespace

bool run_python(const QString& script, const QStringList& arguments, QString* output) {
  static PythonServer server;
  const QJsonArray ended = server.run(QStringList{script} + arguments);
  *output = ended.isEmpty() ? server.what_is_wrong() : ended[1].toString();
  return !ended.isEmpty() && ended[0].toInt() == 0;
}

QByteArray read_all(const QString& file) {
  QFile f(file);
  return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
}
