package hadirector.group;

import java.nio.charset.StandardCharsets;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;

/// A JGroups address that carries its director's name: each start of a director has its own address, all have its name.
final class DirectorAddress {
    private static final String KEY = "director";

    static {
        ExtendedUUID.setPrintFunction(address -> String.valueOf(name(address)));
    }

    private DirectorAddress() {}

    static Address of(String name) {
        return ExtendedUUID.randomUUID(name).put(KEY, name.getBytes(StandardCharsets.UTF_8));
    }

    static @Nullable String name(@Nullable Address address) {
        byte[] name = address instanceof ExtendedUUID named ? named.get(KEY) : null;
        return name == null ? null : new String(name, StandardCharsets.UTF_8);
    }
}
