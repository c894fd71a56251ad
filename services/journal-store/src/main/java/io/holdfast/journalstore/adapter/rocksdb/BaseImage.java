package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** What answers for the blocks that the history has no entry of. */
interface BaseImage extends AsOfReader.Image {
    /** Fills the buffer with whole blocks. */
    @Override
    void read(long offset, ByteBuffer dst) throws IOException;

    List<Extent> extents(long offset, long length, int limit) throws IOException;
}
