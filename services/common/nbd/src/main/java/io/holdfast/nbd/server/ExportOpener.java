package io.holdfast.nbd.server;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.wire.ExportInfo;
import java.io.IOException;

/** Takes and ends leases of a catalog, whatever the catalog throws: a client learns of a refusal, the log of its cause. */
final class ExportOpener {
    private static final System.Logger LOG = System.getLogger(ExportOpener.class.getName());

    private ExportOpener() {}

    /**
     * Opens an export.
     *
     * @param structured structured replies were negotiated
     * @param blockStatus {@code base:allocation} was selected for this name
     */
    static Negotiated open(ExportCatalog catalog, String name, boolean structured, boolean blockStatus)
            throws ExportRefusedException {
        ExportCatalog.Lease lease = null;
        try {
            lease = catalog.open(name);
            BlockDevice device = lease.device();
            ExportInfo info = new ExportInfo(
                    device.size(), ExportInfo.flagsOf(device.capabilities(), structured), device.blockSizes());
            return new Negotiated(name, lease, device, info, structured, blockStatus);
        } catch (ExportRefusedException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "export '" + name + "' could not be opened", e);
            if (lease != null) {
                close(lease);
            }
            throw new ExportRefusedException(
                    ExportRefusedException.Reason.OTHER,
                    "export '" + name + "' could not be opened; the server's log has the reason");
        }
    }

    static void close(ExportCatalog.Lease lease) {
        try {
            lease.close();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "closing the lease of an export failed", e);
        }
    }
}
