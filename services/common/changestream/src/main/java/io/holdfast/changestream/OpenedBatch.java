package io.holdfast.changestream;

import io.holdfast.kernel.change.StreamRecord;
import java.util.List;

/** A batch with its records, every checksum verified. The n-th record (from 0) has seq {@code header.first() + n}. */
public record OpenedBatch(BatchHeader header, List<StreamRecord> records) {}
