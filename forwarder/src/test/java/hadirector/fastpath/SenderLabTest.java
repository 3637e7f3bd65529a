package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Frame;
import hadirector.afpacket.Ports;
import hadirector.lab.Await;
import hadirector.lab.Lab;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the engine sends when it was stopped between its last look at the lease and the call: this one never looks.
@Lab
class SenderLabTest {
    private static final int PORT = 5300;
    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR = 3_600_000_000_000L;

    private final PuntLab punt = new PuntLab();
    private final DatagramSocket heard = punt.client.in(() -> new DatagramSocket(PORT));

    @AfterEach
    void close() {
        heard.close();
        punt.close();
    }

    @Test
    void leavesWhileTheLeaseLastsOrNoneIsHeldAndNotWhenItIsOver() throws Exception {
        heard.setSoTimeout(20_000);
        send("a");
        lease(System.nanoTime() + HOUR);
        send("b");
        lease(System.nanoTime() - SECOND); // The clock of the programs is behind by a tick or two.
        send("c");
        send("d");
        lease(SharedMaps.FOREVER);
        send("e");
        assertThat(hear() + hear() + hear()).isEqualTo("abe");
        assertThat(dropped()).isEqualTo(2);
    }

    @Test
    void soDoesWhatIsForTheHostItself() throws Exception {
        lease(System.nanoTime() - SECOND);
        byte[] frame = toClient("a");
        int slot = punt.port.make();
        punt.port.length(slot, frame.length);
        punt.port.memory().asSlice(punt.port.frame(slot), frame.length).copyFrom(MemorySegment.ofArray(frame));
        punt.port.sendToHost(punt.port, slot);
        punt.port.flush();
        Await.until("the drop", () -> dropped() == 1);
    }

    @Test
    void whatTheHostSendsIsNotConcerned() {
        lease(System.nanoTime() - SECOND);
        assertThat(punt.director.tryOutput("ping -c 1 -W 5 " + PuntLab.CLIENT)).contains(" 0% packet loss");
    }

    private void lease(long deadline) {
        punt.program.maps.lease(SharedMaps.SENDER, deadline);
    }

    private long dropped() {
        long[] sum = new long[1];
        punt.program.maps.verdicts().sum(Verdict.DROP_FENCED.index, sum);
        return sum[0];
    }

    private byte[] toClient(String letter) {
        String payload = Frame.ports(PORT, PORT) + "00090000" + "%02x".formatted((int) letter.charAt(0));
        return Frame.ipv4(Frame.mac(punt.clientNic.mac()), "", 17, 0, PuntLab.DIRECTOR, PuntLab.CLIENT, payload);
    }

    private void send(String letter) {
        Ports.send(punt.port, toClient(letter));
    }

    private String hear() throws IOException {
        var packet = new DatagramPacket(new byte[1], 1);
        heard.receive(packet);
        return new String(packet.getData(), StandardCharsets.US_ASCII);
    }
}
