#include "tests/support/support.h"

QString shared_folder() {
  const QString named = qEnvironmentVariable("SCALESCOPE_SHARED");
  const QDir dir(named.isEmpty() ? QStringLiteral(SCALESCOPE_TESTS "/../../shared") : named);
  return dir.exists(QStringLiteral("models")) ? dir.canonicalPath() : QString();
}

bool run_python(const QString& script, const QStringList& arguments, QString* output) {
  QProcess python;
  python.setProcessChannelMode(QProcess::MergedChannels);
  python.start(QStringLiteral("/usr/bin/python3"),
               QStringList{QStringLiteral(SCALESCOPE_TESTS "/reference/") + script} + arguments);
  python.waitForFinished(-1);
  *output = QString::fromUtf8(python.readAll());
  return python.exitStatus() == QProcess::NormalExit && python.exitCode() == 0;
}

QByteArray read_all(const QString& file) {
  QFile f(file);
  return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
}
