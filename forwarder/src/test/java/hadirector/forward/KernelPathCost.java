package hadirector.forward;

import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Reg;
import hadirector.model.Protocol;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.nio.ByteOrder;
import java.util.List;

/// Prints what a packet costs in the programs, in nanoseconds, the call of an empty program taken off. A packet is forwarded again
/// and again by connections that hand it to each other, until its TTL is used up; the least of many such runs counts.
final class KernelPathCost {
    private static final int HOPS = 250;
    private static final int ROUNDS = 200;
    private static final long MAC = FrameBuilder.DIRECTOR_MAC;

    private KernelPathCost() {}

    public static void main(String[] arguments) {
        try (var path = new BpfPath()) {
            var nothing = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, -1).exit().assemble();
            byte[] some = udp("198.51.100.1:1000", "198.51.100.2:2000", new byte[18]).build();
            try (var empty = BpfProgram.loadClassifier("empty", "Apache-2.0", nothing)) {
                int base = path.leastNanos(empty, some, HOPS, ROUNDS);
                System.out.printf("empty %d%n", base);
                for (var protocol : List.of(Protocol.TCP, Protocol.UDP)) {
                    measure(path, base, protocol, "NAT v4, other port", "198.51.100.7:4000", "192.0.2.10:80", "10.1.0.11:8080");
                    measure(path, base, protocol, "NAT v4, same port", "198.51.100.7:4000", "192.0.2.10:80", "10.1.0.11:80");
                    measure(path, base, protocol, "DR v4", "198.51.100.7:4000", "192.0.2.10:80", "");
                    measure(path, base, protocol, "NAT v6, other port", "[2001:db8::7]:4000", "[2001:db8::10]:80", "[fd00:1::11]:8080");
                    measure(path, base, protocol, "DR v6", "[2001:db8::7]:4000", "[2001:db8::10]:80", "");
                }
                System.out.printf(
                        "%-24s tc %4d  egress %4d%n",
                        "not ours",
                        path.leastNanos(path.programs.tc, some, HOPS, ROUNDS) - base,
                        path.leastNanos(path.programs.egress, some, HOPS, ROUNDS) - base);
            }
        }
    }

    private static void measure(
            BpfPath path, int base, Protocol protocol, String what, String client, String vip, String rip) {
        var flows = rip.isEmpty()
                ? List.of(FlowSpec.direct(protocol, client, vip, MAC))
                : List.of(
                        FlowSpec.toRealServer(protocol, client, vip, rip, MAC),
                        FlowSpec.toRealServer(protocol, client, rip, vip, MAC));
        var slots = flows.stream().map(path::insert).toList();
        byte[] frame = (protocol == Protocol.TCP
                        ? tcp(client, vip, TcpView.ACK, new byte[6])
                        : udp(client, vip, new byte[18]))
                .ttl(255)
                .build();
        System.out.printf(
                "%-24s tc %4d  xdp %4d%n",
                protocol + " " + what,
                path.leastNanos(path.programs.tc, frame, HOPS, ROUNDS) - base,
                path.leastNanos(path.programs.xdp, frame, HOPS, ROUNDS) - base);
        long hits = path.forwarded();
        slots.forEach(slot -> path.programs.table.remove(slot, System.nanoTime()));
        if (hits < HOPS) {
            throw new AssertionError("these were no hits");
        }
    }
}
