package hadirector.config;

import hadirector.model.AccessList;
import hadirector.model.Prefix;
import hadirector.model.Protocol;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The keys of a service besides its address and its pool: `acl`, `scheduler-offload`, `syn-guard`, `mss-clamp`, `sync`.
final class ServiceOptionsReader {
    private static final Map<String, SyncMode> SYNC_MODES = Words.of(List.of(SyncMode.values()), SyncMode::word);
    private static final int HALF_OPEN_MIN = 16;
    private static final int HALF_OPEN_MAX = 1 << 24;
    /// What every host takes (RFC 9293 3.7.1), and what an IPv4 packet without options can carry.
    private static final int MSS_MIN = 536;
    private static final int MSS_MAX = 65495;

    private ServiceOptionsReader() {}

    /// @param protocol empty if it could not be read; then nothing is concluded from it
    /// @param scheduler likewise
    static ServiceOptions read(Section section, Optional<Protocol> protocol, Optional<SchedulerKind> scheduler) {
        protocol.filter(word -> word == Protocol.UDP).ifPresent(_ -> onlyTcp(section));
        boolean schedulerOffload =
                section.find("scheduler-offload").flatMap(node -> schedulerOffload(node, scheduler)).orElse(false);
        return new ServiceOptions(
                section.findSection("acl").map(ServiceOptionsReader::acl).orElse(AccessList.OPEN),
                schedulerOffload,
                section.findSection("syn-guard").map(ServiceOptionsReader::halfOpenMax).orElse(ServiceOptions.HALF_OPEN_MAX),
                section.find("mss-clamp").flatMap(ServiceOptionsReader::mssClamp).orElse(OptionalInt.empty()),
                section.find("sync").flatMap(node -> sync(node, schedulerOffload)).orElse(SyncMode.ASYNC));
    }

    private static Optional<SyncMode> sync(Node node, boolean schedulerOffload) {
        var mode = node.word(SYNC_MODES);
        return schedulerOffload && mode.equals(Optional.of(SyncMode.COMMITTED))
                ? node.mustBe("async or none with scheduler-offload = on, because the kernel does not wait for other directors")
                : mode;
    }

    private static void onlyTcp(Section section) {
        for (var key : List.of("syn-guard", "mss-clamp")) {
            if (section.has(key)) {
                section.problem(key, "is of a udp service, must be left out, because only tcp has SYNs");
            }
        }
    }

    private static AccessList acl(Section section) {
        var once = new Once<Prefix>();
        var acl = new AccessList(prefixes(section, "allow", once), prefixes(section, "deny", once));
        section.done();
        return acl;
    }

    private static List<Prefix> prefixes(Section section, String key, Once<Prefix> once) {
        return section.find(key).map(node -> Addresses.prefixes(node, "192.0.2.0/24", once)).orElse(List.of());
    }

    private static Optional<Boolean> schedulerOffload(Node node, Optional<SchedulerKind> scheduler) {
        var wish = node.flag();
        var counts = scheduler.filter(kind -> kind != SchedulerKind.MH && kind != SchedulerKind.SH);
        return wish.orElse(false) && counts.isPresent()
                ? node.mustBe("off with scheduler = %s, because the kernel can choose by the client's address only (mh, sh)"
                        .formatted(counts.get().word()))
                : wish;
    }

    private static int halfOpenMax(Section section) {
        int max = section.find("half-open-max")
                .flatMap(node -> node.integer(HALF_OPEN_MIN, HALF_OPEN_MAX))
                .orElse(ServiceOptions.HALF_OPEN_MAX);
        section.done();
        return max;
    }

    private static Optional<OptionalInt> mssClamp(Node node) {
        String must = "off, or bytes from %d to %d, such as 1380".formatted(MSS_MIN, MSS_MAX);
        return node.parse(
                text -> switch (text) {
                    case "off", "no", "false" -> Optional.of(OptionalInt.empty());
                    case String number when number.matches("\\d{3,5}") -> Optional.of(OptionalInt.of(Integer.parseInt(number)))
                            .filter(bytes -> bytes.getAsInt() >= MSS_MIN && bytes.getAsInt() <= MSS_MAX);
                    default -> Optional.empty();
                },
                must);
    }
}
