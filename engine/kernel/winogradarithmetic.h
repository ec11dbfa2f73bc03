// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/winograd_avx2.h"

namespace bitlens::kernel {

// The transforms of WinogradConvolution, written once for all instruction sets. `V` wraps one vector register:
//   Register, kLanes16 (16-bit lanes), kLanes32; load(from), store(to, r);
//   add16, sub16, left16<n>, right16<n> (arithmetic), logicalRight16<n>, and, ones16(n);
//   add32, sub32, left32<n>, right32<n> (arithmetic), multiply32, set32(n); storeFloats(to, r): int32 to float32.
// A file that includes this defines its V in an unnamed namespace, so that what is made from these templates belongs to
// that file alone and is compiled for its processor only.

/// B^T of F(4,3) on 16-bit lanes: 6 in, 6 out.
struct Forward43 {
    static constexpr int kSide = 4; ///< outputs

    template <typename V>
    static void apply(const typename V::Register d[6], typename V::Register out[6])
    {
        const auto even = V::sub16(d[4], V::template left16<2>(d[2])); // d4 - 4 d2
        const auto odd = V::sub16(d[3], V::template left16<2>(d[1]));  // d3 - 4 d1
        const auto near = V::sub16(d[4], d[2]);
        const auto twice = V::template left16<1>(V::sub16(d[3], d[1]));
        // 4 d0 - 5 d2 + d4 and 4 d1 - 5 d3 + d5
        out[0] = V::add16(V::template left16<2>(V::sub16(d[0], d[2])), near);
        out[1] = V::add16(even, odd);
        out[2] = V::sub16(even, odd);
        out[3] = V::add16(near, twice);
        out[4] = V::sub16(near, twice);
        out[5] = V::add16(V::template left16<2>(V::sub16(d[1], d[3])), V::sub16(d[5], d[3]));
    }
};

/// B^T of F(2,3) on 16-bit lanes: 4 in, 4 out.
struct Forward23 {
    static constexpr int kSide = 2;

    template <typename V>
    static void apply(const typename V::Register d[4], typename V::Register out[4])
    {
        out[0] = V::sub16(d[0], d[2]);
        out[1] = V::add16(d[1], d[2]);
        out[2] = V::sub16(d[2], d[1]);
        out[3] = V::sub16(d[1], d[3]);
    }
};

/// A^T of F(4,3) on 32-bit lanes: 6 in, 4 out.
template <typename V>
inline void backward43(const typename V::Register m[6], typename V::Register out[4])
{
    const auto sum1 = V::add32(m[1], m[2]);
    const auto difference1 = V::sub32(m[1], m[2]);
    const auto sum2 = V::add32(m[3], m[4]);
    const auto difference2 = V::sub32(m[3], m[4]);
    out[0] = V::add32(V::add32(m[0], sum1), sum2);
    out[1] = V::add32(difference1, V::template left32<1>(difference2));
    out[2] = V::add32(sum1, V::template left32<2>(sum2));
    out[3] = V::add32(V::add32(difference1, V::template left32<3>(difference2)), V::template left32<2>(m[5]));
}

/// A^T of F(2,3) on 32-bit lanes: 4 in, 2 out.
template <typename V>
inline void backward23(const typename V::Register m[4], typename V::Register out[2])
{
    out[0] = V::add32(m[0], V::add32(m[1], m[2]));
    out[1] = V::sub32(V::sub32(m[1], m[2]), m[3]);
}

/// What a transform takes of a level.
struct WholeLevel {
    template <typename V>
    static typename V::Register part(typename V::Register level)
    {
        return level;
    }
};
/// In [-128, 127], with level = 256 * high + low.
struct LowPart {
    template <typename V>
    static typename V::Register part(typename V::Register level)
    {
        return V::template right16<8>(V::template left16<8>(level));
    }
};
/// (level + 128) >> 8 without leaving 16 bits on the way.
struct HighPart {
    template <typename V>
    static typename V::Register part(typename V::Register level)
    {
        return V::add16(V::template right16<8>(level), V::bitAnd(V::template logicalRight16<7>(level), V::ones16()));
    }
};

/// The columns of one vector of channels that a tile needs, each after B^T from above. Two columns of a tile are those
/// of the next one, so they are kept: a ring of two tiles' new columns.
template <typename V, typename Forward>
struct ColumnRing {
    static constexpr int kTaps = Forward::kSide + 2; ///< data on each side of a tile
    static constexpr int kColumns = 2 * Forward::kSide;
    typename V::Register columns[kColumns][kTaps];

    template <typename Part>
    void add(int place, const std::int16_t *pixels, const std::ptrdiff_t *rows)
    {
        typename V::Register d[kTaps];
#pragma GCC unroll 6
        for (int y = 0; y < kTaps; ++y)
            d[y] = Part::template part<V>(V::load(pixels + rows[y]));
        typename V::Register out[kTaps];
        Forward::template apply<V>(d, out);
#pragma GCC unroll 6
        for (int y = 0; y < kTaps; ++y)
            columns[place][y] = out[y];
    }

