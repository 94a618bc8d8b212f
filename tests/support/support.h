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
[[nodiscard]] QString shared_folder();

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

/// Runs Debian's Python (the one that sees python3-torch) on a script in tests/reference; its output is in `output`.
/// @return whether it ended with 0.
bool run_python(const QString& script, const QStringList& arguments, QString* output);

/// A file's bytes; none where it can't be read.
[[nodiscard]] QByteArray read_all(const QString& file);

inline std::filesystem::path to_path(const QString& s) { return s.toStdString(); }
