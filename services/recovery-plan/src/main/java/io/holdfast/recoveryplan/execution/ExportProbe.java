package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.OpenSession;

/** Looks whether an export can be used. Thread-safe; bounded in time. */
public interface ExportProbe {

    /**
     * Opens the export and reads its first and last block.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code EXPORT_NOT_READY} with what went wrong
     */
    void check(OpenSession.Export export);
}
