// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/convolution.h"
#include "engine/kernel/levelcoding.h"
#include "engine/quant/quantizer.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <random>
#include <vector>

namespace bitlens::test {

/// Memory at a multiple of 64 bytes.
template <typename T>
class AlignedBuffer {
public:
    explicit AlignedBuffer(std::size_t count)
        : m_data(static_cast<T *>(::operator new (count * sizeof(T) + 64, std::align_val_t{64}))), m_count(count)
    {
        for (std::size_t i = 0; i < count; ++i)
            m_data[i] = T{};
    }
    ~AlignedBuffer() { ::operator delete (m_data, std::align_val_t{64}); }
    AlignedBuffer(const AlignedBuffer &) = delete;
    AlignedBuffer &operator=(const AlignedBuffer &) = delete;
    T *data() const { return m_data; }
    std::size_t count() const { return m_count; }

private:
    T *m_data;
    std::size_t m_count;
};

/// What to fill levels and weights with.
enum class Fill { Random, Highest, Lowest, Alternating };

struct KernelShape {
    std::vector<int> sourceChannels{16};
    int outChannels = 16;
    int kernel = 3;
    int upsample = 1;
    int height = 5; ///< of the sources
    int width = 5;
    int weightBits = 8; ///< quant::kFloatBits: a float layer
    int activationBits = 8;
    Fill fill = Fill::Random;
    unsigned seed = 1;
};

/// A layer with its maps, its exact result computed loop by loop, and a way to run a kernel on it.
class KernelCase {
public:
    explicit KernelCase(const KernelShape &shape);

    const kernel::ConvolutionSpec &spec() const { return m_spec; }
    image::Size outputSize() const { return {m_shape.width * m_shape.upsample, m_shape.height * m_shape.upsample}; }
    double macs() const
    {
        return static_cast<double>(outputSize().pixels()) * m_spec.outChannels * m_spec.inChannels() * m_spec.taps();
    }

    /// float(acc) of every output, [pixel][outChannels]; integer layers only.
    std::vector<float> expected() const;

    /// The same from a kernel, in calls of `grain` units.
    std::vector<float> computed(const kernel::Convolution &convolution, std::size_t grain = 1) const;

    /// Runs a kernel once; results go to a map that is reused. For benchmarks.
    class Bench;

private:
    friend class Bench;
    std::int32_t drawn(std::mt19937 &random, std::int32_t low, std::int32_t high, std::size_t index) const;

    KernelShape m_shape;
    kernel::ConvolutionSpec m_spec;
    std::vector<std::int16_t> m_weights;
    std::vector<float> m_floatWeights;
    std::vector<std::vector<std::int32_t>> m_centred; ///< q - z per source, [y][x][channel]
    std::vector<std::unique_ptr<AlignedBuffer<std::int16_t>>> m_levelStorage;
    std::vector<std::unique_ptr<AlignedBuffer<float>>> m_valueStorage;
    std::vector<kernel::MapView<const std::int16_t>> m_levels;
    std::vector<kernel::MapView<const float>> m_values;
};

class KernelCase::Bench {
public:
    Bench(const KernelCase &layer, const kernel::Convolution &convolution);
    void run() const;
    const AlignedBuffer<float> &result() const { return m_result; }
    const kernel::MapLayout &layout() const { return m_layout; }
    void runUnits(std::size_t grain) const;

private:
    const KernelCase &m_layer;
    const kernel::Convolution &m_convolution;
    kernel::MapLayout m_layout;
    AlignedBuffer<float> m_result;
    AlignedBuffer<std::byte> m_scratch;
    kernel::EpilogueParameters m_parameters;
    std::unique_ptr<kernel::Epilogue> m_epilogue;
};

} // namespace bitlens::test
