package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.netlink.InterfaceAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The engine's interfaces, found by index without allocation; a handful. Owner thread.
final class Arms {
    private final List<Arm> arms = new ArrayList<>();
    /// Of arms that are closed.
    private long unsent;
    private long withheld;
    private long lost;
    private volatile List<String> names = List.of();

    @Nullable Arm byIndex(int ifindex) {
        for (int i = 0; i < arms.size(); i++) {
            if (arms.get(i).ifindex() == ifindex) {
                return arms.get(i);
            }
        }
        return null;
    }

    @Nullable Arm byName(String name) {
        for (var arm : arms) {
            if (arm.name().equals(name)) {
                return arm;
            }
        }
        return null;
    }

    /// The arm of that name, if it is there.
    Stream<Arm> named(String name) {
        return arms.stream().filter(arm -> arm.name().equals(name));
    }

    /// Whether it is the MAC of one of our interfaces.
    boolean isOurs(long mac) {
        for (int i = 0; i < arms.size(); i++) {
            if (arms.get(i).mac == mac) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return arms.size();
    }

    Arm get(int i) {
        return arms.get(i);
    }

    void add(Arm arm) {
        arms.add(arm);
        rename();
    }

    void remove(Arm arm) {
        arms.remove(arm);
        rename();
        unsent += arm.port.counters().dropped();
        withheld += arm.port.counters().withheld();
        lost += arm.port.lost();
        arm.port.close();
    }

    /// Frames that interfaces did not take, since start.
    long unsent() {
        return unsent + arms.stream().mapToLong(arm -> arm.port.counters().dropped()).sum();
    }

    /// Frames that were not sent because the lease was over, since start.
    long withheld() {
        return withheld + arms.stream().mapToLong(arm -> arm.port.counters().withheld()).sum();
    }

    /// Frames that were for us and came faster than they were taken, since start.
    long lost() {
        return lost + arms.stream().mapToLong(arm -> arm.port.lost()).sum();
    }

    private void rename() {
        names = arms.stream().map(Arm::name).sorted().toList();
    }

    /// For any thread.
    List<String> names() {
        return names;
    }

    void take(Collection<InterfaceAddress> addresses) {
        arms.forEach(arm -> arm.take(addresses));
    }

    /// A slot for a frame of ours; if none is free, what is queued goes first. Other made frames that are not queued are lost then.
    int make(PacketPort port) {
        int made = port.make();
        if (made < 0) {
            flush();
            made = port.make();
        }
        return made;
    }

    void flush() {
        for (int i = 0; i < arms.size(); i++) {
            arms.get(i).port.flush();
        }
    }

    void close() {
        List.copyOf(arms).forEach(this::remove);
    }
}
