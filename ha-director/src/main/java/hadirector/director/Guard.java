package hadirector.director;

import hadirector.config.DirectorConfig;
import hadirector.engine.ForwardingEngine;
import hadirector.model.LanAddress;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.role.Event;
import hadirector.role.GroupSettings.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Whether a claim is safe: the lease of whoever may hold the group is over, nobody answers for its addresses on their own networks, and the
/// arbiter agrees. The director's thread, except where said.
final class Guard {
    /// How long to ask if the kernel of whoever is gone has closed its sockets: it is dead.
    static final Duration WAIT_DEAD = Duration.ofMillis(20);

    /// How long to ask if whoever is gone has only been silent.
    static final Duration WAIT_SILENT = Duration.ofMillis(50);

    /// For so long it counts that somebody answered for a group's addresses.
    private static final long ANSWERED_NANOS = Duration.ofSeconds(10).toNanos();

    /// What was true longer ago is not taken for true.
    private static final long LATE_NANOS = Duration.ofMillis(100).toNanos();

    private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();

    /// On each interface; a holder answers for all of them or for none.
    private static final int ASKED_MAX = 4;

    private record Holder(String group, String director) {}

    private final Supplier<DirectorConfig> config;
    private final ForwardingEngine engine;
    private final Executor loop;
    private final EventLog log;
    private final Map<String, Long> words = new ConcurrentHashMap<>();
    private Set<String> view = Set.of();
    private long viewed = System.nanoTime();

    /// By director, its last beacon of any group: one process renews all its leases at once.
    private final Map<String, Long> beacons = new HashMap<>();

    /// Who has let go of what, and has not held it since.
    private final Set<Holder> left = new HashSet<>();

    /// By group, when somebody answered for its addresses whom this director cannot hear: without common keys, say.
    private final Map<String, Long> answered = new HashMap<>();

    /// By group, that of the last claim.
    private final Map<String, Round> rounds = new HashMap<>();

    private long ticked = System.nanoTime();
    private long paused;
    private boolean hasPaused;

    /// @param loop the director's thread
    Guard(Supplier<DirectorConfig> config, ForwardingEngine engine, Executor loop, EventLog log) {
        this.config = config;
        this.engine = engine;
        this.loop = loop;
        this.log = log;
    }

    /// Any message of another director. Any thread.
    void heard(String director) {
        words.put(director, System.nanoTime());
    }

    /// A holder's beacon on a client network.
    void holderHeard(String group, String director) {
        beacons.put(director, System.nanoTime());
        left.remove(new Holder(group, director));
    }

    /// It has given its lease back.
    void holderLeft(String group, String director) {
        left.add(new Holder(group, director));
        answered.remove(group);
    }

    /// Due every 50 ms or so. What comes after a pause of this process seems new and is not.
    void tick(long now) {
        if (now - ticked > PAUSE_NANOS) {
            paused = now;
            hasPaused = true;
        }
        ticked = now;
    }

    private boolean wasThere() {
        return !hasPaused || viewed - paused >= config.get().cluster().detection().toNanos();
    }

    void viewed(Collection<String> members) {
        view = Set.copyOf(members);
        if (view.containsAll(config.get().cluster().members().keySet())) {
            answered.clear(); // Who it was can be heard from now on.
        }
        viewed = System.nanoTime();
    }

