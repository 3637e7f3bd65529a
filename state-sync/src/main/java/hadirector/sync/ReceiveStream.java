package hadirector.sync;

/// What came from one peer so far: which message must come next. Pure; one thread.
final class ReceiveStream {
    enum Verdict {
        /// A stream begins: all that came before it is incomplete.
        BEGINS,
        /// The next message.
        TAKE,
        /// Something before this message is missing.
        GAP,
        /// Taken in before, or of the stream that was replaced.
        STALE
    }

    private boolean open;
    private int stream;
    private int replaced;
    private boolean hasReplaced;
    private long next;

    /// A message that has a place in its stream.
    Verdict accept(boolean hello, int ofStream, long sequence) {
        if (hello && sequence == 0 && !isCurrent(ofStream) && !isReplaced(ofStream)) {
            hasReplaced = open;
            replaced = stream;
            open = true;
            stream = ofStream;
            next = 1;
            return Verdict.BEGINS;
        }
        if (!isCurrent(ofStream)) {
            return isReplaced(ofStream) ? Verdict.STALE : Verdict.GAP;
        }
        if (sequence != next) {
            return sequence < next ? Verdict.STALE : Verdict.GAP;
        }
        next++;
        return Verdict.TAKE;
    }

    private boolean isCurrent(int ofStream) {
        return open && ofStream == stream;
    }

    private boolean isReplaced(int ofStream) {
        return hasReplaced && ofStream == replaced;
    }

    int stream() {
        return stream;
    }

    /// The last message taken in, or -1.
    long last() {
        return next - 1;
    }
}
