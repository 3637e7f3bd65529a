package hadirector.keys;

import hadirector.keys.Certificates.Issuer;
import hadirector.keys.Certificates.Validity;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/// A cluster's certificate authority: makes the keys of its members. Its own file is a [KeyFile] whose chain is empty, or, for
/// a while after a renewal, the new authority signed by the old one: members that trust only the old one follow it to the
/// new, so a renewed member and one that is not yet understand each other.
public final class Authority {
    private static final Duration YEARS_20 = Duration.ofDays(7_305);

    /// Clocks may differ by this much when keys are used as soon as they are made.
    private static final Duration EARLIER = Duration.ofDays(1);

    private final KeyFile file;

    private Authority(KeyFile file) {
        this.file = file;
    }

    public static Authority of(KeyFile file) {
        return new Authority(file);
    }

    public static Authority make(String cluster, Instant now) throws GeneralSecurityException {
        var key = Certificates.newKey();
        var name = name(cluster, now);
        var self = Certificates.authority(
                name, key.getPublic(), validity(now), new Issuer(name, key.getPublic(), key.getPrivate()));
        return new Authority(new KeyFile(key.getPrivate(), List.of(), List.of(self), List.of(KeyFile.newBeaconKey())));
    }

    /// A new authority beside this one, which stays trusted.
    public Authority renewed(String cluster, Instant now) throws GeneralSecurityException {
        var fresh = make(cluster, now).file;
        var next = fresh.trusted().getFirst();
        var current = file.trusted().getFirst();
        var end = current.getNotAfter().toInstant();
        var bridge = Certificates.authority(
                next.getSubjectX500Principal(),
                next.getPublicKey(),
                new Validity(now.minus(EARLIER), end),
                Issuer.of(current, file.key()));
        var beaconKeys = new ArrayList<>(fresh.beaconKeys());
        beaconKeys.addAll(file.beaconKeys());
        return new Authority(new KeyFile(fresh.key(), List.of(bridge), List.of(next, current), beaconKeys));
    }

    /// This authority alone: what the one before it has signed is not trusted any more.
    public Authority alone() {
        var beaconKeys = file.beaconKeys().stream().limit(1).toList();
        return new Authority(new KeyFile(file.key(), List.of(), List.of(file.trusted().getFirst()), beaconKeys));
    }

    /// This authority, with a key for beacons if it is of a version that had none.
    public Authority withBeaconKey() {
        return file.beaconKeys().isEmpty()
                ? new Authority(new KeyFile(file.key(), file.chain(), file.trusted(), List.of(KeyFile.newBeaconKey())))
                : this;
    }

    /// Whether an older one is trusted too.
    public boolean isRenewed() {
        return file.trusted().size() > 1;
    }

    /// A new key for a member.
    public KeyFile member(Identity identity, Instant now, Duration lifetime) throws GeneralSecurityException {
        var current = file.trusted().getFirst();
        var end = now.plus(lifetime);
        var last = current.getNotAfter().toInstant();
        var key = Certificates.newKey();
        var own = Certificates.member(
                identity,
                key.getPublic(),
                new Validity(now.minus(EARLIER), end.isBefore(last) ? end : last),
                Issuer.of(current, file.key()));
        var chain = file.chain().isEmpty() ? List.of(own) : List.of(own, file.chain().getFirst());
        return new KeyFile(key.getPrivate(), chain, file.trusted(), file.beaconKeys());
    }

    public KeyFile file() {
        return file;
    }

    /// No two authorities of a cluster have the same name, or one's certificates would be tried against the other's key.
    private static X500Principal name(String cluster, Instant now) {
        return Certificates.name(cluster, "HA Director authority " + now.truncatedTo(ChronoUnit.MILLIS));
    }

    private static Validity validity(Instant now) {
        return new Validity(now.minus(EARLIER), now.plus(YEARS_20));
    }
}
