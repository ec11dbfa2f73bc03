// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/niqefeatures.h"

#include "engine/score/generalizedgaussian.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace bitlens::score::detail {

namespace {

constexpr int kReach = 3; // 7x7 window
constexpr int kWindow = 2 * kReach + 1;
/// The published metric counts samples by sign, also where sample and local mean are equal up to rounding noise of
/// 1e-14. Below this they count as equal, which makes the result the same on every machine.
constexpr double kSnap = 1e-9;
constexpr std::size_t kRowsPerStrip = 48;

std::array<double, kReach + 1> windowWeights()
{
    constexpr double kSigma = 7.0 / 6.0;
    std::array<double, kReach + 1> weights{};
    double sum = 0.0;
    for (int k = 0; k <= kReach; ++k) {
        weights[k] = std::exp(-(k * k) / (2 * kSigma * kSigma));
        sum += k == 0 ? weights[k] : 2 * weights[k];
    }
    for (double &weight : weights)
        weight /= sum;
    return weights; // centre first
}

/// One row of local means along x, border replicated: `in` has kReach samples of border on both sides.
void filterRow(const double *in, double *out, int width, const std::array<double, kReach + 1> &w)
{
    for (int x = 0; x < width; ++x)
        out[x] = w[0] * in[x + 3] + w[1] * (in[x + 2] + in[x + 4]) + w[2] * (in[x + 1] + in[x + 5])
                 + w[3] * (in[x] + in[x + 6]);
}

/// (x - mean) / (deviation + 1), mean and deviation local.
Plane normalised(const Plane &image, const base::ThreadPool &pool)
{
    Plane result(image.height, image.width);
    const std::array<double, kReach + 1> w = windowWeights();
    const int width = image.width;
    pool.forRanges(static_cast<std::size_t>(image.height), kRowsPerStrip, [&](std::size_t begin, std::size_t end, int) {
        std::vector<double> rings(2 * static_cast<std::size_t>(kWindow) * width);
        std::vector<double> padded(static_cast<std::size_t>(width) + 2 * kReach);
        const auto slot = [&](int which, int row) {
            return rings.data() + static_cast<std::size_t>(which * kWindow + (row + kReach) % kWindow) * width;
        };
        const auto rowsOf = [&](int which, int y) {
            std::array<const double *, kWindow> rows;
            for (int k = 0; k < kWindow; ++k)
                rows[k] = slot(which, y - kReach + k);
            return rows;
        };
        for (int y = static_cast<int>(begin) - kReach; y < static_cast<int>(end) + kReach; ++y) {
            const double *in = image.line(std::clamp(y, 0, image.height - 1));
            std::copy(in, in + width, padded.begin() + kReach);
            std::fill_n(padded.begin(), kReach, in[0]);
            std::fill_n(padded.end() - kReach, kReach, in[width - 1]);
            filterRow(padded.data(), slot(0, y), width, w);
            for (double &sample : padded)
                sample *= sample;
            filterRow(padded.data(), slot(1, y), width, w);

            const int row = y - kReach;
            if (row < static_cast<int>(begin))
                continue;
            const auto m = rowsOf(0, row);
            const auto s = rowsOf(1, row);
            const double *centre = image.line(row);
            double *out = result.line(row);
            for (int x = 0; x < width; ++x) {
                const double mean = w[0] * m[3][x] + w[1] * (m[2][x] + m[4][x]) + w[2] * (m[1][x] + m[5][x])
                                    + w[3] * (m[0][x] + m[6][x]);
                const double square = w[0] * s[3][x] + w[1] * (s[2][x] + s[4][x]) + w[2] * (s[1][x] + s[5][x])
                                      + w[3] * (s[0][x] + s[6][x]);
                const double deviation = std::sqrt(std::abs(square - mean * mean));
                const double difference = centre[x] - mean;
                out[x] = (std::abs(difference) < kSnap ? 0.0 : difference) / (deviation + 1.0);
            }
        }
    });
    return result;
}

double cubic(double x)
{
    const double a = std::abs(x);
    if (a <= 1)
        return 1.5 * a * a * a - 2.5 * a * a + 1;
    return a <= 2 ? -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2 : 0.0;
}

/// MATLAB's imresize(x, 0.5) in double: 8 taps, border mirrored. Sides must be even.
Plane halved(const Plane &image, bool antialias, const base::ThreadPool &pool)
{
    constexpr int kTaps = 8;
    std::array<double, kTaps> w;
    double sum = 0.0;
    for (int k = 0; k < kTaps; ++k) {
        const double distance = 3.5 - k; // output k lies between inputs 3 and 4 of its taps
        w[k] = antialias ? cubic(distance / 2) : cubic(distance);
        sum += w[k];
    }
    for (double &weight : w)
        weight /= sum;
    const auto mirrored = [](int i, int n) { return i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i; };

    Plane result(image.height / 2, image.width / 2);
    pool.forRanges(static_cast<std::size_t>(result.height), kRowsPerStrip,
                   [&](std::size_t begin, std::size_t end, int) {
                       constexpr int kBorder = 3;
                       std::vector<double> column(static_cast<std::size_t>(image.width) + kTaps);
                       double *inner = column.data() + kBorder;
                       for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
                           std::array<const double *, kTaps> r;
                           for (int k = 0; k < kTaps; ++k)
                               r[k] = image.line(mirrored(2 * y - kBorder + k, image.height));
                           for (int x = 0; x < image.width; ++x)
                               inner[x] = w[0] * (r[0][x] + r[7][x]) + w[1] * (r[1][x] + r[6][x])
                                          + w[2] * (r[2][x] + r[5][x]) + w[3] * (r[3][x] + r[4][x]);
                           for (int k = 1; k <= kBorder; ++k)
                               inner[-k] = inner[k - 1];
                           for (int k = 0; k < kTaps - kBorder; ++k)
                               inner[image.width + k] = inner[mirrored(image.width + k, image.width)];
                           double *out = result.line(y);
                           for (int x = 0; x < result.width; ++x) {
                               const double *in = inner + 2 * x - kBorder;
                               out[x] = w[0] * (in[0] + in[7]) + w[1] * (in[1] + in[6]) + w[2] * (in[2] + in[5])
                                        + w[3] * (in[3] + in[4]);
                           }
                       }
                   });
    return result;
}

