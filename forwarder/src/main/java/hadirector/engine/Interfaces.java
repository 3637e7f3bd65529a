package hadirector.engine;

import hadirector.afpacket.InterfaceBusyException;
import hadirector.afpacket.PacketPort;
import hadirector.ebpf.VerifierException;
import hadirector.fastpath.FastPath;
import hadirector.fastpath.ForeignPrograms;
import hadirector.linux.ErrnoException;
import hadirector.linux.Outlet;
import hadirector.linux.Poller;
import hadirector.netlink.Link;
import hadirector.netlink.NetworkWatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the interfaces that are wanted as [Arms] when they are there, and closes those that are wanted no more: program and
/// packet sockets come and go together. Owner thread.
final class Interfaces {
    private static final Logger LOG = LoggerFactory.getLogger(Interfaces.class);
    private static final Set<String> MASTERS = Set.of("bridge", "bond", "team");

    private final NetworkWatch watch;
    private final FastPath program;
    private final Poller poller;
    private final Arms arms;
    private final BooleanSupplier gate;
    /// What is wanted and there and could not be opened: each is told once.
    private final Set<String> failing = new HashSet<>();
    /// Why the kernel does not look at the lease of what some send: each reason is told once.
    private final Map<String, String> unchecked = new HashMap<>();
    private boolean localFails;

    /// @param gate whether frames may be sent now
    Interfaces(NetworkWatch watch, FastPath program, Poller poller, Arms arms, BooleanSupplier gate) {
        this.gate = gate;
        this.watch = watch;
        this.program = program;
        this.poller = poller;
        this.arms = arms;
    }

    /// Opens all of `wanted` that are there and not open.
    ///
    /// @throws InterfaceBusyException if another engine has one
    /// @throws IllegalStateException if one is a port of a bridge or bond
    /// @throws ErrnoException if the kernel refuses
    void open(Set<String> wanted) {
        wanted.stream().flatMap(name -> missing(name).stream()).forEach(this::open);
    }

    /// Makes the arms those of `wanted`. What cannot be opened now is logged and left for the next call.
    ///
    /// @return names of the newly opened
    List<String> follow(Set<String> wanted) {
        closeAllBut(wanted);
        failing.retainAll(wanted);
        unchecked.keySet().retainAll(wanted);
        var opened = new ArrayList<String>();
        for (String name : wanted) {
            for (var link : missing(name)) {
                if (tryOpen(link)) {
                    opened.add(name);
                }
            }
        }
        return opened;
    }

    /// What has no MAC has no Ethernet frames for us: the loopback, tunnels.
    private List<Link> missing(String name) {
        return watch.link(name).filter(link -> link.mac() != 0 && arms.byIndex(link.index()) == null).stream().toList();
    }

    /// Opens one now if it can be had.
    void tryOpen(String name) {
        missing(name).forEach(this::tryOpen);
    }

    private boolean tryOpen(Link link) {
        try {
            open(link);
            failing.remove(link.name());
            return true;
        } catch (InterfaceBusyException | ErrnoException | IllegalStateException e) {
            if (failing.add(link.name())) {
                LOG.warn("{} cannot be used, it will be tried again: {}", link.name(), e.getMessage());
            }
            return false;
        }
    }

    private void open(Link link) {
        refusePort(link);
        var port = PacketPort.open(link.name(), link.index(), FastPath.MARK, poller, gate);
        try {
            port.sendThrough(outlet(link.name(), link.mtu()));
            program.attach(link);
        } catch (RuntimeException e) {
            port.close();
            throw e;
        }
        var arm = new Arm(port, link);
        arm.take(watch.addresses());
        look(arm);
        arms.add(arm);
    }

    /// The loopback device has changed: what is sent goes through it as long as it is up.
    void loopbackChanged() {
        for (int i = 0; i < arms.size(); i++) {
            choose(arms.get(i));
        }
    }

