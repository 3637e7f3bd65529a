package hadirector.role;

import java.util.Optional;

/// How good this director's connection table is.
///
/// @param epoch of the holding whose table it is, verified; 0 if it is none
/// @param position up to which it has that holding's changes, as of the last view
/// @param source the holding that it follows
/// @param broken when the last snapshot or the stream failed
record Copy(int epoch, long position, Optional<Source> source, Optional<Long> broken) {
    static final Copy NONE = new Copy(0, 0, Optional.empty(), Optional.empty());

    /// A holder's own table: nobody has more of it.
    static Copy own(int epoch) {
        return new Copy(epoch, Standing.CURRENT, Optional.empty(), Optional.empty());
    }

    record Source(String director, long incarnation, int epoch) {
        static Source of(Standing holder) {
            return new Source(holder.director(), holder.incarnation(), holder.epoch());
        }
    }

    /// How complete it is, among copies of the same holding.
    long completeness() {
        return epoch == 0 ? 0 : source.isPresent() ? Standing.CURRENT : position;
    }

    Copy follow(Source holder) {
        return new Copy(0, 0, Optional.of(holder), Optional.empty());
    }

    /// After a view that may have cut the stream: the table is still good, but what follows needs a new snapshot.
    Copy detached() {
        return new Copy(epoch, position, Optional.empty(), Optional.empty());
    }

    Copy received(Event.Received event) {
        boolean ofCopy = source.isPresent() && epoch == event.epoch();
        return ofCopy ? new Copy(epoch, event.position(), source, broken) : this;
    }

    Copy synced(Event.Synced event, long now) {
        boolean ofSource = source.filter(s -> s.epoch() == event.epoch()).isPresent();
        if (!ofSource) {
            return this;
        }
        return event.verified()
                ? new Copy(event.epoch(), position, source, Optional.empty())
                : new Copy(0, 0, source, Optional.of(now));
    }
}
