package io.holdfast.nbd.server;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.wire.ExportInfo;

/**
 * What a successful handshake ends with.
 *
 * @param name as the client sent it
 * @param lease to be closed after the last operation
 * @param device the lease's device
 * @param info what the client was told
 * @param structured structured replies are in use
 * @param blockStatus {@code base:allocation} was selected for this export
 */
record Negotiated(
        String name,
        ExportCatalog.Lease lease,
        BlockDevice device,
        ExportInfo info,
        boolean structured,
        boolean blockStatus) {}
