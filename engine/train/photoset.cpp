// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/photoset.h"

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"

#include <algorithm>
#include <filesystem>
#include <random>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

/// 8-bit RGB, cut to a multiple of the scale.
image::Image trainingImage(const std::string &path, int scale)
{
    const image::Image read = image::readImage(path);
    const image::Image rgb = image::fromPlanes(image::toPlanes(read), image::SampleType::U8);
    return rgb.cropped({0, 0, rgb.width() / scale * scale, rgb.height() / scale * scale});
}

/// Between two reports of progress, so that threads wait little for each other.
constexpr std::size_t kFilesPerThread = 4;

/// A photograph, or why it is of no use.
struct Reading {
    PhotoSet::Pair pair;
    std::string objection;
};

Reading readPhoto(const std::string &path, int scale, int smallestSide)
{
    Reading reading;
    try {
        image::Image high = trainingImage(path, scale);
        if (high.width() < smallestSide || high.height() < smallestSide) {
            reading.objection = path + ": smaller than the crop of " + std::to_string(smallestSide);
            return reading;
        }
        reading.pair.low = image::resizeBicubic(high, {high.width() / scale, high.height() / scale});
        reading.pair.high = std::move(high);
    } catch (const base::Error &failure) {
        reading.objection = failure.what();
    }
    return reading;
}

struct Place {
    std::size_t photo = 0;
    int x = 0; ///< low-resolution pixels
    int y = 0;
};

/// Variance of the green samples of a low-resolution crop: how much there is to learn from it.
double texture(const image::Image &low, const Place &place, int side)
{
    double sum = 0.0;
    double squares = 0.0;
    for (int y = 0; y < side; ++y) {
        const std::uint8_t *line = low.line8(place.y + y) + 3 * place.x + 1;
        for (int x = 0; x < side; ++x) {
            const double value = line[3 * x];
            sum += value;
            squares += value * value;
        }
    }
    const double count = static_cast<double>(side) * side;
    return squares / count - (sum / count) * (sum / count);
}

/// One crop to planar floats, turned: bit 0 mirrors columns, bit 1 mirrors rows, bit 2 swaps the axes.
void copyCrop(const image::Image &image, int x0, int y0, int side, unsigned turn, float *target)
{
    const std::size_t plane = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            int sx = (turn & 4U) ? y : x;
            int sy = (turn & 4U) ? x : y;
            if (turn & 1U)
                sx = side - 1 - sx;
            if (turn & 2U)
                sy = side - 1 - sy;
            const std::uint8_t *pixel = image.line8(y0 + sy) + 3 * (x0 + sx);
            float *to =
                target + static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x);
            for (std::size_t c = 0; c < 3; ++c)
                to[c * plane] = static_cast<float>(pixel[c]) / 255.0F;
        }
    }
}

} // namespace

PhotoSet PhotoSet::load(const std::string &folder, int scale, int smallestSide, const base::Job &job,
                        const base::ThreadPool *pool)
{
    std::error_code error;
    std::vector<std::string> files;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->is_regular_file() && image::looksLikeImage(it->path().string()))
            files.push_back(it->path().string());
    if (error)
        throw base::Error(base::ErrorCode::NotFound, folder, error.message());
    std::sort(files.begin(), files.end());

    PhotoSet set;
    set.m_scale = scale;
    // So many at a time, so that progress is told by this thread.
    const std::size_t together = pool ? kFilesPerThread * static_cast<std::size_t>(pool->threads()) : 1;
    for (std::size_t first = 0; first < files.size(); first += together) {
        job.report(static_cast<double>(first) / static_cast<double>(files.size()), "reading photos");
        std::vector<Reading> readings(std::min(together, files.size() - first));
        const auto read = [&](std::size_t begin, std::size_t end, int) {
            for (std::size_t i = begin; i < end; ++i) {
                job.cancel.throwIfCancelled();
                readings[i] = readPhoto(files[first + i], scale, smallestSide);
            }
        };
        if (pool)
            pool->forRanges(readings.size(), 1, read);
        else
            read(0, readings.size(), 0);
        for (Reading &reading : readings) {
            if (reading.objection.empty())
                set.m_photos.push_back(std::move(reading.pair));
            else
                set.m_skipped.push_back(std::move(reading.objection));
        }
    }
    if (set.m_photos.empty())
        throw base::Error(base::ErrorCode::NotFound, folder,
                          files.empty() ? "there are no images in this folder"
                                        : "no image here can be used; the first: " + set.m_skipped.front());
    set.countPixels();
    return set;
}

