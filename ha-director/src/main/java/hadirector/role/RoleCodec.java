package hadirector.role;

import hadirector.conn.GroupId;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.RefusedMessage.Reason;
import java.util.Optional;

/// [RoleMessage]s as bytes, big-endian; they travel as `ClusterChannel.MessageKind.CONTROL`.
///
/// ```
///   0       1       2               4                               8
///   +-------+-------+---------------+-------------------------------+----
///   |version| kind  |       0       |            cluster            | body
///   +-------+-------+---------------+-------------------------------+----
///
///   1 TOLD      u64 incarnation, u32 epoch, u32 copied, i32 priority, u32 config digest, u8 role, u8 flags (1 fit),
///               u16 0, text director, group, holder, why, u64 position (early builds leave it out)
///   2 ASK       u64 id, u8 flags (1 has a target, 2 force), text group, origin, target
///   3 MOVED     u64 id, u32 epoch, u64 nanoseconds, text group, holder
///   4 REFUSED   u64 id, text group, why
///   5 OVERRIDE  u64 at, u8 flags (1 drained), u64 u64 address (IPv4 mapped), u16 port, text service
///   6 TAKEOVER  JSON, to the end
/// ```
///
/// A text is a u16 of bytes and UTF-8. `cluster` is [GroupId] of the cluster's name. Evolution: reserved bytes are written
/// zero and ignored; new fields come at the end of a body, where older readers ignore them; an unknown kind is
/// skipped; numbers are never reused.
public final class RoleCodec {
    private static final int VERSION = 1;
    private static final int TOLD = 1;
    private static final int ASK = 2;
    private static final int MOVED = 3;
    private static final int REFUSED = 4;
    private static final int OVERRIDE = 5;
    private static final int TAKEOVER = 6;

    private final int cluster;

    public RoleCodec(String clusterName) {
        cluster = GroupId.of(clusterName);
    }

    public byte[] encode(RoleMessage message) {
        return switch (message) {
            case RoleMessage.Told(Standing s) -> standing(s);
            case RoleMessage.Ask(String group, FailoverRequest r) ->
                    writer(ASK)
                            .u64(r.id())
                            .u8((r.target().isPresent() ? 1 : 0) | (r.force() ? 2 : 0))
                            .text(group)
                            .text(r.origin())
                            .text(r.target().orElse(""))
                            .bytes();
            case RoleMessage.Answered(String group, long id, Outcome.Moved(String holder, int epoch, long nanos)) ->
                    writer(MOVED).u64(id).u32(epoch).u64(nanos).text(group).text(holder).bytes();
            case RoleMessage.Answered(String group, long id, Outcome.Refused(String why)) ->
                    writer(REFUSED).u64(id).text(group).text(why).bytes();
            case RoleMessage.ServerOverride(String service, Endpoint server, boolean drained, long at) ->
                    writer(OVERRIDE)
                            .u64(at)
                            .u8(drained ? 1 : 0)
                            .u64(server.address().high())
                            .u64(server.address().low())
                            .u16(server.port())
                            .text(service)
                            .bytes();
            case RoleMessage.Takeover(String json) -> writer(TAKEOVER).rest(json).bytes();
        };
    }

    private byte[] standing(Standing s) {
        return writer(TOLD)
                .u64(s.incarnation())
                .u32(s.epoch())
                .u32(s.copied())
                .u32(s.priority())
                .u32(s.configDigest())
                .u8(s.role().number())
                .u8(s.fit() ? 1 : 0)
                .u16(0)
                .text(s.director())
                .text(s.group())
                .text(s.holder())
                .text(s.why())
                .u64(s.position())
                .bytes();
    }

    private WireWriter writer(int kind) {
        return new WireWriter().u8(VERSION).u8(kind).u16(0).u32(cluster);
    }

    /// @throws RefusedMessage for whatever is not a message of this version and cluster
    public RoleMessage decode(byte[] from, int offset, int length) throws RefusedMessage {
        var in = new WireReader(from, offset, length);
        int version = in.u8();
        if (version != VERSION) {
            throw new RefusedMessage(Reason.VERSION, "control message of version " + version);
        }
        int kind = in.u8();
        in.u16();
        if (in.u32() != cluster) {
            throw new RefusedMessage(Reason.CLUSTER, "control message of another cluster");
        }
        return switch (kind) {
            case TOLD -> new RoleMessage.Told(standing(in));
            case ASK -> ask(in);
            case MOVED -> moved(in);
            case REFUSED -> refused(in);
            case OVERRIDE -> override(in);
            case TAKEOVER -> new RoleMessage.Takeover(in.rest());
            default -> throw new RefusedMessage(Reason.KIND, "control message of kind " + kind);
        };
    }

    private static Standing standing(WireReader in) throws RefusedMessage {
        long incarnation = in.u64();
        int epoch = in.epoch();
        int copied = in.epoch();
        int priority = in.u32();
        int configDigest = in.u32();
        int number = in.u8();
        boolean fit = (in.u8() & 1) != 0;
        in.u16();
        var role = Role.Kind.of(number)
                .orElseThrow(() -> new RefusedMessage(Reason.MALFORMED, "standing with the role " + number));
        String director = in.text();
        String group = in.text();
        String holder = in.text();
        String why = in.text();
        long position = in.isAtEnd() ? Standing.UNKNOWN : in.u64();
        return new Standing(
                director, group, incarnation, role, epoch, holder, fit, why, copied, position, priority, configDigest);
    }

    private static RoleMessage ask(WireReader in) throws RefusedMessage {
        long id = in.u64();
        int flags = in.u8();
        String group = in.text();
        String origin = in.text();
        String target = in.text();
        var wanted = (flags & 1) != 0 ? Optional.of(target) : Optional.<String>empty();
        return new RoleMessage.Ask(group, new FailoverRequest(origin, id, wanted, (flags & 2) != 0));
    }

    private static RoleMessage moved(WireReader in) throws RefusedMessage {
        long id = in.u64();
        int epoch = in.epoch();
        long nanos = in.u64();
        String group = in.text();
        return new RoleMessage.Answered(group, id, new Outcome.Moved(in.text(), epoch, nanos));
    }

    private static RoleMessage refused(WireReader in) throws RefusedMessage {
        long id = in.u64();
        String group = in.text();
        return new RoleMessage.Answered(group, id, new Outcome.Refused(in.text()));
    }

    private static RoleMessage override(WireReader in) throws RefusedMessage {
        long at = in.u64();
        boolean drained = (in.u8() & 1) != 0;
        var address = new IpAddress(in.u64(), in.u64());
        int port = in.u16();
        return new RoleMessage.ServerOverride(in.text(), new Endpoint(address, port), drained, at);
    }
}
