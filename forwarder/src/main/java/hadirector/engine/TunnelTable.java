package hadirector.engine;

import hadirector.forward.Tunnels;
import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;

/// The outer header of each LVS-Tun realserver, under the realserver's number; the programs read along. One service has VIPs of one
/// family, so one header is enough. Owner thread.
///
/// A number is given again only when no connection has it any more, and connections that ended rest before their slot is used again:
/// nobody can be on its way with a header that was just given to another.
final class TunnelTable {
    private final MemorySegment memory;

    /// @param memory of [Tunnels] elements, as many as there are numbers
    TunnelTable(MemorySegment memory) {
        this.memory = memory;
    }

    MemorySegment memory() {
        return memory;
    }

    /// Offset of a realserver's element.
    ///
    /// @param number from a flow record
    long at(int number) {
        return (long) number * Tunnels.TEMPLATE_LENGTH;
    }

    /// Brings a realserver's header up to date with its config and with the director's own address towards it. One whose method is
    /// another now keeps its header, for the connections that it has.
    void follow(ServerState server) {
        var source = server.hop.source;
        if (source != null && server.config.tunnel().isPresent()) {
            write(server, source);
        }
    }

    private void write(ServerState server, IpAddress source) {
        var kind = server.config.tunnel().orElseThrow();
        if (!kind.equals(server.tunnel) || !source.equals(server.tunnelSource)) {
            boolean innerV4 = server.service.config.vip().address().isV4();
            Tunnels.write(memory, at(server.id), kind, source, server.endpoint.address(), innerV4);
            server.tunnel = kind;
            server.tunnelSource = source;
        }
    }

    /// A realserver's number is given to another: it has no header yet.
    void clear(int number) {
        Tunnels.clear(memory, at(number));
    }

    /// Bytes that a realserver's packets grow by; 0 if there is no header yet.
    int headerLength(ServerState server) {
        return server.tunnel == null ? 0 : Tunnels.headerLength(memory, at(server.id));
    }
}
