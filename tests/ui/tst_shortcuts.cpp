// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/actions.h"
#include "ui/helpdialog.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QSet>
#include <QTest>
#include <QTextBrowser>

using namespace bitlens::ui;

class ShortcutsTest : public QObject {
    Q_OBJECT

private slots:
    void noKeyMeansTwoThings();
    void everyRowExplainsItself();
    void menusHoldEveryAction();
    void viewModesExcludeEachOther();
    void helpNamesEveryKey();
};

void ShortcutsTest::noKeyMeansTwoThings()
{
    QSet<QKeySequence> keys;
    QSet<ActionId> ids;
    for (const ActionInfo &info : actionTable()) {
        for (const QKeySequence &key : info.shortcuts) {
            QVERIFY2(!keys.contains(key), qPrintable(key.toString()));
            keys.insert(key);
        }
        if (info.id != ActionId::None) {
            QVERIFY2(!ids.contains(info.id), qPrintable(info.text));
            ids.insert(info.id);
        }
    }
}

void ShortcutsTest::everyRowExplainsItself()
{
    for (const ActionInfo &info : actionTable()) {
        QVERIFY(!info.help.isEmpty());
        QVERIFY(!actionGroupTitle(info.group).isEmpty());
        const bool keyOnly = info.group == ActionGroup::Picture || info.group == ActionGroup::BitPlan
                             || info.group == ActionGroup::Panels;
        QCOMPARE(info.id == ActionId::None, keyOnly);
        QCOMPARE(info.text.isEmpty(), keyOnly);
        QVERIFY2(!shortcutText(info).isEmpty(), qPrintable(info.help)); // everything has a key
    }
}

void ShortcutsTest::menusHoldEveryAction()
{
    QMainWindow window;
    Actions actions(&window);
    actions.fillMenuBar(window.menuBar());
    QCOMPARE(window.menuBar()->actions().size(), 7);
    QSet<QAction *> inMenus;
    for (const QAction *entry : window.menuBar()->actions()) {
        for (QAction *action : entry->menu()->actions())
            inMenus.insert(action);
    }
    for (const ActionInfo &info : actionTable()) {
        if (info.id == ActionId::None)
            continue;
        QAction *action = actions.action(info.id);
        QVERIFY(action);
        QVERIFY2(inMenus.contains(action), qPrintable(info.text));
        QVERIFY(window.actions().contains(action)); // so that its key works
        QVERIFY(action->toolTip().startsWith(info.help));
    }
}

void ShortcutsTest::viewModesExcludeEachOther()
{
    QMainWindow window;
    Actions actions(&window);
    QVERIFY(actions.action(ActionId::ViewSplit)->isChecked());
    actions.action(ActionId::ViewFlip)->trigger();
    QVERIFY(actions.action(ActionId::ViewFlip)->isChecked());
    QVERIFY(!actions.action(ActionId::ViewSplit)->isChecked());
    QVERIFY(actions.action(ActionId::ThemeSystem)->isChecked());
}

void ShortcutsTest::helpNamesEveryKey()
{
    HelpDialog help;
    const QString text = help.findChild<QTextBrowser *>()->toPlainText();
    for (const ActionInfo &info : actionTable()) {
        QVERIFY2(text.contains(info.help), qPrintable(info.help));
        QVERIFY2(text.contains(shortcutText(info)), qPrintable(shortcutText(info)));
    }
}

QTEST_MAIN(ShortcutsTest)
#include "tst_shortcuts.moc"
