package hadirector.group;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/// One network between the directors: its own views, messages in order from each sender to each receiver while both are in
/// view.
interface Link extends AutoCloseable {
    void connect(Listener listener) throws Exception;

    /// As [ClusterChannel#send]; `kind` is the envelope's first byte.
    void send(String member, byte kind, byte[] message, int length) throws InterruptedException;

    /// Who came and is not in the config.
    Set<String> strangers();

    /// Until when the keys of the others are valid, as far as seen here.
    Map<String, Instant> keysUntil();

    @Override
    void close();

    /// Called on the group's own threads, one call at a time from each link for views.
    interface Listener {
        /// @param runs which start of each director it is that the view names
        void view(View view, Map<String, Long> runs);

        /// @param run which start of the sender
        /// @param offset of the message's [Envelope], which is ours
        /// @param length with the envelope
        void message(String sender, long run, byte[] message, int offset, int length);
    }
}
