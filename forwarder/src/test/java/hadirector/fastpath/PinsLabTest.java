package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.ebpf.Attached;
import hadirector.ebpf.BpfMap;
import hadirector.lab.BpfFileSystem;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NetLab;
import hadirector.netlink.Netlink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a killed process of a director leaves to the next, which is this one.
@Lab
class PinsLabTest {
    private static final String OWNER = "edge+lb1.example";
    private static final Duration AGE_MAX = Duration.ofMinutes(2);

    private final NetLab lab = new NetLab();
    private final BpfFileSystem bpf = new BpfFileSystem();
    private final Host director = lab.host("director");
    private int ifindex;

    @BeforeEach
    void plug() {
        lab.cable(director, "eth0", lab.host("far"), "eth0");
        ifindex = Ports.ifindex(director, "eth0");
    }

    @AfterEach
    void close() {
        lab.close();
        bpf.close();
    }

    private LabProcess holder() throws Exception {
        return director.startJava(EngineStandIn.class, "eth0", bpf.folder().toString(), OWNER)
                .awaitOutput("holding", Duration.ofSeconds(30));
    }

    private Pins pins() {
        return director.in(() -> Pins.open(Optional.of(bpf.folder()), OWNER));
    }

    private List<Attached> tc() {
        return director.in(() -> Attached.atTcxIngress(ifindex));
    }

    private List<Integer> xdp() {
        return director.in(() -> {
            try (var netlink = new Netlink()) {
                return netlink.xdpPrograms(ifindex);
            }
        });
    }

    @Test
    void theNextProcessTakesOverLinksAndConnectionsAndLeavesNothing() throws Exception {
        var dead = holder();
        var tcBefore = tc();
        var xdpBefore = xdp();
        assertThat(tcBefore).hasSize(1);
        assertThat(xdpBefore).hasSize(1);
        dead.kill();
        assertThat(tc()).as("the programs stay").isEqualTo(tcBefore);
        assertThat(xdp()).isEqualTo(xdpBefore);
        try (var pins = pins()) {
            var found = pins.inherit(AGE_MAX, (_, _) -> true);
            assertThat(found).isEqualTo(new Inheritance(EngineStandIn.CONNECTIONS, 0, List.of()));
            var program = director.in(() -> new TestFastPath(FastPath.Acceleration.XDP, pins));
            attach(program);
            assertThat(program.path.isAccelerated(ifindex)).isTrue();
            pins.forgetLeft();
            assertThat(bpf.folders(2)).hasSize(1);
            assertThat(tc()).hasSize(1).doesNotContainAnyElementsOf(tcBefore);
            assertThat(xdp()).hasSize(1).doesNotContainAnyElementsOf(xdpBefore);
            program.close();
        }
        assertThat(bpf.pinned()).isEmpty();
        assertThat(tc()).isEmpty();
        assertThat(xdp()).isEmpty();
    }

    private void attach(TestFastPath program) {
        director.in(() -> {
            program.attach(ifindex);
            return "";
        });
    }

