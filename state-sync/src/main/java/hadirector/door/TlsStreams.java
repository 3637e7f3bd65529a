package hadirector.door;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/// TLS over a [Wire], one thread reading and others writing. In place of `SSLSocket` because a handshake here has a deadline
/// as a whole, closing never waits for a frozen peer, and several records go to the network in one call.
final class TlsStreams {
    private static final int RECORDS_PER_CALL = 4;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final Wire wire;
    private final InputStream fromWire;
    private final OutputStream toWire;
    private final int recordLength;
    private final ByteBuffer received;
    private final ByteBuffer plain;
    private final ByteBuffer outgoing;
    private final ReentrantLock writing = new ReentrantLock();

    TlsStreams(SSLEngine engine, Wire wire) throws IOException {
        this.engine = engine;
        this.wire = wire;
        fromWire = wire.in();
        toWire = wire.out();
        recordLength = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocate(RECORDS_PER_CALL * recordLength).flip();
        plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
        outgoing = ByteBuffer.allocate(RECORDS_PER_CALL * recordLength);
    }

    /// @param deadline of `System.nanoTime()`
    /// @throws SocketException if either end has closed the connection
    /// @throws SSLException if the other end is wrong, or a caller that has left something behind that no member does
    /// @throws SocketTimeoutException at the deadline
    void handshake(long deadline) throws IOException {
        engine.beginHandshake();
        try {
            var status = engine.getHandshakeStatus();
            while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
                status = switch (status) {
                    case NEED_TASK -> tasksDone();
                    case NEED_WRAP -> sendPending();
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> receive(deadline);
                    case FINISHED, NOT_HANDSHAKING -> status;
                };
            }
        } catch (SSLException e) {
            sendAlert();
            throw e;
        } catch (SocketException e) {
            if (!engine.getUseClientMode() && received.hasRemaining()) {
                throw new SSLException("cut within a record, or more than a caller says at once", e);
            }
            throw e;
        }
    }

    /// After a failed handshake the other end is told why.
    private void sendAlert() {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
                sendPending();
            }
        } catch (IOException _) {
            // The engine has nothing more to say, or nobody listens: what counts is why the handshake failed.
        }
    }

    private HandshakeStatus tasksDone() {
        for (var task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        return engine.getHandshakeStatus();
    }

    private HandshakeStatus receive(long deadline) throws IOException {
        var result = engine.unwrap(received, plain.clear());
        plain.flip();
        return switch (result.getStatus()) {
            case OK -> result.getHandshakeStatus();
            case BUFFER_UNDERFLOW -> {
                awaitBytes(deadline);
                yield engine.getHandshakeStatus();
            }
            case BUFFER_OVERFLOW -> throw new SSLException("a handshake record that does not fit");
            case CLOSED -> throw new SSLException("closed in the handshake");
        };
    }

    private void awaitBytes(long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("the handshake took too long");
        }
        wire.readTimeout((int) millis);
        fill();
        wire.readTimeout(0);
    }

    private void fill() throws IOException {
        received.compact();
        try {
            int count = fromWire.read(received.array(), received.position(), received.remaining());
            if (count < 0) {
                throw new SocketException("the connection was cut"); // JGroups logs another exception of a call as an error.
            }
            received.position(received.position() + count);
        } finally {
            received.flip();
        }
    }

    X509Certificate peer() throws IOException {
        return (X509Certificate) engine.getSession().getPeerCertificates()[0];
    }

    int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!plain.hasRemaining()) {
            var result = engine.unwrap(received, ByteBuffer.wrap(to, offset, length));
            if (result.getStatus() == Status.BUFFER_OVERFLOW) { // The caller's array has no room for a whole record.
                result = engine.unwrap(received, plain.clear());
                plain.flip();
            }
            switch (result.getStatus()) {
                case OK -> answer(result);
                case BUFFER_UNDERFLOW -> fill();
                case BUFFER_OVERFLOW -> throw new SSLException("a record that does not fit");
                case CLOSED -> {
                    return -1;
                }
            }
            if (result.bytesProduced() > 0 && !plain.hasRemaining()) {
                return result.bytesProduced();
            }
        }
        int count = Math.min(length, plain.remaining());
        plain.get(to, offset, count);
        return count;
    }

    /// TLS 1.3 goes on after the handshake: tickets, changes of keys.
    private void answer(SSLEngineResult result) throws IOException {
        var status = result.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
            status = status == HandshakeStatus.NEED_TASK ? tasksDone() : sendPending();
        }
    }

    private HandshakeStatus sendPending() throws IOException {
        writing.lock();
        try {
            var result = engine.wrap(NOTHING, outgoing.clear());
            toWire.write(outgoing.array(), 0, outgoing.position());
            if (result.getStatus() == Status.CLOSED && outgoing.position() == 0) {
                throw new EOFException("closed");
            }
            return result.getHandshakeStatus();
        } finally {
            writing.unlock();
        }
    }

    void write(byte[] from, int offset, int length) throws IOException {
        var source = ByteBuffer.wrap(from, offset, length);
        writing.lock();
        try {
            while (source.hasRemaining()) {
                outgoing.clear();
                while (source.hasRemaining() && outgoing.remaining() >= recordLength) {
                    wrap(source);
                }
                toWire.write(outgoing.array(), 0, outgoing.position());
            }
        } finally {
            writing.unlock();
        }
    }

    private void wrap(ByteBuffer source) throws IOException {
        var result = engine.wrap(source, outgoing);
        switch (result.getStatus()) {
            case OK -> {
                if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                    tasksDone();
                }
            }
            case CLOSED -> throw new EOFException("closed");
            case BUFFER_OVERFLOW, BUFFER_UNDERFLOW -> throw new SSLException("wrap: " + result.getStatus());
        }
    }

    int available() {
        return plain.remaining();
    }
}
