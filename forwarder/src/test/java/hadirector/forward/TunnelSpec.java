package hadirector.forward;

import hadirector.model.IpAddress;
import hadirector.model.TunnelKind;
import hadirector.packet.NaiveChecksum;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A tunnel to a realserver, and what it must make of a packet: worked out in plain arrays, apart from the code under test.
/// Whether that is what the world understands, Wireshark says (`TunnelDissectionLabTest`).
record TunnelSpec(TunnelKind kind, IpAddress source, IpAddress realServer) {
    static final int GUE_PORT = 6080;

    /// Flow hash of all fixtures; the path that has one of its own compares with [#withFlowHash].
    static final int FLOW_HASH = 0x5a4d3c2b;

    private static final int ETHERNET = 14;

    static TunnelSpec of(TunnelKind kind, String source, String realServer) {
        return new TunnelSpec(kind, IpAddress.of(source), IpAddress.of(realServer));
    }

    void write(MemorySegment tunnels, long at, boolean innerV4) {
        Tunnels.write(tunnels, at, kind, source, realServer, innerV4);
    }

    /// Outer bytes, Ethernet apart.
    int headerLength() {
        return (realServer.isV4() ? 20 : 40)
                + switch (kind) {
                    case TunnelKind.Ipip _ -> 0;
                    case TunnelKind.Gre _ -> 4;
                    case TunnelKind.Gue _ -> 12;
                };
    }

    /// @param frame Ethernet and the inner packet as it must leave: one step of TTL taken, its checksum complete
    /// @return the frame that leaves, with its MACs
    byte[] wrap(byte[] frame) {
        boolean v4 = (frame[ETHERNET] & 0xf0) == 0x40;
        int length = frame.length - ETHERNET;
        var inner = ByteBuffer.wrap(frame);
        var out = ByteBuffer.allocate(frame.length + headerLength());
        out.put(frame, 0, 12).putShort((short) (realServer.isV4() ? 0x0800 : 0x86dd));
        int service = v4 ? inner.get(ETHERNET + 1) & 0xff : inner.getInt(ETHERNET) >>> 20 & 0xff;
        int innerProtocol = v4 ? 4 : 41;
        int protocol = switch (kind) {
            case TunnelKind.Ipip _ -> innerProtocol;
            case TunnelKind.Gre _ -> 47;
            case TunnelKind.Gue _ -> 17;
        };
        if (realServer.isV4()) {
            int fragment = v4 ? inner.getChar(ETHERNET + 6) : 0x4000;
            int id = (fragment & 0x4000) != 0 ? 0 : inner.getChar(ETHERNET + 4) ^ fragment;
            out.put((byte) 0x45).put((byte) service).putShort((short) (headerLength() + length));
            out.putShort((short) id).putShort((short) (fragment & 0x4000)).put((byte) 64).put((byte) protocol);
            out.putShort((short) 0).putInt(source.v4()).putInt(realServer.v4());
            out.putShort(ETHERNET + 10, (short) NaiveChecksum.of(out.array(), ETHERNET, 20));
        } else {
            out.putInt(0x60000000 | service << 20).putShort((short) (headerLength() - 40 + length));
            out.put((byte) protocol).put((byte) 64).putLong(source.high()).putLong(source.low());
            out.putLong(realServer.high()).putLong(realServer.low());
        }
        switch (kind) {
            case TunnelKind.Ipip _ -> {}
            case TunnelKind.Gre _ -> out.putShort((short) 0).putShort((short) (v4 ? 0x0800 : 0x86dd));
            case TunnelKind.Gue(int port) -> {
                out.putShort((short) 0).putShort((short) port).putShort((short) (12 + length)).putShort((short) 0);
                out.put((byte) 0).put((byte) innerProtocol).putShort((short) 0);
            }
        }
        return withFlowHash(out.put(frame, ETHERNET, length).array(), FLOW_HASH);
    }

    /// The same frame for another flow hash: in no checksum.
    byte[] withFlowHash(byte[] wrapped, int flowHash) {
        var out = ByteBuffer.wrap(wrapped.clone());
        if (!realServer.isV4()) {
            out.putInt(ETHERNET, (out.getInt(ETHERNET) & 0xfff00000) | (flowHash & 0xfffff));
        }
        if (kind instanceof TunnelKind.Gue) {
            out.putShort(ETHERNET + (realServer.isV4() ? 20 : 40), (short) (0xc000 | (flowHash & 0x3fff)));
        }
        return out.array();
    }

    @Override
    public String toString() {
        return kind.word() + " over IPv" + (realServer.isV4() ? 4 : 6);
    }
}
