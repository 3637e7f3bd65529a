package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.conn.FlowRecord;
import hadirector.model.IpAddress;
import hadirector.model.TunnelKind;
import hadirector.packet.FrameKind;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of tunnel with every pair of families.
class EncapsulationTest {
    static final long RIP_MAC = 0x02_00_00_00_00_11L;
    private static final long SOURCE_MAC = 0x02_00_00_00_00_0aL;
    private static final int AT = 130;
    private static final int GUARD = 16;
    private static final int TEMPLATE = 3 * Tunnels.TEMPLATE_LENGTH;
    private static final byte[] DATA = {1, 2, 3, 4, 5};

    private final MemorySegment records = MemorySegment.ofArray(new byte[FlowRecord.LENGTH]);
    private final MemorySegment tunnels = MemorySegment.ofArray(new byte[4 * Tunnels.TEMPLATE_LENGTH]);

    static List<TunnelSpec> tunnels() {
        return Stream.<TunnelKind>of(new TunnelKind.Ipip(), new TunnelKind.Gre(), new TunnelKind.Gue(TunnelSpec.GUE_PORT))
                .flatMap(kind -> Stream.of(
                        TunnelSpec.of(kind, "10.1.0.1", "10.1.0.11"),
                        TunnelSpec.of(kind, "2001:db8:1::1", "2001:db8:1::11")))
                .toList();
    }

    static Stream<Arguments> combinations() {
        return tunnels().stream().flatMap(tunnel -> Stream.of(true, false)
                .flatMap(v6 -> Stream.of(true, false).map(tcp -> Arguments.of(tunnel, InnerPacket.of(v6, tcp, DATA)))));
    }

    @ParameterizedTest(name = "{1} in {0}")
    @MethodSource("combinations")
    void aPacketIsWrappedAsItIsBesidesAStepOfTtl(TunnelSpec tunnel, InnerPacket inner) {
        byte[] expected = tunnel.wrap(withMacs(inner.frame(InnerPacket.TTL - 1)));
        assertThat(apply(tunnel, inner.frame(), false)).asHexString().isEqualTo(hex(expected));
    }

    @ParameterizedTest(name = "{1} in {0}")
    @MethodSource("combinations")
    void aPartialChecksumIsCompleted(TunnelSpec tunnel, InnerPacket inner) {
        byte[] expected = tunnel.wrap(withMacs(inner.frame(InnerPacket.TTL - 1)));
        assertThat(apply(tunnel, inner.frame(true, InnerPacket.TTL), true)).asHexString().isEqualTo(hex(expected));
    }

    @ParameterizedTest(name = "{1} in {0}")
    @MethodSource("combinations")
    void paddingOfAShortFrameIsNoPartOfTheTunnelsPacket(TunnelSpec tunnel, InnerPacket inner) {
        byte[] expected = tunnel.wrap(withMacs(inner.frame(InnerPacket.TTL - 1)));
        byte[] frame = inner.frame();
        assertThat(Arrays.copyOf(apply(tunnel, Arrays.copyOf(frame, frame.length + 6), false), expected.length))
                .asHexString().isEqualTo(hex(expected));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tunnels")
    void whatMayBeFragmentedMayBeFragmentedInTheTunnel(TunnelSpec tunnel) {
        var inner = InnerPacket.of(false, false, DATA).withFragment(0);
        byte[] out = apply(tunnel, inner.frame(), false);
        assertThat(out).asHexString().isEqualTo(hex(tunnel.wrap(withMacs(inner.frame(InnerPacket.TTL - 1)))));
        if (tunnel.realServer().isV4()) {
            assertThat(out[18]).as("identification").isEqualTo((byte) 0x43);
            assertThat(out[20]).as("DF").isZero();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tunnels")
    void fragmentsOfOneDatagramHaveOuterIdentificationsOfTheirOwn(TunnelSpec tunnel) {
        var first = InnerPacket.of(false, false, new byte[64]).withFragment(0x2000);
        var second = first.withFragment(9);
        byte[] firstOut = apply(tunnel, first.frame(), false);
        byte[] secondOut = apply(tunnel, second.frame(), false);
        assertThat(firstOut).asHexString().isEqualTo(hex(tunnel.wrap(withMacs(first.frame(InnerPacket.TTL - 1)))));
        if (tunnel.realServer().isV4()) {
            assertThat(Arrays.copyOfRange(firstOut, 18, 20)).isNotEqualTo(Arrays.copyOfRange(secondOut, 18, 20));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tunnels")
    void theHeaderIsAsLongAsItIsSaidToBe(TunnelSpec tunnel) {
        tunnel.write(tunnels, TEMPLATE, true);
        int length = Tunnels.headerLength(tunnels, TEMPLATE);
        assertThat(length).isEqualTo(tunnel.headerLength()).isLessThanOrEqualTo(Tunnels.HEADER_LENGTH_MAX);
        assertThat(Tunnels.headerLength(tunnel.kind(), tunnel.realServer().isV4())).isEqualTo(length);
    }

    @Test
    void anElementThatIsWrittenAnewKeepsNothingOfTheOld() {
        byte[] fresh = new byte[Tunnels.TEMPLATE_LENGTH];
        TunnelSpec.of(new TunnelKind.Ipip(), "10.1.0.1", "10.1.0.11").write(MemorySegment.ofArray(fresh), 0, true);
        TunnelSpec.of(new TunnelKind.Gue(1), "2001:db8::1", "2001:db8::2").write(tunnels, TEMPLATE, false);
        TunnelSpec.of(new TunnelKind.Ipip(), "10.1.0.1", "10.1.0.11").write(tunnels, TEMPLATE, true);
        assertThat(tunnels.asSlice(TEMPLATE, Tunnels.TEMPLATE_LENGTH).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(fresh);
        Tunnels.clear(tunnels, TEMPLATE);
        assertThat(tunnels.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void bothEndsOfATunnelAreOfOneFamily() {
        assertThatThrownBy(() -> Tunnels.write(
                        tunnels, 0, new TunnelKind.Gre(), IpAddress.of("10.0.0.1"), IpAddress.of("2001:db8::1"), true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    byte[] apply(TunnelSpec tunnel, byte[] in, boolean partial) {
        FlowRecords.nextHop(records, 0, RIP_MAC, SOURCE_MAC, 7);
        byte[] bytes = new byte[AT + in.length + GUARD];
        System.arraycopy(in, 0, bytes, AT, in.length);
        var frame = MemorySegment.ofArray(bytes);
        var parsed = new ParsedFrame();
        assertThat(parsed.parse(frame, AT, in.length)).isIn(FrameKind.TCP, FrameKind.UDP, FrameKind.FRAGMENT);
        tunnel.write(tunnels, TEMPLATE, !parsed.isV6());
        int grown = Encapsulation.apply(records, 0, tunnels, TEMPLATE, frame, parsed, partial, TunnelSpec.FLOW_HASH);
        assertThat(Arrays.copyOf(bytes, AT - grown)).containsOnly(0);
        assertThat(Arrays.copyOfRange(bytes, AT + in.length, bytes.length)).containsOnly(0);
        return Arrays.copyOfRange(bytes, AT - grown, AT + in.length);
    }

    static byte[] withMacs(byte[] frame) {
        byte[] macs = {2, 0, 0, 0, 0, 0x11, 2, 0, 0, 0, 0, 0x0a};
        System.arraycopy(macs, 0, frame, 0, macs.length);
        return frame;
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().withUpperCase().formatHex(bytes);
    }
}
