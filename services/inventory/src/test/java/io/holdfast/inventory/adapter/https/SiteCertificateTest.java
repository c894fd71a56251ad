package io.holdfast.inventory.adapter.https;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.SiteCertificate;
import io.holdfast.inventory.pairing.SiteCertificate.Use;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A site's certificate")
class SiteCertificateTest {
    private static final SiteId SITE = SiteId.parse("11111111-0000-4000-8000-00000000000a");
    private static final String NAME = "URI:spiffe://holdfast/site/%s/control".formatted(SITE);

    @TempDir
    static Path folder;

    private static SiteAuthority authority;
    private static SiteAuthority other;
    private static List<X509Certificate> good;

    @BeforeAll
    static void authorities() {
        authority = new SiteAuthority(folder, "one");
        other = new SiteAuthority(folder, "other");
        good = authority.chain(authority.of(SITE));
    }

    private static void check(List<X509Certificate> chain, Instant now) {
        SiteCertificate.check(chain, Use.CALLED, Optional.of(authority.fingerprint()), now);
    }

    private static void isRefused(PairingError code, ThrowingCallable check) {
        assertThatThrownBy(check).isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                .isEqualTo(code));
    }

    @Test
    void says_which_site_it_is_and_by_whose_word() {
        for (Use use : Use.values()) {
            assertThat(SiteCertificate.check(good, use, Optional.empty(), Instant.now()))
                    .satisfies(site -> {
                        assertThat(site.site()).isEqualTo(SITE);
                        assertThat(site.authority()).isEqualTo(authority.certificate());
                    });
        }
    }

    @Test
    void is_refused_under_another_authority_than_the_pinned_one_even_one_of_the_same_name() {
        SiteAuthority namesake = new SiteAuthority(folder.resolve("elsewhere"), "one");

        isRefused(PairingError.PEER_PIN_MISMATCH, () -> check(other.chain(other.of(SITE)), Instant.now()));
        isRefused(PairingError.PEER_PIN_MISMATCH, () -> check(namesake.chain(namesake.of(SITE)), Instant.now()));
        List<X509Certificate> stitched = List.of(other.chain(other.of(SITE)).getFirst(), authority.certificate());
        isRefused(PairingError.PEER_CERTIFICATE_INVALID, () -> check(stitched, Instant.now()));
    }

    @Test
    void is_refused_before_and_after_its_time() {
        isRefused(
                PairingError.PEER_CERTIFICATE_INVALID,
                () -> check(good, Instant.now().plus(Duration.ofHours(30))));
        isRefused(
                PairingError.PEER_CERTIFICATE_INVALID,
                () -> check(good, Instant.now().minus(Duration.ofDays(1))));
        isRefused(
                PairingError.PEER_CERTIFICATE_INVALID,
                () -> check(good, Instant.now().plus(Duration.ofDays(365))));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"serverAuth, CALLING", "clientAuth, CALLED", "codeSigning, CALLED", "'', CALLED"})
    void is_refused_for_another_use_than_it_was_made_for(String uses, Use use) {
        List<X509Certificate> chain = authority.chain(authority.issue(SITE, NAME, uses));

        isRefused(
                PairingError.PEER_CERTIFICATE_INVALID,
                () -> SiteCertificate.check(chain, use, Optional.empty(), Instant.now()));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "''",
        "URI:spiffe://holdfast/site/11111111-0000-4000-8000-00000000000a/agent/11111111-0000-4000-8000-00000000000a",
        "URI:spiffe://holdfast/site/11111111-0000-4000-8000-00000000000a/control/",
        "URI:spiffe://holdfast/site/../control",
        "URI:spiffe://holdfast.example/site/11111111-0000-4000-8000-00000000000a/control",
        "DNS:spiffe.holdfast"
    })
    void is_of_no_site_under_any_other_name(String names) {
        List<X509Certificate> chain = authority.chain(authority.issue(SITE, names, "serverAuth,clientAuth"));

        isRefused(PairingError.PEER_NAME_MISMATCH, () -> check(chain, Instant.now()));
    }

    @Test
    void needs_its_authority_behind_it_and_not_too_many_of_them() {
        isRefused(PairingError.PEER_CERTIFICATE_INVALID, () -> check(good.subList(0, 1), Instant.now()));
        isRefused(PairingError.PEER_CERTIFICATE_INVALID, () -> check(List.of(), Instant.now()));
        List<X509Certificate> long_ = new ArrayList<>(Collections.nCopies(50, good.getFirst()));
        long_.add(authority.certificate());
        isRefused(PairingError.PEER_CERTIFICATE_INVALID, () -> check(long_, Instant.now()));
        List<X509Certificate> endAsAuthority = List.of(good.getFirst(), good.getFirst());
        isRefused(
                PairingError.PEER_CERTIFICATE_INVALID,
                () -> SiteCertificate.check(
                        endAsAuthority, Use.CALLED, Optional.of(Fingerprint.of(good.getFirst())), Instant.now()));
        isRefused(
                PairingError.PEER_CERTIFICATE_INVALID,
                () -> check(List.of(authority.certificate(), authority.certificate()), Instant.now()));
    }

    @Test
    void is_read_anew_for_each_connection_and_damaged_files_are_told_by_name() throws Exception {
        SiteFiles files = authority.of(SITE);
        X509Certificate before = files.load().chain().getFirst();
        SiteFiles renewed = authority.of(SITE);
        Files.copy(renewed.key(), files.key(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.copy(renewed.certificate(), files.certificate(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(files.load().chain().getFirst()).isNotEqualTo(before);

        Files.writeString(files.key(), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(files::load)
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("PKCS#8")
                .satisfies(refused ->
                        assertThat(((HoldfastException) refused).code()).isEqualTo(PairingError.PAIRING_OFF));
        SiteFiles ofAnother = new SiteFiles(renewed.certificate(), renewed.key(), renewed.authority(), SiteId.random());
        isRefused(PairingError.PAIRING_OFF, ofAnother::load);
        SiteFiles missing = new SiteFiles(folder.resolve("none"), renewed.key(), renewed.authority(), SITE);
        isRefused(PairingError.PAIRING_OFF, missing::load);
    }
}