void PhotoSet::countPixels()
{
    m_cumulativePixels.clear();
    double pixels = 0.0;
    for (const Pair &pair : m_photos) {
        pixels += static_cast<double>(pair.low.size().pixels());
        m_cumulativePixels.push_back(pixels);
    }
}

PhotoSet PhotoSet::takeOut(std::size_t count)
{
    PhotoSet taken;
    taken.m_scale = m_scale;
    count = std::min(count, m_photos.empty() ? 0 : m_photos.size() - 1);
    std::vector<Pair> left;
    for (std::size_t i = 0; i < m_photos.size(); ++i) {
        // The photos at which i * count / size grows: count of them, evenly spread.
        const bool isTaken = (i + 1) * count / m_photos.size() > i * count / m_photos.size();
        (isTaken ? taken.m_photos : left).push_back(std::move(m_photos[i]));
    }
    m_photos = std::move(left);
    countPixels();
    taken.countPixels();
    return taken;
}

int PhotoSet::smallestSide() const
{
    int smallest = m_photos.empty() ? 0 : m_photos.front().high.width();
    for (const Pair &pair : m_photos)
        smallest = std::min({smallest, pair.high.width(), pair.high.height()});
    return smallest;
}

PhotoSet::Batch PhotoSet::batch(const BatchShape &shape, std::uint64_t seed) const
{
    // A fixed use of a fixed generator: std::uniform_int_distribution may differ between standard libraries.
    std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ULL + 1);
    const auto below = [&](int bound) {
        return static_cast<int>(random() % static_cast<std::uint64_t>(std::max(bound, 1)));
    };

    const int lowSide = shape.side / m_scale;
    const std::size_t highCount = 3 * static_cast<std::size_t>(shape.side) * static_cast<std::size_t>(shape.side);
    const std::size_t lowCount = 3 * static_cast<std::size_t>(lowSide) * static_cast<std::size_t>(lowSide);
    const int wanted = shape.part > 0 ? shape.part : shape.count;
    Batch batch;
    batch.high.resize(highCount * static_cast<std::size_t>(wanted));
    batch.low.resize(lowCount * static_cast<std::size_t>(wanted));
    for (int item = 0; item < shape.count; ++item) {
        Place best;
        double bestTexture = -1.0;
        for (int candidate = 0; candidate < std::max(shape.candidates, 1); ++candidate) {
            Place place;
            const double drawn = static_cast<double>(random() >> 11) * 0x1p-53 * m_cumulativePixels.back();
            place.photo =
                static_cast<std::size_t>(std::upper_bound(m_cumulativePixels.begin(), m_cumulativePixels.end(), drawn)
                                         - m_cumulativePixels.begin());
            place.photo = std::min(place.photo, m_photos.size() - 1);
            const image::Image &low = m_photos[place.photo].low;
            place.x = below(low.width() - lowSide + 1);
            place.y = below(low.height() - lowSide + 1);
            const double value = texture(low, place, lowSide);
            if (value > bestTexture) {
                bestTexture = value;
                best = place;
            }
        }
        const auto turn = static_cast<unsigned>(random() & 7U);
        if (item < shape.first || item >= shape.first + wanted)
            continue; // drawn all the same, so that all ranks draw alike
        const auto place = static_cast<std::size_t>(item - shape.first);
        const Pair &pair = m_photos[best.photo];
        copyCrop(pair.high, best.x * m_scale, best.y * m_scale, shape.side, turn,
                 batch.high.data() + highCount * place);
        copyCrop(pair.low, best.x, best.y, lowSide, turn, batch.low.data() + lowCount * place);
    }
    return batch;
}

} // namespace bitlens::train
