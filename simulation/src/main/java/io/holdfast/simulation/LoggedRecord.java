package io.holdfast.simulation;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.proto.v1.ChangesRecord;

/** A record in Kafka. Its batch is opened from its bytes once; whoever applies it reads the same records. */
final class LoggedRecord {
    private final ChangesRecord record;
    private OpenedBatch opened;

    LoggedRecord(ChangesRecord record) {
        this.record = record;
    }

    ChangesRecord record() {
        return record;
    }

    /** @throws io.holdfast.kernel.error.HoldfastException when it is not a batch; each time anew */
    OpenedBatch opened() {
        if (opened == null) {
            opened = Batches.open(record.getBatch());
        }
        return opened;
    }
}
