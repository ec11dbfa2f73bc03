// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/trainlog.h"

#include "engine/base/file.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

// New columns go to the end: the rows of older tables stay valid.
constexpr const char *kColumns = "step,loss,learning_rate,seconds,validation_psnr,validation_niqe,validation_lpips,"
                                 "pixel_loss,perceptual_loss,adversarial_loss,discriminator_loss,real_probability,"
                                 "fake_probability,pattern_loss";

std::string field(const std::optional<double> &value) { return value ? fmt::format("{:.5f}", *value) : std::string(); }

/// The table so far, with all columns.
std::string tableSoFar(const std::string &path)
{
    const std::string header = kColumns;
    std::string text = header + "\n";
    if (!std::filesystem::exists(path))
        return text;
    const auto bytes = base::readFile(path);
    std::istringstream lines(std::string(bytes.begin(), bytes.end()));
    std::string line;
    std::getline(lines, line); // the header
    const auto commas = std::count(header.begin(), header.end(), ',');
    while (std::getline(lines, line)) {
        const auto missing = commas - std::count(line.begin(), line.end(), ',');
        text += line + std::string(static_cast<std::size_t>(std::max<std::ptrdiff_t>(missing, 0)), ',') + "\n";
    }
    return text;
}

void addTo(std::optional<double> &sum, const std::optional<double> &value)
{
    if (value)
        sum = sum.value_or(0.0) + *value;
}

} // namespace

void LossMeans::add(const StepLosses &losses)
{
    m_sum.total += losses.total;
    m_sum.pixel += losses.pixel;
    addTo(m_sum.perceptual, losses.perceptual);
    addTo(m_sum.adversarial, losses.adversarial);
    addTo(m_sum.pattern, losses.pattern);
    addTo(m_sum.discriminator, losses.discriminator);
    addTo(m_sum.real, losses.real);
    addTo(m_sum.fake, losses.fake);
    ++m_count;
}

StepLosses LossMeans::mean() const
{
    StepLosses mean = m_sum;
    const double count = std::max(m_count, 1);
    mean.total /= count;
    mean.pixel /= count;
    for (auto *value :
         {&mean.perceptual, &mean.adversarial, &mean.pattern, &mean.discriminator, &mean.real, &mean.fake})
        if (*value)
            **value /= count;
    return mean;
}

void appendTrainLog(const std::string &path, const TrainStatus &status)
{
    const StepLosses &losses = status.losses;
    std::string text = tableSoFar(path);
    text += fmt::format("{},{:.6f},{:.3e},{:.1f},{},{},{},{},{},{},{},{},{},{}\n", status.step, losses.total,
                        status.learningRate, status.seconds, field(status.validation.psnr),
                        field(status.validation.niqe), field(status.validation.lpips), field(losses.pixel),
                        field(losses.perceptual), field(losses.adversarial), field(losses.discriminator),
                        field(losses.real), field(losses.fake), field(losses.pattern));
    base::writeFileAtomically(path, text);
}

} // namespace bitlens::train
