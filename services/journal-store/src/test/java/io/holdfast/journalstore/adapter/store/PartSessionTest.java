package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.journalstore.session.SessionPart;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A session of a part of a group")
class PartSessionTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path data;

    private final TestGroup group = new TestGroup(5);
    private final TestAgent agent = group.agent();
    private final VolumeId first = group.volume(agent, 64 * 4096);
    private final VolumeId second = group.volume(agent, 64 * 4096);
    private StoreFixture fixture;

    @BeforeEach
    void twoVolumesHaveACheckpoint() {
        fixture = new StoreFixture(data, group).start();
        for (VolumeId volume : Set.of(first, second)) {
            fixture.put(agent.batch(TestAgent.syncStarted(volume, START)));
            fixture.put(agent.batch(TestAgent.syncCompleted(volume, START + 1)));
        }
        fixture.put(group.checkpoint(new UUID(1, 1), START + 2));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private RecoverySession open(Set<VmId> vms, VolumeId... volumes) {
        return fixture.store
                .sessions()
                .create(new Sessions.Order(
                        group.pg, new Point.Latest(), Optional.of(new SessionPart(vms, Set.of(volumes))), "", ""));
    }

    private static void assertRefused(JournalError code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                .isEqualTo(code));
    }

    @Test
    void servesNothingElseAlsoAfterARestart() throws Exception {
        RecoverySession session = open(Set.of(), second);

        assertThat(session.volumes()).extracting(RecoverySession.Volume::volume).containsExactly(second);
        assertThat(fixture.store.sessions().device(session.id(), second)).isNotNull();
        assertRefused(
                JournalError.VOLUME_NOT_FOUND, () -> fixture.store.sessions().device(session.id(), first));
        fixture.journal().flush();
        fixture.restart();
        assertThat(fixture.store.sessions().require(group.pg, session.id()).part())
                .isTrue();
        assertRefused(
                JournalError.VOLUME_NOT_FOUND, () -> fixture.store.sessions().device(session.id(), first));
    }

    @Test
    void isNotCommittedBecauseThatWouldTakeTheOtherVolumesAlong() {
        RecoverySession session = open(Set.of(), first);

        assertRefused(
                JournalError.SESSION_IS_PART,
                () -> fixture.store.commits().order(group.pg, session.id(), "branch", ""));
    }

    @Test
    void isTheWholeGroupWhenItNamesEverything() {
        assertThat(open(Set.of(group.vm)).part()).isFalse();
        assertThat(open(Set.of(), first, second).part()).isFalse();
    }

    @Test
    void isRefusedWhenTheGroupHasNothingOfIt() {
        assertRefused(JournalError.VOLUME_NOT_FOUND, () -> open(Set.of(VmId.random()), VolumeId.random()));
        assertThat(fixture.store.sessions().count()).isZero();
    }
}
