package hadirector.door;

import hadirector.keys.Identity;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
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
/// the other. The end that was called says "welcome" by one byte, since in TLS 1.3 the caller would learn only later
/// that its certificate was refused.
public final class Door {
    static final int HANDSHAKE_MILLIS = 1_000;
    private static final int WELCOME = 1;

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

    /// Lets the other end in, or counts and throws.
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
            refusals.count(kind(e), String.valueOf(wire.peer()), text(e));
            throw e;
        }
    }

    private Admitted encrypted(Wire wire, boolean calling, Set<String> here, Supplier<SSLContext> own) throws IOException {
        long deadline = System.nanoTime() + HANDSHAKE_MILLIS * 1_000_000L;
        var tls = new TlsStreams(engine(own, calling), wire);
        tls.handshake(deadline);
        var certificate = tls.peer();
        String name = name(certificate, here);
        var admitted = Admitted.encrypted(name, tls);
        if (calling) {
            wire.readTimeout(HANDSHAKE_MILLIS);
            awaitWelcome(admitted.in());
            wire.readTimeout(0);
        } else {
            admitted.out().write(WELCOME);
        }
        validUntil.put(name, certificate.getNotAfter().toInstant());
        return admitted;
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
            throw new EOFException("the connection was cut");
        }
        if (answer != WELCOME) {
            throw new RefusedException(Refused.NO_HANDSHAKE, "it did not say welcome but " + answer);
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
        boolean alerted = failure instanceof SSLException && text(failure).startsWith("(certificate_");
        return alerted ? Refused.BY_PEER : Refused.NO_HANDSHAKE;
    }

    private static String text(IOException failure) {
        if (failure instanceof SocketTimeoutException) {
            return "the handshake took more than " + HANDSHAKE_MILLIS + " ms";
        }
        return String.valueOf(failure.getMessage());
    }
}
