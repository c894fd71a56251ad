package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.InPlace;
import io.holdfast.nbd.BlockDevice;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A replica image under a committed session: while there is a branch, what it needs is saved before it is overwritten. */
record CommittedVolume(BlockDevice volume, Supplier<BranchBase> base, BooleanSupplier hasBranch) implements InPlace {
    @Override
    public long overwritableRun(long first, long limit) {
        return hasBranch.getAsBoolean() ? base.get().preservedRun(first, limit) : limit;
    }

    @Override
    public void save(long first, long count) throws IOException {
        if (hasBranch.getAsBoolean()) {
            base.get().preserve(first, count);
        }
    }

    @Override
    public void seal() throws IOException {
        if (hasBranch.getAsBoolean()) {
            base.get().seal();
        }
    }
}
