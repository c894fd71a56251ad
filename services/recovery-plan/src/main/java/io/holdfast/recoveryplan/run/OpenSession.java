package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.SessionId;
import java.util.List;

/** A recovery session that the journal-store holds open for a run. */
public record OpenSession(SessionId id, List<Export> exports) {
    public OpenSession {
        exports = List.copyOf(exports);
    }

    /**
     * One writable volume of a session. The ids are text as the journal-store gives them: they are shown and never acted on.
     *
     * @param vmId may be {@code null}
     * @param nbdAddress host:port
     * @param nbdExport the export's name at that address
     */
    public record Export(
            String volumeId, String name, String vmId, long sizeBytes, String nbdAddress, String nbdExport) {}
}
