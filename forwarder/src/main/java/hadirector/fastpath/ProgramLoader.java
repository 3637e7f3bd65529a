package hadirector.fastpath;

import hadirector.conn.KeyHash;
import hadirector.conn.TableLayout;
import hadirector.ebpf.BpfProgram;
import hadirector.fastpath.ClassifierHook.Place;
import hadirector.linux.Outlet;
import java.nio.ByteOrder;

/// Loads our programs with the maps that they work on. Every method throws an [hadirector.linux.ErrnoException] if the kernel or the privileges do not
/// suffice, see [hadirector.ebpf.PacketEngineProbe].
///
/// @param hashing of the connection table
/// @param connectionsMax of the connection table
record ProgramLoader(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
    private static final String LICENSE = "Apache-2.0";

    BpfProgram ingress() {
        return classifier(Place.INGRESS, ProgramCode.assemble(code(new TcHook())));
    }

    BpfProgram egress() {
        return classifier(Place.EGRESS, ProgramCode.assemble(code(new TcEgressHook())));
    }

    BpfProgram sender(Outlet outlet) {
        return classifier(Place.SENDER, SenderCode.assemble(code(new TcEgressHook()), outlet));
    }

    private static BpfProgram classifier(Place place, byte[] code) {
        return BpfProgram.loadClassifier(place.program(), LICENSE, code);
    }

    /// @param mac of the interface that it takes frames for
    BpfProgram xdp(long mac) {
        return BpfProgram.loadXdp("hd_xdp", LICENSE, ProgramCode.assemble(code(new XdpHook(mac))));
    }

    private Code code(Hook hook) {
        return new Code(ByteOrder.nativeOrder(), hook, MapFds.of(table, maps), hashing, TableLayout.homes(connectionsMax));
    }
}
