package hadirector.role;

import java.util.Optional;

/// How good this director's connection table is.
///
/// @param synced whether it is a verified copy of the last holder's, or was its own holder's
/// @param source the holding that it follows
/// @param broken when the last snapshot or the stream failed
record Copy(boolean synced, Optional<Source> source, Optional<Long> broken) {
    static final Copy NONE = new Copy(false, Optional.empty(), Optional.empty());

    /// A holder's own table.
    static final Copy OWN = new Copy(true, Optional.empty(), Optional.empty());

    record Source(String director, long incarnation, int epoch) {
        static Source of(Standing holder) {
            return new Source(holder.director(), holder.incarnation(), holder.epoch());
        }
    }

    Copy follow(Source holder) {
        return new Copy(false, Optional.of(holder), Optional.empty());
    }

    /// After a view that may have cut the stream: the table is still good, but what follows needs a new snapshot.
    Copy detached() {
        return new Copy(synced, Optional.empty(), Optional.empty());
    }

    Copy synced(Event.Synced event, long now) {
        boolean ofSource = source.filter(s -> s.epoch() == event.epoch()).isPresent();
        if (!ofSource) {
            return this;
        }
        return new Copy(
                event.verified(), source, event.verified() ? Optional.empty() : Optional.of(now));
    }
}
