// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

#include <nlohmann/json.hpp>

namespace bitlens::test {

/// How a run of the program ended.
struct ProgramResult {
    int exitCode = -1; ///< -1: it crashed or did not start or end
    QString output;
    QString messages; ///< standard error
    nlohmann::json json() const { return nlohmann::json::parse(output.toStdString(), nullptr, false); }
};

/// Runs the real program, with a data folder of its own that holds no models, and gives it a small one by file.
class ProgramRunner {
public:
    static constexpr int kTimeoutMs = 240'000;

    ProgramRunner()
    {
        SrganShape shape;
        shape.blocks = 1;
        shape.channels = 8;
        shape.outerKernel = 5;
        m_model = QString::fromStdString(
            writeTestFile(path("").toStdString(), "tiny.safetensors", safetensorsBytes(syntheticState(shape))));
    }

    /// A path in the temporary folder.
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString model() const { return m_model; }
    QStringList files(const QString &folder = {}) const
    {
        return QDir(path(folder)).entryList(QDir::Files | QDir::Hidden, QDir::Name);
    }

    void prepare(QProcess &process, const QStringList &arguments) const
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("BITLENS_DATA_DIR"), path(QStringLiteral("data")));
        environment.remove(QStringLiteral("QT_QPA_PLATFORM"));
        environment.remove(QStringLiteral("DISPLAY"));
        process.setProcessEnvironment(environment);
        process.setProgram(QStringLiteral(BITLENS_PROGRAM));
        process.setArguments(arguments);
    }

    ProgramResult run(const QStringList &arguments) const
    {
        QProcess process;
        prepare(process, arguments);
        process.start();
        ProgramResult result;
        if (!process.waitForFinished(kTimeoutMs) || process.exitStatus() != QProcess::NormalExit) {
            result.messages = QStringLiteral("no normal end: ") + process.errorString()
                              + QString::fromUtf8(process.readAllStandardError());
            return result;
        }
        result.exitCode = process.exitCode();
        result.output = QString::fromUtf8(process.readAllStandardOutput());
        result.messages = QString::fromUtf8(process.readAllStandardError());
        return result;
    }

private:
    QTemporaryDir m_folder;
    QString m_model;
};

} // namespace bitlens::test
