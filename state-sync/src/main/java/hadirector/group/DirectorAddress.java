package hadirector.group;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;

/// A JGroups address that carries its director's name: each start of a director has its own address, all have its name.
final class DirectorAddress {
    private static final String KEY = "director";
    private static final String RUN = "run";

    static {
        ExtendedUUID.setPrintFunction(address -> String.valueOf(name(address)));
    }

    private DirectorAddress() {}

    /// @param run the same for all links of one start
    static Address of(String name, long run) {
        return ExtendedUUID.randomUUID(name)
                .put(KEY, name.getBytes(StandardCharsets.UTF_8))
                .put(RUN, ByteBuffer.allocate(Long.BYTES).putLong(run).array());
    }

    static @Nullable String name(@Nullable Address address) {
        byte[] name = address instanceof ExtendedUUID named ? named.get(KEY) : null;
        return name == null ? null : new String(name, StandardCharsets.UTF_8);
    }

    /// Which start of its director it is; 0 if it does not say.
    static long run(@Nullable Address address) {
        byte[] run = address instanceof ExtendedUUID named ? named.get(RUN) : null;
        return run == null || run.length != Long.BYTES ? 0 : ByteBuffer.wrap(run).getLong();
    }
}
