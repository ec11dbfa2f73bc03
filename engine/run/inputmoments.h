// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

namespace bitlens::run {

/// Means of products of any two inputs of a convolution, an input being a channel at a tap: what the error of its
/// output is a quadratic form in. Because taps look at one picture, only products at each distance between taps are
/// summed, which is exact but for rows and columns beyond the picture's edge. To be used in inference mode, like
/// TorchNetwork.
class InputMoments {
public:
    /// Of a convolution of `channels` inputs that are enlarged `upsample` times (nearest) first.
    InputMoments(int channels, int kernel, int upsample);

    /// Adds a picture: feature maps of one size that have `channels` channels together.
    void add(std::span<const image::Planes> maps);

    /// (n,n) float32 of the first `channels` channels, n = channels·kernel², an input's index being channel·kernel² +
    /// tap; symmetric, no eigenvalue below 0 but for rounding. `centred`: of the inputs less their means. All 0 before
    /// the first picture.
    at::Tensor matrix(int channels, bool centred) const;

private:
    at::Tensor productsAt(int rows, int columns) const;
    std::size_t index(int rows, int columns) const;

    int m_channels;
    int m_kernel;
    int m_upsample;
    double m_pixels = 0.0;
    double m_positions = 0.0;           ///< of the filter that see any pixel: more than there are pixels
    at::Tensor m_sums;                  ///< (channels)
    std::vector<at::Tensor> m_products; ///< (channels,channels) for each distance: rows >= 0
};

} // namespace bitlens::run
