// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "pictures.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>

#include <sys/resource.h>
#include <unistd.h>

using namespace bitlens;
using base::ErrorCode;
using image::Image;
using image::SampleType;

namespace {

/// Over the five formats more than fifty moments.
constexpr int kKillsPerFormat = 11;

/// The two pictures that are saved over each other.
Image pictureNumber(int number)
{
    return test::picture({160, 120}, 3, SampleType::U8, static_cast<unsigned>(number + 1));
}

std::optional<base::Error> errorOf(const std::function<void()> &action)
{
    try {
        action();
    } catch (const base::Error &error) {
        return error;
    }
    return std::nullopt;
}

/// Saves the two pictures over `path` in turn until it is killed; tells when it starts.
int saveForEver(const std::string &path)
{
    const std::array<Image, 2> pictures{pictureNumber(0), pictureNumber(1)};
    std::puts("ready");
    std::fflush(stdout);
    for (std::size_t i = 0;; ++i)
        image::writeImage(pictures[i % 2], path);
}

/// Saves with a limit on the size of files, as on a full disk; returns 0 when that is refused as NotWritable.
int saveOnFullDisk(const std::string &path)
{
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{2000, 2000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto error = errorOf([&] { image::writeImage(pictureNumber(1), path); });
    return error && error->code() == ErrorCode::NotWritable && error->file() == path ? 0 : 1;
}

QStringList entries(const QString &folder) { return QDir(folder).entryList(QDir::Files | QDir::Hidden, QDir::Name); }

} // namespace

class TestSave : public QObject {
    Q_OBJECT
private slots:
    void replacesAndLeavesNothingElse_data() { extensions(); }
    void replacesAndLeavesNothingElse()
    {
        QFETCH(QString, extension);
        const QTemporaryDir folder;
        const std::string path = folder.filePath("picture." + extension).toStdString();
        image::writeImage(pictureNumber(0), path);
        const auto first = test::bytesOf(path);
        image::writeImage(pictureNumber(1), path);
        QVERIFY(test::bytesOf(path) != first);
        QCOMPARE(entries(folder.path()), QStringList{"picture." + extension});
    }

