package hadirector.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// All that one member, or the cluster's authority, needs, in one PEM file (RFC 7468): its private key, its certificates, and
/// the authorities that it trusts.
///
/// @param chain the member's own certificate, then what leads from it to an authority that is not trusted everywhere yet
/// @param trusted authorities, the current one first
/// @param beaconKeys what holders sign their beacons with on the clients' networks: the same for all members, one for each trusted
///     authority; files of older versions have none
public record KeyFile(
        PrivateKey key, List<X509Certificate> chain, List<X509Certificate> trusted, List<SecretKey> beaconKeys) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final String KEY = "PRIVATE KEY";
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String BEACON_KEY = "BEACON KEY";
    private static final String HMAC = "HmacSHA256";
    private static final int BEACON_KEY_LENGTH = 32;
    static final String RENEW = "director keys --renew where CLUSTER.ca is, and bring each director its own file";
    private static final int SIZE_MAX = 1 << 20;
    private static final char[] IN_MEMORY = {};

    public KeyFile {
        chain = List.copyOf(chain);
        trusted = List.copyOf(trusted);
        beaconKeys = List.copyOf(beaconKeys);
    }

    /// A member's own certificate.
    public X509Certificate own() {
        return chain.getFirst();
    }

    /// From when on others refuse it: the end of its own certificate or of an authority's, whichever comes first.
    public Instant expires() {
        Instant own = own().getNotAfter().toInstant();
        Instant authority = trusted.getFirst().getNotAfter().toInstant();
        return own.isBefore(authority) ? own : authority;
    }

    /// Reads a file; certificates that name themselves as issuer are the trusted ones.
    ///
    /// @throws KeysException if it is not there or not right; the message is for operators
    public static KeyFile read(Path file) throws KeysException {
        try {
            if (Files.size(file) > SIZE_MAX) {
                throw new KeysException(file + " is too large for a file of keys", RENEW);
            }
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1), file);
        } catch (NoSuchFileException e) {
            throw new KeysException(file + " is not there", "director keys where CLUSTER.ca is, and bring the file here", e);
        } catch (AccessDeniedException e) {
            throw new KeysException(
                    "%s may not be read by this user (%s)".formatted(file, System.getProperty("user.name")), "chown ha-director: " + file, e);
        } catch (IOException e) {
            throw new KeysException(file + " cannot be read: " + e.getMessage(), RENEW, e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new KeysException(file + " is damaged: " + e.getMessage(), RENEW, e);
        }
    }

    private static KeyFile parse(String text, Path file) throws GeneralSecurityException, KeysException {
        var keys = new ArrayList<PrivateKey>();
        var chain = new ArrayList<X509Certificate>();
        var trusted = new ArrayList<X509Certificate>();
        var beaconKeys = new ArrayList<SecretKey>();
        var blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            byte[] der = Base64.getMimeDecoder().decode(blocks.group(2));
            if (blocks.group(1).equals(KEY)) {
                keys.add(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)));
            } else if (blocks.group(1).equals(BEACON_KEY)) {
                beaconKeys.add(new SecretKeySpec(der, HMAC));
            } else if (blocks.group(1).equals(CERTIFICATE)) {
                var certificate = Certificates.parsed(der);
                (Certificates.isSelfIssued(certificate) ? trusted : chain).add(certificate);
            }
        }
        if (keys.size() != 1 || trusted.isEmpty()) {
            throw new KeysException(
                    "%s must have one private key and at least one authority, has %d and %d"
                            .formatted(file, keys.size(), trusted.size()),
                    RENEW);
        }
        return new KeyFile(keys.getFirst(), chain, trusted, beaconKeys);
    }

    static SecretKey newBeaconKey() {
        byte[] random = new byte[BEACON_KEY_LENGTH];
        new SecureRandom().nextBytes(random);
        return new SecretKeySpec(random, HMAC);
    }

    /// TLS 1.3 as its owner.
    public SSLContext tls() throws GeneralSecurityException, IOException {
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("own", key, IN_MEMORY, chain.toArray(X509Certificate[]::new));
        var mine = KeyManagerFactory.getInstance("PKIX");
        mine.init(own, IN_MEMORY);
        var authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        for (int i = 0; i < trusted.size(); i++) {
            authorities.setCertificateEntry("authority" + i, trusted.get(i));
        }
        var theirs = TrustManagerFactory.getInstance("PKIX");
        theirs.init(authorities);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(mine.getKeyManagers(), theirs.getTrustManagers(), new SecureRandom());
        return context;
    }

    /// Writes it so that only its owner can read it and nobody ever sees half of it.
    public void write(Path file) throws IOException {
        var fresh = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                file.getFileName().toString(),
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(fresh, text());
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private String text() throws IOException {
        try {
            var text = new StringBuilder(pem(KEY, key.getEncoded()));
            for (var beaconKey : beaconKeys) { // Before the certificates: a file that was cut lacks one of those and is refused.
                text.append(pem(BEACON_KEY, beaconKey.getEncoded()));
            }
            for (var certificate : chain) {
                text.append(pem(CERTIFICATE, certificate.getEncoded()));
            }
            for (var certificate : trusted) {
                text.append(pem(CERTIFICATE, certificate.getEncoded()));
            }
            return text.toString();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static String pem(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, body, label);
    }
}
