package hadirector.fastpath;

import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.KeyHash;
import hadirector.conn.NoListener;
import hadirector.ebpf.BpfProgram;

/// All programs, attached nowhere, and a real connection table in their maps; for tests that run them by BPF_PROG_TEST_RUN or attach them
/// themselves.
public final class LoadedPrograms implements AutoCloseable {
    public final SharedMaps maps = new SharedMaps(Pins.none());
    public final KeyHash hashing = new KeyHash(System.nanoTime());
    public final ConnectionTable table;
    public final BpfProgram tc;
    public final BpfProgram xdp;
    public final BpfProgram egress;

    /// @param mac of the interface that XDP takes frames for
    public LoadedPrograms(int connectionsMax, long mac) {
        var memory = new SharedTable(connectionsMax, Pins.none());
        table = new ConnectionTable(connectionsMax, hashing, System.nanoTime(), new Groups(), new NoListener(), memory);
        var loader = new ProgramLoader(memory, maps, hashing, connectionsMax);
        tc = loader.ingress();
        xdp = loader.xdp(mac);
        egress = loader.egress();
    }

    public long verdict(Verdict verdict) {
        long[] sum = new long[1];
        maps.verdicts().sum(verdict.index, sum);
        return sum[0];
    }

    public long[] server(int number) {
        long[] sums = new long[SharedMaps.SERVER_COUNTS];
        maps.servers().sum(number, sums);
        return sums;
    }

    @Override
    public void close() {
        tc.close();
        xdp.close();
        egress.close();
        table.close();
        maps.close();
    }
}