    /// kill -9 at any moment: the file is the old picture or the new one, complete.
    void survivesKill_data() { extensions(); }
    void survivesKill()
    {
        QFETCH(QString, extension);
        const QTemporaryDir folder;
        const QString path = folder.filePath("picture." + extension);
        image::writeImage(pictureNumber(0), path.toStdString());
        const auto zero = test::bytesOf(path.toStdString());
        QElapsedTimer clock;
        clock.start();
        image::writeImage(pictureNumber(1), path.toStdString());
        // Moments all over two saves, however long one takes here.
        const auto window = static_cast<unsigned>(std::clamp<qint64>(2 * clock.nsecsElapsed() / 1000, 1'000, 150'000));
        const auto one = test::bytesOf(path.toStdString());

        std::mt19937 random(extension.size() == 0 ? 0 : extension[0].unicode());
        int halfWritten = 0;
        for (int kill = 0; kill < kKillsPerFormat; ++kill) {
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), {"--save-for-ever", path});
            QVERIFY(child.waitForReadyRead());
            ::usleep(static_cast<useconds_t>(random() % window));
            child.kill(); // SIGKILL
            QVERIFY(child.waitForFinished());
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            const auto found = test::bytesOf(path.toStdString());
            QVERIFY2(found == zero || found == one, qPrintable(QString("%1 bytes").arg(found.size())));
            QCOMPARE(image::readImage(path.toStdString()).size(), pictureNumber(0).size());
            for (const QString &name : entries(folder.path())) {
                if (name == "picture." + extension)
                    continue;
                // A temporary may stay behind: it says what it is, is hidden, and is in nobody's way.
                QVERIFY2(name.startsWith('.') && name.endsWith(".part"), qPrintable(name));
                QFile::remove(folder.filePath(name));
                ++halfWritten;
            }
        }
        qInfo("%d of %d kills hit while a temporary was there", halfWritten, kKillsPerFormat);
        image::writeImage(pictureNumber(0), path.toStdString());
        QCOMPARE(entries(folder.path()), QStringList{"picture." + extension});
    }

    void fullDiskKeepsOldFile()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath("picture.png");
        image::writeImage(pictureNumber(0), path.toStdString());
        const auto before = test::bytesOf(path.toStdString());
        QVERIFY(before.size() > 2000);
        QCOMPARE(QProcess::execute(QCoreApplication::applicationFilePath(), {"--save-on-full-disk", path}), 0);
        QVERIFY(test::bytesOf(path.toStdString()) == before);
        QCOMPARE(entries(folder.path()), QStringList{"picture.png"});
    }

    /// The input by its own name, by a link, by a detour, and by a second name of the same file.
    void neverOverAnInput_data()
    {
        QTest::addColumn<QString>("target");
        QTest::newRow("itself") << "input.png";
        QTest::newRow("symbolic link") << "symbolic.png";
        QTest::newRow("hard link") << "hard.png";
        QTest::newRow("detour") << "sub/../input.png";
    }
    void neverOverAnInput()
    {
        QFETCH(QString, target);
        const QTemporaryDir folder;
        const std::string input = folder.filePath("input.png").toStdString();
        image::writeImage(pictureNumber(0), input);
        std::filesystem::create_symlink(input, folder.filePath("symbolic.png").toStdString());
        std::filesystem::create_hard_link(input, folder.filePath("hard.png").toStdString());
        std::filesystem::create_directory(folder.filePath("sub").toStdString());
        const auto before = test::bytesOf(input);
        const std::string path = folder.filePath(target).toStdString();
        const std::vector<std::string> inputs{folder.filePath("another.png").toStdString(), input};
        const auto error = errorOf([&] { image::writeImage(pictureNumber(1), path, inputs); });
        QVERIFY(error.has_value());
        QCOMPARE(error->code(), ErrorCode::InvalidArgument);
        QCOMPARE(error->file(), path);
        QVERIFY(test::bytesOf(input) == before);
        // Without the list it is an ordinary file.
        QVERIFY(!errorOf([&] { image::writeImage(pictureNumber(1), path); }).has_value());
    }

    void refusesWhatCannotBe_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QSize>("size");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");
        QTest::newRow("no extension") << "picture" << QSize(2, 2) << int(ErrorCode::InvalidArgument) << "png";
        QTest::newRow("unknown extension") << "picture.gif" << QSize(2, 2) << int(ErrorCode::InvalidArgument) << "png";
        QTest::newRow("too wide for WebP")
            << "picture.webp" << QSize(16384, 1) << int(ErrorCode::InvalidArgument) << "16383";
        QTest::newRow("too high for JPEG")
            << "picture.jpg" << QSize(1, 65501) << int(ErrorCode::InvalidArgument) << "65500";
        QTest::newRow("no picture") << "picture.png" << QSize() << int(ErrorCode::InvalidArgument) << "no picture";
        QTest::newRow("no folder") << "absent/picture.png" << QSize(2, 2) << int(ErrorCode::NotWritable) << "";
        QTest::newRow("a folder's name") << "folder.png" << QSize(2, 2) << int(ErrorCode::NotWritable) << "";
    }
    void refusesWhatCannotBe()
    {
        QFETCH(QString, name);
        QFETCH(QSize, size);
        QFETCH(int, code);
        QFETCH(QString, words);
        const QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkdir("folder.png"));
        const std::string path = folder.filePath(name).toStdString();
        const Image image = size.isValid() ? Image({size.width(), size.height()}, 3) : Image();
        const auto error = errorOf([&] { image::writeImage(image, path); });
        QVERIFY(error.has_value());
        QCOMPARE(int(error->code()), code);
        QCOMPARE(error->file(), path);
        QVERIFY2(error->detail().find(words.toStdString()) != std::string::npos, error->what());
        QCOMPARE(entries(folder.path()), QStringList());
    }

    /// The largest sides that the formats allow do work.
    void longestSides_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QSize>("size");
        QTest::newRow("WebP") << "picture.webp" << QSize(16383, 2);
        QTest::newRow("JPEG") << "picture.jpg" << QSize(2, 65500);
        QTest::newRow("PNG") << "picture.png" << QSize(1'000'000, 1);
        QTest::newRow("TIFF") << "picture.tif" << QSize(1, 1 << 20);
        QTest::newRow("BMP") << "picture.bmp" << QSize(1 << 20, 1);
    }
    void longestSides()
    {
        QFETCH(QString, name);
        QFETCH(QSize, size);
        const QTemporaryDir folder;
        const std::string path = folder.filePath(name).toStdString();
        image::writeImage(Image({size.width(), size.height()}, 3), path);
        QCOMPARE(image::readImage(path).size(), (image::Size{size.width(), size.height()}));
    }

    void keepsPermissionsAndLinks()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("picture.png").toStdString();
        image::writeImage(pictureNumber(0), path);
        std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        const std::string link = folder.filePath("link.png").toStdString();
        std::filesystem::create_symlink(path, link);
        image::writeImage(pictureNumber(1), link);
        QVERIFY(std::filesystem::is_symlink(link));
        QVERIFY(image::readImage(path).samePixels(pictureNumber(1)));
        QCOMPARE(std::filesystem::status(path).permissions(),
                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

private:
    static void extensions()
    {
        QTest::addColumn<QString>("extension");
        for (const char *extension : {"png", "jpg", "tif", "webp", "bmp"})
            QTest::newRow(extension) << QString(extension);
    }
};

int main(int argc, char **argv)
{
    if (argc == 3 && std::string(argv[1]) == "--save-for-ever")
        return saveForEver(argv[2]);
    if (argc == 3 && std::string(argv[1]) == "--save-on-full-disk")
        return saveOnFullDisk(argv[2]);
    QCoreApplication application(argc, argv);
    TestSave test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_save.moc"
