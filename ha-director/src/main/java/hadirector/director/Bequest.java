package hadirector.director;

import hadirector.config.DirectorConfig;
import hadirector.conn.Change;
import hadirector.conn.EntryCodec;
import hadirector.conn.GroupId;
import hadirector.engine.ForwardingEngine;
import hadirector.fastpath.Inheritance;
import hadirector.model.IpAddress;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Takes over the connections that the last process of this director left, in a file if it ended in order or pinned in the kernel if it was killed, and leaves those
/// that nobody else has to the next one. What goes wrong costs connections and never a start or an end.
final class Bequest {
    private static final int NO_HOLDING = 0;

    private final SavedConnections saved;
    private final ForwardingEngine engine;
    private final Supplier<DirectorConfig> config;
    private final EventLog log;

    Bequest(Path file, ForwardingEngine engine, Supplier<DirectorConfig> config, EventLog log) {
        saved = new SavedConnections(file);
        this.engine = engine;
        this.config = config;
        this.log = log;
    }

    /// Before a group is opened; what is left stays until [#accepted].
    void accept() throws InterruptedException {
        try {
            int restored = saved.restore(this::groupOf, this::inherit, Instant.now());
            log.event("connections-restored", "connections", restored);
        } catch (IOException e) {
            log.warn("connections-not-restored", "why", String.valueOf(e.getMessage()));
        }
        try {
            adopt();
        } catch (RuntimeException e) {
            log.warn("connections-not-adopted", "why", String.valueOf(e));
        }
    }

    private void adopt() throws InterruptedException {
        var found = engine.inherit(SavedConnections.AGE_MAX, this::adopt);
        found.refused().forEach(why -> log.warn("connections-not-adopted", "why", why));
        if (!found.equals(Inheritance.NONE)) {
            log.event("connections-adopted", "connections", found.connections(), "damaged", found.damaged());
        }
    }

    private boolean adopt(MemorySegment from, long at) throws InterruptedException {
        String group = groupOf(EntryCodec.virtual(from, at));
        if (group != null) {
            inherit(group, from, at);
        }
        return group != null;
    }

    /// The process has started.
    void accepted() {
        engine.forgetLeft();
        try {
            saved.forget();
        } catch (IOException e) {
            log.warn("connections-not-forgotten", "why", String.valueOf(e.getMessage()));
        }
    }

    /// @param groups that nobody has any more; none: nothing is written
    void leave(Set<String> groups) {
        if (groups.isEmpty()) {
            return;
        }
        var vips = config.get().groups().values().stream()
                .filter(group -> groups.contains(group.name()))
                .flatMap(group -> group.addresses().stream())
                .map(Vip::address)
                .collect(Collectors.toSet());
        try {
            int kept = saved.save(engine, vips::contains, Instant.now());
            log.event("connections-saved", "connections", kept);
        } catch (IOException | RuntimeException e) {
            log.warn("connections-not-saved", "why", String.valueOf(e.getMessage()));
        }
    }

    private @Nullable String groupOf(IpAddress vip) {
        return config.get().groups().values().stream()
                .filter(group -> group.addresses().stream().anyMatch(each -> each.address().equals(vip)))
                .map(VipGroup::name)
                .findFirst()
                .orElse(null);
    }

    /// As from outside the cluster: nobody but this director would tell of its end.
    private void inherit(String group, MemorySegment from, long at) throws InterruptedException {
        engine.table().receive(Change.INHERIT, GroupId.of(group), NO_HOLDING, from, at, 1);
    }
}
