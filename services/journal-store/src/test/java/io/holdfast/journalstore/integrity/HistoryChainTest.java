package io.holdfast.journalstore.integrity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.id.PgId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HistoryChainTest {
    private static final ChainPlace BEGIN = ChainPlace.begin(new PgId(new UUID(1, 2)), 0);

    private static ByteBuffer header(int fill) {
        byte[] bytes = new byte[HistoryChain.HEADER_BYTES];
        java.util.Arrays.fill(bytes, (byte) fill);
        return ByteBuffer.wrap(bytes);
    }

    private static Digest chained(ByteBuffer... headers) {
        HistoryChain chain = new HistoryChain(BEGIN);
        for (int i = 0; i < headers.length; i++) {
            chain.add(i + 1, headers[i]);
        }
        return chain.place().digest();
    }

    @Test
    void a_link_is_the_hash_of_the_value_before_the_lsn_and_the_headers_of_all_parts() throws Exception {
        HistoryChain chain = new HistoryChain(BEGIN);
        chain.add(1, header(7));
        chain.add(1, header(8));
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        sha.update(BEGIN.digest().bytes());
        sha.update(ByteBuffer.allocate(8).putLong(1).flip());
        sha.update(header(7));
        sha.update(header(8));
        assertThat(chain.place()).isEqualTo(new ChainPlace(1, Digest.of(sha.digest())));
    }

    @Test
    void order_content_and_number_of_changes_all_count() {
        Digest one = chained(header(1), header(2), header(3));
        assertThat(chained(header(1), header(2), header(3))).isEqualTo(one);
        assertThat(chained(header(2), header(1), header(3))).isNotEqualTo(one);
        assertThat(chained(header(1), header(2), header(4))).isNotEqualTo(one);
        assertThat(chained(header(1), header(2))).isNotEqualTo(one);
    }

    @Test
    void two_parts_of_a_change_are_not_two_changes() {
        HistoryChain chain = new HistoryChain(BEGIN);
        chain.add(1, header(1));
        chain.add(1, header(2));
        assertThat(chain.place().digest()).isNotEqualTo(chained(header(1), header(2)));
    }

    @Test
    void looking_at_the_place_in_between_changes_nothing() {
        HistoryChain chain = new HistoryChain(BEGIN);
        chain.add(1, header(1));
        assertThat(chain.place().lsn()).isEqualTo(1);
        chain.add(2, header(2));
        assertThat(chain.place().digest()).isEqualTo(chained(header(1), header(2)));
    }

    @Test
    void goes_on_from_a_stored_place_and_passes_over_what_lies_before_it() {
        HistoryChain first = new HistoryChain(BEGIN);
        first.add(1, header(1));
        ChainPlace stored = ChainPlace.decode(first.place().encode());
        HistoryChain second = new HistoryChain(stored);
        second.add(1, header(99));
        second.add(2, header(2));
        assertThat(second.place().digest()).isEqualTo(chained(header(1), header(2)));
    }

    @Test
    void a_change_that_was_left_out_is_refused() {
        HistoryChain chain = new HistoryChain(BEGIN);
        chain.add(1, header(1));
        assertThatThrownBy(() -> chain.add(3, header(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LSN 1");
        assertThatThrownBy(() -> ChainPlace.decode(new byte[39])).isInstanceOf(IllegalArgumentException.class);
    }
}
