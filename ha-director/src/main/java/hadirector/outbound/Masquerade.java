package hadirector.outbound;

import hadirector.model.Prefix;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Lets realservers reach out through this director: their own connections leave with an address of the director's.
public interface Masquerade extends AutoCloseable {
    /// Of an engine that routes nothing.
    Masquerade NONE = new Masquerade() {
        @Override
        public void want(Collection<Prefix> sources) {}

        @Override
        public Optional<String> trouble() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    };

    /// Makes `sources` the whole of it, soon. Any thread; does not wait.
    void want(Collection<Prefix> sources);

    /// Why what is wanted is not in place, with what mends it; empty if it is.
    Optional<String> trouble();

    /// Ends all of it, and waits for that.
    @Override
    void close();

    /// With nftables, if this machine has it.
    static Masquerade ofThisMachine(boolean routes) {
        return routes ? new NftMasquerade(Nft.ofThisMachine(), NftMasquerade.CHECK) : NONE;
    }

    /// `sources` without those that lie within others, in a fixed order.
    static List<Prefix> disjoint(Collection<Prefix> sources) {
        return sources.stream()
                .distinct()
                .filter(prefix -> sources.stream().noneMatch(other -> isWithin(prefix, other)))
                .sorted((a, b) -> a.address().compareTo(b.address()))
                .toList();
    }

    private static boolean isWithin(Prefix prefix, Prefix other) {
        return other.length() < prefix.length() && other.contains(prefix.address());
    }
}
