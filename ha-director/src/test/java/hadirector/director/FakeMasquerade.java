package hadirector.director;

import hadirector.model.Prefix;
import hadirector.outbound.Masquerade;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Remembers what it is told.
final class FakeMasquerade implements Masquerade {
    volatile List<Prefix> wanted = List.of();
    volatile Optional<String> trouble = Optional.empty();
    volatile boolean closed;

    @Override
    public void want(Collection<Prefix> sources) {
        wanted = List.copyOf(sources);
    }

    @Override
    public Optional<String> trouble() {
        return trouble;
    }

    @Override
    public void close() {
        closed = true;
    }
}
