// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/messagebar.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace bitlens::ui;

class MessageBarTest : public QObject {
    Q_OBJECT

private slots:
    void isHiddenWithoutMessages();
    void newestStandsOnTopAndThreeAreShown();
    void isThereAsSoonAsItIsPosted();
    void sameMessageIsShownOnce();
    void buttonTellsAndCloses();
    void crossCloses();
    void infoClosesByItself();
    void textIsNotMarkup();
};

namespace {

QStringList shownTexts(const MessageBar &bar)
{
    QList<QLabel *> labels;
    for (QLabel *label : bar.findChildren<QLabel *>(QStringLiteral("messageText"))) {
        if (label->isVisibleTo(&bar))
            labels << label;
    }
    std::sort(labels.begin(), labels.end(), [](const QLabel *a, const QLabel *b) {
        return a->mapToGlobal(QPoint()).y() < b->mapToGlobal(QPoint()).y();
    });
    QStringList texts;
    for (const QLabel *label : labels)
        texts << label->text();
    return texts;
}

} // namespace

void MessageBarTest::isHiddenWithoutMessages()
{
    MessageBar bar;
    QVERIFY(bar.isHidden());
    const int id = bar.postError(QStringLiteral("photo.png: broken"));
    QVERIFY(!bar.isHidden());
    QSignalSpy dismissed(&bar, &MessageBar::dismissed);
    bar.dismiss(id);
    QVERIFY(bar.isHidden());
    QCOMPARE(dismissed.count(), 1);
    bar.dismiss(id);
    QCOMPARE(dismissed.count(), 1);
}

void MessageBarTest::newestStandsOnTopAndThreeAreShown()
{
    MessageBar bar;
    bar.resize(600, 200);
    bar.postError(QStringLiteral("one"));
    bar.postError(QStringLiteral("two"));
    bar.postError(QStringLiteral("three"));
    const int four = bar.postError(QStringLiteral("four"));
    bar.show();
    QVERIFY(QTest::qWaitForWindowExposed(&bar));
    QCOMPARE(bar.count(), 4);
    QCOMPARE(shownTexts(bar), QStringList({QStringLiteral("four"), QStringLiteral("three"), QStringLiteral("two")}));
    bar.dismiss(four);
    QTRY_COMPARE(shownTexts(bar), QStringList({QStringLiteral("three"), QStringLiteral("two"), QStringLiteral("one")}));
    bar.dismissAll();
    QCOMPARE(bar.count(), 0);
}

/// Not an event later: who reads the messages reads all of them.
void MessageBarTest::isThereAsSoonAsItIsPosted()
{
    MessageBar bar;
    bar.resize(600, 200);
    bar.postError(QStringLiteral("one"));
    bar.show();
    QVERIFY(QTest::qWaitForWindowExposed(&bar));
    bar.postError(QStringLiteral("two"));
    for (const QLabel *label : bar.findChildren<QLabel *>(QStringLiteral("messageText")))
        QVERIFY2(label->isVisible(), qPrintable(label->text()));
}

void MessageBarTest::sameMessageIsShownOnce()
{
    MessageBar bar;
    bar.postWarning(QStringLiteral("disk full"));
    bar.postWarning(QStringLiteral("disk full"));
    QCOMPARE(bar.count(), 1);
    bar.postError(QStringLiteral("disk full"));
    QCOMPARE(bar.count(), 2);
}

void MessageBarTest::buttonTellsAndCloses()
{
    MessageBar bar;
    const int id = bar.post({MessageBar::Severity::Warning, QStringLiteral("large"), QStringLiteral("Open anyway"), 0});
    bar.show();
    QSignalSpy triggered(&bar, &MessageBar::actionTriggered);
    auto *button = bar.findChild<QPushButton *>(QStringLiteral("messageAction"));
    QVERIFY(button);
    QCOMPARE(button->text(), QStringLiteral("Open anyway"));
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(triggered.count(), 1);
    QCOMPARE(triggered.first().first().toInt(), id);
    QCOMPARE(bar.count(), 0);
}

void MessageBarTest::crossCloses()
{
    MessageBar bar;
    bar.postError(QStringLiteral("x"));
    bar.show();
    QSignalSpy triggered(&bar, &MessageBar::actionTriggered);
    QTest::mouseClick(bar.findChild<QToolButton *>(QStringLiteral("messageClose")), Qt::LeftButton);
    QCOMPARE(bar.count(), 0);
    QCOMPARE(triggered.count(), 0);
    QVERIFY(!bar.findChild<QPushButton *>(QStringLiteral("messageAction"))
            || !bar.findChild<QPushButton *>(QStringLiteral("messageAction"))->isVisible());
}

void MessageBarTest::infoClosesByItself()
{
    MessageBar bar;
    bar.post({MessageBar::Severity::Info, QStringLiteral("saved"), {}, 20});
    bar.postError(QStringLiteral("stays"));
    QTRY_COMPARE(bar.count(), 1);
    QTest::qWait(40);
    QCOMPARE(bar.count(), 1);
}

void MessageBarTest::textIsNotMarkup()
{
    MessageBar bar;
    bar.postError(QStringLiteral("<b>file</b>.png: broken"));
    QCOMPARE(bar.findChild<QLabel *>(QStringLiteral("messageText"))->textFormat(), Qt::PlainText);
}

QTEST_MAIN(MessageBarTest)
#include "tst_messagebar.moc"
