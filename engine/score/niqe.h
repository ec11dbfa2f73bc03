// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/score/metric.h"

namespace bitlens::score {

/// Side of the smallest square picture that gives NIQE `blocks` by `blocks` blocks of 96x96, with what is shaved.
int niqeSide(int blocks);

/// NIQE as PIRM 2018 measures it (Mittal, Soundararajan, Bovik: "Making a completely blind image quality analyzer",
/// 2013): on Y, rounded, 4 pixels shaved from each side. Lower is better; natural pictures are near 3 to 6. Not
/// available, with the reason, for less than two blocks of 96x96 (so below 104x200 or 200x104 pixels) and for flat
/// pictures. The same bits from any number of threads. Throws only base::Cancelled and Error{OutOfMemory}.
Metric niqe(const image::Image &image, const base::ThreadPool &pool, const base::Job &job = {});

} // namespace bitlens::score
