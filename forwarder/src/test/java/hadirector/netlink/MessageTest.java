package hadirector.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class MessageTest {
    private final ByteBuffer wire = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

    private MemorySegment neighbour(int state) {
        begin(Rtnetlink.RTM_NEWNEIGH);
        wire.put((byte) Rtnetlink.AF_INET).put(new byte[3]).putInt(3).putShort((short) state).putShort((short) 0);
        attribute(77, 1, 2, 3); // Unknown, and padded.
        attribute(Rtnetlink.NDA_DST, 10, 0, 0, 9);
        attribute(Rtnetlink.NDA_LLADDR, 2, 0, 0, 0, 0, 0xfe);
        return end();
    }

    private void begin(int type) {
        wire.putInt(0).putShort((short) type).putShort((short) 0).putInt(5).putInt(0);
    }

    private void attribute(int type, int... bytes) {
        wire.putShort((short) (4 + bytes.length)).putShort((short) type);
        for (int b : bytes) {
            wire.put((byte) b);
        }
        wire.position((int) Message.aligned(wire.position()));
    }

    private MemorySegment end() {
        wire.putInt(0, wire.position());
        return MemorySegment.ofArray(wire.array()).asSlice(0, wire.position());
    }

    @Test
    void aNeighbourIsReadPastAttributesThatNobodyKnows() {
        Message m = Message.in(neighbour(2)).getFirst();
        assertThat(m.sequence()).isEqualTo(5);
        assertThat(Parse.neighbour(m))
                .isEqualTo(new Neighbour(3, IpAddress.of("10.0.0.9"), 0x0200_0000_00feL, true));
    }

    @Test
    void aFailedNeighbourIsNotUsable() {
        assertThat(Parse.neighbour(Message.in(neighbour(0x20)).getFirst()))
                .extracting(n -> n != null && n.usable())
                .isEqualTo(false);
    }

    @Test
    void aMessageThatClaimsToBeLongerThanItsDatagramIsNotRead() {
        var whole = neighbour(2);
        assertThat(Message.in(whole.asSlice(0, whole.byteSize() - 1))).isEmpty();
        assertThat(Message.in(whole.asSlice(0, 15))).isEmpty();
    }

    @RepeatedTest(500)
    void anyBytesAreReadWithoutAnException(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        byte[] bytes = neighbour(2).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        for (int i = random.nextInt(6); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        for (Message m : Message.in(MemorySegment.ofArray(bytes))) {
            Parse.link(m);
            Parse.address(m);
            Parse.neighbour(m);
            Parse.route(m);
            Parse.nextHop(m, IpAddress.of("10.0.0.1"));
        }
        assertThat(List.of(bytes)).hasSize(1);
    }
}
