package io.holdfast.journalstore.adapter.kafka;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.JournalCommand;
import io.holdfast.proto.v1.MarkCheckpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Carries out topic {@code journal-commands} for the groups that are here; every command can be repeated. */
final class CommandHandler implements RecordHandler<JournalCommand> {
    /** The policy REMOVED and the command to delete come over two topics; the command may be the faster one. */
    private static final Duration POLICY_MAY_LAG = Duration.ofSeconds(5);

    private final JournalStore store;
    private final PolicyFollower follower;
    private final Set<Integer> partitions;
    private final JournalEvents events;
    private final Path positionFile;

    CommandHandler(
            JournalStore store,
            PolicyFollower follower,
            Set<Integer> partitions,
            JournalEvents events,
            Path dataDirectory) {
        this.store = store;
        this.follower = follower;
        this.partitions = partitions;
        this.events = events;
        this.positionFile = dataDirectory.resolve("journal-commands.position");
    }

    /** Where the commands were read to; kept beside the journals that they changed. */
    OptionalLong nextOffset() throws IOException {
        return Files.exists(positionFile)
                ? OptionalLong.of(Long.parseLong(Files.readString(positionFile).strip()))
                : OptionalLong.empty();
    }

    private void store(long nextOffset) throws IOException {
        SafeFile.replace(positionFile, Long.toString(nextOffset).getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void handle(Received<JournalCommand> record) throws IOException {
        if (record.message().isPresent()) {
            JournalCommand command = record.message().get();
            PgId pg = PgId.parse(command.getPgId());
            if (isOurs(pg)) {
                HoldfastException failure = carryOut(pg, command);
                events.commandResult(pg, command.getCommandId(), failure);
            }
        }
        store(record.nextOffset());
    }

    @Override
    public void deadLettered(Received<JournalCommand> record) throws IOException {
        store(record.nextOffset());
    }

    @Override
    public void positionLost(Topic topic, int partition, long wanted, long earliest) throws IOException {
        store(earliest);
    }

    private boolean isOurs(PgId pg) {
        return store.slot(pg).isPresent()
                || follower.policy(pg)
                        .map(JournalPolicy::partition)
                        .filter(partitions::contains)
                        .isPresent();
    }

    /** Null = done. */
    private HoldfastException carryOut(PgId pg, JournalCommand command) {
        try {
            switch (command.getCommandCase()) {
                case DELETE_JOURNAL -> {
                    awaitRemoved(pg);
                    store.delete(pg);
                    events.deleted(pg);
                }
                case HOLD_CHECKPOINT ->
                    new JournalPoints(store.require(pg))
                            .hold(CheckpointId.parse(command.getHoldCheckpoint().getCheckpointId()));
                case RELEASE_CHECKPOINT ->
                    new JournalPoints(store.require(pg))
                            .release(CheckpointId.parse(
                                    command.getReleaseCheckpoint().getCheckpointId()));
                case MARK_CHECKPOINT -> mark(pg, command.getMarkCheckpoint());
                case SCRUB -> store.scrubs().request(pg);
                case COMMAND_NOT_SET ->
                    throw new HoldfastException(
                            JournalError.MALFORMED_RECORD, "a command that this version does not know");
            }
            return null;
        } catch (HoldfastException failed) {
            if (failed.code().blame().retryable()) {
                throw failed;
            }
            return failed;
        }
    }

    private void mark(PgId pg, MarkCheckpoint order) {
        Optional<CheckpointMarks.Evidence> evidence = order.getRemoved()
                ? Optional.empty()
                : Optional.of(CheckpointMarks.Evidence.of(
                        ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()), order.getEvidence()));
        Checkpoint marked = new JournalPoints(store.require(pg))
                .mark(
                        CheckpointId.parse(order.getCheckpointId()),
                        CheckpointMarks.Kind.parse(order.getMark()),
                        evidence);
        events.listed(pg, marked);
    }

    private void awaitRemoved(PgId pg) {
        long deadline = System.nanoTime() + POLICY_MAY_LAG.toNanos();
        while (store.find(pg)
                        .filter(journal -> journal.snapshot().manifest().policyState() != JournalPolicy.State.REMOVED)
                        .isPresent()
                && System.nanoTime() < deadline) {
            LockSupport.parkNanos(50_000_000);
        }
    }
}
