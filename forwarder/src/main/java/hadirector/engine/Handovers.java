package hadirector.engine;

import hadirector.forward.Fragmentation;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameKind;
import hadirector.packet.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Queue;

/// Packets of no connection while their group changes hands. A realserver answers by the gateway that it knows, so the new holder begins connections only
/// once realservers know it, and the old one none any more: it passes them on, by the MAC of the other's beacons, and there they wait. Owner thread.
///
/// The announcement leaves by the same interface before the first of them, so the realserver has read it when it answers.
final class Handovers {
    private static final int WAITING_MAX = 4_096;

    private static final class Waiting {
        final GroupState group;
        final Arm arm;
        final byte[] frame;

        Waiting(GroupState group, Arm arm, byte[] frame) {
            this.group = group;
            this.arm = arm;
            this.frame = frame;
        }
    }

    private final Inbound in;
    private final Arms arms;
    private final Beacons beacons;
    private final Routes routes;
    private final Counters counters;
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    Handovers(Inbound in, Arms arms, Beacons beacons, Routes routes, Counters counters) {
        this.in = in;
        this.arms = arms;
        this.beacons = beacons;
        this.routes = routes;
        this.counters = counters;
    }

    /// Takes the packet at hand, which belongs to no connection, if its group is not (or not quite) this director's.
    ///
    /// @return whether it is dealt with
    boolean take(GroupState group) {
        return switch (group.phase) {
            case OPEN -> false;
            case PREPARED -> {
                counters.add(keep(group) ? Counter.WAITED : Counter.DROP_HANDOVER);
                yield true;
            }
            case LEFT -> {
                counters.add(passOn(group) ? Counter.PASSED_ON : Counter.DROP_HANDOVER);
                yield true;
            }
            case CLOSED -> {
                counters.add(Counter.DROP_CLOSED);
                yield true;
            }
        };
    }

    private boolean keep(GroupState group) {
        boolean plain = in.parsed.kind() != FrameKind.FRAGMENT && in.port.segmentSize(in.index) == 0;
        int length = in.port.length(in.index);
        if (!plain || waiting.size() == WAITING_MAX || length > in.port.madeLengthMax()) {
            return false;
        }
        if (in.partial) {
            Fragmentation.completeChecksum(in.frame, in.parsed);
        }
        var frame = new byte[length];
        MemorySegment.copy(in.frame, ValueLayout.JAVA_BYTE, in.parsed.start(), frame, 0, length);
        waiting.add(new Waiting(group, in.arm, frame));
        routes.expect(in.parsed.sourceHigh(), in.parsed.sourceLow()); // Its answer may come before its next packet.
        return true;
    }

    /// Never back to where it came from.
    private boolean passOn(GroupState group) {
        long mac = beacons.holder(group, in.arm.ifindex(), in.now);
        long at = in.parsed.start();
        if (mac == 0 || NetworkOrder.u48(in.frame, at + EthernetView.SOURCE) == mac) {
            return false;
        }
        NetworkOrder.setU48(in.frame, at + EthernetView.DESTINATION, mac);
        NetworkOrder.setU48(in.frame, at + EthernetView.SOURCE, in.arm.mac);
        in.port.send(in.port, in.index);
        return true;
    }

    /// The group is this director's: what has waited for it comes in now.
    void release(GroupState group, FrameHandler handler, long now) {
        for (int left = waiting.size(); left > 0; left--) {
            var next = waiting.remove();
            if (next.group != group) {
                waiting.add(next);
            } else if (arms.byIndex(next.arm.ifindex()) == next.arm) {
                handler.handleKept(next.arm, arms.make(next.arm.port), next.frame, now);
            }
        }
        arms.flush();
    }

    /// The group is not: who has waited will ask again.
    void forget(GroupState group) {
        waiting.removeIf(each -> each.group == group);
    }
}
