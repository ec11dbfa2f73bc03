// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/divergenceguard.h"

#include <algorithm>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

constexpr const char *kCountKey = "guard_count";
constexpr const char *kReferenceKey = "guard_reference";
constexpr const char *kCurrentKey = "guard_current";

} // namespace

bool DivergenceGuard::add(double pixelLoss)
{
    m_current = m_count == 0 ? pixelLoss : kDecay * m_current + (1.0 - kDecay) * pixelLoss;
    if (m_count < kReferenceSteps)
        m_reference += (pixelLoss - m_reference) / (m_count + 1);
    m_count = std::min(m_count + 1, kReferenceSteps);
    return m_count == kReferenceSteps && m_current > kLimit * m_reference;
}

void DivergenceGuard::store(Checkpoint &checkpoint) const
{
    checkpoint.values[kCountKey] = std::to_string(m_count);
    checkpoint.values[kReferenceKey] = fmt::format("{}", m_reference);
    checkpoint.values[kCurrentKey] = fmt::format("{}", m_current);
}

void DivergenceGuard::restore(const Checkpoint &checkpoint, const std::string &file)
{
    m_count = static_cast<int>(checkpoint.number(kCountKey, file, 0.0));
    m_reference = checkpoint.number(kReferenceKey, file, 0.0);
    m_current = checkpoint.number(kCurrentKey, file, 0.0);
}

} // namespace bitlens::train
