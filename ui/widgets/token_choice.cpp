#include "ui/widgets/token_choice.h"

#include <QComboBox>

#include <algorithm>

namespace scalescope {

bool has_token_choice(const NetworkInfo& network) {
  return std::ranges::any_of(network.layers, [](const Layer& layer) {
    return layer.has_features() && layer.tokens.known() && layer.tokens.first > 0;
  });
}

void offer_tokens(QComboBox& box, const NetworkInfo& network) {
  box.clear();
  const auto offer = [&](const QString& name, Tokens tokens) { box.addItem(name, QVariant::fromValue(tokens)); };
  offer(QComboBox::tr("Mean of the patches"), Tokens::Mean);
  if (network.has_class_token()) {
    offer(QComboBox::tr("Class token"), Tokens::Class);
    offer(QComboBox::tr("Class token and mean"), Tokens::Both);
  }
  offer(QComboBox::tr("Mean of all tokens"), Tokens::All);
  box.setCurrentIndex(box.findData(QVariant::fromValue(network.source.tokens)));
  box.setToolTip(
      QComboBox::tr("What the analysis reads of a layer of tokens: the mean of its patches, its class token, "
                    "or both. The maps show the patches."));
}

Tokens chosen_tokens(const QComboBox& box) { return box.currentData().value<Tokens>(); }

} // namespace scalescope
