package hadirector.sim;

import static hadirector.sim.SimWorld.MS;

import hadirector.sim.SimDirector.Holding;
import hadirector.sim.SimTable.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Clients of the group, each with one port that it uses again and again. They sit behind the routers of the client networks, which send
/// to the director that they have heard last, and ask anew when that does not answer.
///
/// No packet of a connection may go to another realserver than the one that the connection began with, nor find no entry, at a director that
/// answers and had the entry when it began to.
final class SimClients {
    interface Judge {
        void demand(boolean holds, String otherwise, Object... of);
    }

    private static final int PORTS = 12;
    private static final int BUSY = 2;

    /// A director that has just begun to answer drops what it does not know: the entry may still come.
    private static final long SETTLING = 1_000 * MS;

    private final SimWorld world;
    private final List<SimLan> lans;
    private final List<SimDirector> alive;
    private final Judge judge;
    private final @Nullable Entry[] connections = new @Nullable Entry[PORTS];
    private final @Nullable SimDirector[] paths = new @Nullable SimDirector[PORTS];
    private final Map<SimDirector, Set<Long>> owed = new HashMap<>();
    private final Map<Holding, List<Consumer<SimDirector>>> waiting = new HashMap<>();
    private boolean safe;
    private final Set<Long> safest = new HashSet<>();

    /// @param alive the running processes; the caller changes it
    SimClients(SimWorld world, List<SimLan> lans, List<SimDirector> alive, Judge judge) {
        this.world = world;
        this.lans = lans;
        this.alive = alive;
        this.judge = judge;
    }

    /// What begins from now on must not end but by its client.
    void nothingIsLostFromNowOn() {
        safe = true;
    }

    /// Whether the client goes on with the connection.
    boolean isAlive(Entry connection) {
        var own = connections[connection.port()];
        return own != null && own.server() == connection.server();
    }

    /// The director answers from now on, with what is in its table.
    void answers(SimDirector director) {
        var own = new HashSet<Long>();
        director.table().copy().stream().filter(this::isAlive).map(Entry::server).forEach(own::add);
        owed.put(director, own);
        announced(director);
        var kept = waiting.remove(director.holding());
        if (kept != null) {
            world.after(0, () -> kept.forEach(packet -> {
                if (director.answers()) {
                    packet.accept(director);
                }
            }));
        }
    }

    void announced(SimDirector director) {
        for (int port = 0; port < PORTS; port++) {
            learn(port, director);
        }
    }

    private SimLan lan(int port) {
        return lans.get(port % lans.size());
    }

    private void learn(int port, SimDirector director) {
        var lan = lan(port);
        lan.send(director.machine(), lan.gateway(), () -> paths[port] = director);
    }

    /// Some of the clients do something.
    void act() {
        for (int i = 0; i < BUSY; i++) {
            int port = (int) world.upTo(PORTS - 1);
            var connection = connections[port];
            if (connection == null) {
                send(port, director -> syn(port, director));
            } else if (world.chance(60)) {
                send(port, director -> data(connection, director));
            } else {
                send(port, director -> fin(connection, director));
            }
        }
    }

    private void send(int port, Consumer<SimDirector> packet) {
        var lan = lan(port);
        var path = paths[port];
        if (path == null || !path.isAlive() || !path.isOpen() || lan.wholeFor(lan.gateway(), path.machine()) < 0) {
            ask(port);
        } else {
            send(lan, lan.gateway(), path, packet);
        }
    }

    private static void send(SimLan lan, int from, SimDirector to, Consumer<SimDirector> packet) {
        lan.send(from, to.machine(), () -> {
            if (to.isAlive() && to.isOpen() && !to.isFrozen()) {
                packet.accept(to);
            }
        });
    }

    private void ask(int port) {
        var lan = lan(port);
        for (var director : alive) {
            lan.send(lan.gateway(), director.machine(), () -> {
                if (director.isAlive() && director.answers()) {
                    learn(port, director);
                }
            });
        }
    }

    private void syn(int port, SimDirector director) {
        if (connections[port] != null) {
            return; // A double.
        }
        var known = director.entry(port);
        if (known != null && !known.ended()) { // That realserver knows nothing of it.
            director.end(known);
        } else if (director.beginsConnections()) {
            var begun = director.begin(port);
            connections[port] = begun;
            owed.computeIfAbsent(director, _ -> new HashSet<>()).add(begun.server());
            if (safe) {
                safest.add(begun.server());
            }
        } else if (director.hasLeft()) {
            if (known != null) {
                director.forget(known);
            }
            passOn(port, director, to -> syn(port, to));
        } else {
            keep(director, to -> syn(port, to));
        }
    }

    /// What belongs to no connection, to the one that holds the group by now.
    private void passOn(int port, SimDirector from, Consumer<SimDirector> packet) {
        alive.stream().filter(other -> other != from && other.speaks()).findFirst().ifPresent(other -> send(lan(port), from.machine(), other, packet));
    }

    private void data(Entry connection, SimDirector director) {
        if (!isAlive(connection)) {
            return;
        }
        var entry = director.entry(connection.port());
        if (entry == null) {
            missing(connection, director);
        } else if (entry.server() != connection.server()) {
            elsewhere(connection, entry, director);
        }
    }

    private void missing(Entry connection, SimDirector director) {
        demandNotOwed(connection, director, "%s has lost a connection that it had");
        if (director.hasLeft()) {
            passOn(connection.port(), director, to -> data(connection, to));
        } else if (director.answers() && world.now() - director.openedAt() > SETTLING) {
            lose(connection);
        } else {
            keep(director, to -> data(connection, to));
        }
    }

    /// What belongs to no connection waits at one that is prepared.
    private void keep(SimDirector director, Consumer<SimDirector> packet) {
        if (!director.answers()) {
            waiting.computeIfAbsent(director.holding(), _ -> new ArrayList<>()).add(packet);
        }
    }

    private void elsewhere(Entry connection, Entry entry, SimDirector director) {
        demandNotOwed(connection, director, "%s sends a connection's packet to another realserver than the entry said");
        boolean known = alive.stream().anyMatch(other -> isHolder(other, director) && other.table().has(connection));
        judge.demand(!known, "%s sends a packet to another realserver than the one that answers", director.name());
        director.end(entry);
        lose(connection);
    }

    /// Whether the director has handed over to the other one.
    private static boolean isHolder(SimDirector other, SimDirector director) {
        return director.hasLeft() && other.answers() && director.sees(other) && director.group().holder().filter(other.name()::equals).isPresent();
    }

    private void demandNotOwed(Entry connection, SimDirector director, String otherwise) {
        boolean owes = director.answers() && owed.getOrDefault(director, Set.of()).contains(connection.server());
        judge.demand(!owes, otherwise, director.name());
    }

    private void lose(Entry connection) {
        judge.demand(!safest.contains(connection.server()), "a connection of the calm is lost");
        connections[connection.port()] = null;
    }

    private void fin(Entry connection, SimDirector director) {
        var entry = director.entry(connection.port());
        if (entry == null && director.hasLeft()) {
            passOn(connection.port(), director, to -> fin(connection, to));
        } else if (entry != null && entry.server() == connection.server() && isAlive(connection)) {
            director.end(entry);
            connections[connection.port()] = null;
        } else {
            data(connection, director);
        }
    }
}
