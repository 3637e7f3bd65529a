package hadirector.director;

import hadirector.config.DirectorConfig;
import hadirector.outbound.Masquerade;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// Masquerading follows the groups that are held: only their holder is the gateway of their realservers. The director's thread.
final class Outbound {
    private final Masquerade masquerade;
    private final Set<String> held = new TreeSet<>();

    Outbound(Masquerade masquerade) {
        this.masquerade = masquerade;
    }

    void holding(String group, boolean holds, DirectorConfig config) {
        if (holds ? held.add(group) : held.remove(group)) {
            follow(config);
        }
    }

    /// Takes the groups of a new config.
    void follow(DirectorConfig config) {
        held.retainAll(config.groups().keySet());
        masquerade.want(held.stream()
                .map(config.groups()::get)
                .filter(Objects::nonNull)
                .flatMap(group -> group.masquerade().stream())
                .toList());
    }
}
