#pragma once
// Common parts of tests: the developers' shared folder, a scratch folder, Python.

#include "core/base/error.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <filesystem>

/// The shared folder (SCALESCOPE_SHARED, or ../shared beside the checkout), empty if there is none.
[[nodiscard]] QString shared_folder();

#define NEED_SHARED(variable)                                                                                          \
  const QString variable = shared_folder(); /* NOLINT(bugprone-macro-parentheses) */                                   \
  if ((variable).isEmpty())                                                                                            \
  QSKIP("the shared folder is not beside this checkout (set SCALESCOPE_SHARED)")

/// The message of the Error that the work throws; empty if it throws none.
template <typename Work>
QString error_text(Work&& work) {
  try {
    work();
  } catch (const scalescope::Error& e) {
    return QString::fromUtf8(e.what());
  }
  return {};
}

/// Runs Debian's Python (the one that sees python3-torch) on a script in tests/reference; its output is in `output`.
/// @return whether it ended with 0.
bool run_python(const QString& script, const QStringList& arguments, QString* output);

/// A file's bytes; empty if it can't be read.
[[nodiscard]] QByteArray read_all(const QString& file);

inline std::filesystem::path to_path(const QString& s) { return s.toStdString(); }
