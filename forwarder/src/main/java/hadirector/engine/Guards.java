package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.fastpath.ServiceEntry;
import hadirector.fastpath.ServiceMaps;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What may become a connection: keeps the access lists and buckets of the programs in step with the config, and bounds the half-open
/// connections of each service.
///
/// A service is overloaded from when its half-open connections are half of what it may have until they are a quarter: then the
/// programs let through as many first segments as the half-open ones can bear for two seconds each, and challenge the others. Owner thread.
final class Guards {
    private static final Logger LOG = LoggerFactory.getLogger(Guards.class);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long STRAYS_PER_SECOND = 20_000;
    private static final int SECONDS_BORNE = 2;
    private static final int OVERLOADED_PART = 2;
    private static final int RECOVERED_PART = 4;
    private static final int SLICE = 4_096;
    private static final int NOT_WALKING = -1;

    private final ServiceTable services;
    private final ConnectionTable table;
    private final ServiceMaps maps;
    private final Counters counters;
    private final Consumer<EngineEvent> events;
    private final Map<Integer, Key> known = new HashMap<>();
    private int walkAt = NOT_WALKING;

    private record Key(Protocol protocol, Endpoint vip) {}

    Guards(ServiceTable services, ConnectionTable table, ServiceMaps maps, Counters counters, Consumer<EngineEvent> events) {
        this.services = services;
        this.table = table;
        this.maps = maps;
        this.counters = counters;
        this.events = events;
    }

    /// Follows a new configuration. Connections of clients that a list denies now end soon, see [#walk].
    void follow() {
        var gone = new HashMap<>(known);
        for (var service : services.all()) {
            if (!new Key(service.config.protocol(), service.config.vip()).equals(gone.remove(service.id))) {
                begin(service);
            }
            if (service.halfOpens == null || service.halfOpens.max() != service.config.options().halfOpenMax()) {
                service.halfOpens = halfOpens(service);
            }
            follow(service, service.config.options().acl());
        }
        gone.forEach(this::forget);
    }

    private void begin(ServiceState service) {
        maps.clear(service.id);
        if (service.config.protocol() == Protocol.TCP) {
            maps.interval(service.id, ServiceEntry.STRAYS, SECOND / STRAYS_PER_SECOND);
            maps.flag(service.id, ServiceEntry.CHALLENGE, true);
        }
        service.overloaded = false;
        var vip = service.config.vip();
        var address = vip.address();
        if (maps.put(service.config.protocol().number(), address.high(), address.low(), vip.port(), service.id)) {
            known.put(service.id, new Key(service.config.protocol(), vip));
        } else {
            LOG.warn("the kernel has no room for service {}: it does without a guard there", service.config.name());
        }
    }

    private HalfOpens halfOpens(ServiceState service) {
        long seed = ThreadLocalRandom.current().nextLong();
        return new HalfOpens(table, service.id, service.config.options().halfOpenMax(), seed);
    }

    private void follow(ServiceState service, AccessList acl) {
        if (!service.clients.config.equals(acl)) {
            service.clients = new ClientList(acl);
            walkAt = 0;
        }
        if (!maps.acl(service.id, acl)) {
            LOG.warn("the kernel has no room for the access list of {}: it is applied in Java only", service.config.name());
        }
    }

    private void forget(int service, Key key) {
        var address = key.vip.address();
        maps.remove(key.protocol.number(), address.high(), address.low(), key.vip.port());
        maps.clear(service);
        known.remove(service);
    }

    /// Goes on ending the connections of denied clients.
    ///
    /// @return whether there is more to do
    boolean walk(long now) {
        if (walkAt == NOT_WALKING) {
            return false;
        }
        int end = Math.min(table.slotsUsed(), walkAt + SLICE);
        for (int slot = walkAt; slot < end; slot++) {
            if (table.live(slot) && isDenied(slot)) {
                table.remove(slot, now);
                counters.add(Counter.CONNECTIONS_DENIED);
            }
        }
        walkAt = end == table.slotsUsed() ? NOT_WALKING : end;
        return walkAt != NOT_WALKING;
    }

    private boolean isDenied(int slot) {
        var service = services.service(table.service(slot));
        return service != null
                && !service.retired
                && !service.clients.lets(
                        table.addressHigh(slot, EntryLayout.CLIENT), table.addressLow(slot, EntryLayout.CLIENT));
    }

    /// Before a TCP connection begins: another one goes if there are too many half-open ones.
    void makeRoom(ServiceState service, long now) {
        var halfOpens = service.halfOpens;
        if (halfOpens == null) {
            return;
        }
        int victim = halfOpens.makeRoom(service.halfOpen);
        if (victim != HalfOpens.NOBODY) {
            table.remove(victim, now);
            counters.add(Counter.HALF_OPEN_DROPPED);
        }
        if (!service.overloaded && service.halfOpen >= halfOpens.max() / OVERLOADED_PART) {
            overloaded(service, halfOpens.max());
        }
    }

    /// The connection has begun.
    void begun(ServiceState service, int slot) {
        if (service.halfOpens != null) {
            service.halfOpens.add(slot);
        }
    }

    private void overloaded(ServiceState service, int max) {
        service.overloaded = true;
        long interval = SECOND * SECONDS_BORNE / max;
        maps.interval(service.id, ServiceEntry.SYNS, interval);
        maps.interval(service.id, ServiceEntry.PROVEN_SYNS, interval);
        counters.add(Counter.OVERLOADS);
        events.accept(new EngineEvent.Overloaded(service.config.name(), service.halfOpen, SECOND / interval));
    }

    /// Now and then: is an overload over?
    void look() {
        for (var service : services.all()) {
            var halfOpens = service.halfOpens;
            if (service.overloaded && halfOpens != null && service.halfOpen < halfOpens.max() / RECOVERED_PART) {
                service.overloaded = false;
                maps.interval(service.id, ServiceEntry.SYNS, 0);
                maps.interval(service.id, ServiceEntry.PROVEN_SYNS, 0);
                events.accept(new EngineEvent.Recovered(service.config.name(), service.halfOpen));
            }
        }
    }
}
