package hadirector.door;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;

/// What a connection is once its other end may speak.
///
/// @param names of the members that it may speak for: one, or without TLS all at its address
record Admitted(Set<String> names, InputStream in, OutputStream out) {
    static Admitted encrypted(String name, TlsStreams tls) {
        return new Admitted(Set.of(name), new In(tls), new Out(tls));
    }

    private static final class In extends InputStream {
        private final TlsStreams tls;

        In(TlsStreams tls) {
            this.tls = tls;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            return tls.read(to, offset, length);
        }

        @Override
        public int available() {
            return tls.available();
        }
    }

    private static final class Out extends OutputStream {
        private final TlsStreams tls;

        Out(TlsStreams tls) {
            this.tls = tls;
        }

        @Override
        public void write(int b) throws IOException {
            tls.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            tls.write(from, offset, length);
        }
    }
}
