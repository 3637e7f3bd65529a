package hadirector.group;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.keys.KeyFolder;
import hadirector.keys.KeyFolder.Task;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// Clusters on loopback: each director has an address 127.x.y.n of its own and a port that is
/// free there.
public final class TestGroup {
    private static final Duration DETECTION = Duration.ofMillis(600);

    private TestGroup() {}

    public static Cluster cluster(String... names) throws IOException {
        var random = ThreadLocalRandom.current();
        int net = 127 << 24 | random.nextInt(1, 255) << 16 | random.nextInt(1, 255) << 8;
        Map<String, Endpoint> members = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            members.put(names[i], free(IpAddress.v4(net | i + 1)));
        }
        return Cluster.of("test-" + random.nextInt(1 << 30), members, DETECTION);
    }

    /// The same with TLS, keys made in `folder`.
    public static Cluster encrypted(Path folder, String... names) throws Exception {
        var plain = cluster(names);
        var _ = new KeyFolder(folder, plain.name(), Duration.ofDays(1), Instant.now()).run(Task.COMPLETE, List.of(names));
        return plain.encrypted(folder);
    }

    private static Endpoint free(IpAddress address) throws IOException {
        while (true) {
            var candidate = new Endpoint(address, ThreadLocalRandom.current().nextInt(20_000, 32_000));
            if (isFree(candidate)) {
                return candidate;
            }
        }
    }

    private static boolean isFree(Endpoint endpoint) throws IOException {
        try (var socket = new ServerSocket()) {
            InetSocketAddress address = endpoint.toSocketAddress();
            socket.bind(address);
            return true;
        } catch (java.net.BindException _) {
            return false;
        }
    }
}
