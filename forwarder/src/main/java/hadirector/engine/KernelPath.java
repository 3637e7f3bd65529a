package hadirector.engine;

import hadirector.conn.KeyHash;
import hadirector.conn.TableMemory;
import hadirector.fastpath.FastPath;
import hadirector.fastpath.Pins;
import hadirector.fastpath.SharedMaps;
import hadirector.fastpath.SharedTable;
import hadirector.fastpath.Verdict;
import java.security.SecureRandom;
import java.util.Map;

/// All that the engine has in the kernel: the memory of its connection table, the other maps, the program. Owner thread.
final class KernelPath implements AutoCloseable {
    final KeyHash hashing;
    final SharedMaps maps;
    final FastPath program;
    final Pins pins;
    private final SharedTable memory;
    private final long[] serverSums = new long[SharedMaps.SERVER_COUNTS];
    private final long[] verdictSum = new long[1];

    private KernelPath(Pins pins, KeyHash hashing, SharedMaps maps, FastPath program, SharedTable memory) {
        this.pins = pins;
        this.hashing = hashing;
        this.maps = maps;
        this.program = program;
        this.memory = memory;
    }

    /// Makes the maps and loads the program; no interface is touched yet.
    ///
    /// @throws hadirector.linux.ErrnoException if kernel or privileges do not suffice
    static KernelPath open(EngineOptions options) {
        var pins = options.pinning().map(pinning -> Pins.open(pinning.at(), pinning.owner())).orElseGet(Pins::none);
        try {
            return open(options, pins);
        } catch (RuntimeException e) {
            pins.close();
            throw e;
        }
    }

    private static KernelPath open(EngineOptions options, Pins pins) {
        long seed = new SecureRandom().nextLong();
        pins.seed(seed);
        var hashing = new KeyHash(seed);
        var memory = new SharedTable(options.connectionsMax(), pins);
        try {
            var maps = new SharedMaps(pins);
            try {
                var program = FastPath.load(memory, maps, hashing, options.connectionsMax(), acceleration(options), pins);
                return new KernelPath(pins, hashing, maps, program, memory);
            } catch (RuntimeException e) {
                maps.close();
                throw e;
            }
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private static FastPath.Acceleration acceleration(EngineOptions options) {
        if (!options.offload()) {
            return FastPath.Acceleration.OFF;
        }
        return switch (options.accelerate()) {
            case AUTO -> FastPath.Acceleration.AUTO;
            case XDP -> FastPath.Acceleration.XDP;
            case OFF -> FastPath.Acceleration.OFF;
        };
    }

    /// For the connection table, which closes it.
    TableMemory memory() {
        return memory;
    }

    /// What the program has counted for a realserver's number, in the order of [SharedMaps#PACKETS_IN]; good until the next call.
    long[] ofServer(int server) {
        maps.servers().sum(server, serverSums);
        return serverSums;
    }

    /// Adds what the program has counted.
    void addTo(Map<Counter, Long> counts) {
        for (var verdict : Verdict.values()) {
            maps.verdicts().sum(verdict.index, verdictSum);
            counts.merge(Counter.valueOf(verdict.name()), verdictSum[0], Long::sum);
            if (verdict == Verdict.FRAMES_FORWARDED) {
                counts.put(Counter.FRAMES_OFFLOADED, verdictSum[0]);
            }
        }
    }

    /// Pins, program and maps go; the table's memory goes with the table.
    @Override
    public void close() {
        pins.close();
        program.close();
        maps.close();
    }
}
