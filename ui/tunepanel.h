// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QImage>
#include <QString>
#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// Quantization-aware training of the current model and plan: what it learns from, how long, how it is going, and what
/// to do with the result. Knows values; what the buttons ask for is done elsewhere.
class TunePanel : public QWidget {
    Q_OBJECT
public:
    enum class State {
        Unavailable, ///< nothing can be tuned; the reason is shown
        Idle,
        Preparing, ///< photos are read, ranges are found
        Running,
        Pausing, ///< a pause or stop was asked for and has not taken effect
        Paused,
        Finished,
    };
    Q_ENUM(State)

    /// One validation.
    struct Point {
        int step = 0;
        int steps = 0; ///< 0: not known yet
        double loss = 0.0;
        double psnr = 0.0; ///< to FP32, dB
        double best = 0.0;
        double before = 0.0;
        double seconds = 0.0;
        QString phase;
    };

    explicit TunePanel(QWidget *parent = nullptr);
    ~TunePanel() override;

    QString photoFolder() const;
    double minutes() const;
    State state() const;
    /// Something better than the start was found.
    bool hasGain() const;

    QSize sizeHint() const override;

public slots:
    void setPhotoFolder(const QString &folder);
    void setMinutes(double minutes);
    /// `reason`: for Unavailable, and why a run ended for Finished; may be empty.
    void setState(bitlens::ui::TunePanel::State state, const QString &reason = {});
    /// What would be tuned: "srgan, plan w4".
    void setSubject(const QString &subject);
    /// What is kept of an earlier run with these settings, which Start then continues; empty: nothing.
    void setKept(const QString &what);
    void setProgress(double fraction, const QString &what);
    void clearCourse();
    void addPoint(const bitlens::ui::TunePanel::Point &point);
    /// A crop that training does not see: FP32, before and the best so far. Null pictures are kept as they are.
    void setPreview(const QImage &fp32, const QImage &before, const QImage &after);

signals:
    void folderRequested(); ///< choose a folder of photographs
    void photoFolderChanged();
    void startRequested();     ///< begin, or go on after a pause or from what is kept
    void startAnewRequested(); ///< begin, and forget what is kept
    void pauseRequested();
    void stopRequested(); ///< end now and keep the best so far
    void useRequested();  ///< make the result the window's model
    void saveRequested(); ///< write the result to a file

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
