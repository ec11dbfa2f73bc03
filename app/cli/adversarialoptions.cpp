// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/adversarialoptions.h"

#include "app/cli/command.h"

#include "engine/train/trainoptions.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace bitlens::cli {

namespace {

constexpr const char *kPatch = "patch";

} // namespace

void addAdversarialOptions(CLI::App &command, train::AdversarialOptions &adversarial)
{
    command
        .add_option("--backbone", adversarial.backbone,
                    "Weights of SqueezeNet 1.1 for the perceptual loss and for LPIPS")
        ->type_name("FILE");
    command
        .add_option("--lpips", adversarial.heads,
                    "LPIPS heads for the backbone; without them the perceptual loss is a plain feature distance")
        ->type_name("FILE");
    command.add_option("--pixel-weight", adversarial.pixelWeight, "Of the L1 loss in adversarial phases")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--perceptual-weight", adversarial.perceptualWeight, "Of the perceptual loss")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--adversarial-weight", adversarial.adversarialWeight, "Of the adversarial loss")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command
        .add_option("--pattern-weight", adversarial.patternWeight,
                    "Of the loss on patterns that repeat with the grid of the small picture")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_flag("--relativistic", adversarial.relativistic, "Relativistic average discriminator");
    command.add_option("--discriminator-rate", adversarial.discriminatorLearningRate, "The discriminator's")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option_function<std::string>(
            "--discriminator",
            [&adversarial](const std::string &kind) { adversarial.discriminatorPatches = kind == kPatch; },
            "patch: an answer for each patch; picture: one for each crop, as SRGAN's")
        ->check(CLI::IsMember({kPatch, "picture"}))
        ->default_str(kPatch);
    command
        .add_option("--discriminator-channels", adversarial.discriminatorChannels, "Of its first layer, then doubled")
        ->capture_default_str();
    command
        .add_option("--discriminator-limit", adversarial.discriminatorMaximumChannels,
                    "Most channels of any of its layers")
        ->capture_default_str();
    command.add_option("--discriminator-levels", adversarial.discriminatorLevels, "How often it halves the sides")
        ->capture_default_str();
    command
        .add_option("--discriminator-unshuffle", adversarial.discriminatorUnshuffle,
                    "Pixels a side that it takes as channels first; 1 is dearer")
        ->capture_default_str();
}

void requireBackbone(const train::AdversarialOptions &adversarial, const std::string &askedBy)
{
    if (adversarial.backbone.empty() && adversarial.perceptualWeight != 0.0)
        throw UsageError(fmt::format("{} needs --backbone FILE and --lpips FILE for its perceptual loss, or "
                                     "--perceptual-weight 0",
                                     askedBy));
}

} // namespace bitlens::cli
