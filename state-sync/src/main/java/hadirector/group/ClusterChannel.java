package hadirector.group;

import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/// The directors' group: views, and reliable messages in order from each sender to each receiver.
/// Members are known by their director names.
public interface ClusterChannel extends AutoCloseable {
    /// Joins the group; views and messages then come to `listener`, messages of one sender in order.
    void connect(Listener listener) throws Exception;

    /// Sends to one member. May wait when the member is slow, so never call it from the packet path.
    /// A member that is not in the view gets nothing; that is not an error. `message` is copied.
    ///
    /// @param kind which part of the director the message is for
    void send(String member, MessageKind kind, byte[] message, int length) throws InterruptedException;

    /// What operators ask about the group's health, for `status`: name to value, empty if all is well.
    Map<String, String> warnings();

    /// Numbers for `status` and metrics.
    GroupStats stats();

    /// What only members know, as their keys have it now, for beacons; none without keys, and with those of older versions.
    default List<SecretKey> beaconKeys() {
        return List.of();
    }

    /// Leaves the group; the others see it go at once.
    @Override
    void close();

    /// Whom a message is for; the number is its first byte on the wire.
    enum MessageKind {
        /// Entries, snapshots, acknowledgements: `hadirector.sync`.
        SYNC(1),
        /// Roles and operators' commands: `hadirector.director`.
        CONTROL(2);

        private final byte number;

        MessageKind(int number) {
            this.number = (byte) number;
        }

        byte number() {
            return number;
        }

        static @Nullable MessageKind of(byte number) {
            return number == SYNC.number ? SYNC : number == CONTROL.number ? CONTROL : null;
        }
    }

    /// Called on the group's own threads: hand over and return.
    interface Listener {
        void view(View view);

        /// @param message the listener's to keep: nobody writes to it any more
        void message(String sender, MessageKind kind, byte[] message, int offset, int length);
    }
}
