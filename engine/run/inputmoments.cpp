// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/inputmoments.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/zeros.h>

namespace bitlens::run {

InputMoments::InputMoments(int channels, int kernel, int upsample)
    : m_channels(channels),
      m_kernel(kernel),
      m_upsample(upsample),
      m_sums(at::zeros({channels}, at::kFloat)),
      m_products(static_cast<std::size_t>(kernel) * static_cast<std::size_t>(2 * kernel - 1))
{
    for (at::Tensor &products : m_products)
        products = at::zeros({channels, channels}, at::kFloat);
}

std::size_t InputMoments::index(int rows, int columns) const
{
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(2 * m_kernel - 1)
           + static_cast<std::size_t>(columns + m_kernel - 1);
}

void InputMoments::add(std::span<const image::Planes> maps)
{
    const int height = maps.front().height() * m_upsample;
    const int width = maps.front().width() * m_upsample;
    // Rows one after another with zeros between them: a distance in the picture is one in memory, and what it reaches
    // beyond the left or right edge is 0.
    const std::int64_t stride = width + m_kernel - 1;
    const std::int64_t length = height * stride;
    at::Tensor flat = at::zeros({m_channels, length}, at::kFloat);
    float *row = flat.data_ptr<float>();
    for (const image::Planes &map : maps)
        for (int c = 0; c < map.channels(); ++c)
            for (int y = 0; y < height; ++y, row += stride) {
                const float *line = map.line(c, y / m_upsample);
                for (int x = 0; x < width; ++x)
                    row[x] = line[x / m_upsample];
            }
    for (int rows = 0; rows < m_kernel; ++rows)
        for (int columns = rows == 0 ? 0 : 1 - m_kernel; columns < m_kernel; ++columns) {
            const std::int64_t distance = rows * stride + columns;
            if (distance < length)
                m_products[index(rows, columns)].addmm_(flat.narrow(1, 0, length - distance),
                                                        flat.narrow(1, distance, length - distance).t());
        }
    m_sums += flat.sum(1);
    m_pixels += static_cast<double>(height) * static_cast<double>(width);
    m_positions += static_cast<double>(height + m_kernel - 1) * static_cast<double>(width + m_kernel - 1);
}

at::Tensor InputMoments::productsAt(int rows, int columns) const
{
    const bool isStored = rows > 0 || (rows == 0 && columns >= 0);
    return isStored ? m_products[index(rows, columns)] : m_products[index(-rows, -columns)].t();
}

at::Tensor InputMoments::matrix(int channels, bool centred) const
{
    const int taps = m_kernel * m_kernel;
    at::Tensor moments = at::empty({channels, taps, channels, taps}, at::kFloat);
    for (int a = 0; a < taps; ++a)
        for (int b = 0; b < taps; ++b)
            moments.select(3, b).select(1, a).copy_(productsAt(b / m_kernel - a / m_kernel, b % m_kernel - a % m_kernel)
                                                        .narrow(0, 0, channels)
                                                        .narrow(1, 0, channels));
    moments = moments.reshape({channels * taps, channels * taps});
    if (m_pixels == 0.0)
        return moments;
    if (centred) {
        const at::Tensor sums = m_sums.narrow(0, 0, channels).repeat_interleave(taps);
        moments -= at::outer(sums, sums) * (1.0 / m_positions);
    }
    return moments.mul_(1.0 / m_pixels);
}

} // namespace bitlens::run
