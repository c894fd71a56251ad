package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.StorageSaid;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Turns what RocksDB and the file system say into our codes, once. */
final class StorageFailures {
    private StorageFailures() {}

    static HoldfastException translate(String what, RocksDBException failure) {
        Status status = failure.getStatus();
        String text = String.valueOf(failure.getMessage());
        if (StorageSaid.isFull(text) || status != null && status.getSubCode() == Status.SubCode.NoSpace) {
            return new HoldfastException(CommonError.STORAGE_FULL, what + ": no space left: " + text, failure);
        }
        if (status != null && status.getCode() == Status.Code.Corruption) {
            return new HoldfastException(JournalError.JOURNAL_DAMAGED, what + ": " + text, failure);
        }
        return new HoldfastException(CommonError.STORAGE_UNUSABLE, what + ": " + text, failure);
    }

    static HoldfastException translate(String what, IOException failure) {
        return StorageSaid.translate(what, failure);
    }
}
