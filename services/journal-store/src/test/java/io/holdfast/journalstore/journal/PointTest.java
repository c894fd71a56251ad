package io.holdfast.journalstore.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointTest {
    @Test
    void each_form_is_read() {
        CheckpointId id = CheckpointId.random();
        assertThat(Point.parse("latest")).isEqualTo(new Point.Latest());
        assertThat(Point.parse("lsn:42")).isEqualTo(new Point.AtLsn(Lsn.of(42)));
        assertThat(Point.parse(id.toString())).isEqualTo(new Point.AtCheckpoint(id));
        assertThat(Point.parse("2026-05-01T10:15:30.123456Z"))
                .isEqualTo(new Point.AtInstant(Instant.parse("2026-05-01T10:15:30.123456Z")));
        assertThat(Point.parse("2026-05-01T12:15:30+02:00"))
                .isEqualTo(new Point.AtInstant(Instant.parse("2026-05-01T10:15:30Z")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Latest",
                "lsn:",
                "lsn:-1",
                "lsn:+1",
                "lsn:9223372036854775808",
                "lsn:1e3",
                "1-1-1-1-1",
                "2026-05-01",
                "2026-13-01T00:00:00Z",
                "aaaaaaaaaaT",
                "../../etc/passwd",
                "lsn:١"
            })
    void anything_else_is_refused_with_the_allowed_forms(String text) {
        assertThatThrownBy(() -> Point.parse(text)).hasMessageContaining("checkpoint id, lsn:<number>");
    }
}