    private void choose(Arm arm) {
        try {
            arm.port.sendThrough(outlet(arm.name(), arm.mtu));
        } catch (ErrnoException e) {
            LOG.debug("{} is gone, which will be told soon: {}", arm.name(), e.getMessage());
        }
    }

    /// @param mtu of the interface: the kernel compares with that of the device to which a socket is bound
    private @Nullable Outlet outlet(String name, int mtu) {
        if (watch.link(FastPath.LOOPBACK).filter(lo -> lo.up() && lo.mtu() >= mtu).isEmpty()) {
            return unchecked(name, "the loopback device is down or has a small MTU (ip link set lo up mtu 65536)");
        }
        try {
            var outlet = program.outlet();
            if (outlet == null) {
                return unchecked(name, "it has no tcx (Linux 6.6)");
            }
            unchecked.remove(name);
            return outlet;
        } catch (ErrnoException e) {
            return unchecked(name, e.toString());
        }
    }

    private @Nullable Outlet unchecked(String name, String why) {
        if (!unchecked.containsValue(why)) {
            LOG.warn("the kernel does not look at the lease of what this process itself sends by {}: {}", name, why);
        }
        unchecked.put(name, why);
        return null;
    }

    private void refusePort(Link link) {
        String kind = takenBy(link);
        if (!kind.isEmpty()) {
            String master = watch.link(link.master()).map(Link::name).orElse("its master");
            throw new IllegalStateException(
                    "%s is a port of the %s %s, which takes its frames: name %s instead of %s"
                            .formatted(link.name(), kind, master, master, link.name()));
        }
    }

    /// Says whether some realserver is this host. What the kernel refuses is logged and left for the next call.
    void local(boolean wanted) {
        try {
            program.local(wanted);
            localFails = false;
        } catch (ErrnoException | VerifierException e) {
            if (!localFails) {
                LOG.warn("what this host itself sends cannot be looked at, a realserver on it is not reached: {}", e.getMessage());
            }
            localFails = true;
        }
        for (int i = 0; i < arms.size(); i++) {
            look(arms.get(i));
        }
    }

    /// The kind of the link's master if that takes the frames of its ports before packet sockets see them, else empty.
    private String takenBy(Link link) {
        if (link.master() == 0) {
            return "";
        }
        try {
            String kind = watch.ask().kind(link.master());
            return MASTERS.contains(kind) ? kind : "";
        } catch (ErrnoException _) {
            return ""; // It is gone; the link will be told to have changed again.
        }
    }

    /// Whether an open interface, now as `link` says, can be used on: it has its name, and no bridge or bond has taken it.
    boolean stays(Arm arm, Link link) {
        return arm.name().equals(link.name()) && takenBy(link).isEmpty();
    }

    private void look(Arm arm) {
        arm.hook = program.describe(arm.ifindex());
        arm.accelerated = program.isAccelerated(arm.ifindex());
    }

    /// An arm's link has changed, maybe its MTU, or its MAC, which XDP goes by.
    ///
    /// @return see [Arm#take(Link)]
    boolean changed(Arm arm, Link link) {
        boolean news = arm.take(link);
        choose(arm);
        if (news) {
            program.attach(link);
            look(arm);
        }
        return news;
    }

    /// Where frames are taken, and who else sees them, for `status`.
    List<EngineStats.Interface> report() {
        var report = new ArrayList<EngineStats.Interface>();
        for (int i = 0; i < arms.size(); i++) {
            var arm = arms.get(i);
            String[] hook = arm.hook.split(", ", 2); // The word, and the reason if there is one.
            report.add(new EngineStats.Interface(
                    arm.name(),
                    hook[0],
                    hook.length > 1 ? hook[1] : "",
                    ForeignPrograms.on(arm.ifindex(), watch.ask())));
        }
        return report;
    }

    private void closeAllBut(Set<String> wanted) {
        for (int i = arms.size() - 1; i >= 0; i--) {
            if (!wanted.contains(arms.get(i).name())) {
                close(arms.get(i));
            }
        }
    }

    void close(Arm arm) {
        program.detach(arm.ifindex());
        arms.remove(arm);
    }
}
