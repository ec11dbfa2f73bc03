// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/metadata.h"

#include "engine/base/error.h"

#include <mutex>
#include <string>

#include <exiv2/exiv2.hpp>

namespace bitlens::image {

namespace {

/// The XMP parser inside exiv2 is not thread-safe by itself; it asks for a lock.
void lockXmp(void *mutex, bool lock)
{
    if (lock)
        static_cast<std::mutex *>(mutex)->lock();
    else
        static_cast<std::mutex *>(mutex)->unlock();
}

void prepareLibrary()
{
    static std::mutex xmpMutex;
    static std::once_flag once;
    std::call_once(once, [] {
        Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute); // damaged metadata is nothing that a terminal needs to know
        Exiv2::XmpParser::initialize(lockXmp, &xmpMutex);
    });
}

} // namespace

Metadata readMetadata(std::span<const std::uint8_t> bytes)
{
    prepareLibrary();
    Metadata metadata;
    try {
        const auto file = Exiv2::ImageFactory::open(bytes.data(), static_cast<long>(bytes.size()));
        file->readMetadata();
        if (file->iccProfileDefined()) {
            const Exiv2::DataBuf *profile = file->iccProfile();
            metadata.iccProfile.assign(profile->pData_, profile->pData_ + profile->size_);
        }
        const Exiv2::ExifData &exif = file->exifData();
        const auto entry = exif.findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
        if (entry != exif.end() && entry->count() > 0) {
            const long orientation = entry->toLong();
            if (orientation >= 1 && orientation <= 8)
                metadata.orientation = static_cast<int>(orientation);
        }
    } catch (const std::exception &) { // unreadable metadata: the picture opens without it
    }
    return metadata;
}

std::vector<std::uint8_t> withProfile(std::vector<std::uint8_t> bytes, const std::vector<std::uint8_t> &profile)
{
    if (profile.empty())
        return bytes;
    prepareLibrary();
    try {
        const auto file = Exiv2::ImageFactory::open(bytes.data(), static_cast<long>(bytes.size()));
        file->readMetadata();
        Exiv2::DataBuf buffer(profile.data(), static_cast<long>(profile.size()));
        file->setIccProfile(buffer);
        file->writeMetadata();
        Exiv2::BasicIo &io = file->io();
        io.seek(0, Exiv2::BasicIo::beg);
        const Exiv2::DataBuf whole = io.read(static_cast<long>(io.size()));
        return {whole.pData_, whole.pData_ + whole.size_};
    } catch (const std::exception &exception) {
        throw base::Error(base::ErrorCode::Internal, {},
                          std::string("the colour profile cannot be embedded: ") + exception.what());
    }
}

} // namespace bitlens::image
