package io.holdfast.replicationagent.quiesce;

import io.holdfast.kernel.id.VmId;
import java.nio.file.Path;
import java.util.Map;

/** What may be frozen, kept over the end of the process. */
public interface FrozenNotes {
    /** Guest agent sockets of the machines that may be frozen. */
    Map<VmId, Path> load();

    /** Durable when it returns. */
    void replace(Map<VmId, Path> mayBeFrozen);
}
