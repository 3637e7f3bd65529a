package hadirector.door;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A connection to another member: connected is admitted, and its streams are in clear text to the user, whatever goes over
/// the network.
public class MemberSocket extends Socket {
    private static final ThreadLocal<Set<String>> HEARD = ThreadLocal.withInitial(Set::of);

    private final Door door;
    private volatile @Nullable Admitted admitted;

    public MemberSocket(Door door) {
        this.door = door;
    }

    /// The members that the connection speaks for from which this thread has read last; empty if it has read from none.
    public static Set<String> heard() {
        return HEARD.get();
    }

    @Override
    public void connect(SocketAddress to, int timeout) throws IOException {
        super.connect(to, timeout);
        admit(true);
    }

    void admit(boolean calling) throws IOException {
        try {
            admitted = door.admit(new Raw(), calling);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new Heard(admitted().in(), admitted().names());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return admitted().out();
    }

    private Admitted admitted() throws SocketException {
        var found = admitted;
        if (found == null) {
            throw new SocketException("not admitted");
        }
        return found;
    }

    private InputStream rawIn() throws IOException {
        return super.getInputStream();
    }

    private OutputStream rawOut() throws IOException {
        return super.getOutputStream();
    }

    private final class Raw implements Wire {
        @Override
        public InputStream in() throws IOException {
            return rawIn();
        }

        @Override
        public OutputStream out() throws IOException {
            return rawOut();
        }

        @Override
        public void readTimeout(int millis) throws SocketException {
            setSoTimeout(millis);
        }

        @Override
        public InetSocketAddress peer() {
            return (InetSocketAddress) getRemoteSocketAddress();
        }
    }

    /// Leaves a note with the reading thread whom it hears.
    private static final class Heard extends FilterInputStream {
        private final Set<String> names;

        Heard(InputStream in, Set<String> names) {
            super(in);
            this.names = names;
        }

        @Override
        public int read() throws IOException {
            HEARD.set(names);
            return super.read();
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            HEARD.set(names);
            return super.read(to, offset, length);
        }
    }
}
