#pragma once

#include "core/image/image.h"
#include "core/image/preprocessing.h"
#include "core/network/network.h"

#include <span>

namespace scalescope {

/// Preprocesses an image as a network takes it. For a network of one channel, the image becomes grey as PIL's
/// convert("L") makes it (ITU-R 601: 0.299 red + 0.587 green + 0.114 blue, rounded), and the mean and the standard
/// deviation are the averages of those of the three channels.
/// @param out 3 x height x width, as Network::run takes it; three times the same plane for a network of one channel.
void preprocess_for(const InputForm& form, const Image& image, const Preprocessing& how, std::span<float> out);

} // namespace scalescope
