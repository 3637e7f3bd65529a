package hadirector.proxy;

import hadirector.conn.ConnectionEntry;
import hadirector.model.Endpoint;

/// One client's connection through the proxy. Methods are for any thread.
interface Relay {
    /// Ends it at once.
    void abort();

    /// Moves it away from this realserver if that loses nothing.
    void serverDown(Endpoint server);

    ConnectionEntry entry();
}
