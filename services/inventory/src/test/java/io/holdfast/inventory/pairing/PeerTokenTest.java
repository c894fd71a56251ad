package io.holdfast.inventory.pairing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTokenTest {
    private static final PeerToken TOKEN = token("dr.example:9444");

    private static PeerToken token(String address) {
        byte[] secret = new byte[PeerToken.SECRET_BYTES];
        new Random(7).nextBytes(secret);
        return new PeerToken(
                SiteId.parse("11111111-0000-4000-8000-00000000000a"),
                Fingerprint.of(new byte[] {1, 2, 3}),
                UUID.fromString("22222222-0000-4000-8000-00000000000b"),
                secret,
                PeerAddress.parse(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dr.example:9444", "10.0.0.1:1", "[fd00::1]:65535", "b:9"})
    void is_read_as_it_was_written(String address) {
        assertThat(PeerToken.parse(token(address).encoded())).isEqualTo(token(address));
    }

    @Test
    void is_refused_with_any_one_character_changed_or_cut() {
        String text = TOKEN.encoded();
        for (int at = 0; at < text.length(); at++) {
            String changed = text.substring(0, at) + (text.charAt(at) == 'x' ? 'y' : 'x') + text.substring(at + 1);
            String cut = text.substring(0, at);
            // The last character of base64 may hold bits that mean nothing; then it is the same token.
            if (at < text.length() - 1) {
                assertThatThrownBy(() -> PeerToken.parse(changed)).as(changed).isInstanceOf(HoldfastException.class);
            }
            assertThatThrownBy(() -> PeerToken.parse(cut)).as(cut).isInstanceOf(HoldfastException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hf1.", "hf2.AAAA", "hf1.!!!!", "hf1.AAAA", "Bearer x", "\u0000"})
    void is_not_what_looks_otherwise(String text) {
        assertThatThrownBy(() -> PeerToken.parse(text))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(PairingError.TOKEN_MALFORMED));
    }

    @Test
    void is_refused_without_reading_it_when_it_is_huge() {
        assertThatThrownBy(() -> PeerToken.parse("hf1." + "A".repeat(1 << 20)))
                .isInstanceOf(HoldfastException.class)
                .hasMessageNotContaining("AAAA");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dr.example",
                "dr.example:0",
                "dr.example:65536",
                ":9444",
                "a b:1",
                "evil@host:1",
                "host/path:1",
                "fd00::1:1",
                "-x:1",
                "x-:1",
                "[]:1"
            })
    void has_an_address_that_is_a_host_and_a_port(String address) {
        assertThatThrownBy(() -> PeerAddress.parse(address)).isInstanceOf(HoldfastException.class);
    }

    @Test
    void does_not_show_its_secret_where_it_is_printed() {
        assertThat(TOKEN.toString())
                .doesNotContain(Base64.getUrlEncoder().withoutPadding().encodeToString(TOKEN.secret()))
                .doesNotContain(HexFormat.of().formatHex(TOKEN.secret()));
        assertThat(TOKEN.secret()).hasSize(32);
    }
}
