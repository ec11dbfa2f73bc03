// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/environment.h"

#include "engine/compare/calibrationstore.h"

#include <cstdio>
#include <utility>

namespace bitlens::cli {

Environment::Environment(base::CancelToken cancel) : m_cancel(std::move(cancel)) {}

base::Job Environment::newJob()
{
    m_progress.restart();
    return {m_cancel, [this](double fraction, const std::string &what) { m_progress.show(fraction, what); }};
}

const base::ThreadPool &Environment::pool(int threads)
{
    if (!m_pool)
        m_pool = std::make_unique<base::ThreadPool>(threads > 0 ? threads : base::availableProcessors());
    return *m_pool;
}

const std::shared_ptr<compare::CalibrationStore> &Environment::calibrations(bool wanted)
{
    if (wanted && !m_calibrations)
        m_calibrations = compare::CalibrationStore::ofUser();
    else if (!wanted)
        m_calibrations.reset();
    return m_calibrations;
}

void Environment::print(const std::string &text)
{
    m_progress.clear();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

void Environment::warn(const std::string &text)
{
    m_progress.clear();
    std::fprintf(stderr, "bitlens: %s\n", text.c_str());
}

void Environment::report(const base::Error &error) { warn(error.what()); }

} // namespace bitlens::cli
