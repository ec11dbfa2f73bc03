// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/format.h"

#include <QTest>

#include <limits>

using namespace bitlens::ui;

class FormatTest : public QObject {
    Q_OBJECT

private slots:
    void bytes_data();
    void bytes();
    void seconds_data();
    void seconds();
    void change_data();
    void change();
    void quality();
    void others();
};

namespace {

/// Expected texts are written with plain spaces and "-" for legibility.
QString plain(QString text)
{
    return text.replace(QChar(0x00A0), QLatin1Char(' ')).replace(QChar(0x2212), QLatin1Char('-'));
}

} // namespace

void FormatTest::bytes_data()
{
    QTest::addColumn<qulonglong>("bytes");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << 0ULL << "0 B";
    QTest::newRow("bytes") << 999ULL << "999 B";
    QTest::newRow("kilobytes") << 1570ULL << "1.57 kB";
    QTest::newRow("two digits before the point") << 15700ULL << "15.7 kB";
    QTest::newRow("rounds up into the next unit") << 999700ULL << "1.00 MB";
    QTest::newRow("drops a digit where it rounds up") << 9996000ULL << "10.0 MB";
    QTest::newRow("SRGAN") << 6200000ULL << "6.20 MB";
    QTest::newRow("RRDB") << 66900000ULL << "66.9 MB";
    QTest::newRow("gigabytes") << 2500000000ULL << "2.50 GB";
}

void FormatTest::bytes()
{
    QFETCH(qulonglong, bytes);
    QTEST(plain(formatBytes(bytes)), "text");
}

void FormatTest::seconds_data()
{
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("below a millisecond") << 0.00042 << "0.42 ms";
    QTest::newRow("milliseconds") << 0.0321 << "32.1 ms";
    QTest::newRow("below a second") << 0.204 << "0.204 s";
    QTest::newRow("nearly a second") << 0.9997 << "1.00 s";
    QTest::newRow("seconds") << 1.21 << "1.21 s";
    QTest::newRow("tens of seconds") << 12.54 << "12.5 s";
    QTest::newRow("minutes") << 185.0 << "3 min 05 s";
    QTest::newRow("nearly a minute") << 59.97 << "1 min 00 s";
    QTest::newRow("hours") << 3720.0 << "1 h 02 min";
    QTest::newRow("negative") << -1.0 << "n/a";
    QTest::newRow("not a number") << std::numeric_limits<double>::quiet_NaN() << "n/a";
}

void FormatTest::seconds()
{
    QFETCH(double, seconds);
    QTEST(plain(formatSeconds(seconds)), "text");
}

void FormatTest::change_data()
{
    QTest::addColumn<double>("fraction");
    QTest::addColumn<QString>("text");
    QTest::newRow("smaller") << -0.746 << "-74.6 %";
    QTest::newRow("larger") << 0.02 << "+2.0 %";
    QTest::newRow("same") << 0.0 << QString(QChar(0x00B1)) + "0 %";
    QTest::newRow("too small to show has no sign") << -0.0001 << QString(QChar(0x00B1)) + "0 %";
    QTest::newRow("several times") << 2.5 << "+250 %";
}

void FormatTest::change()
{
    QFETCH(double, fraction);
    QTEST(plain(formatChange(fraction)), "text");
}

void FormatTest::quality()
{
    QCOMPARE(plain(formatDecibels(53.138)), QStringLiteral("53.14 dB"));
    QCOMPARE(plain(formatDecibels(std::numeric_limits<double>::infinity())), QString(QChar(0x221E)) + " dB");
    QCOMPARE(formatSsim(0.99871), QStringLiteral("0.9987"));
    // "1" would claim identity.
    QCOMPARE(formatSsim(0.99999), QStringLiteral("0.9999"));
    QCOMPARE(formatSsim(1.0), QStringLiteral("1"));
    QCOMPARE(formatIndex(2.312), QStringLiteral("2.31"));
    QCOMPARE(plain(formatDifference(-0.2, 2)), QStringLiteral("-0.20"));
    QCOMPARE(plain(formatDifference(0.02, 2)), QStringLiteral("+0.02"));
}

void FormatTest::others()
{
    QCOMPARE(plain(formatZoom(1.0)), QStringLiteral("100 %"));
    QCOMPARE(plain(formatZoom(0.0625)), QStringLiteral("6.3 %"));
    QCOMPARE(formatBits(8), QStringLiteral("8"));
    QCOMPARE(formatBits(32), QStringLiteral("FP32"));
    QCOMPARE(plain(formatDuration(4.2)), QStringLiteral("5 s"));
    QCOMPARE(plain(formatDuration(119.0)), QStringLiteral("2 min"));
    QCOMPARE(plain(formatDuration(4200.0)), QStringLiteral("1 h 10 min"));
    QCOMPARE(plain(formatPixels(2040, 1356)), QStringLiteral("2040 ") + QChar(0x00D7) + QStringLiteral(" 1356"));
}

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
