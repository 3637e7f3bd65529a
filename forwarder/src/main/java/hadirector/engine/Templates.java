package hadirector.engine;

import hadirector.conn.FlowRecord;
import hadirector.fastpath.MadeFlow;
import hadirector.fastpath.ScheduleMaps;
import hadirector.forward.FlowRecords;
import hadirector.model.ForwardingMethod;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// From what the kernel makes the flows of its new connections: one template a realserver ([MadeFlow]), written only where it differs.
/// Owner thread.
final class Templates {
    private final ScheduleMaps maps;
    private final MemorySegment wanted = Arena.ofAuto().allocate(MadeFlow.TEMPLATE_LENGTH, Long.BYTES);

    Templates(ScheduleMaps maps) {
        this.maps = maps;
    }

    /// @param offload whether the kernel may make flows to it; else Java gets its new connections
    void follow(ServerState server, boolean offload) {
        make(server, offload);
        var there = maps.templates().asSlice((long) server.id * MadeFlow.TEMPLATE_LENGTH, MadeFlow.TEMPLATE_LENGTH);
        FlowRecords.touch(wanted, MadeFlow.RECORD_0, FlowRecords.lastSeen(there, MadeFlow.RECORD_0)); // The programs'.
        if (there.asSlice(MadeFlow.RECORD_0).mismatch(wanted.asSlice(MadeFlow.RECORD_0)) >= 0) {
            maps.template(server.id, wanted);
        }
        there.set(ValueLayout.JAVA_INT, MadeFlow.FLAGS, server.effectiveWeight() > 0 ? MadeFlow.UP : 0);
    }

    private void make(ServerState server, boolean offload) {
        wanted.fill((byte) 0);
        var vip = server.service.config.vip();
        var rip = server.endpoint;
        long high = vip.address().high();
        long low = vip.address().low();
        long ripHigh = rip.address().high();
        long ripLow = rip.address().low();
        boolean nat = server.config.method() == ForwardingMethod.NAT;
        if (nat) {
            FlowRecords.toRealServer(wanted, MadeFlow.RECORD_0, high, low, vip.port(), ripHigh, ripLow, rip.port());
            FlowRecords.toClient(wanted, MadeFlow.RECORD_1, ripHigh, ripLow, rip.port(), high, low, vip.port());
            finish(server, MadeFlow.RECORD_1, FlowRecord.REWRITE_SOURCE | FlowRecord.OFFLOAD);
        } else {
            FlowRecords.direct(wanted, MadeFlow.RECORD_0);
        }
        var hop = server.hop;
        if (hop.isResolved()) {
            FlowRecords.nextHop(wanted, MadeFlow.RECORD_0, hop.destinationMac, hop.sourceMac, hop.ifindex);
            FlowRecords.mtu(wanted, MadeFlow.RECORD_0, hop.mtu());
        }
        boolean may = offload && hop.isResolved() && server.config.method() != ForwardingMethod.TUNNEL;
        finish(server, MadeFlow.RECORD_0, (nat ? FlowRecord.REWRITE_DESTINATION : 0) | (may ? FlowRecord.OFFLOAD : 0));
    }

    private void finish(ServerState server, int record, int flags) {
        wanted.set(ValueLayout.JAVA_SHORT, record + FlowRecord.GROUP, (short) server.service.group.index);
        wanted.set(ValueLayout.JAVA_SHORT, record + FlowRecord.SERVER, (short) server.id);
        FlowRecords.flags(wanted, record, flags | FlowRecord.WHOLE);
    }
}
