// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/kernel/convolution.h"
#include "engine/run/integerprogram.h"
#include "engine/run/memoryplan.h"

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace bitlens::run {

/// The memory of an integer program for one size of its network input: every map form has a place in one block, and
/// every layer is bound to its maps, so that running allocates nothing.
class IntegerFrame {
public:
    /// A map whose float32 values lie in memory that somebody else owns, kept beyond the run.
    struct KeptMap {
        int map = 0;
        float *values = nullptr; ///< keptLayout() of it
        bool isKnown = false;    ///< the values are there already
    };

    struct Options {
        image::Size input;      ///< of feature map 0
        int threads = 1;        ///< that will use scratch memory
        bool useVectors = true; ///< in epilogues
        bool allValues = false; ///< keep float32 values of every map until the end of its step
        /// The run begins with this layer; maps that it or later ones read are kept maps that are known (or map 0).
        int firstLayer = 0;
        std::vector<KeptMap> kept = {};
    };
    /// Memory of a frame, to be used by the next one.
    struct Memory {
        BufferMemory maps;
        std::size_t mapBytes = 0;
        BufferMemory scratch;
        std::size_t scratchBytes = 0;
    };

    /// Throws base::Error{OutOfMemory} with the number of bytes. The program outlives the frame.
    IntegerFrame(const IntegerProgram &program, const Options &options, Memory memory);

    /// Ends the frame's life but for its memory.
    Memory takeMemory() { return std::move(m_memory); }
    /// How the values of a map lie when they are kept; the border is wide enough for any reader.
    static kernel::MapLayout keptLayout(const model::Generator &generator, image::Size input, int map);

    const Options &options() const { return m_options; }

    /// Step 0 brings the input into the forms of map 0; step i + 1 is layer i.
    const kernel::Epilogue &epilogue(int step) const { return m_epilogues[static_cast<std::size_t>(step)]; }
    kernel::ConvolutionRun convolutionRun(int layer) const;
    /// Known maps, other than map 0, that the run reads.
    std::vector<int> mapsToRestore() const;
    /// Brings lines [begin, end) of a known map into the forms that the run reads: quantizes as the layer that made it
    /// would have done. Borders are apart (fillBorders).
    void restoreLines(int map, int begin, int end, std::byte *scratch) const;
    /// Writes what stands for 0 into the borders of the maps that a step is about to write.
    void fillBorders(int step) const;
    /// Scratch memory of one thread, for every layer and for one row of the input.
    std::byte *scratch(int thread) const
    {
        return m_memory.scratch.get() + m_scratchBytes * static_cast<std::size_t>(thread);
    }
    /// float32 values of a map; the form must exist and its step be the newest that has run, or be read later.
    kernel::MapView<const float> values(int map) const;

    /// Bytes that a frame of these options takes, without making it.
    static std::size_t bytes(const IntegerProgram &program, const Options &options);

private:
    static std::vector<MapForm> formsFor(const IntegerProgram &program, const Options &options);
    static bool isUsed(const Options &options, const MapForm &form);
    static const KeptMap *keptMap(const Options &options, const MapForm &form);
    static kernel::MapLayout layoutOf(const IntegerProgram &program, const Options &options, const MapForm &form);
    static MemoryPlan planFor(const IntegerProgram &program, const Options &options, const std::vector<MapForm> &forms);
    static std::size_t scratchFor(const IntegerProgram &program, const Options &options);

    template <typename T>
    kernel::MapView<T> view(std::size_t form) const;
    kernel::EpilogueTargets formTargets(int map) const;
    kernel::EpilogueTargets targetsOf(int step) const;
    void prepareRestores();
    void bindInputs();

    const IntegerProgram &m_program;
    Options m_options;
    std::vector<MapForm> m_forms; ///< those of the program first, in its order
    std::vector<std::size_t> m_offsets;
    std::size_t m_scratchBytes = 0; ///< of one thread
    Memory m_memory;
    struct Restore {
        kernel::EpilogueParameters parameters;
        std::unique_ptr<kernel::Epilogue> epilogue;
    };
    std::map<int, Restore> m_restores;                                           ///< by map
    std::vector<kernel::Epilogue> m_epilogues;                                   ///< one per step
    std::vector<std::vector<kernel::MapView<const std::int16_t>>> m_levelInputs; ///< one per layer
    std::vector<std::vector<kernel::MapView<const float>>> m_valueInputs;
};

} // namespace bitlens::run
