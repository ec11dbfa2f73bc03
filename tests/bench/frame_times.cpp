// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// frame_times [SIDE [FRAMES]]: the compare view on a result of SIDE x SIDE pixels (4096) while parts of the next result
// arrive and, on as many threads as there are processors, something computes. Each frame is one step of panning or
// zooming and the painting that follows it, in the event loop of a real window. Prints median, 99th percentile and
// longest frame, in wall time and in the thread's own processor time; see frame_times.sh.

#include "ui/views/compareview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

using namespace bitlens;

namespace {

constexpr int kSide = 4096;
constexpr int kFrames = 400;
constexpr int kFramesPerPart = 8;
constexpr int kPart = 1024;

double threadSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

image::Image pattern(int side, unsigned seed)
{
    image::Image picture({side, side}, 3);
    std::uint8_t *to = picture.mutableBytes();
    unsigned value = seed;
    for (std::size_t i = 0; i < picture.byteCount(); ++i) {
        value = value * 1664525U + 1013904223U;
        to[i] = static_cast<std::uint8_t>(value >> 24);
    }
    return picture;
}

void print(const char *what, std::vector<double> seconds)
{
    std::sort(seconds.begin(), seconds.end());
    const auto at = [&](double share) {
        return 1e3 * seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
    };
    std::printf("%-28s median %6.2f ms, 99th percentile %6.2f ms, longest %6.2f ms\n", what, at(0.5), at(0.99),
                at(1.0));
}

void wheel(QWidget *view, const QPoint &cursor, int units)
{
    QWheelEvent event(cursor, view->mapToGlobal(cursor), {}, {0, units}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(view, &event);
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    const int side = argc > 1 ? std::atoi(argv[1]) : kSide;
    const int frames = argc > 2 ? std::atoi(argv[2]) : kFrames;
    ui::CompareView view;
    view.resize(1200, 800);
    view.show();
    if (!QTest::qWaitForWindowExposed(&view))
        return 1;
    view.setCanvasSize({side, side});
    const image::Image fp32 = pattern(side, 1);
    const image::Image quantized = pattern(side, 2);
    const image::Image part = pattern(std::min(kPart, side), 3);
    view.setPicture(compare::Side::Fp32, fp32);
    view.setPicture(compare::Side::Quantized, quantized);
    QTest::qWait(500);

    std::atomic<bool> stop{false};
    std::vector<std::thread> engine;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
        engine.emplace_back([&stop] {
            volatile double sum = 0.0;
            while (!stop)
                sum = sum + 1.0;
        });

    struct Times {
        std::vector<double> wall, own;
    };
    const auto measure = [&](const auto &step) {
        Times times;
        for (int frame = 0; frame < frames; ++frame) {
            QElapsedTimer clock;
            clock.start();
            const double before = threadSeconds();
            step(frame);
            view.repaint();
            QCoreApplication::processEvents();
            times.own.push_back(threadSeconds() - before);
            times.wall.push_back(1e-9 * static_cast<double>(clock.nsecsElapsed()));
        }
        return times;
    };
    const auto report = [](const char *what, const Times &times) {
        print((std::string(what) + ", own time").c_str(), times.own);
        print((std::string(what) + ", wall time").c_str(), times.wall);
    };
    const auto arrive = [&](int frame) {
        if (frame % kFramesPerPart == 0) {
            const int places = side / part.width();
            const int place = frame / kFramesPerPart % (places * places);
            view.updatePart(
                compare::Side::Quantized,
                {place % places * part.width(), place / places * part.height(), part.width(), part.height()}, part);
        }
    };
    view.showActualSize();
    report("panning at 100 %", measure([&](int frame) {
               arrive(frame);
               const Qt::Key key = frame / 40 % 2 == 0 ? Qt::Key_Down : Qt::Key_Up;
               QKeyEvent press(QEvent::KeyPress, key, Qt::ShiftModifier);
               QCoreApplication::sendEvent(&view, &press);
           }));
    view.fit();
    report("zooming", measure([&](int frame) {
               arrive(frame);
               wheel(&view, {600, 400}, frame / 20 % 2 == 0 ? 60 : -60);
           }));
    view.fit();
    QTest::qWait(200);
    // As the program does: the engine's thread prepares a complete result for the screen.
    const ui::DisplayPicture results[] = {ui::prepareForDisplay(fp32), ui::prepareForDisplay(quantized)};
    report("whole results, fitted", measure([&](int frame) {
               if (frame % 20 == 0)
                   view.setPicture(compare::Side::Quantized, results[frame / 20 % 2]);
           }));
    report("a part as large, fitted", measure([&](int frame) {
               if (frame % 20 == 0)
                   view.updatePart(compare::Side::Quantized, {0, 0, side, side}, frame % 40 == 0 ? fp32 : quantized);
           }));
    view.setMode(ui::CompareView::Mode::Difference);
    report("difference, fitted", measure([&](int frame) {
               if (frame % 20 == 0)
                   view.setPicture(compare::Side::Quantized, results[frame / 20 % 2]);
           }));
    view.setMode(ui::CompareView::Mode::Split);
    const Times single = [&] {
        Times times;
        for (int i = 0; i < 20; ++i) {
            const double before = threadSeconds();
            view.updatePart(compare::Side::Quantized, {0, 0, side, side}, i % 2 == 0 ? fp32 : quantized);
            times.own.push_back(threadSeconds() - before);
        }
        return times;
    }();
    print("updatePart of all, own time", single.own);
    const Times prepared = [&] {
        Times times;
        for (int i = 0; i < 10; ++i) {
            const double before = threadSeconds();
            (void)ui::prepareForDisplay(i % 2 == 0 ? fp32 : quantized);
            times.own.push_back(threadSeconds() - before);
        }
        return times;
    }();
    print("prepareForDisplay, own time", prepared.own);
    stop = true;
    for (std::thread &thread : engine)
        thread.join();
    return 0;
}
