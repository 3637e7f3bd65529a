package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.forward.NdpAnswers;
import hadirector.lab.Lab;
import hadirector.model.IpAddress;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Invariant A3 of forwarder/DESIGN.md: what a port receives first when more has come than one batch takes.
@Lab
class NeighboursFirstLabTest {
    private static final String VIP = "2001:db8::10";
    private static final int FLOOD = 200;
    private static final int HALF_OF_A_BATCH = 24; // 32 less the room that neighbours may take.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final PuntLab it = new PuntLab();

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void aSolicitationOvertakesAFloodOfIpv6() throws Exception {
        it.program.claim(VIP);
        for (int i = 0; i < FLOOD; i++) {
            Ports.send(it.sender, datagram("[2001:db8::7]:" + (1000 + i), "[" + VIP + "]:9"));
        }
        Ports.send(it.sender, solicitation());
        var received = new ArrayList<>(firstBatch(FLOOD + 1));
        assertThat(received).hasSize(64).first().isEqualTo(PuntLab.hex(solicitation()));
        while (received.size() < FLOOD + 1) {
            it.poller.await(1000);
            var batch = Ports.received(it.port);
            assertThat(batch).isNotEmpty();
            batch.forEach(frame -> received.add(PuntLab.hex(frame)));
        }
        assertThat(received).as("each once").doesNotHaveDuplicates();
    }

    @Test
    void neitherFamilyStarvesTheOther() throws Exception {
        it.program.claim(VIP);
        it.program.claim(PuntLab.VIP);
        for (int i = 0; i < FLOOD; i++) {
            Ports.send(it.sender, datagram(PuntLab.CLIENT + ":" + (1000 + i), PuntLab.VIP + ":9"));
        }
        for (int i = 0; i < FLOOD; i++) {
            Ports.send(it.sender, datagram("[2001:db8::7]:" + (1000 + i), "[" + VIP + "]:9"));
        }
        var batch = firstBatch(2 * FLOOD);
        assertThat(batch.stream().filter(frame -> frame.startsWith("86dd", 24))).hasSizeGreaterThanOrEqualTo(HALF_OF_A_BATCH);
        assertThat(batch.stream().filter(frame -> frame.startsWith("0800", 24))).hasSizeGreaterThanOrEqualTo(HALF_OF_A_BATCH);
    }

    private byte[] datagram(String from, String to) {
        long mac = Long.parseLong(it.directorMac(), 16);
        return FrameBuilder.udp(from, to, (byte) 1).macs(mac, FrameBuilder.CLIENT_MAC).build();
    }

    private static byte[] solicitation() {
        byte[] frame = new byte[NdpAnswers.LENGTH];
        var vip = IpAddress.of(VIP);
        int length = NdpAnswers.request(vip.high(), 7, FrameBuilder.CLIENT_MAC, vip.high(), vip.low(), MemorySegment.ofArray(frame), 0);
        assertThat(length).isEqualTo(frame.length).isGreaterThan(EthernetView.LENGTH);
        return frame;
    }

    /// Once all that was sent has come in.
    private List<String> firstBatch(int sent) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (received() < sent) {
            assertThat(deadline - System.nanoTime()).as("time left").isPositive();
            Thread.sleep(10);
        }
        it.poller.await(1000);
        return Ports.received(it.port).stream().map(PuntLab::hex).toList();
    }

    private long received() {
        return Long.parseLong(it.director.output("cat /sys/class/net/eth0/statistics/rx_packets").strip());
    }
}
