// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/mafeatureparts.h"

#include <Eigen/Dense>
#include <algorithm>
#include <vector>

namespace bitlens::score::detail {

namespace {

constexpr int kSide = 5;
constexpr int kSamples = kSide * kSide;

/// The triangle of a QR decomposition has the singular values of the matrix itself, without squaring its condition as
/// the Gram matrix does.
Eigen::MatrixXd triangle(const Eigen::MatrixXd &tall)
{
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(tall);
    return qr.matrixQR().topRows(kSamples).triangularView<Eigen::Upper>();
}

} // namespace

std::array<double, 25> maSingularFeatures(const Plane &plane, const base::ThreadPool &pool)
{
    const int down = (plane.height + kSide - 1) / kSide;
    const int across = (plane.width + kSide - 1) / kSide;
    const std::size_t blocks = static_cast<std::size_t>(down) * across;
    constexpr std::size_t kPiece = 512;
    const std::size_t pieces = (blocks + kPiece - 1) / kPiece;
    Eigen::MatrixXd stacked = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(pieces) * kSamples, kSamples);
    pool.forRanges(pieces, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t piece = begin; piece < end; ++piece) {
            const std::size_t first = piece * kPiece;
            const std::size_t last = std::min(blocks, first + kPiece);
            Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(
                std::max<Eigen::Index>(static_cast<Eigen::Index>(last - first), kSamples), kSamples);
            for (std::size_t block = first; block < last; ++block) {
                const int top = static_cast<int>(block / across) * kSide;
                const int left = static_cast<int>(block % across) * kSide;
                for (int y = 0; y < kSide && top + y < plane.height; ++y)
                    for (int x = 0; x < kSide && left + x < plane.width; ++x)
                        rows(static_cast<Eigen::Index>(block - first), y * kSide + x) = plane.line(top + y)[left + x];
            }
            stacked.middleRows(static_cast<Eigen::Index>(piece) * kSamples, kSamples) = triangle(rows);
        }
    });
    const Eigen::MatrixXd small = pieces > 1 ? triangle(stacked) : stacked;
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(small);
    std::array<double, 25> values{};
    std::copy_n(svd.singularValues().data(), kSamples, values.begin());
    return values;
}

} // namespace bitlens::score::detail
