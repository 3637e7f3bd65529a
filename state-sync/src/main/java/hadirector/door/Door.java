package hadirector.door;

import hadirector.keys.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/// Who may speak on the cluster's port: a member at its own address, and with keys, one that proves to be it. Both ends check
/// the other. The end that was called says by one byte whether the other is welcome, since in TLS 1.3 the caller would learn only later
/// that its certificate was refused.
public final class Door {
    /// For a member that was called: JGroups' acceptor may wait for the thread that calls.
    private static final int CALLING_MILLIS = 2_000;

    /// For a caller, which holds up nobody and takes one of few places: enough for a member that shares its processors with other work.
    private static final int CALLED_MILLIS = 10_000;

    private static final int WELCOME = 1;
    private static final int NOT_WELCOME = 2;

    private final String cluster;
    private final Map<InetAddress, Set<String>> members;
    private final Optional<Supplier<SSLContext>> keys;
    private final Refusals refusals;
    private final Map<String, Instant> validUntil = new ConcurrentHashMap<>();

    /// @param members names by address
    /// @param keys TLS as this director, asked for each connection; without it addresses are all that is checked
    public Door(
            String cluster, Map<InetAddress, Set<String>> members, Optional<Supplier<SSLContext>> keys, Refusals refusals) {
        this.cluster = cluster;
        this.members = Map.copyOf(members);
        this.keys = keys;
        this.refusals = refusals;
    }

    Refusals refusals() {
        return refusals;
    }

    boolean isMember(InetAddress address) {
        return members.containsKey(address);
    }

    /// Until when the certificates of the others are valid, by name, as far as seen.
    public Map<String, Instant> validUntil() {
        return Map.copyOf(validUntil);
    }

    /// Lets the other end in, or counts and throws. A connection that only ended is no refusal: either end may stop at any time, and whom
    /// this one has called may be too busy or frozen. A caller's silence is one, as is what does not belong into a handshake.
    ///
    /// @param calling whether this end has called the other
    Admitted admit(Wire wire, boolean calling) throws IOException {
        try {
            var here = members.getOrDefault(wire.peer().getAddress(), Set.of());
            if (here.isEmpty()) {
                throw new RefusedException(Refused.STRANGER, "its address is no member's");
            }
            return keys.isPresent()
                    ? encrypted(wire, calling, here, keys.get())
                    : new Admitted(here, wire.in(), wire.out());
        } catch (IOException e) {
            String whence = String.valueOf(wire.peer());
            boolean late = e instanceof SocketTimeoutException;
            String why = late ? "the handshake took more than " + millis(calling) + " ms" : String.valueOf(e.getMessage());
            if (e instanceof SocketException || (late && calling)) {
                refusals.unfinished(whence, why);
            } else {
                refusals.count(kind(e), whence, why);
            }
            throw e;
        }
    }

    private static int millis(boolean calling) {
        return calling ? CALLING_MILLIS : CALLED_MILLIS;
    }

    private Admitted encrypted(Wire wire, boolean calling, Set<String> here, Supplier<SSLContext> own) throws IOException {
        var tls = new TlsStreams(engine(own, calling), wire);
        long deadline = System.nanoTime() + millis(calling) * 1_000_000L;
        tls.handshake(deadline);
        var certificate = tls.peer();
        String name;
        try {
            name = name(certificate, here);
        } catch (RefusedException e) {
            if (!calling) {
                turnAway(tls, e);
            }
            throw e;
        }
        var admitted = Admitted.encrypted(name, tls);
        if (calling) {
            wire.readTimeout((int) Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            awaitWelcome(admitted.in());
            wire.readTimeout(0);
        } else {
            admitted.out().write(WELCOME);
        }
        validUntil.put(name, certificate.getNotAfter().toInstant());
        return admitted;
    }

    private static void turnAway(TlsStreams tls, RefusedException why) {
        try {
            tls.write(new byte[] {NOT_WELCOME}, 0, 1);
        } catch (IOException e) {
            why.addSuppressed(e); // It has hung up, and is refused all the same.
        }
    }

    /// No session is resumed: a resumed one would not look at certificates again. So the engine is not told whom it calls.
    private static SSLEngine engine(Supplier<SSLContext> own, boolean calling) {
        var engine = own.get().createSSLEngine();
        engine.setUseClientMode(calling);
        var parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        parameters.setNeedClientAuth(true);
        engine.setSSLParameters(parameters);
        return engine;
    }

    private String name(X509Certificate certificate, Set<String> here) throws RefusedException {
        try {
            certificate.checkValidity();
        } catch (CertificateException e) {
            throw new RefusedException(Refused.EXPIRED, String.valueOf(e.getMessage()));
        }
        var identity = Identity.of(certificate)
                .orElseThrow(() -> new RefusedException(Refused.OTHER_NAME, "its certificate names no director"));
        if (!identity.cluster().equals(cluster)) {
            throw new RefusedException(
                    Refused.OTHER_NAME, "its certificate is that of %s, this is %s".formatted(identity, cluster));
        }
        if (!here.contains(identity.member())) {
            throw new RefusedException(Refused.OTHER_NAME, "its certificate is that of %s, its address that of %s"
                    .formatted(identity.member(), here.stream().sorted().collect(Collectors.joining(", "))));
        }
        return identity.member();
    }

    private static void awaitWelcome(InputStream in) throws IOException {
        int answer = in.read();
        if (answer < 0) {
            throw new SocketException("the connection was closed");
        }
        if (answer != WELCOME) {
            var kind = answer == NOT_WELCOME ? Refused.BY_PEER : Refused.NO_HANDSHAKE;
            throw new RefusedException(kind, "it did not say welcome but " + answer);
        }
    }

    private static Refused kind(IOException failure) {
        if (failure instanceof RefusedException refused) {
            return refused.kind;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean expired = cause instanceof CertificateExpiredException
                    || cause instanceof CertificateNotYetValidException
                    || (cause instanceof CertPathValidatorException path && path.getReason() == BasicReason.EXPIRED);
            if (expired) {
                return Refused.EXPIRED;
            }
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return Refused.NOT_TRUSTED;
            }
        }
        String text = String.valueOf(failure.getMessage());
        if (!(failure instanceof SSLException) || !text.startsWith("(certificate_")) {
            return Refused.NO_HANDSHAKE;
        }
        return text.contains("Empty client certificate chain") ? Refused.NOT_TRUSTED : Refused.BY_PEER;
    }
}
