// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens::base;

class TestFile : public QObject {
    Q_OBJECT

private slots:
    void sha256MatchesThePublishedVector()
    {
        // FIPS 180-2, appendix B.1.
        const std::string text = "abc";
        QCOMPARE(sha256({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()}),
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    void writingReplacesWholeFilesAndLeavesNothingElse()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("out.bin").toStdString();
        writeFileAtomically(path, std::string("first"));
        writeFileAtomically(path, std::string("second"));
        const auto bytes = readFile(path);
        QCOMPARE(std::string(bytes.begin(), bytes.end()), "second");
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
        QCOMPARE(readFileStart(path, 3).size(), std::size_t(3));
        QCOMPARE(readFileStart(path, 30).size(), std::size_t(6));
    }

    void permissionsOfAReplacedFileAreKept()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath("private.bin");
        writeFileAtomically(path.toStdString(), std::string("x"));
        QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner));
        writeFileAtomically(path.toStdString(), std::string("y"));
        QCOMPARE(QFile::permissions(path) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }

    void linksAreWrittenThrough()
    {
        const QTemporaryDir folder;
        const QString target = folder.filePath("target.bin");
        const QString link = folder.filePath("link.bin");
        writeFileAtomically(target.toStdString(), std::string("old"));
        QVERIFY(QFile::link(target, link));
        writeFileAtomically(link.toStdString(), std::string("new"));
        const auto bytes = readFile(target.toStdString());
        QCOMPARE(std::string(bytes.begin(), bytes.end()), "new");
        QVERIFY(isSameFile(target.toStdString(), link.toStdString()));
    }

    void errorsNameTheFileAndTheReason()
    {
        const QTemporaryDir folder;
        try {
            readFile(folder.filePath("absent").toStdString());
            QFAIL("read an absent file");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::NotFound);
            QVERIFY(std::string(error.what()).find("absent") != std::string::npos);
        }
        QVERIFY_EXCEPTION_THROWN(readFile(folder.path().toStdString()), Error);
        const std::string path = folder.filePath("ten").toStdString();
        writeFileAtomically(path, std::string(10, 'x'));
        try {
            readFile(path, 9);
            QFAIL("read more than the limit");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::TooLarge);
        }
        try {
            writeFileAtomically(folder.filePath("no/such/folder").toStdString(), std::string("x"));
            QFAIL("wrote into an absent folder");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::NotWritable);
        }
    }
};

QTEST_APPLESS_MAIN(TestFile)
#include "tst_file.moc"
