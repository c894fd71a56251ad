package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.CheckpointCut;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointKind;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.proto.v1.CheckpointRecord;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** From the wire's checkpoint to the rules' own. */
public final class RecordMapper {
    private static final int MAX_CODE_LENGTH = 100;
    private static final int MAX_MESSAGE_LENGTH = 2000;

    private RecordMapper() {}

    /** @throws HoldfastException {@code MALFORMED_RECORD} or {@code INVALID_ID} */
    public static CheckpointCut cut(CheckpointRecord record) {
        Map<AgentId, StreamPosition> positions = new HashMap<>();
        for (var position : record.getPositionsList()) {
            if (position.getEpoch() <= 0 || position.getSeq() < 0) {
                throw malformed("a position with epoch %d, seq %d".formatted(position.getEpoch(), position.getSeq()));
            }
            StreamPosition at = new StreamPosition(new Epoch(position.getEpoch()), new Seq(position.getSeq()));
            if (positions.put(AgentId.parse(position.getAgentId()), at) != null) {
                throw malformed("two positions of agent " + position.getAgentId());
            }
        }
        CheckpointKind kind =
                switch (record.getKind()) {
                    case CRASH -> CheckpointKind.CRASH;
                    case APP -> CheckpointKind.APP;
                    case USER -> CheckpointKind.USER;
                    case CHECKPOINT_KIND_UNSPECIFIED, UNRECOGNIZED -> throw malformed("an unknown kind");
                };
        return new CheckpointCut(
                CheckpointId.parse(record.getCheckpointId()),
                kind,
                record.getName(),
                record.getCutAtMicros(),
                positions,
                record.getVolumeCount(),
                record.getPolicyRevision(),
                appFailure(record));
    }

    private static Optional<Checkpoint.AppFailure> appFailure(CheckpointRecord record) {
        if (record.getAppFailureCode().isEmpty()) {
            return Optional.empty();
        }
        if (record.getAppFailureCode().length() > MAX_CODE_LENGTH
                || record.getAppFailureMessage().length() > MAX_MESSAGE_LENGTH) {
            throw malformed("an app failure of %d and %d characters"
                    .formatted(
                            record.getAppFailureCode().length(),
                            record.getAppFailureMessage().length()));
        }
        return Optional.of(new Checkpoint.AppFailure(record.getAppFailureCode(), record.getAppFailureMessage()));
    }

    private static HoldfastException malformed(String what) {
        return new HoldfastException(JournalError.MALFORMED_RECORD, "a checkpoint record with " + what);
    }
}
