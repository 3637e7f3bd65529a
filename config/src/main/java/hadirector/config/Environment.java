package hadirector.config;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What a config is checked against beside itself: the machine that it is for.
public interface Environment {
    String hostName();

    boolean hasInterface(String name);

    /// This machine, asked anew at each call.
    static Environment ofThisMachine() {
        return new Environment() {
            @Override
            public String hostName() {
                return kernelHostName().or(() -> Optional.ofNullable(System.getenv("HOSTNAME"))).orElse("localhost");
            }

            @Override
            public boolean hasInterface(String name) {
                try {
                    return NetworkInterface.getByName(name) != null || hasInterfaceWithoutAddress(name);
                } catch (IOException _) {
                    return false;
                }
            }
        };
    }

    /// Java finds only interfaces that have an address; a line of the kernel's list is ` eth0: 1234 ...`.
    private static boolean hasInterfaceWithoutAddress(String name) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/thread-self/net/dev"))) {
            return lines.anyMatch(line -> line.strip().startsWith(name + ":"));
        }
    }

    /// As `uname -n` says it; the resolver is not asked, it may be slow or wrong.
    private static Optional<String> kernelHostName() {
        try {
            return Optional.of(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
