package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.InPlace;
import io.holdfast.kernel.Block;
import io.holdfast.nbd.BlockDevice;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A replica image under a committed session: what a branch or a kept disk needs is saved before it is overwritten.
 *
 * @param branch of the commit, while there is one
 */
record CommittedVolume(BlockDevice volume, Supplier<Optional<BranchBase>> branch, KeptDisks kept, int volumeIndex)
        implements InPlace {
    @Override
    public long overwritableRun(long first, long limit) {
        long ofBranch =
                branch.get().map(base -> base.preservedRun(first, limit)).orElse(limit);
        long ofKept =
                kept.of(volumeIndex).map(one -> one.savedRun(first, limit)).orElse(limit);
        long run = Math.min(Math.abs(ofBranch), Math.abs(ofKept));
        return ofBranch > 0 && ofKept > 0 ? run : -run;
    }

    @Override
    public void save(long first, long count) throws IOException {
        Optional<BranchBase> base = branch.get();
        if (base.isPresent()) {
            base.get().preserve(first, count);
        }
        Optional<KeptVolume> old = kept.of(volumeIndex);
        if (old.isPresent()) {
            String damage = old.get().save(Block.offsetOf(first), count * Block.SIZE_BYTES);
            if (!damage.isEmpty()) {
                kept.lose(old.get(), damage);
            }
        }
    }

    @Override
    public void seal() throws IOException {
        Optional<BranchBase> base = branch.get();
        if (base.isPresent()) {
            base.get().seal();
        }
        Optional<KeptVolume> old = kept.of(volumeIndex);
        if (old.isPresent()) {
            old.get().seal();
        }
    }
}
