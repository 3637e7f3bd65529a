package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.PacketPort;
import hadirector.afpacket.Ports;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NetLab;
import hadirector.linux.Bpf;
import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.Poller;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Lab
class CrashLabTest {
    /// BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID.
    private static final Map<String, Integer> GET_BY_ID = Map.of("prog_id:", 13, "map_id:", 14, "link_id:", 30);

    private final NetLab lab = new NetLab();
    private final Host director = lab.host("director");

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void killMinusNineLeavesNoProgramLinkOrMapAndTheInterfaceFree() throws Exception {
        director.nic("eth0", lab.segment("lan"), "10.77.0.2/24");
        var process = director.startJava(EngineStandIn.class, "eth0");
        process.awaitOutput("holding", Duration.ofSeconds(30));
        var objects = objectsOf(process);
        assertThat(objects).as("program, link and maps").hasSizeGreaterThan(10).allMatch(KernelObject::exists);

        process.kill();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (objects.stream().anyMatch(KernelObject::exists)) {
            assertThat(deadline - System.nanoTime()).as("time left for %s to go", objects).isPositive();
            Thread.onSpinWait();
        }
        try (var poller = new Poller(PacketPort.DESCRIPTORS)) {
            Ports.open(director, "eth0", FastPath.MARK, poller).close();
        }
    }

    /// The ids in /proc/PID/fdinfo, each with the command that asks for its object.
    private static Set<KernelObject> objectsOf(LabProcess process) throws IOException {
        var objects = new HashSet<KernelObject>();
        try (var files = Files.list(Path.of("/proc", Long.toString(process.pid()), "fdinfo"))) {
            for (Path file : files.toList()) {
                for (String line : Files.readAllLines(file)) {
                    String[] words = line.split("\\s+", -1);
                    Integer command = GET_BY_ID.get(words[0]);
                    if (command != null) {
                        objects.add(new KernelObject(command, Integer.parseInt(words[1])));
                    }
                }
            }
        }
        return objects;
    }

    private record KernelObject(int getById, int id) {
        boolean exists() {
            try (var arena = Arena.ofConfined()) {
                var attributes = arena.allocate(12, Long.BYTES);
                attributes.set(JAVA_INT, 0, id);
                int fd = Bpf.call(getById, attributes);
                if (fd >= 0) {
                    Descriptors.close(fd);
                }
                return fd != -Errno.ENOENT;
            }
        }
    }
}
