package hadirector.group;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.door.Refusals;
import hadirector.door.Refused;
import hadirector.keys.Identity;
import hadirector.keys.KeyTrouble;
import hadirector.keys.KeysException;
import hadirector.keys.LiveKeys;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directors' group over as many networks as the config has: one [Link] each. A director is in view while any link has it;
/// messages take the first such link, and when that ends, what was not acknowledged goes again by another, in order.
/// With one network there is nothing to count and to acknowledge.
public final class JGroupsChannel implements ClusterChannel {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsChannel.class);

    private static final long ACKNOWLEDGE_MILLIS = 20;
    private static final long RETRY_NANOS = 5_000_000_000L;

    /// One start of a director at the other end.
    private static final class Peer {
        final Lane lane = new Lane();
        long received;
        long acknowledged;
    }

    private record Start(String name, long run) {}

    private final Cluster cluster;
    private final String self;
    private final Optional<LiveKeys> keys;
    private final Refusals refusals;
    private final long run = new SecureRandom().nextLong();
    private final int count;
    private final List<Optional<Link>> links = new ArrayList<>();

    /// Guarded by itself; nobody is called with this lock.
    private final LinkViews views;

    /// Held while listeners are told of a view: all links together tell one after the other.
    private final ReentrantLock telling = new ReentrantLock();
    private final Map<Start, Peer> peers = new ConcurrentHashMap<>();
    private @Nullable Thread acknowledger;
    private volatile boolean closed;

    /// @param self this director's name, a key of `cluster.members`
    /// @throws KeysException if the traffic is to be encrypted and the keys cannot be used
    public JGroupsChannel(Cluster cluster, String self) throws Exception {
        count = cluster.members().getOrDefault(self, List.of()).size();
        if (count == 0) {
            throw new IllegalArgumentException(self + " is not a member of cluster " + cluster.name());
        }
        this.cluster = cluster;
        this.self = self;
        keys = keys(cluster, self);
        refusals = new Refusals(self);
        views = new LinkViews(count);
        for (int i = 0; i < count; i++) {
            links.add(Optional.of(link(i)));
        }
    }

    private static Optional<LiveKeys> keys(Cluster cluster, String self) throws KeysException {
        return cluster.keys().isPresent()
                ? Optional.of(new LiveKeys(
                        cluster.keys().get().resolve(self + ".pem"), new Identity(cluster.name(), self)))
                : Optional.empty();
    }

    private Link link(int number) throws Exception {
        return new JGroupsLink(cluster, self, number, run, keys, refusals);
    }

    private synchronized Optional<Link> at(int number) {
        return links.get(number);
    }

    @Override
    public void connect(Listener listener) throws Exception {
        Exception last = null;
        int connected = 0;
        for (int i = 0; i < count; i++) {
            try {
                connect(i, at(i).orElseThrow(), listener);
                connected++;
            } catch (Exception e) {
                last = e;
                LOG.warn("{} event=link-failed link={} why=\"{}\"", self, address(i), e.getMessage());
                drop(i);
            }
        }
        if (connected == 0 && last != null) {
            throw last;
        }
        if (count > 1) {
            startTending(listener);
        }
    }

    private synchronized void startTending(Listener listener) {
        if (acknowledger == null) {
            acknowledger = Thread.ofPlatform().daemon().name("cluster-links").start(() -> tend(listener));
        }
    }

    private synchronized void drop(int number) {
        links.get(number).ifPresent(Link::close);
        links.set(number, Optional.empty());
    }

    private void connect(int number, Link link, Listener listener) throws Exception {
        link.connect(new Link.Listener() {
            @Override
            public void view(View view, Map<String, Long> runs) {
                viewed(number, view, runs, listener);
            }

            @Override
            public void message(String sender, long run, byte[] message, int offset, int length) {
                arrived(new Start(sender, run), message, offset, length, listener);
            }
        });
    }

    private void viewed(int number, View view, Map<String, Long> runs, Listener listener) {
        telling.lock();
        try {
            var turning = new HashSet<String>();
            List<View> steps;
            synchronized (views) {
                var seen = new TreeMap<>(runs);
                seen.keySet().retainAll(view.members());
                var before = ways();
                steps = views.accept(number, seen, view.merged());
                forgetGone(before.keySet());
                ways().forEach((name, way) -> {
                    if (!way.equals(before.get(name)) && !name.equals(self)) {
                        turning.add(name);
                    }
                });
            }
            for (var step : steps) {
                LOG.info("view number={} members={} merged={}", step.number(), step.members(), step.merged());
                listener.view(step);
            }
            if (count > 1) {
                LOG.info("link={} members={}", address(number), view.members());
                turning.forEach(name -> Thread.ofVirtual().name("cluster-turn-" + name).start(() -> turn(name)));
            }
        } finally {
            telling.unlock();
        }
    }

    private void forgetGone(Set<String> before) {
        peers.keySet().removeIf(start -> views.isEnded(start.run));
        var gone = new HashSet<>(before);
        views.members().forEach(gone::remove);
        peers.forEach((start, peer) -> {
            if (gone.contains(start.name)) {
                peer.lane.forget();
            }
        });
    }

    private Map<String, Integer> ways() {
        var ways = new HashMap<String, Integer>();
        views.members().forEach(name -> views.way(name).ifPresent(way -> ways.put(name, way)));
        return ways;
    }

    /// Sends what is not acknowledged by the way that there is now.
    private void turn(String name) {
        try {
            post(name, (byte) 0, new byte[0], -1);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void arrived(Start start, byte[] message, int offset, int length, Listener listener) {
        byte kind = message[offset];
        int at = offset + Envelope.LENGTH;
        int left = length - Envelope.LENGTH;
        if (kind != Counted.ACKNOWLEDGED && (kind & Counted.FLAG) == 0) {
            hand(start.name, kind, message, at, left, listener);
        } else if (left < Counted.LENGTH) {
            refusals.count(Refused.UNREADABLE, start.name, "a message without its number");
        } else if (!isCurrent(start)) {
            refusals.count(Refused.UNREADABLE, start.name, "a message of an earlier start");
        } else if (kind == Counted.ACKNOWLEDGED) {
            peer(start).lane.acknowledged(Counted.number(message, at));
        } else {
            var peer = peer(start);
            synchronized (peer) { // Two links may bring messages of one director at once; listeners get them one by one.
                long number = Counted.number(message, at);
                if (number > peer.received) {
                    peer.received = number;
                    byte plain = (byte) (kind & ~Counted.FLAG);
                    hand(start.name, plain, message, at + Counted.LENGTH, left - Counted.LENGTH, listener);
                }
            }
            startTending(listener);
        }
    }

    private boolean isCurrent(Start start) {
        synchronized (views) {
            return views.run(start.name) == start.run;
        }
    }

    private Peer peer(Start start) {
        return peers.computeIfAbsent(start, _ -> new Peer());
    }

    private void hand(String sender, byte number, byte[] message, int offset, int length, Listener listener) {
        var kind = MessageKind.of(number);
        if (kind == null || length == 0) {
            refusals.count(Refused.UNREADABLE, sender, "a message of kind " + number + " and length " + length);
        } else {
            listener.message(sender, kind, message, offset, length);
        }
    }

    @Override
    public void send(String member, MessageKind kind, byte[] message, int length) throws InterruptedException {
        if (count == 1) {
            var only = at(0);
            if (only.isPresent()) {
                only.get().send(member, kind.number(), message, length);
            }
        } else {
            post(member, (byte) (kind.number() | Counted.FLAG), message, length);
        }
    }

    /// @param length below 0: nothing new, only what another way has to carry
    private void post(String member, byte kind, byte[] message, int length) throws InterruptedException {
        Start start;
        synchronized (views) {
            if (views.way(member).isEmpty()) {
                return;
            }
            start = new Start(member, views.run(member));
        }
        var lane = peer(start).lane;
        Lane.Sent sent = null;
        synchronized (lane) {
            if (length >= 0) {
                sent = lane.next(kind, message, length);
            }
            var way = way(member);
            if (way.isEmpty()) {
                return; // Kept for a way that comes.
            }
            if (lane.turnsTo(way.get())) {
                for (var old : lane.kept()) {
                    give(way.get(), member, old.kind, old.bytes);
                }
            } else if (sent != null) {
                give(way.get(), member, sent.kind, sent.bytes);
            }
        }
    }

    private Optional<Integer> way(String member) {
        synchronized (views) {
            var way = views.way(member);
            return way.isPresent() ? Optional.of(way.getAsInt()) : Optional.empty();
        }
    }

    private void give(int way, String member, byte kind, byte[] bytes) throws InterruptedException {
        var link = at(way);
        if (link.isPresent()) {
            link.get().send(member, kind, bytes, bytes.length);
        }
    }

    /// Acknowledges what has come, and tries again to open a link that could not be.
    private void tend(Listener listener) {
        long tried = System.nanoTime();
        try {
            while (!closed) {
                Thread.sleep(ACKNOWLEDGE_MILLIS);
                for (var entry : peers.entrySet()) {
                    acknowledge(entry.getKey(), entry.getValue());
                }
                if (System.nanoTime() - tried > RETRY_NANOS) {
                    tried = System.nanoTime();
                    reopen(listener);
                }
            }
        } catch (InterruptedException _) {
            return; // Closed.
        }
    }

    private void acknowledge(Start start, Peer peer) throws InterruptedException {
        long upTo;
        synchronized (peer) {
            upTo = peer.received;
        }
        var way = way(start.name);
        if (upTo != peer.acknowledged && way.isPresent()) {
            peer.acknowledged = upTo; // Only this thread does.
            give(way.get(), start.name, Counted.ACKNOWLEDGED, Counted.of(upTo, new byte[0], 0));
        }
    }

    private void reopen(Listener listener) {
        for (int i = 0; i < count; i++) {
            if (at(i).isEmpty()) {
                try {
                    var link = link(i);
                    connect(i, link, listener);
                    put(i, link);
                } catch (Exception e) {
                    LOG.debug("{} event=link-failed link={}", self, address(i), e);
                }
            }
        }
    }

    private synchronized void put(int number, Link link) {
        links.set(number, Optional.of(link));
        if (closed) {
            link.close();
        }
    }

    private String address(int number) {
        return cluster.members().getOrDefault(self, List.of()).get(number).toString();
    }

    @Override
    public Map<String, String> warnings() {
        var found = new TreeMap<String, String>();
        var strangers = new TreeSet<String>();
        for (int i = 0; i < count; i++) {
            at(i).map(Link::strangers).ifPresent(strangers::addAll);
        }
        if (!strangers.isEmpty()) {
            found.put("strangers", "not in cluster.members, ignored: " + String.join(", ", strangers));
        }
        keys.flatMap(LiveKeys::trouble).ifPresent(why -> found.put("keys", why));
        keys.filter(own -> own.beaconKeys().isEmpty())
                .ifPresent(_ -> found.put("beacon key", "the keys have none: anybody on a client network can say that he holds the VIPs;"
                        + " mend it by: director keys --renew, and bring each director its own"));
        var stats = stats();
        var soon = Instant.now().plus(KeyTrouble.SOON);
        stats.keysUntil().forEach((member, end) -> {
            if (end.isBefore(soon)) {
                found.put("keys of " + member, "valid until %s; mend it by: director keys --renew".formatted(end));
            }
        });
        for (var link : stats.links()) {
            var lost = lost(link, stats.links());
            if (!lost.isEmpty()) {
                found.put("link " + link.address(), "does not reach " + String.join(", ", lost) + ", another link does");
            }
        }
        return found;
    }

    private static Set<String> lost(GroupStats.Link link, List<GroupStats.Link> links) {
        var lost = new TreeSet<String>();
        links.forEach(other -> lost.addAll(other.reaches()));
        lost.removeAll(link.reaches());
        return lost;
    }

    @Override
    public List<SecretKey> beaconKeys() {
        return keys.map(LiveKeys::beaconKeys).orElse(List.of());
    }

    @Override
    public GroupStats stats() {
        var until = new TreeMap<String, Instant>();
        var reached = new ArrayList<GroupStats.Link>();
        for (int i = 0; i < count; i++) {
            at(i).map(Link::keysUntil).ifPresent(until::putAll);
            synchronized (views) {
                var reaches = new TreeSet<>(views.seenBy(i));
                reaches.remove(self);
                reached.add(new GroupStats.Link(address(i), reaches));
            }
        }
        keys.ifPresent(own -> until.put(self, own.expires()));
        return new GroupStats(keys.isPresent(), until, refusals.counts(), refusals.unfinished(), reached);
    }

    @Override
    public void close() {
        closed = true;
        stopTending();
        for (int i = 0; i < count; i++) {
            at(i).ifPresent(Link::close);
        }
    }

    private synchronized void stopTending() {
        if (acknowledger != null) {
            acknowledger.interrupt();
        }
    }
}
