package hadirector.director;

import hadirector.health.Target;
import hadirector.model.Endpoint;
import hadirector.role.FailoverRequest;
import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.Role;
import hadirector.role.Standing;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Control messages as bytes, big-endian: version, kind, then the fields in their order; text is UTF-8 behind a length of two
/// bytes. Evolution: a new kind takes a new number, new fields go to the end and older readers leave them; a change that
/// older readers could not bear takes a new version.
final class ControlCodec {
    private static final byte VERSION = 1;
    private static final byte TOLD = 1;
    private static final byte ASKED = 2;
    private static final byte ANSWERED = 3;
    private static final byte DRAIN = 4;
    private static final byte MOVED = 1;
    private static final byte REFUSED = 2;
    private static final int LENGTH_MAX = 16_384;
    private static final int TEXT_MAX = 1_000;

    private ControlCodec() {}

    static byte[] encode(ControlMessage message) {
        var to = ByteBuffer.allocate(LENGTH_MAX).put(VERSION);
        switch (message) {
            case ControlMessage.Told(Standing standing) -> standing(to.put(TOLD), standing);
            case ControlMessage.Asked(String group, FailoverRequest request) ->
                    request(text(to.put(ASKED), group), request);
            case ControlMessage.Answered(String group, FailoverRequest request, Outcome outcome) ->
                    outcome(request(text(to.put(ANSWERED), group), request), outcome);
            case ControlMessage.Drain(Target target, Drains.Word word) ->
                    flag(text(text(to.put(DRAIN), target.service()), target.realServer().toString()), word.drained())
                            .putLong(word.at());
        }
        return Arrays.copyOf(to.array(), to.position());
    }

    private static void standing(ByteBuffer to, Standing s) {
        text(text(to, s.director()), s.group()).putLong(s.incarnation()).put((byte) s.role().number());
        flag(text(flag(text(to.putInt(s.epoch()), s.holder()), s.fit()), s.why()), s.synced());
        to.putInt(s.priority()).putInt(s.configDigest());
    }

    private static ByteBuffer request(ByteBuffer to, FailoverRequest request) {
        text(to, request.origin()).putLong(request.id());
        return flag(text(to, request.target().orElse("")), request.force());
    }

    private static void outcome(ByteBuffer to, Outcome outcome) {
        switch (outcome) {
            case Outcome.Moved(String holder, int epoch, long tookNanos) ->
                    text(to.put(MOVED), holder).putInt(epoch).putLong(tookNanos);
            case Outcome.Refused(String why) -> text(to.put(REFUSED), why);
        }
    }

    private static ByteBuffer flag(ByteBuffer to, boolean value) {
        return to.put((byte) (value ? 1 : 0));
    }

    private static ByteBuffer text(ByteBuffer to, String value) {
        String kept = value.length() <= TEXT_MAX ? value : value.substring(0, TEXT_MAX);
        byte[] bytes = kept.getBytes(StandardCharsets.UTF_8);
        return to.putShort((short) bytes.length).put(bytes);
    }

    /// Empty if the bytes are no message that this version can read.
    static Optional<ControlMessage> decode(byte[] bytes, int offset, int length) {
        var from = ByteBuffer.wrap(bytes, offset, length);
        try {
            return from.get() == VERSION ? message(from) : Optional.empty();
        } catch (BufferUnderflowException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<ControlMessage> message(ByteBuffer from) {
        return switch (from.get()) {
            case TOLD -> standing(from).map(ControlMessage.Told::new);
            case ASKED -> Optional.of(new ControlMessage.Asked(text(from), request(from)));
            case ANSWERED -> Optional.of(new ControlMessage.Answered(text(from), request(from), outcome(from)));
            case DRAIN -> Optional.of(drain(from));
            default -> Optional.empty();
        };
    }

    private static Optional<Standing> standing(ByteBuffer from) {
        String director = text(from);
        String group = text(from);
        long incarnation = from.getLong();
        var role = Role.Kind.of(from.get());
        int epoch = from.getInt();
        String holder = text(from);
        boolean fit = flag(from);
        String why = text(from);
        boolean synced = flag(from);
        int priority = from.getInt();
        int digest = from.getInt();
        return role.map(
                kind ->
                        new Standing(
                                director, group, incarnation, kind, epoch, holder, fit, why, synced, priority, digest));
    }

    private static FailoverRequest request(ByteBuffer from) {
        String origin = text(from);
        long id = from.getLong();
        String target = text(from);
        return new FailoverRequest(
                origin, id, target.isEmpty() ? Optional.empty() : Optional.of(target), flag(from));
    }

    private static Outcome outcome(ByteBuffer from) {
        return from.get() == MOVED
                ? new Outcome.Moved(text(from), from.getInt(), from.getLong())
                : new Outcome.Refused(text(from));
    }

    private static ControlMessage drain(ByteBuffer from) {
        var target = new Target(text(from), Endpoint.of(text(from)));
        return new ControlMessage.Drain(target, new Drains.Word(flag(from), from.getLong()));
    }

    private static boolean flag(ByteBuffer from) {
        return from.get() != 0;
    }

    private static String text(ByteBuffer from) {
        int length = Short.toUnsignedInt(from.getShort());
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