    /// Answers with [Event.GuardPassed] or [Event.GuardFailed] for `epoch`, some time later, on the director's thread.
    void check(String group, int epoch, Consumer<Event> verdict) {
        var wait = longest(asking(group, System.nanoTime()), untilItAnswers(group, System.nanoTime()));
        var asked = asked(config.get().groups().get(group));
        var gateways = view.containsAll(config.get().cluster().members().keySet()) ? List.<LanAddress>of() : gateways();
        var missing = config.get().cluster().members().keySet().stream().filter(name -> !view.contains(name)).sorted().toList();
        log.event(
                "guard", "group", group, "epoch", epoch, "missing", String.join(",", missing),
                "dead", String.join(",", missing.stream().filter(this::isHereOrDead).toList()), "wait-ms", wait.toMillis(), "asked", asked.size(), "gateways", gateways.size());
        var round = new Round(group, epoch, verdict, !gateways.isEmpty(), wait);
        rounds.put(group, round); // What was asked before is out of date.
        asked.forEach(vip -> engine.probe(vip.interfaceName(), vip.address(), wait, isAnswered -> {
            if (isAnswered) {
                loop.execute(() -> round.held(vip));
            }
        }));
        gateways.forEach(each -> engine.probe(each.interfaceName(), each.address(), wait, isAnswered -> {
            if (isAnswered) {
                loop.execute(() -> round.gateway = true);
            }
        }));
        CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS, loop).execute(round::over);
    }

    /// Until nobody who has been silent can still hold: its lease runs from its last beacon at most.
    private Duration asking(String group, long now) {
        if (config.get().cluster().members().keySet().stream().allMatch(this::isHereOrDead)) {
            return WAIT_DEAD;
        }
        long counts = Timing.beaconCounts(config.get().cluster().lease()).toNanos();
        long leased = beacons.entrySet().stream()
                .filter(each -> !view.contains(each.getKey()) && !left.contains(new Holder(group, each.getKey())))
                .mapToLong(each -> each.getValue() + counts - now)
                .max()
                .orElse(0);
        return leased > WAIT_SILENT.toNanos() ? Duration.ofNanos(leased) : WAIT_SILENT;
    }

    /// Whoever answered just now may stand still for as long as its lease, and then goes on to hold.
    private Duration untilItAnswers(String group, long now) {
        Long at = answered.get(group);
        return at == null || now - at > ANSWERED_NANOS ? Duration.ZERO : config.get().cluster().lease().plus(WAIT_SILENT);
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /// A director that left the view before its lease could be over was not missed for its silence: its sockets were closed.
    private boolean isHereOrDead(String member) {
        Long word = words.get(member);
        return view.contains(member)
                || member.equals(config.get().name())
                || (word != null && wasThere() && viewed - word < config.get().cluster().lease().toNanos());
    }

    private static List<Vip> asked(@Nullable VipGroup group) {
        var asked = new ArrayList<Vip>();
        var counts = new HashMap<String, Integer>();
        for (var vip : group == null ? List.<Vip>of() : group.addresses()) {
            if (counts.merge(vip.interfaceName(), 1, Integer::sum) <= ASKED_MAX) {
                asked.add(vip);
            }
        }
        return asked;
    }

    private List<LanAddress> gateways() {
        return config.get().cluster().arbiter().gateways();
    }

    /// The answers to one claim.
    private final class Round {
        private final String group;
        private final int epoch;
        private final Consumer<Event> verdict;
        private final boolean needsGateway;
        private final long due;
        boolean gateway;
        private boolean done;

        Round(String group, int epoch, Consumer<Event> verdict, boolean needsGateway, Duration wait) {
            due = System.nanoTime() + wait.toNanos();
            this.group = group;
            this.epoch = epoch;
            this.verdict = verdict;
            this.needsGateway = needsGateway;
        }

        private boolean isOpen() {
            return !done && this == rounds.get(group);
        }

        void refuse(String why) {
            if (isOpen()) {
                done = true;
                log.warn("guard-refused", "group", group, "epoch", epoch, "why", why);
                verdict.accept(new Event.GuardFailed(epoch, why));
            }
        }

        void held(Vip vip) {
            if (isOpen()) {
                answered.put(group, System.nanoTime());
                refuse("another director answers for " + vip);
            }
        }

        void over() {
            if (System.nanoTime() - due > LATE_NANOS) {
                refuse("the answers are too old, this director was busy or stood still");
            } else if (needsGateway && !gateway) {
                refuse("no gateway of the arbiter answers");
            } else if (isOpen()) {
                done = true;
                log.event("guard-passed", "group", group, "epoch", epoch);
                verdict.accept(new Event.GuardPassed(epoch));
            }
        }
    }
}
