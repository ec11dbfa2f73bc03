// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <string>

namespace CLI {
class App;
}
namespace bitlens::train {
struct AdversarialOptions;
}

namespace bitlens::cli {

/// Adds the options that adversarial training of any kind has: files of the perceptual loss, weights of the losses, and
/// how the discriminator is made. `adversarial` must outlive the command.
void addAdversarialOptions(CLI::App &command, train::AdversarialOptions &adversarial);

/// Throws UsageError, naming the option that asked for adversarial training, when the perceptual loss has no backbone.
void requireBackbone(const train::AdversarialOptions &adversarial, const std::string &askedBy);

} // namespace bitlens::cli
