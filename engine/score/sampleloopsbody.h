// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The text of the loops, included once for each instruction set (sampleloops.cpp, sampleloops_avx2.cpp). Everything has
// internal linkage and nothing of the standard library is used: the linker must never choose a function that was
// compiled for one processor to serve all of them.

#pragma once

#include "engine/score/sampleloops.h"

namespace bitlens::score {

namespace {

using Lanes = double __attribute__((vector_size(32)));
constexpr int kLanes = 4;

/// In registers; written with references, because vectors as arguments are passed differently with and without AVX.
inline void load(const double *from, Lanes &to) { __builtin_memcpy(&to, from, sizeof to); }
inline void store(const Lanes &from, double *to) { __builtin_memcpy(to, &from, sizeof from); }
inline double total(const Lanes &lanes) { return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]); }

/// The sum of f(i) over [0, count) in eight interleaved partial sums, as score::laneSum.
template <typename Function>
inline double sumOf(int count, Function f)
{
    constexpr int kSums = 8;
    double lane[kSums] = {};
    int i = 0;
    for (; i + kSums <= count; i += kSums)
        for (int k = 0; k < kSums; ++k)
            lane[k] += f(i + k);
    double rest = 0.0;
    for (; i < count; ++i)
        rest += f(i);
    return (((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]))) + rest;
}

void windowAlong(const double *in, double *__restrict out, int width, const double *weights)
{
    const double w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5];
    for (int x = 0; x < width; ++x)
        out[x] = w0 * (in[x] + in[x + 10]) + w1 * (in[x + 1] + in[x + 9]) + w2 * (in[x + 2] + in[x + 8])
                 + w3 * (in[x + 3] + in[x + 7]) + w4 * (in[x + 4] + in[x + 6]) + w5 * in[x + 5];
}

void windowAcross(const double *const *r, double *__restrict out, int width, const double *weights)
{
    const double w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5];
    const double *r0 = r[0], *r1 = r[1], *r2 = r[2], *r3 = r[3], *r4 = r[4], *r5 = r[5], *r6 = r[6], *r7 = r[7],
                 *r8 = r[8], *r9 = r[9], *r10 = r[10];
    for (int x = 0; x < width; ++x)
        out[x] = w0 * (r0[x] + r10[x]) + w1 * (r1[x] + r9[x]) + w2 * (r2[x] + r8[x]) + w3 * (r3[x] + r7[x])
                 + w4 * (r4[x] + r6[x]) + w5 * r5[x];
}

void multiply(const double *a, const double *b, double *__restrict out, int count)
{
    for (int i = 0; i < count; ++i)
        out[i] = a[i] * b[i];
}

void varianceFromSquares(const double *means, double *__restrict squares, int count)
{
    for (int i = 0; i < count; ++i)
        squares[i] -= means[i] * means[i];
}

double sum(const double *in, int count)
{
    return sumOf(count, [in](int i) { return in[i]; });
}

SampleLoops::Spread spread(const double *in, int count, double mean)
{
    constexpr int kSums = 8;
    double squares[kSums] = {};
    double magnitudes[kSums] = {};
    int i = 0;
    for (; i + kSums <= count; i += kSums)
        for (int k = 0; k < kSums; ++k) {
            const double difference = in[i + k] - mean;
            squares[k] += difference * difference;
            magnitudes[k] += __builtin_fabs(difference);
        }
    for (; i < count; ++i) {
        const double difference = in[i] - mean;
        squares[0] += difference * difference;
        magnitudes[0] += __builtin_fabs(difference);
    }
    const auto all = [](const double *lane) {
        return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
    };
    return {all(squares), all(magnitudes)};
}

double structureSum(const SampleLoops::Local &local, int count, double c2)
{
    return sumOf(count, [&local, c2](int i) {
        const double covariance = local.product[i] - local.meanA[i] * local.meanB[i];
        return (2 * covariance + c2) / (local.varianceA[i] + local.varianceB[i] + c2);
    });
}

double similaritySum(const SampleLoops::Local &local, int count, double c1, double c2)
{
    return sumOf(count, [&local, c1, c2](int i) {
        const double a = local.meanA[i];
        const double b = local.meanB[i];
        const double covariance = local.product[i] - a * b;
        return (2 * a * b + c1) * (2 * covariance + c2)
               / ((a * a + b * b + c1) * (local.varianceA[i] + local.varianceB[i] + c2));
    });
}

/// The sum of a[x] * b[x] from the lanes up to `x`, and of the rest one by one.
inline double finished(const Lanes &lanes, const double *a, const double *b, int x, int count)
{
    double value = total(lanes);
    for (; x < count; ++x)
        value += a[x] * b[x];
    return value;
}

