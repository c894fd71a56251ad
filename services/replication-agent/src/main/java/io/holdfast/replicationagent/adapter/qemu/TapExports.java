package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.id.VolumeId;
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
    /** By what the names of the volume's exports begin with. */
    private final Map<String, BlockDevice> drains = new ConcurrentHashMap<>();

    private static String prefix(VolumeId volume) {
        return "tap-" + volume + "-";
    }

    /**
     * @param ended runs when the connection that opened the export is gone
     * @return the export's name, of use for one connection
     */
    String offer(TapDevice device, Runnable ended) {
        String name = prefix(device.volume().id()) + UUID.randomUUID();
        offers.put(name, new Offer(device, ended));
        return name;
    }

    void withdraw(String name) {
        offers.remove(name);
    }

    /** Ends by {@link #close}. */
    interface Drain extends AutoCloseable {
        @Override
        void close();
    }

    /** Until it is closed, mirrors of the volume that come back to an earlier export find one where writes are answered and forgotten. */
    Drain drain(VolumeId volume, long sizeBytes) {
        String prefix = prefix(volume);
        drains.put(prefix, new ForgettingDevice(sizeBytes));
        return () -> drains.remove(prefix);
    }

    private Lease forgetting(String name) throws ExportRefusedException {
        BlockDevice device = drains.entrySet().stream()
                .filter(drain -> name.startsWith(drain.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> ExportRefusedException.unknown(name));
        return new Lease() {
            @Override
            public BlockDevice device() {
                return device;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Lease open(String name) throws ExportRefusedException {
        Offer offer = offers.remove(name);
        if (offer == null) {
            return forgetting(name);
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