struct SignedMoments {
    double negativeSquares = 0, positiveSquares = 0, negatives = 0, positives = 0, magnitudes = 0;
};

/// Sums over a block's samples a[i]*b[i] (or a[i]) by their sign, in lanes so that compilers may vectorise.
class MomentLanes {
public:
    void add(const double *v, int count)
    {
        int i = 0;
        for (; i + kLanes <= count; i += kLanes)
            for (int k = 0; k < kLanes; ++k)
                addTo(k, v[i + k]);
        for (; i < count; ++i)
            addTo(0, v[i]);
    }
    SignedMoments total() const
    {
        const auto sum = [](const double *lane) { return (lane[0] + lane[1]) + (lane[2] + lane[3]); };
        return {sum(m_negativeSquares), sum(m_positiveSquares), sum(m_negatives), sum(m_positives), sum(m_magnitudes)};
    }

private:
    static constexpr int kLanes = 4;
    void addTo(int k, double v)
    {
        const double square = v * v;
        m_negativeSquares[k] += v < 0 ? square : 0.0;
        m_positiveSquares[k] += v > 0 ? square : 0.0;
        m_negatives[k] += v < 0 ? 1.0 : 0.0;
        m_positives[k] += v > 0 ? 1.0 : 0.0;
        m_magnitudes[k] += std::abs(v);
    }
    double m_negativeSquares[kLanes] = {}, m_positiveSquares[kLanes] = {}, m_negatives[kLanes] = {},
           m_positives[kLanes] = {}, m_magnitudes[kLanes] = {};
};

struct AsymmetricFit {
    double alpha, left, right;
};

