package hadirector.door;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;

/// A connection's bytes as they are on the network.
interface Wire {
    InputStream in() throws IOException;

    OutputStream out() throws IOException;

    /// Reads wait at most so long; 0 is for ever.
    void readTimeout(int millis) throws SocketException;

    InetSocketAddress peer();
}
