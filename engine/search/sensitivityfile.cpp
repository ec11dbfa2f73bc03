// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/sensitivityfile.h"

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bitlens::search {

namespace {

constexpr std::size_t kLargestFile = std::size_t(256) << 20;

/// What conditions differ in, for people; empty when in nothing.
std::string differenceOf(const Conditions &a, const Conditions &b)
{
    const std::vector<std::pair<bool, const char *>> parts{{a.model == b.model, "another model"},
                                                           {a.pictures == b.pictures, "other pictures"},
                                                           {a.calibration == b.calibration, "other activation ranges"}};
    std::string text;
    for (const auto &[same, name] : parts)
        if (!same)
            text += (text.empty() ? "" : " and ") + std::string(name);
    return text;
}

} // namespace

SensitivityFile::SensitivityFile(std::string path, SensitivityReport report, Purpose purpose)
    : m_path(std::move(path)), m_report(std::move(report)), m_purpose(purpose)
{
    std::error_code ignored;
    if (m_path.empty() || !std::filesystem::exists(m_path, ignored))
        return;
    try {
        read();
    } catch (const base::Error &) {
        if (m_purpose == Purpose::Results)
            throw;
    }
}

void SensitivityFile::read()
{
    const std::vector<std::uint8_t> bytes = base::readFile(m_path, kLargestFile);
    SensitivityReport kept =
        SensitivityReport::fromJson(std::string(bytes.begin(), bytes.end()), m_report.generator, m_path);
    if (const std::string difference = differenceOf(kept.conditions, m_report.conditions); !difference.empty())
        throw base::Error(base::ErrorCode::InvalidArgument, m_path,
                          fmt::format("belongs to {}; name another file to start anew", difference));
    m_report.entries = std::move(kept.entries);
    m_report.estimate = std::move(kept.estimate);
}

void SensitivityFile::add(const Sensitivity &entry)
{
    if (const Sensitivity *older = m_report.find(entry.target, entry.bits, entry.method))
        m_report.entries[static_cast<std::size_t>(older - m_report.entries.data())] = entry;
    else
        m_report.entries.push_back(entry);
    m_isChanged = true;
    if (m_sinceWrite.seconds() >= kSecondsBetweenWrites)
        flush();
}

void SensitivityFile::setEstimate(const EstimateProgress &estimate)
{
    m_isChanged = m_isChanged || !(m_report.estimate == estimate);
    m_report.estimate = estimate;
    if (m_sinceWrite.seconds() >= kSecondsBetweenWrites)
        flush();
}

void SensitivityFile::flush()
{
    if (m_isChanged && !m_path.empty()) {
        try {
            base::writeFileAtomically(m_path, m_report.toJson());
        } catch (const base::Error &) {
            if (m_purpose == Purpose::Results)
                throw;
            // A full or read-only disk: it is found again next time.
        }
    }
    m_isChanged = false;
    m_sinceWrite = base::Stopwatch();
}

} // namespace bitlens::search
