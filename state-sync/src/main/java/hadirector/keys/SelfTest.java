package hadirector.keys;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/// A handshake of a member with itself, in memory: fails if key and certificate do not belong together or their time is over, and
/// leaves TLS's classes loaded, so that the first real handshake is not the slow one.
final class SelfTest {
    private static final int STEPS_MAX = 100;

    private final ByteBuffer nothing = ByteBuffer.allocate(0);

    /// @throws SSLException that says what is wrong
    void run(SSLContext context) throws SSLException {
        var caller = context.createSSLEngine();
        caller.setUseClientMode(true);
        var called = context.createSSLEngine();
        called.setUseClientMode(false);
        called.setNeedClientAuth(true);
        int length = caller.getSession().getPacketBufferSize();
        var forth = ByteBuffer.allocate(2 * length).flip();
        var back = ByteBuffer.allocate(2 * length).flip();
        var plain = ByteBuffer.allocate(caller.getSession().getApplicationBufferSize());
        caller.beginHandshake();
        called.beginHandshake();
        for (int i = 0; i < STEPS_MAX && !(isDone(caller) && isDone(called)); i++) {
            step(caller, back, forth, plain.clear());
            step(called, forth, back, plain.clear());
        }
        if (!isDone(caller) || !isDone(called)) {
            throw new SSLException("the handshake with itself does not end");
        }
    }

    private static boolean isDone(SSLEngine engine) {
        return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    private void step(SSLEngine engine, ByteBuffer from, ByteBuffer to, ByteBuffer plain) throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
                for (var task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
            }
            case NEED_WRAP -> {
                engine.wrap(nothing, to.compact());
                to.flip();
            }
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> engine.unwrap(from, plain);
            case FINISHED, NOT_HANDSHAKING -> {}
        }
    }
}
