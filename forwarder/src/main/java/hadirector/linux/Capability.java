package hadirector.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/// The capabilities that the packet engine asks for (linux/capability.h).
public enum Capability {
    CAP_NET_ADMIN(12),
    CAP_NET_RAW(13),
    CAP_SYS_ADMIN(21),
    CAP_BPF(39);

    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    /// Those that the calling thread has in effect; none if the kernel does not say.
    public static Set<Capability> effective() {
        try (var lines = Files.lines(Path.of("/proc/thread-self/status"))) {
            return lines.filter(line -> line.startsWith("CapEff:"))
                    .findFirst()
                    .map(line -> of(Long.parseUnsignedLong(line.substring("CapEff:".length()).trim(), 16)))
                    .orElse(Set.of());
        } catch (IOException _) {
            return Set.of();
        }
    }

    static Set<Capability> of(long mask) {
        var set = EnumSet.noneOf(Capability.class);
        for (var capability : values()) {
            if ((mask >>> capability.bit & 1) == 1) {
                set.add(capability);
            }
        }
        return set;
    }
}
