package hadirector.admin;

import hadirector.conn.ConnectionEntry;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which connections are wanted; what is null matches all.
///
/// @param virtual VIP and port of the service
/// @param client address of the client, any port
public record ConnectionFilter(
        @Nullable Protocol protocol,
        @Nullable Endpoint virtual,
        @Nullable Endpoint real,
        @Nullable IpAddress client)
        implements Predicate<ConnectionEntry> {
    public static final ConnectionFilter ALL = new ConnectionFilter(null, null, null, null);

    @Override
    public boolean test(ConnectionEntry entry) {
        return (protocol == null || protocol == entry.protocol())
                && (virtual == null || virtual.equals(entry.virtual()))
                && (real == null || real.equals(entry.real()))
                && (client == null || client.equals(entry.client().address()));
    }
}