/// An asymmetric generalized Gaussian by moments.
AsymmetricFit fit(const SignedMoments &sums, double count)
{
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    const double left = sums.negatives > 0 ? std::sqrt(sums.negativeSquares / sums.negatives) : kNaN;
    const double right = sums.positives > 0 ? std::sqrt(sums.positiveSquares / sums.positives) : kNaN;
    const double g = left / right;
    const double meanMagnitude = sums.magnitudes / count;
    const double r = meanMagnitude * meanMagnitude / ((sums.negativeSquares + sums.positiveSquares) / count);
    const double ratio = r * (g * g * g + 1) * (g + 1) / ((g * g + 1) * (g * g + 1));
    const double alpha = GeneralizedGaussianTable::forNiqe().shapeOf(ratio);
    const double scale = std::sqrt(gammaRatio(1 / alpha, 3 / alpha));
    return {alpha, left * scale, right * scale};
}

/// 18 features of one block whose top left sample is `origin`.
void blockFeatures(const Plane &image, int top, int left, int side, double *features)
{
    // The block with one row above and one column on each side, wrapped round.
    const int stride = side + 2;
    std::vector<double> wrapped(static_cast<std::size_t>(side + 1) * stride);
    for (int y = 0; y <= side; ++y) {
        const double *in = image.line(top + (y + side - 1) % side) + left;
        double *out = wrapped.data() + static_cast<std::size_t>(y) * stride;
        std::copy(in, in + side, out + 1);
        out[0] = in[side - 1];
        out[side + 1] = in[0];
    }
    const auto row = [&](int y) { return wrapped.data() + static_cast<std::size_t>(y + 1) * stride + 1; };
    const double count = static_cast<double>(side) * side;

    MomentLanes plain;
    for (int y = 0; y < side; ++y)
        plain.add(row(y), side);
    const AsymmetricFit own = fit(plain.total(), count);
    *features++ = own.alpha;
    *features++ = (own.left + own.right) / 2;

    struct Shift {
        int y, x;
    };
    std::vector<double> product(static_cast<std::size_t>(side));
    for (const Shift shift : {Shift{0, 1}, Shift{1, 0}, Shift{1, 1}, Shift{1, -1}}) {
        MomentLanes pairs;
        for (int y = 0; y < side; ++y) {
            const double *here = row(y);
            const double *there = row(y - shift.y) - shift.x;
            for (int x = 0; x < side; ++x)
                product[x] = here[x] * there[x];
            pairs.add(product.data(), side);
        }
        const AsymmetricFit pair = fit(pairs.total(), count);
        *features++ = pair.alpha;
        *features++ = (pair.right - pair.left) * gammaRatio(2 / pair.alpha, 1 / pair.alpha);
        *features++ = pair.left;
        *features++ = pair.right;
    }
}

} // namespace

NiqeBlockFeatures niqeBlockFeatures(const Plane &luma, const NiqeVariant &variant, const base::ThreadPool &pool)
{
    const int down = luma.height / kNiqeBlock;
    const int across = luma.width / kNiqeBlock;
    NiqeBlockFeatures features(static_cast<std::size_t>(down) * across);
    if (features.empty())
        return features;
    Plane image(down * kNiqeBlock, across * kNiqeBlock);
    for (int y = 0; y < image.height; ++y)
        std::copy_n(luma.line(y), image.width, image.line(y));
    for (int scale = 0; scale < 2; ++scale) {
        const int side = kNiqeBlock >> scale;
        const Plane normal = normalised(image, pool);
        pool.forRanges(features.size(), 1, [&](std::size_t begin, std::size_t end, int) {
            for (std::size_t i = begin; i < end; ++i)
                blockFeatures(normal, static_cast<int>(i) / across * side, static_cast<int>(i) % across * side, side,
                              features[i].data() + scale * (kNiqeFeatures / 2));
        });
        if (scale == 0)
            image = halved(image, variant.antialias, pool);
    }
    return features;
}

} // namespace bitlens::score::detail
