package hadirector.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.keys.KeyFolder.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFolderTest {
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private static final List<String> PAIR = List.of("lb1", "lb2");

    @TempDir private Path folder = Path.of("");

    private List<KeyFolder.Made> run(Task task, Instant when, List<String> members) throws Exception {
        return new KeyFolder(folder, "edge", Duration.ofDays(730), when).run(task, members);
    }

    private KeyFile read(String member) throws KeysException {
        return KeyFile.read(folder.resolve(member + ".pem"));
    }

    /// Whether who trusts `authority` alone accepts the chain at that time.
    private static void validate(List<X509Certificate> chain, X509Certificate authority, Instant when) throws Exception {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(when));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
    }

    @Test
    void oneRunMakesTheAuthorityAndAFileForEachMemberThatOnlyItsOwnerReads() throws Exception {
        var made = run(Task.COMPLETE, now, PAIR);
        assertThat(made).extracting(of -> of.file().getFileName().toString())
                .containsExactly("edge.ca", "lb1.pem", "lb2.pem");
        for (var of : made) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(of.file()))).isEqualTo("rw-------");
        }
        var one = read("lb1");
        assertThat(Identity.of(one.own())).contains(new Identity("edge", "lb1"));
        assertThat(one.expires()).isEqualTo(now.plus(Duration.ofDays(730)));
        validate(one.chain(), one.trusted().getFirst(), now);
        validate(read("lb2").chain(), one.trusted().getFirst(), now);
        assertThat(read("lb2").key()).isNotEqualTo(one.key());
    }

    @Test
    void certificatesAreRefusedOnceTheirTimeIsOver() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var one = read("lb1");
        assertThatThrownBy(() -> validate(one.chain(), one.trusted().getFirst(), now.plus(Duration.ofDays(731))))
                .isInstanceOf(CertPathValidatorException.class)
                .hasMessageContaining("validity check failed");
    }

    @Test
    void aSecondRunMakesOnlyTheKeysOfANewMember() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var before = read("lb1");
        var made = run(Task.COMPLETE, now.plusSeconds(60), List.of("lb1", "lb2", "lb3"));
        assertThat(made).filteredOn(KeyFolder.Made::made)
                .extracting(of -> of.file().getFileName().toString()).containsExactly("lb3.pem");
        assertThat(read("lb1")).isEqualTo(before);
        validate(read("lb3").chain(), before.trusted().getFirst(), now);
    }

    @Test
    void allMembersHaveTheSameBeaconKeyWhichIsRenewedWithTheAuthority() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var first = read("lb1").beaconKeys();
        assertThat(first).hasSize(1).isEqualTo(read("lb2").beaconKeys());
        run(Task.RENEW, now, PAIR);
        assertThat(read("lb1").beaconKeys()).isEqualTo(first);
        run(Task.RENEW_AUTHORITY, now.plusSeconds(60), PAIR);
        var both = read("lb2").beaconKeys();
        assertThat(both).hasSize(2).endsWith(first.getFirst()).doesNotHaveDuplicates();
        run(Task.FORGET_OLD_AUTHORITY, now.plusSeconds(120), PAIR);
        assertThat(read("lb2").beaconKeys()).isEqualTo(read("lb1").beaconKeys()).containsExactly(both.getFirst());
    }

    @Test
    void keysOfAVersionWithoutBeaconKeysGetOneWhenAllAreRenewed() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        for (String name : List.of("edge.ca", "lb1.pem", "lb2.pem")) {
            var file = folder.resolve(name);
            Files.writeString(file, Files.readString(file).replaceAll("(?s)-----BEGIN BEACON.*?END BEACON KEY-----\n", ""));
        }
        assertThat(read("lb1").beaconKeys()).isEmpty();
        run(Task.COMPLETE, now, List.of("lb1", "lb2", "lb3"));
        assertThat(read("lb3").beaconKeys()).as("as the others").isEmpty();
        run(Task.RENEW, now, PAIR);
        assertThat(read("lb1").beaconKeys()).hasSize(1).isEqualTo(read("lb2").beaconKeys());
    }

    @Test
    void renewedKeysAreOfTheSameAuthority() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var before = read("lb1");
        var later = now.plus(Duration.ofDays(700));
        run(Task.RENEW, later, PAIR);
        assertThat(read("lb1").key()).isNotEqualTo(before.key());
        assertThat(read("lb1").expires()).isEqualTo(later.plus(Duration.ofDays(730)));
        validate(read("lb1").chain(), before.trusted().getFirst(), later);
    }

    /// Old and new in any order: a member that was not reached yet trusts the old authority alone, and what it shows is signed by it.
    @Test
    void whoKnowsOnlyTheOldAuthorityAcceptsMembersOfTheNewOneAndTheOtherWayRound() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var old = read("lb2");
        run(Task.RENEW_AUTHORITY, now.plusSeconds(60), PAIR);
        var fresh = read("lb1");
        validate(fresh.chain(), old.trusted().getFirst(), now.plusSeconds(60));
        assertThat(fresh.trusted()).hasSize(2).contains(old.trusted().getFirst());
        validate(fresh.chain().subList(0, 1), fresh.trusted().getFirst(), now.plusSeconds(60));
    }

    @Test
    void whatTheOldAuthoritySignedIsWorthNothingOnceItIsForgotten() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var stolen = read("lb2");
        run(Task.RENEW_AUTHORITY, now.plusSeconds(60), PAIR);
        run(Task.FORGET_OLD_AUTHORITY, now.plusSeconds(120), PAIR);
        var last = read("lb1");
        assertThat(last.trusted()).hasSize(1);
        assertThat(last.chain()).hasSize(1);
        assertThatThrownBy(() -> validate(stolen.chain(), last.trusted().getFirst(), now))
                .isInstanceOf(CertPathValidatorException.class);
        assertThatThrownBy(() -> run(Task.FORGET_OLD_AUTHORITY, now, PAIR)).hasMessageContaining("no older authority is trusted");
    }

    @Test
    void aSecondRenewalMustWaitUntilTheFirstOldAuthorityIsForgotten() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        run(Task.RENEW_AUTHORITY, now.plusSeconds(60), PAIR);
        assertThatThrownBy(() -> run(Task.RENEW_AUTHORITY, now.plusSeconds(120), PAIR))
                .isInstanceOf(KeysException.class).hasMessageContaining("--forget-old-ca");
    }

    @Test
    void withoutItsAuthorityAFolderIsLeftAsItIs() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        Files.delete(folder.resolve("edge.ca"));
        var before = read("lb1");
        assertThatThrownBy(() -> run(Task.RENEW, now, PAIR)).hasMessageContaining("edge.ca is not there");
        assertThatThrownBy(() -> run(Task.COMPLETE, now, PAIR)).hasMessageContaining("edge.ca is not there");
        assertThat(read("lb1")).isEqualTo(before);
    }

    @Test
    void aDamagedFileIsRefusedWithItsName() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var file = folder.resolve("lb1.pem");
        String text = Files.readString(file);
        for (int cut = 0; cut < text.length(); cut += 97) {
            Files.writeString(file, text.substring(0, cut));
            assertThatThrownBy(() -> new LiveKeys(file, new Identity("edge", "lb1")))
                    .isInstanceOf(KeysException.class).hasMessageContaining("lb1.pem");
        }
        Files.delete(file);
        assertThatThrownBy(() -> KeyFile.read(file)).hasMessageStartingWith(file + " is not there; mend it by: director keys");
    }

    @Test
    void keysOfAnotherMemberOrClusterAreNotTaken() throws Exception {
        run(Task.COMPLETE, now, PAIR);
        var file = folder.resolve("lb1.pem");
        assertThatThrownBy(() -> new LiveKeys(file, new Identity("edge", "lb2")))
                .hasMessageEndingWith("is the key of lb1 of cluster edge, must be that of lb2 of cluster edge; mend it by: bring lb2.pem here, which director keys makes beside edge.ca");
        assertThatThrownBy(() -> new LiveKeys(file, new Identity("other", "lb1"))).hasMessageContaining("must be that of");
        assertThatThrownBy(() -> new LiveKeys(folder.resolve("edge.ca"), new Identity("edge", "lb1")))
                .hasMessageContaining("no certificate of a director");
    }

    @Test
    void keysWhoseTimeIsOverOrThatDoNotBelongTogetherAreNotTaken() throws Exception {
        run(Task.COMPLETE, Instant.now().minus(Duration.ofDays(731)), PAIR);
        var self = new Identity("edge", "lb1");
        assertThatThrownBy(() -> new LiveKeys(folder.resolve("lb1.pem"), self)).hasMessageContaining("director keys --renew");
        run(Task.RENEW, now, PAIR);
        var mixed = new KeyFile(read("lb2").key(), read("lb1").chain(), read("lb1").trusted(), List.of());
        mixed.write(folder.resolve("lb1.pem"));
        assertThatThrownBy(() -> new LiveKeys(folder.resolve("lb1.pem"), self)).hasMessageContaining("cannot be used");
    }

    private String troubles(String member) {
        return KeyTrouble.of(folder.resolve(member + ".pem"), new Identity("edge", "lb1"), now).toString();
    }

    @Test
    void whatIsNotAsItShouldBeIsFoundBeforeItMatters() throws Exception {
        assertThat(troubles("lb1")).contains("lb1.pem is not there", "remedy=director keys");
        run(Task.COMPLETE, now, PAIR);
        var file = folder.resolve("lb1.pem");
        assertThat(troubles("lb2")).contains("is the key of lb2", "bring lb1.pem here");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(troubles("lb1")).contains("open to others than its owner (rw-r-----)", "chmod 600 " + file);
        run(Task.RENEW, now.minus(Duration.ofDays(701)), PAIR);
        assertThat(troubles("lb1")).contains("is valid until ", "director keys --renew");
        run(Task.RENEW, now.minus(Duration.ofDays(731)), PAIR);
        assertThat(troubles("lb1")).contains("is valid until ", "director keys --renew");
        Files.writeString(file, Files.readString(file).replaceAll("(?s)-----BEGIN BEACON.*?END BEACON KEY-----\n", ""));
        run(Task.RENEW, now, PAIR);
        Files.writeString(file, Files.readString(file).replaceAll("(?s)-----BEGIN BEACON.*?END BEACON KEY-----\n", ""));
        assertThat(troubles("lb1")).contains("has no key for beacons", "director keys --renew");
    }

    @Test
    void aChangedFileCountsAtOnceAndADamagedOneIsToldAndNotTaken() throws Exception {
        run(Task.COMPLETE, now.minus(Duration.ofDays(100)), PAIR);
        var live = new LiveKeys(folder.resolve("lb1.pem"), new Identity("edge", "lb1"));
        assertThat(live.expires()).isEqualTo(now.plus(Duration.ofDays(630)));
        run(Task.RENEW, now, PAIR);
        assertThat(live.expires()).isEqualTo(now.plus(Duration.ofDays(730)));
        Files.writeString(folder.resolve("lb1.pem"), "half a fi");
        assertThat(live.trouble()).hasValueSatisfying(why -> assertThat(why).contains("the keys before it stay in use"));
        assertThat(live.expires()).isEqualTo(now.plus(Duration.ofDays(730)));
        run(Task.RENEW, now, PAIR);
        assertThat(live.trouble()).isEmpty();
    }
}
