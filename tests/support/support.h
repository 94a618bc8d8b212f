#pragma once
// What several tests need: the developers' shared folder, a scratch folder, Python.

#include "core/base/error.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <filesystem>

/// The shared folder (SCALESCOPE_SHARED, or ../shared beside the checkout), empty where there is none.
inline QString shared_folder() {
  const QString named = qEnvironmentVariable("SCALESCOPE_SHARED");
  const QDir dir(named.isEmpty() ? QStringLiteral(SCALESCOPE_TESTS "/../../shared") : named);
  return dir.exists(QStringLiteral("models")) ? dir.canonicalPath() : QString();
}

#define NEED_SHARED(variable)                                                                                          \
  const QString variable = shared_folder(); /* NOLINT(bugprone-macro-parentheses) */                                   \
  if ((variable).isEmpty())                                                                                            \
  QSKIP("the shared folder is not beside this checkout (set SCALESCOPE_SHARED)")

/// What the work says when it throws an Error; empty if it does not.
template <typename Work>
QString error_text(Work&& work) {
  try {
    work();
  } catch (const scalescope::Error& e) {
    return QString::fromUtf8(e.what());
  }
  return {};
}

/// Runs Debian's Python (the one that sees python3-torch) on a script in tests/; its output is in `output`.
/// @return whether it ended with 0.
inline bool run_python(const QString& script, const QStringList& arguments, QString* output) {
  QProcess python;
  python.setProcessChannelMode(QProcess::MergedChannels);
  python.start(QStringLiteral("/usr/bin/python3"),
               QStringList{QStringLiteral(SCALESCOPE_TESTS "/reference/") + script} + arguments);
  python.waitForFinished(-1);
  *output = QString::fromUtf8(python.readAll());
  return python.exitStatus() == QProcess::NormalExit && python.exitCode() == 0;
}

/// A file's bytes; none where it can't be read.
inline QByteArray read_all(const QString& file) {
  QFile f(file);
  return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
}

inline std::filesystem::path to_path(const QString& s) { return s.toStdString(); }