    /// The tile whose first column is at that place of the ring, after B from the right.
    template <int first>
    void finish(std::int16_t *v, std::ptrdiff_t positionStride) const
    {
#pragma GCC unroll 6
        for (int y = 0; y < kTaps; ++y) {
            typename V::Register d[kTaps];
#pragma GCC unroll 6
            for (int x = 0; x < kTaps; ++x)
                d[x] = columns[(first + x) % kColumns][y];
            typename V::Register out[kTaps];
            Forward::template apply<V>(d, out);
#pragma GCC unroll 6
            for (int x = 0; x < kTaps; ++x)
                V::store(v + (y * kTaps + x) * positionStride, out[x]);
        }
    }
};

/// Channels whose rings are kept at once, few enough for the first-level cache.
constexpr int kRingChannels = 64;

/// One tile of some vectors of channels; its first two columns are in the rings already.
template <typename V, typename Forward, typename Part, int first>
inline void transformTile(ColumnRing<V, Forward> *rings, int vectors, const WinogradPixels &pixels, int tile,
                          int channel, const WinogradData &data)
{
    constexpr int side = Forward::kSide;
    const std::ptrdiff_t *columns = pixels.columns + static_cast<std::ptrdiff_t>(tile) * side;
    std::int16_t *v = data.v + tile * data.tileStride + channel;
    const std::int16_t *from = pixels.data + channel;
    for (int vector = 0; vector < vectors; ++vector, v += V::kLanes16, from += V::kLanes16) {
#pragma GCC unroll 4
        for (int x = 2; x < side + 2; ++x)
            rings[vector].template add<Part>((first + x) % (2 * side), from + columns[x], pixels.rows);
        rings[vector].template finish<first>(v, data.positionStride);
    }
}

/// B^T d B of some tiles for whole vectors of channels; returns how many channels that were.
template <typename V, typename Forward, typename Part>
inline int transformTiles(const WinogradPixels &pixels, const WinogradData &data)
{
    constexpr int most = kRingChannels / V::kLanes16;
    ColumnRing<V, Forward> rings[most];
    const int all = pixels.channels / V::kLanes16;
    for (int done = 0; done < all; done += most) {
        const int vectors = all - done < most ? all - done : most;
        const int channel = done * V::kLanes16;
        for (int vector = 0; vector < vectors; ++vector)
            for (int x = 0; x < 2; ++x)
                rings[vector].template add<Part>(x, pixels.data + pixels.columns[x] + channel + vector * V::kLanes16,
                                                 pixels.rows);
        for (int tile = 0; tile < pixels.tiles; tile += 2) {
            transformTile<V, Forward, Part, 0>(rings, vectors, pixels, tile, channel, data);
            if (tile + 1 < pixels.tiles)
                transformTile<V, Forward, Part, Forward::kSide>(rings, vectors, pixels, tile + 1, channel, data);
        }
    }
    return all * V::kLanes16;
}

/// How sums leave a transform.
struct AsFloat {
    using Type = float;
    template <typename V>
    static void store(float *to, typename V::Register sums)
    {
        V::storeFloats(to, sums);
    }
};
struct AsInteger {
    using Type = std::int32_t;
    template <typename V>
    static void store(std::int32_t *to, typename V::Register sums)
    {
        V::store(to, sums);
    }
};

/// A^T m A of F(4,3), divided by 576 = 9 * 64: modulo 2^32, division by 9 is multiplication by its inverse.
template <typename V, typename As>
inline void output43(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, typename As::Type *to)
{
    const auto inverseOf9 = V::set32(static_cast<int>(954437177U));
    for (int c = 0; c < outStride; c += V::kLanes32) {
        typename V::Register half[4][6];
#pragma GCC unroll 6
        for (int x = 0; x < 6; ++x) {
            typename V::Register column[6];
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                column[y] = V::load(m + (y * 6 + x) * positionStride + c);
            typename V::Register out[4];
            backward43<V>(column, out);
#pragma GCC unroll 4
            for (int y = 0; y < 4; ++y)
                half[y][x] = out[y];
        }
#pragma GCC unroll 4
        for (int y = 0; y < 4; ++y) {
            typename V::Register out[4];
            backward43<V>(half[y], out);
#pragma GCC unroll 4
            for (int x = 0; x < 4; ++x)
                As::template store<V>(to + static_cast<std::ptrdiff_t>(y * 4 + x) * outStride + c,
                                      V::template right32<6>(V::multiply32(out[x], inverseOf9)));
        }
    }
}

/// A^T m A of F(2,3), divided by 4.
template <typename V, typename As>
inline void output23(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, typename As::Type *to)
{
    for (int c = 0; c < outStride; c += V::kLanes32) {
        typename V::Register half[2][4];
#pragma GCC unroll 4
        for (int x = 0; x < 4; ++x) {
            typename V::Register column[4];
#pragma GCC unroll 4
            for (int y = 0; y < 4; ++y)
                column[y] = V::load(m + (y * 4 + x) * positionStride + c);
            typename V::Register out[2];
            backward23<V>(column, out);
            half[0][x] = out[0];
            half[1][x] = out[1];
        }
#pragma GCC unroll 2
        for (int y = 0; y < 2; ++y) {
            typename V::Register out[2];
            backward23<V>(half[y], out);
#pragma GCC unroll 2
            for (int x = 0; x < 2; ++x)
                As::template store<V>(to + static_cast<std::ptrdiff_t>(y * 2 + x) * outStride + c,
                                      V::template right32<2>(out[x]));
        }
    }
}

} // namespace bitlens::kernel
