// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/cancel.h"
#include "engine/base/error.h"

#include <QTest>

#include <new>

using namespace bitlens::base;

class TestError : public QObject {
    Q_OBJECT

    template <typename Exception>
    static Error translated(const Exception &exception, const std::string &file = {})
    {
        try {
            throw exception;
        } catch (...) {
            return currentExceptionAsError(file);
        }
    }

private slots:
    void messageNamesFileAndReason()
    {
        const Error error(ErrorCode::BrokenFile, "a.png", "the header is cut short");
        QCOMPARE(error.what(), "a.png: the header is cut short");
        QCOMPARE(Error(ErrorCode::Internal, {}, "reason").what(), "reason");
    }

    void exceptionsAreTranslatedAtTheBorder()
    {
        QCOMPARE(translated(std::bad_alloc(), "x").code(), ErrorCode::OutOfMemory);
        QCOMPARE(translated(std::runtime_error("DefaultCPUAllocator: can't allocate memory: you tried")).code(),
                 ErrorCode::OutOfMemory);
        QCOMPARE(translated(std::runtime_error("first line\nbacktrace")).detail(), "first line");
        QCOMPARE(translated(Error(ErrorCode::TooLarge, {}, "big"), "y.png").file(), "y.png");
        QCOMPARE(translated(Error(ErrorCode::TooLarge, "own.png", "big"), "y.png").file(), "own.png");
        QVERIFY_EXCEPTION_THROWN(translated(Cancelled()), Cancelled);
    }

    void jobPartsMapProgressAndShareTheToken()
    {
        std::vector<double> seen;
        const Job job{{}, [&](double fraction, const std::string &) { seen.push_back(fraction); }};
        const Job part = job.part(0.5, 1.0).part(0.0, 0.5);
        part.report(0.0, "a");
        part.report(1.0, "b");
        QCOMPARE(seen, (std::vector<double>{0.5, 0.75}));
        job.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(part.cancel.throwIfCancelled(), Cancelled);
    }
};

QTEST_APPLESS_MAIN(TestError)
#include "tst_error.moc"
