package hadirector.keys;

import static hadirector.keys.Der.bits;
import static hadirector.keys.Der.explicit;
import static hadirector.keys.Der.implicit;
import static hadirector.keys.Der.integer;
import static hadirector.keys.Der.octets;
import static hadirector.keys.Der.oid;
import static hadirector.keys.Der.sequence;
import static hadirector.keys.Der.set;
import static hadirector.keys.Der.utf8;
import static hadirector.keys.Der.yes;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import javax.security.auth.x500.X500Principal;

/// Makes X.509 v3 certificates (RFC 5280) with ECDSA on P-256; the JDK can read and check them but has no public way to make
/// them.
final class Certificates {
    private static final byte[] ECDSA_WITH_SHA256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
    private static final int SERIAL_BITS = 127;
    private static final int KEY_ID_LENGTH = 20; // RFC 7093: the leftmost 160 bits of SHA-256.

    private Certificates() {}

    static KeyPair newKey() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /// Who signs: a certificate authority, or one that is about to sign itself.
    record Issuer(X500Principal name, PublicKey publicKey, PrivateKey key) {
        static Issuer of(X509Certificate certificate, PrivateKey key) {
            return new Issuer(certificate.getSubjectX500Principal(), certificate.getPublicKey(), key);
        }
    }

    record Validity(Instant from, Instant to) {}

    static X500Principal name(String organization, String common) {
        return new X500Principal(
                sequence(attribute(oid(2, 5, 4, 10), organization), attribute(oid(2, 5, 4, 3), common)));
    }

    private static byte[] attribute(byte[] type, String text) {
        return set(sequence(type, utf8(text)));
    }

    /// May sign certificates.
    static X509Certificate authority(X500Principal name, PublicKey key, Validity validity, Issuer issuer)
            throws GeneralSecurityException {
        return signed(name, key, validity, issuer,
                extension(oid(2, 5, 29, 19), true, sequence(yes())), // basicConstraints, cA
                extension(oid(2, 5, 29, 15), true, bits(1, (byte) 0x06))); // keyUsage: keyCertSign, cRLSign
    }

    /// May speak TLS for a member, on both ends of a connection.
    static X509Certificate member(Identity identity, PublicKey key, Validity validity, Issuer issuer)
            throws GeneralSecurityException {
        byte[] uri = identity.uri().getBytes(StandardCharsets.US_ASCII);
        return signed(name(identity.cluster(), identity.member()), key, validity, issuer,
                extension(oid(2, 5, 29, 15), true, bits(7, (byte) 0x80)), // keyUsage: digitalSignature
                extension(oid(2, 5, 29, 37), false, // extKeyUsage: serverAuth, clientAuth
                        sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 1), oid(1, 3, 6, 1, 5, 5, 7, 3, 2))),
                extension(oid(2, 5, 29, 17), false, sequence(implicit(6, uri)))); // subjectAltName
    }

    private static X509Certificate signed(
            X500Principal name, PublicKey key, Validity validity, Issuer issuer, byte[]... extensions)
            throws GeneralSecurityException {
        byte[][] all = Arrays.copyOf(extensions, extensions.length + 2);
        all[extensions.length] = extension(oid(2, 5, 29, 14), false, octets(keyId(key)));
        all[extensions.length + 1] =
                extension(oid(2, 5, 29, 35), false, sequence(implicit(0, keyId(issuer.publicKey()))));
        byte[] body = sequence(
                explicit(0, integer(BigInteger.TWO)),
                integer(new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS - 1)),
                ECDSA_WITH_SHA256,
                issuer.name().getEncoded(),
                sequence(Der.time(validity.from()), Der.time(validity.to())),
                name.getEncoded(),
                key.getEncoded(),
                explicit(3, sequence(all)));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(issuer.key());
        signature.update(body);
        return parsed(sequence(body, ECDSA_WITH_SHA256, bits(0, signature.sign())));
    }

    private static byte[] extension(byte[] type, boolean critical, byte[] value) {
        return critical ? sequence(type, yes(), octets(value)) : sequence(type, octets(value));
    }

    private static byte[] keyId(PublicKey key) throws GeneralSecurityException {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), KEY_ID_LENGTH);
    }

    static X509Certificate parsed(byte[] der) throws CertificateException {
        var factory = CertificateFactory.getInstance("X.509");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    }

    static boolean isSelfIssued(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }
}
