package hadirector.keys;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// For whom a certificate speaks: the URI `hadirector://CLUSTER/MEMBER` among its alternative names. Names are compared
/// exactly, which X.500 names would not be.
///
/// @param cluster as `director.cluster.name` has it
/// @param member a key of `director.cluster.members`
public record Identity(String cluster, String member) {
    private static final int URI = 6; // GeneralName's choice, RFC 5280 4.2.1.6.
    private static final Pattern FORM = Pattern.compile("hadirector://([^/]+)/([^/]+)");

    String uri() {
        return "hadirector://" + cluster + "/" + member;
    }

    /// Empty if the certificate names no member, or more than one.
    public static Optional<Identity> of(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            var found = names == null
                    ? List.<Matcher>of()
                    : names.stream()
                            .filter(name -> name.getFirst().equals(URI))
                            .map(name -> FORM.matcher((String) name.getLast()))
                            .filter(Matcher::matches)
                            .toList();
            return found.size() == 1
                    ? Optional.of(new Identity(found.getFirst().group(1), found.getFirst().group(2)))
                    : Optional.empty();
        } catch (CertificateParsingException _) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return member + " of cluster " + cluster;
    }
}
