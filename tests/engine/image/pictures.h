// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitlens::test {

/// A picture with edges, gradients and noise, the same for the same arguments. Alpha has fully transparent, fully
/// opaque and intermediate parts.
image::Image picture(image::Size size, int channels, image::SampleType type, unsigned seed = 1);

/// Bytes that look like an ICC profile of `size` bytes (at least 132) for gray or RGB, with noise for its tags.
std::vector<std::uint8_t> profile(bool gray, std::size_t size = 560);

/// Sample `channel` of a pixel, whatever the type.
int sampleAt(const image::Image &image, int x, int y, int channel);

/// The file's bytes; fails the program when it is not there.
std::vector<std::uint8_t> bytesOf(const std::string &path);
void writeBytes(const std::string &path, const std::vector<std::uint8_t> &bytes);

/// The encoded picture, by way of writeImage in `folder`.
std::vector<std::uint8_t> encoded(const image::Image &image, const std::string &extension, const std::string &folder);

} // namespace bitlens::test
