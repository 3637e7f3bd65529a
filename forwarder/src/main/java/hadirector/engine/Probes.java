package hadirector.engine;

import hadirector.forward.ArpAnswers;
import hadirector.forward.NdpAnswers;
import hadirector.model.IpAddress;
import hadirector.packet.ArpView;
import hadirector.packet.EthernetView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks who has an address ([ForwardingEngine#probe]). Meanwhile the interface's port hears all neighbours, not only what the program has claimed. Owner
/// thread.
final class Probes {
    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

    /// Interfaces that were asked on stay open for so long.
    private static final long KEEP_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final class Probe {
        final Arm arm;
        final IpAddress address;

        /// Of an address of ours: whoever shows any sign of having it, has it. Another one is asked for to learn whether it hears us, so only an answer to
        /// us counts.
        final boolean floating;

        final long until;
        final Consumer<Boolean> answered;
        long dueAt;

        Probe(Arm arm, IpAddress address, boolean floating, long until, Consumer<Boolean> answered, long now) {
            this.arm = arm;
            this.address = address;
            this.floating = floating;
            this.until = until;
            this.answered = answered;
            dueAt = now;
        }
    }

    private final ServiceTable services;
    private final Arms arms;
    private final Counters counters;
    private final List<Probe> probes = new ArrayList<>();
    private final Map<String, Long> askedAt = new HashMap<>();

    Probes(ServiceTable services, Arms arms, Counters counters) {
        this.services = services;
        this.arms = arms;
        this.counters = counters;
    }

    /// Begins; the first question goes out with the next [#run].
    ///
    /// @param arm null if there is no such interface
    void ask(@Nullable Arm arm, IpAddress address, Duration wait, Consumer<Boolean> answered, long now) {
        if (arm == null || !arm.running()) {
            counters.add(Counter.PROBES_IMPOSSIBLE);
            answer(answered, false);
            return;
        }
        askedAt.put(arm.name(), now);
        arm.port.hearAllNeighbours(true);
        boolean floating = services.addresses().find(address.high(), address.low()) != null;
        probes.add(new Probe(arm, address, floating, now + wait.toNanos(), answered, now));
    }

    /// Names of the interfaces that have to stay open for questions.
    Set<String> interfaces(long now) {
        askedAt.values().removeIf(at -> now - at >= KEEP_NANOS);
        return askedAt.keySet();
    }

    boolean areOpen() {
        return !probes.isEmpty();
    }

    /// When [#run] has something to do.
    ///
    /// @param otherwise if it has nothing
    long dueAt(long otherwise) {
        long due = otherwise;
        for (int i = 0; i < probes.size(); i++) {
            var probe = probes.get(i);
            due = earlier(due, earlier(probe.dueAt, probe.until));
        }
        return due;
    }

    private static long earlier(long a, long b) {
        return a - b <= 0 ? a : b;
    }

    /// Sends the questions that are due, and ends those that wait no more.
    void run(long now) {
        if (probes.isEmpty()) {
            return;
        }
        var over = probes.stream().filter(probe -> now - probe.until >= 0 || !isUp(probe.arm)).toList();
        over.forEach(probe -> end(probe, false));
        for (var probe : probes) {
            if (now - probe.dueAt >= 0) {
                probe.dueAt = now + AGAIN_NANOS;
                send(probe);
            }
        }
        arms.flush();
    }

    private boolean isUp(Arm arm) {
        return arms.byIndex(arm.ifindex()) == arm && arm.running();
    }

    /// An address of ours is asked for in nobody's name, so that nobody learns where it is not; anything else in the interface's own name, which every router
    /// answers.
    private void send(Probe probe) {
        var port = probe.arm.port;
        var address = probe.address;
        var sender = probe.floating ? Arm.NO_ADDRESS : probe.arm.address(!address.isV4());
        int slot = arms.make(port);
        long to = port.frame(slot);
        int length = address.isV4()
                ? ArpAnswers.request((int) sender.low(), probe.arm.mac, address.v4(), port.memory(), to)
                : NdpAnswers.request(
                        sender.high(), sender.low(), probe.arm.mac, address.high(), address.low(), port.memory(), to);
        port.length(slot, length);
        port.send(port, slot);
        counters.add(Counter.PROBES_SENT);
    }

    /// Some station's ARP.
    void heardArp(Inbound in) {
        for (int i = probes.size() - 1; i >= 0; i--) {
            var probe = probes.get(i);
            if (counts(probe, in) && probe.address.isV4() && claims(in, probe.address.v4())) {
                end(probe, true);
            }
        }
    }

    /// An interface without an address of its own asks in nobody's name, and is answered through all.
    private static boolean counts(Probe probe, Inbound in) {
        return probe.arm == in.arm
                && (probe.floating
                        || !in.arm.hasAddress(!probe.address.isV4())
                        || new EthernetView(in.frame, in.parsed.start()).destination() == in.arm.mac);
    }

    private boolean claims(Inbound in, int address) {
        return ArpAnswers.isConflict(in.frame, in.parsed.l3(), address, in.arm.mac)
                && !arms.isOurs(new ArpView(in.frame, in.parsed.l3()).senderMac());
    }

    /// Some station's message of neighbour discovery.
    void heardNdp(Inbound in) {
        for (int i = probes.size() - 1; i >= 0; i--) {
            var probe = probes.get(i);
            var address = probe.address;
            if (counts(probe, in)
                    && !address.isV4()
                    && NdpAnswers.isConflict(in.frame, in.parsed, address.high(), address.low(), in.arm.mac)
                    && !arms.isOurs(new EthernetView(in.frame, in.parsed.start()).source())) {
                end(probe, true);
            }
        }
    }

    /// Nobody will answer any more.
    void close() {
        List.copyOf(probes).forEach(probe -> end(probe, false));
    }

    private void end(Probe probe, boolean yes) {
        probes.remove(probe);
        if (probes.stream().noneMatch(other -> other.arm == probe.arm)) {
            probe.arm.port.hearAllNeighbours(false);
        }
        if (yes) {
            counters.add(Counter.PROBES_ANSWERED);
        }
        answer(probe.answered, yes);
    }

    private static void answer(Consumer<Boolean> answered, boolean yes) {
        try {
            answered.accept(yes);
        } catch (RuntimeException e) {
            LOG.warn("whoever asked failed over the answer", e);
        }
    }
}
