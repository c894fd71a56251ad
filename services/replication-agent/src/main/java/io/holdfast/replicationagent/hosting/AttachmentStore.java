package io.holdfast.replicationagent.hosting;

import java.util.List;

/** Keeps the attachments over restarts. */
public interface AttachmentStore {
    /** @throws io.holdfast.kernel.error.HoldfastException {@code STATE_FILE_DAMAGED}: no machine may vanish silently */
    List<VmAttachment> load();

    /** Durable when it returns. */
    void save(List<VmAttachment> attachments);
}
