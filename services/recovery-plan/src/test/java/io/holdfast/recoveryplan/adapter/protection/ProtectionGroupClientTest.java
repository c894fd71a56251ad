package io.holdfast.recoveryplan.adapter.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.http.ServiceHttp;
import io.holdfast.recoveryplan.execution.Ownerships;
import io.holdfast.recoveryplan.execution.OwnershipsContract;
import io.holdfast.recoveryplan.support.FakeJournalStore;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Over real HTTP; at the other end are groups under the table of docs/ownership.md. */
@DisplayName("The client of protection-group")
class ProtectionGroupClientTest extends OwnershipsContract {
    private FakeJournalStore site;
    private ProtectionGroupClient client;

    @BeforeEach
    void start() throws IOException {
        site = new FakeJournalStore();
        client = client(site.url());
    }

    private static ProtectionGroupClient client(String url) {
        return new ProtectionGroupClient(new ServiceHttp(
                "protection-group",
                URI.create(url),
                () -> "Bearer test",
                new ServiceHttp.Limits(Duration.ofSeconds(10), Duration.ofSeconds(60), 1)));
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        site.close();
    }

    @Override
    protected PgId group() {
        PgId pg = PgId.random();
        site.know(pg);
        return pg;
    }

    @Override
    protected Ownerships subject() {
        return client;
    }

    @Override
    protected void remove(PgId pg) {
        site.removeGroup(pg);
    }

    @Test
    void ordersTheSameCheckpointUnderTheSameKeyAndSeesItListed() {
        PgId pg = group();
        CheckpointId first = client.checkpoint(pg, "last", "key");

        assertThat(client.checkpoint(pg, "last", "key")).isEqualTo(first);
        assertThat(client.checkpoint(pg, "last", "another key")).isNotEqualTo(first);
        assertThat(client.look(pg, first)).isEqualTo(new Ownerships.CheckpointSeen("LISTED", "", ""));
    }

    @Test
    void doesNotTakeSilenceForAGroupThatIsGone() {
        try (ProtectionGroupClient nobody = client("http://127.0.0.1:1")) {
            assertThatThrownBy(() -> nobody.take(PgId.random(), RunId.random(), "key"))
                    .isInstanceOfSatisfying(
                            HoldfastException.class,
                            silent -> assertThat(silent.code().name()).isEqualTo("DEPENDENCY_UNAVAILABLE"));
        }
    }
}
