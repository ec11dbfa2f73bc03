// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/figure/figurefile.h"
#include "engine/base/file.h"
#include "engine/compare/bundle.h"
#include "engine/compare/reportcsv.h"
#include "figurefixtures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>

#include <unistd.h>

using namespace bitlens;

namespace {

/// Over the five kinds of export fifty moments.
constexpr int kKillsPerKind = 10;

struct Bundled {
    compare::Request request;
    compare::Result result;
};

/// Something to bundle without running anything.
Bundled bundled(int number)
{
    Bundled content;
    test::SrganShape shape;
    shape.blocks = 1;
    shape.channels = 8;
    content.request.generator = test::syntheticGenerator(shape);
    content.request.input = test::patternPicture({30 + number, 20});
    content.request.plan = quant::planFromArgument("int8", *content.request.generator);
    content.result.fp32 = content.request.input;
    content.result.quantized = content.request.input;
    auto calibration = std::make_shared<quant::Calibration>();
    quant::Range range;
    range.high = 1.0F;
    calibration->ranges.assign(content.request.generator->layers.size() + 1, range);
    calibration->channelExponents.assign(calibration->ranges.size(), 0.0F);
    content.result.calibration = calibration;
    return content;
}

/// Writes one of two contents over `path`, by its extension.
void write(const std::string &path, int number)
{
    const auto ends = [&path](const char *suffix) { return path.ends_with(suffix); };
    if (ends(".zip") || ends(".folder")) {
        const Bundled content = bundled(number);
        compare::writeBundle(content.request, content.result, {}, path, {});
    } else if (ends(".csv")) {
        compare::Report report;
        report.plan = std::string(static_cast<std::size_t>(100'000 * (number + 1)), 'p');
        base::writeFileAtomically(path, compare::reportCsv(report));
    } else {
        figure::Maker maker(test::makeFigureSource({40 + number, 30}));
        ui::FigureSettings settings;
        settings.dpi = 80;
        figure::writeFigure(maker.content(settings), settings, path, {}, {});
    }
}

int writeForEver(const std::string &path)
{
    std::puts("ready");
    std::fflush(stdout);
    for (int i = 0;; ++i)
        write(path, i % 2);
}

/// PDF carries its time of creation; the others are the same each time.
bool isWhole(const QByteArray &found, const QByteArray &zero, const QByteArray &one)
{
    if (found.startsWith("%PDF"))
        return found.trimmed().endsWith("%%EOF") && std::abs(found.size() - zero.size()) < zero.size() / 2;
    return found == zero || found == one;
}

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

/// kill -9 while something is exported: what was there is there still, old or new, and whole.
class TestExportKill : public QObject {
    Q_OBJECT

private slots:
    void whatExistedIsNeverLost_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"figure.png", "figure.pdf", "figure.svg", "bundle.zip", "numbers.csv"})
            QTest::newRow(name) << QString(name);
    }
    void whatExistedIsNeverLost()
    {
        QFETCH(QString, name);
        const QTemporaryDir folder;
        const QString path = folder.filePath(name);
        write(path.toStdString(), 0);
        const QByteArray zero = bytesOf(path);
        QElapsedTimer clock;
        clock.start();
        write(path.toStdString(), 1);
        const QByteArray one = bytesOf(path);
        QVERIFY(zero != one && !zero.isEmpty());
        // Moments all over two exports, however long one takes here.
        const auto window = static_cast<unsigned>(std::clamp<qint64>(2 * clock.nsecsElapsed() / 1000, 1'000, 250'000));
        std::mt19937 random(static_cast<unsigned>(name.size()));
        int temporaries = 0;
        for (int kill = 0; kill < kKillsPerKind; ++kill) {
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), {"--export-for-ever", path});
            QVERIFY(child.waitForReadyRead());
            ::usleep(static_cast<useconds_t>(random() % window));
            child.kill(); // SIGKILL
            QVERIFY(child.waitForFinished());
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            const QByteArray found = bytesOf(path);
            QVERIFY2(isWhole(found, zero, one), qPrintable(QString("%1 bytes").arg(found.size())));
            for (const QString &other : QDir(folder.path()).entryList(QDir::Files | QDir::Hidden)) {
                if (other == name)
                    continue;
                // A temporary may stay behind: it says what it is, is hidden, and is in nobody's way.
                QVERIFY2(other.startsWith('.') && other.endsWith(".part"), qPrintable(other));
                QFile::remove(folder.filePath(other));
                ++temporaries;
            }
        }
        qInfo("%d of %d kills hit while a temporary was there", temporaries, kKillsPerKind);
        QVERIFY(!isWhole(zero.left(zero.size() / 2), zero, one)); // half a file is seen
    }

    /// A folder appears whole or not at all.
    void aFolderIsNeverHalf()
    {
        const QTemporaryDir folder;
        std::mt19937 random(7);
        for (int kill = 0; kill < kKillsPerKind; ++kill) {
            const QString path = folder.filePath(QString("b%1.folder").arg(kill));
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), {"--export-for-ever", path});
            QVERIFY(child.waitForReadyRead());
            ::usleep(static_cast<useconds_t>(random() % 60'000));
            child.kill();
            QVERIFY(child.waitForFinished());
            if (QDir(path).exists())
                (void)compare::readBundle(path.toStdString(), {});
        }
    }
};

int main(int argc, char **argv)
{
    // Only figures need fonts; without, the program starts sooner.
    const bool figure = argc < 3 || std::string(argv[2]).find("figure.") != std::string::npos;
    const std::unique_ptr<QCoreApplication> application =
        figure ? std::make_unique<QGuiApplication>(argc, argv) : std::make_unique<QCoreApplication>(argc, argv);
    if (argc == 3 && std::string(argv[1]) == "--export-for-ever") {
        try {
            return writeForEver(argv[2]);
        } catch (const std::exception &) {
            ::pause(); // a folder is written once; wait for the end
        }
    }
    TestExportKill test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_exportkill.moc"
