// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QCoreApplication>
#include <QProcess>
#include <QString>
#include <QStringList>

#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace bitlens::test {

/// A port that nobody listens on just now.
inline int freePort()
{
    const int handle = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(handle, reinterpret_cast<sockaddr *>(&address), length) != 0
        || getsockname(handle, reinterpret_cast<sockaddr *>(&address), &length) != 0)
        return -1;
    close(handle);
    return ntohs(address.sin_port);
}

struct EndedRank {
    int exitCode = -1;
    QString errors;
    QString output;
};

/// Starts `program` twice, as "program … RANK PORT …" or whatever `argumentsOf` makes of both, and waits for both ends.
template <typename ArgumentsOf>
std::vector<EndedRank> runTwoRanks(const QString &program, const ArgumentsOf &argumentsOf)
{
    constexpr int kLongestRun = 120'000; // milliseconds; a lost rank is noticed within its own limit
    const int port = freePort();
    std::vector<std::unique_ptr<QProcess>> processes;
    for (int rank = 0; rank < 2; ++rank) {
        auto process = std::make_unique<QProcess>();
        process->start(program, argumentsOf(rank, port));
        processes.push_back(std::move(process));
    }
    std::vector<EndedRank> ended;
    for (const auto &process : processes) {
        if (!process->waitForFinished(kLongestRun))
            process->kill();
        ended.push_back({process->exitCode(), QString::fromLocal8Bit(process->readAllStandardError()),
                         QString::fromLocal8Bit(process->readAllStandardOutput())});
    }
    return ended;
}

} // namespace bitlens::test
