package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.afpacket.Ports;
import hadirector.lab.Host;
import hadirector.linux.Poller;
import hadirector.packet.FrameBuilder;
import hadirector.packet.InternetChecksum;
import hadirector.packet.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// First segments from random sources, as fast as one thread can send them.
final class SynFlood implements AutoCloseable {
    private static final int ANY_MARK = 1;
    private static final int BATCH = 64;
    private static final int SOURCE = 14 + 12;
    private static final int IP_CHECKSUM = 14 + 10;
    private static final int TCP_CHECKSUM = 14 + 20 + 16;

    private final byte[] frame;
    private final Poller poller = new Poller(PacketPort.DESCRIPTORS);
    private final PacketPort port;
    private final Thread thread;
    private volatile boolean stopped;
    private final AtomicLong sent = new AtomicLong();

    /// @param mac of the director
    SynFlood(Host host, String interfaceName, long mac, String to) {
        frame = FrameBuilder.tcp("10.66.0.0:4321", to, 2).macs(mac, 0x02_00_00_00_66_66L).build();
        port = Ports.open(host, interfaceName, ANY_MARK, poller);
        thread = host.thread("flood", this::flood);
    }

    /// How many so far.
    long sent() {
        return sent.get();
    }

    private void flood() {
        var random = new SplittableRandom(1);
        var wire = MemorySegment.ofArray(frame);
        int ip = NetworkOrder.u16(wire, IP_CHECKSUM);
        int tcp = NetworkOrder.u16(wire, TCP_CHECKSUM);
        while (!stopped) {
            for (int i = 0; i < BATCH; i++) {
                int low = random.nextInt(1, 0xffff);
                NetworkOrder.setU16(wire, SOURCE + 2, low);
                int difference = InternetChecksum.difference16(0, low);
                NetworkOrder.setU16(wire, IP_CHECKSUM, InternetChecksum.apply(ip, difference));
                NetworkOrder.setU16(wire, TCP_CHECKSUM, InternetChecksum.apply(tcp, difference));
                int slot = port.make();
                port.length(slot, frame.length);
                MemorySegment.copy(wire, 0, port.memory(), port.frame(slot), frame.length);
                port.send(port, slot);
            }
            port.flush();
            sent.addAndGet(BATCH);
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        port.close();
        poller.close();
    }
}
