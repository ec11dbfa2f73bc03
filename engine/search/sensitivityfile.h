// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/clock.h"
#include "engine/search/sensitivity.h"

#include <string>

namespace bitlens::search {

/// A file that sensitivities are kept in while they are found, so that an analysis which was interrupted goes on where
/// it ended. The file is JSON (see SensitivityReport::toJson), replaced as a whole.
class SensitivityFile {
public:
    enum class Purpose {
        Results, ///< what somebody named: whatever goes wrong with the file is an error
        Cache,   ///< saves time: a file that cannot be used is replaced, one that cannot be written is done without
    };
    /// `path` may be empty: nothing is kept. `report` says generator and conditions. An existing file is read. Throws
    /// base::Error{BrokenFile} when it cannot be, and {InvalidArgument} when it belongs to other conditions, naming
    /// what differs: it is left as it is.
    SensitivityFile(std::string path, SensitivityReport report, Purpose purpose = Purpose::Results);

    const SensitivityReport &report() const { return m_report; }
    /// Takes an entry in the place of an older one for the same question; writes the file when the last time was
    /// kSecondsBetweenWrites ago. Throws base::Error{NotWritable}.
    void add(const Sensitivity &entry);
    /// Takes how far an estimate is, to go on from; writes as add does.
    void setEstimate(const EstimateProgress &estimate);
    /// Writes what has not been written.
    void flush();

    static constexpr double kSecondsBetweenWrites = 2.0;

private:
    void read();

    std::string m_path;
    SensitivityReport m_report;
    Purpose m_purpose;
    base::Stopwatch m_sinceWrite;
    bool m_isChanged = false;
};

} // namespace bitlens::search