void addProducts(const double *const *a, const double *const *b, int count, double *sums)
{
    // Nine names, because compilers keep an array in memory.
    Lanes s00 = {}, s01 = {}, s02 = {}, s10 = {}, s11 = {}, s12 = {}, s20 = {}, s21 = {}, s22 = {};
    const double *a0 = a[0], *a1 = a[1], *a2 = a[2], *b0 = b[0], *b1 = b[1], *b2 = b[2];
    int x = 0;
    for (; x + kLanes <= count; x += kLanes) {
        Lanes l0, l1, l2, r0, r1, r2;
        load(a0 + x, l0);
        load(a1 + x, l1);
        load(a2 + x, l2);
        load(b0 + x, r0);
        load(b1 + x, r1);
        load(b2 + x, r2);
        s00 += l0 * r0;
        s01 += l0 * r1;
        s02 += l0 * r2;
        s10 += l1 * r0;
        s11 += l1 * r1;
        s12 += l1 * r2;
        s20 += l2 * r0;
        s21 += l2 * r1;
        s22 += l2 * r2;
    }
    sums[0] += finished(s00, a0, b0, x, count);
    sums[1] += finished(s01, a0, b1, x, count);
    sums[2] += finished(s02, a0, b2, x, count);
    sums[3] += finished(s10, a1, b0, x, count);
    sums[4] += finished(s11, a1, b1, x, count);
    sums[5] += finished(s12, a1, b2, x, count);
    sums[6] += finished(s20, a2, b0, x, count);
    sums[7] += finished(s21, a2, b1, x, count);
    sums[8] += finished(s22, a2, b2, x, count);
}

void normalise(const double *const *columns, int centre, int count, const double *m, double mean,
               double *__restrict out)
{
    constexpr int kSize = SampleLoops::kColumns;
    // The last lanes overlap those before when `count` is no multiple of them.
    for (int begin = 0; begin < count; begin += kLanes) {
        const int x = begin + kLanes <= count ? begin : count - kLanes;
        Lanes y[kSize];
        for (int i = 0; i < kSize; ++i)
            load(columns[i] + x, y[i]);
        Lanes form = {};
        for (int i = 0; i < kSize; ++i) {
            Lanes inner = y[i] * m[i * kSize + i];
            for (int j = i + 1; j < kSize; ++j)
                inner += y[j] * m[i * kSize + j];
            form += y[i] * inner;
        }
        store(form, out + x);
    }
    const double *in = columns[centre];
    for (int x = 0; x < count; ++x)
        out[x] = (in[x] - mean) / __builtin_sqrt(out[x]);
}

void combine(const double *const *r, const double *weights, double *__restrict out, int count)
{
    const double w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5],
                 w6 = weights[6];
    const double *r0 = r[0], *r1 = r[1], *r2 = r[2], *r3 = r[3], *r4 = r[4], *r5 = r[5], *r6 = r[6];
    for (int i = 0; i < count; ++i)
        out[i] = w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i] + w4 * r4[i] + w5 * r5[i] + w6 * r6[i];
}

void add(const double *in, double *__restrict sums, int count)
{
    for (int i = 0; i < count; ++i)
        sums[i] += in[i];
}

void addMagnitude(const double *in, double *__restrict sums, int count)
{
    for (int i = 0; i < count; ++i)
        sums[i] += __builtin_fabs(in[i]);
}

void addSpread(const double *in, const double *means, double *__restrict squares, double *__restrict magnitudes,
               int count)
{
    for (int i = 0; i < count; ++i) {
        const double difference = in[i] - means[i];
        squares[i] += difference * difference;
        magnitudes[i] += __builtin_fabs(difference);
    }
}

void addMagnitudeSpread(const double *in, const double *means, double *__restrict squares, int count)
{
    for (int i = 0; i < count; ++i) {
        const double difference = __builtin_fabs(in[i]) - means[i];
        squares[i] += difference * difference;
    }
}

constexpr SampleLoops kLoops{
    .windowAlong = windowAlong,
    .windowAcross = windowAcross,
    .multiply = multiply,
    .varianceFromSquares = varianceFromSquares,
    .sum = sum,
    .spread = spread,
    .structureSum = structureSum,
    .similaritySum = similaritySum,
    .addProducts = addProducts,
    .normalise = normalise,
    .combine = combine,
    .add = add,
    .addMagnitude = addMagnitude,
    .addSpread = addSpread,
    .addMagnitudeSpread = addMagnitudeSpread,
};

} // namespace

} // namespace bitlens::score