    @Test
    void whatALivingProcessHasIsNotTouched() throws Exception {
        var _ = holder();
        var before = bpf.pinned();
        try (var pins = pins()) {
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true)).isEqualTo(Inheritance.NONE);
            pins.seed(1);
            pins.forgetLeft();
        }
        assertThat(bpf.pinned()).isEqualTo(before);
    }

    @Test
    void aLinkOfAnInterfaceThatIsGoneIsReplaced() throws Exception {
        holder().kill();
        director.with("ip link del eth0");
        lab.cable(director, "eth0", lab.host("far2"), "eth0");
        ifindex = Ports.ifindex(director, "eth0");
        renameLinks(); // As if the new interface had the number of the old one.
        try (var pins = pins();
                var program = director.in(() -> new TestFastPath(FastPath.Acceleration.OFF, pins))) {
            attach(program);
            assertThat(tc()).hasSize(1);
        }
    }

    private void renameLinks() throws Exception {
        for (Path file : bpf.pinned()) {
            String name = file.getFileName().toString();
            if (name.startsWith("tcx") || name.startsWith("xdp")) {
                Files.move(file, file.resolveSibling(name.replaceFirst("\\d+$", Integer.toString(ifindex))));
            }
        }
    }

    @Test
    void withARealServerOnThisHostNoProgramOutlivesTheProcess() {
        try (var pins = pins();
                var program = director.in(() -> new TestFastPath(FastPath.Acceleration.XDP, pins))) {
            attach(program);
            assertThat(pinnedLinks()).containsExactlyInAnyOrder("tcx", "xdp");
            local(program, true);
            assertThat(pinnedLinks()).isEmpty();
            local(program, false);
            assertThat(pinnedLinks()).containsExactlyInAnyOrder("tcx", "xdp");
        }
    }

    private void local(TestFastPath program, boolean wanted) {
        director.in(() -> {
            program.path.local(wanted);
            return "";
        });
    }

    private List<String> pinnedLinks() {
        return bpf.pinned().stream()
                .map(file -> file.getFileName().toString())
                .filter(name -> name.matches("(tcx|xdp)-.*"))
                .map(name -> name.substring(0, 3))
                .toList();
    }

    @Test
    void whatIsOfAnotherLayoutOrCutIsRefusedWithTheReason() throws Exception {
        holder().kill();
        var process = bpf.folders(2).getFirst();
        var other = process.resolveSibling(process.getFileName().toString().replace("v1-", "v0-"));
        Files.move(process, other);
        try (var pins = pins()) {
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true).refused()).singleElement().asString().contains("v0-").contains("layout");
        }
        Files.move(other, process);
        Files.delete(process.resolve(Pins.GROUPS));
        try (var pins = pins()) {
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true).refused()).singleElement().asString().contains("groups").contains("ENOENT");
        }
        try (var map = BpfMap.hash("wrong", Long.BYTES, Long.BYTES, 1)) {
            map.pin(process.resolve(Pins.GROUPS));
        }
        try (var pins = pins()) {
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true).refused()).singleElement().asString().contains("groups").contains("EINVAL");
            pins.forgetLeft();
        }
        assertThat(bpf.pinned()).isEmpty();
    }

    @Test
    void theFolderIsMadeIfItIsNotThere() {
        var folder = bpf.folder().resolve("made/here");
        try (var pins = director.in(() -> Pins.open(Optional.of(folder), OWNER));
                var program = director.in(() -> new TestFastPath(FastPath.Acceleration.XDP, pins))) {
            attach(program);
            assertThat(pinnedLinks()).isNotEmpty();
            assertThat(folder).isDirectory();
        }
    }

    @Test
    void theTableOfOneThatHeldNothingGoesAtTheNextStart() throws Exception {
        var process = director.startJava(EngineStandIn.class, "eth0", bpf.folder().toString(), OWNER, "idle")
                .awaitOutput("holding", Duration.ofSeconds(30));
        process.kill();
        assertThat(bpf.pinned()).hasSizeGreaterThan(pinnedLinks().size());
        try (var pins = pins()) {
            assertThat(pinnedLinks()).isNotEmpty();
            assertThat(bpf.pinned()).hasSize(pinnedLinks().size());
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true).refused()).as("nothing is missed of it").isEmpty();
        }
    }

    @Test
    void whatIsOfAnotherNetworkNamespaceIsNotReadAndGoesWhenItsProcessIsDead() throws Exception {
        var process = holder();
        var other = lab.host("other");
        try (var pins = other.in(() -> Pins.open(Optional.of(bpf.folder()), OWNER))) {
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true)).isEqualTo(Inheritance.NONE);
            assertThat(pinnedLinks()).isNotEmpty();
        }
        process.kill();
        try (var pins = other.in(() -> Pins.open(Optional.of(bpf.folder()), OWNER))) {
            assertThat(pins.inherit(AGE_MAX, (_, _) -> true)).isEqualTo(Inheritance.NONE);
            assertThat(bpf.pinned()).isEmpty();
        }
    }

    @Test
    void aFolderThatCannotBeHadPinsNothing() throws Exception {
        var folder = Files.createTempDirectory("hadirector-no-bpf");
        try (var pins = Pins.open(Optional.of(folder), OWNER);
                var absent = Pins.open(Optional.of(folder.resolve("absent")), OWNER)) {
            pins.seed(1);
            absent.seed(1);
            assertThat(folder).isEmptyDirectory();
        } finally {
            Files.delete(folder);
        }
    }
}
