package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.replicationagent.capture.TapDevice;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where QEMUs send copies of writes: an export per mirror, opened once. A QEMU that lost its connection must not come back to the same export: it would go on
 * behind a gap that nobody has noticed.
 *
 * <p>Threads: any.
 */
final class TapExports implements ExportCatalog {
    private record Offer(TapDevice device, Runnable ended) {}

    private final Map<String, Offer> offers = new ConcurrentHashMap<>();

    /**
     * @param ended runs when the connection that opened the export is gone
     * @return the export's name, of use for one connection
     */
    String offer(TapDevice device, Runnable ended) {
        String name = "tap-" + UUID.randomUUID();
        offers.put(name, new Offer(device, ended));
        return name;
    }

    void withdraw(String name) {
        offers.remove(name);
    }

    @Override
    public Lease open(String name) throws ExportRefusedException {
        Offer offer = offers.remove(name);
        if (offer == null) {
            throw ExportRefusedException.unknown(name);
        }
        return new Lease() {
            @Override
            public BlockDevice device() {
                return offer.device();
            }

            @Override
            public void close() {
                offer.device().end();
                offer.ended().run();
            }
        };
    }

    /** Names are secrets of a kind: only the QEMU that was told one shall use it. */
    @Override
    public List<Entry> list() {
        return List.of();
    }
}
