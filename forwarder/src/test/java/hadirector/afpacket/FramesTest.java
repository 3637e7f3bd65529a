package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class FramesTest {
    private final Frames frames = new Frames(Arena.ofAuto().allocate(Frames.LENGTH, 4096));

    private void superFrame(int slot, int gsoType, int gsoSize, int length) {
        long at = frames.headerAt(slot);
        frames.memory().set(JAVA_BYTE, at, (byte) 3);
        frames.memory().set(JAVA_BYTE, at + 1, (byte) gsoType);
        frames.memory().set(JAVA_SHORT_UNALIGNED, at + 4, (short) gsoSize);
        frames.memory().set(JAVA_SHORT_UNALIGNED, at + 6, (short) 34);
        frames.memory().set(JAVA_SHORT_UNALIGNED, at + 8, (short) 16);
        frames.memory().set(JAVA_BYTE, frames.at(slot) + 34 + 12, (byte) 0x80); // TCP header of 32 bytes
        frames.length(slot, length);
    }

    @Test
    void slotsDoNotOverlapAndIpHeadersAreAligned() {
        long end = 0;
        for (int slot = 0; slot < 128; slot++) {
            assertThat(frames.at(slot) - Frames.HEADROOM).isEqualTo(end);
            assertThat((frames.memory().address() + frames.at(slot) + 14) % 16).isZero();
            end = frames.at(slot) + (slot < 64 ? Frames.RECEIVED_LENGTH_MAX : Frames.MADE_LENGTH_MAX);
        }
        assertThat(Frames.LENGTH).isEqualTo(end).isEqualTo(end / 4096 * 4096);
        assertThat(Frames.RECEIVED_LENGTH_MAX).isGreaterThanOrEqualTo(65535 + 14);
    }

    @Test
    void aSuperFrameCountsAsThePacketsItStandsFor() {
        superFrame(0, VirtioHeader.GSO_TCP4, 1448, 66 + 3 * 1448);
        assertThat(frames.wirePackets(0)).isEqualTo(3);
        superFrame(1, VirtioHeader.GSO_TCP4 | VirtioHeader.GSO_ECN, 1448, 66 + 3 * 1448 + 1);
        assertThat(frames.wirePackets(1)).isEqualTo(4);
        superFrame(2, VirtioHeader.GSO_UDP_L4, 1000, 42 + 5000);
        assertThat(frames.wirePackets(2)).isEqualTo(5);
        superFrame(3, VirtioHeader.GSO_NONE, 0, 1514);
        assertThat(frames.wirePackets(3)).isEqualTo(1);
    }

    @Test
    void headersThatDoNotFitIntoTheFrameAreNotBelieved() {
        for (int length = 0; length < 66; length++) {
            superFrame(0, VirtioHeader.GSO_TCP4, 1448, length);
            assertThat(frames.headersLength(0)).isZero();
            assertThat(frames.wirePackets(0)).isEqualTo(1);
        }
    }

    @Test
    void onlyTheDueChecksumIsKeptForSending() {
        superFrame(0, VirtioHeader.GSO_TCP4, 1448, 5000);
        VirtioHeader.prepareToSend(frames.memory(), frames.headerAt(0), frames.headersLength(0));
        assertThat(frames.memory().get(JAVA_BYTE, frames.headerAt(0))).isEqualTo((byte) 1);
        assertThat(frames.memory().get(JAVA_SHORT_UNALIGNED, frames.headerAt(0) + 2)).isEqualTo((short) 66);
    }

    @Test
    void framesOfTheRingStayInTheirBlocks() {
        for (int index = 1; index < PacketRing.FRAMES; index++) {
            long gap = PacketRing.at(index) - PacketRing.at(index - 1);
            assertThat(gap).isGreaterThanOrEqualTo(PacketRing.FRAME_ROOM);
            assertThat(PacketRing.at(index) / 131072).isEqualTo((PacketRing.at(index) + PacketRing.FRAME_ROOM - 1) / 131072);
        }
        assertThat(PacketRing.at(PacketRing.FRAMES - 1) + PacketRing.FRAME_ROOM).isLessThanOrEqualTo(PacketRing.LENGTH);
    }
}
