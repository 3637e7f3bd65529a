package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import hadirector.fastpath.FastPath;
import hadirector.fastpath.TestFastPath;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.linux.Poller;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Receive, change nothing but the MACs, send: what ports and system calls cost without an engine.
@Lab
class PortThroughputLabTest {
    private static final String VIP = "10.77.0.100";
    private static final int BURST = 8;
    private static final int ROUNDS_MAX = 20;
    private static final int BATCHES = 5_000;

    private final NetLab lab = new NetLab();
    private final Host client = lab.host("client");
    private final Host director = lab.host("director");

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void aBusyLoopAllocatesNothing() throws Exception {
        lab.cable(client, "eth0", director, "eth0");
        var done = new AtomicBoolean();
        try (var poller = new Poller(PacketPort.DESCRIPTORS);
                var senderPoller = new Poller(PacketPort.DESCRIPTORS);
                var port = Ports.open(director, "eth0", FastPath.MARK, poller);
                var sender = Ports.open(client, "eth0", 1, senderPoller);
                var program = director.in(() -> new TestFastPath())) {
            director.in(() -> {
                program.attach(port.ifindex());
                return program;
            });
            program.claim(VIP);
            String mac = director.output("cat /sys/class/net/eth0/address").strip().replace(":", "");
            var flood = Thread.ofPlatform().start(() -> flood(sender, mac, done));
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS_MAX && allocated > BATCHES; round++) {
                allocated = allocatedByARound(port, poller);
            }
            done.set(true);
            flood.join();
            assertThat(allocated).as("bytes in %d batches, all compiled", BATCHES).isLessThan(BATCHES);
        }
    }

    private static long allocatedByARound(PacketPort port, Poller poller) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        long began = threads.getCurrentThreadCpuTime();
        long frames = forward(port, poller, BATCHES);
        long took = threads.getCurrentThreadCpuTime() - began;
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        System.out.printf("ports: %d frames, %d ns of CPU each, %d bytes allocated%n", frames, took / frames, allocated);
        return allocated;
    }

    private static long forward(PacketPort port, Poller poller, long batches) {
        long forwarded = 0;
        for (long batch = 0; batch < batches; ) {
            poller.await(1000);
            int n = port.receive();
            batch += n > 0 ? 1 : 0;
            for (int slot = 0; slot < n; slot++) {
                port.memory().set(JAVA_BYTE, port.frame(slot) + 5, (byte) 7);
                port.send(port, slot);
            }
            port.flush();
            forwarded += n;
        }
        return forwarded;
    }

    private static void flood(PacketPort sender, String mac, AtomicBoolean done) {
        byte[] frame = Frame.udp(mac, "10.77.0.1", 1, VIP, 9);
        while (!done.get()) {
            for (int i = 0; i < BURST; i++) {
                int slot = sender.make();
                sender.length(slot, frame.length);
                MemorySegment.copy(frame, 0, sender.memory(), JAVA_BYTE, sender.frame(slot), frame.length);
                sender.send(sender, slot);
            }
            sender.flush();
        }
    }
}
