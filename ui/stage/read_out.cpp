#include "ui/stage/read_out.h"

#include "ui/widgets/theme.h"

namespace scalescope {

ReadOut::ReadOut(QWidget* parent) : QLabel(parent) {
  setObjectName(QStringLiteral("read_out"));
  setForegroundRole(QPalette::PlaceholderText);
  setAlignment(Qt::AlignLeft | Qt::AlignTop);
  setWordWrap(true);
}

void ReadOut::show_reading(const std::optional<Reading>& reading) {
  setToolTip({});
  if (!reading) {
    clear();
    return;
  }
  const bool of_scale = reading->of_scale();
  QString is = tr("true %1, %2 in the original").arg(scale_text(reading->scale), scale_text(reading->original_scale));
  if (!reading->value) {
    setText(tr("Analyse this layer to read the object's scale from it (Ctrl+Return).<br>%1").arg(is));
    return;
  }
  if (!of_scale)
    is = reading->truth ? tr("%1 in the original").arg(value_text(*reading->truth)) : QString();
  QString text =
      QStringLiteral("%1<br><span style='font-size:large; font-weight:600; color:%2'>%3</span> &nbsp;%4")
          .arg(tr("%1 read from %2")
                   .arg(of_scale ? tr("Scale") : reading->target.toHtmlEscaped(), reading->layer.toHtmlEscaped()),
               theme().accent.name(), of_scale ? scale_text(*reading->value) : value_text(*reading->value), is);
  if (const QString& guess = reading->trust.guess; !guess.isEmpty())
    text += QStringLiteral("<br><span style='color:%1'>%2</span>").arg(theme().peak.name(), guess.toHtmlEscaped());
  setText(text);
  setToolTip(reading->trust.fitted_on);
}

} // namespace scalescope
