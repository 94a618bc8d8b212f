#pragma once
// packaging/test runs some tests again: those of networks with the current LibTorch (SCALESCOPE_RUN_OF=network), those
// of bad input under AddressSanitizer (SCALESCOPE_RUN_OF=bad-input). With --all nothing of them is left out.

#include <QTest>

/// Skips a function, or a row of it, in a run of that label: it says nothing there that the first run has not said.
#define NOT_IN_RUN_OF(label)                                                                                           \
  if (qEnvironmentVariable("SCALESCOPE_RUN_OF") == QStringLiteral(label))                                              \
  QSKIP("not about '" label "'")
