package io.holdfast.replicationagent.adapter.nbd;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.replicationagent.hosting.Exports.Export;
import io.holdfast.replicationagent.hosting.ServedMachines;
import io.holdfast.replicationagent.ownership.VmGate;
import java.util.ArrayList;
import java.util.List;

/** The attached disks as NBD exports. There is no default export: a client says which disk it wants. */
public final class AgentExports implements ExportCatalog {
    private final ServedMachines machines;

    public AgentExports(ServedMachines machines) {
        this.machines = machines;
    }

    @Override
    public Lease open(String name) throws ExportRefusedException {
        Export export = machines.enter(name).orElseThrow(() -> ExportRefusedException.unknown(name));
        VmGate gate = export.gate();
        if (!gate.admit()) {
            machines.leave(export);
            throw new ExportRefusedException(ExportRefusedException.Reason.SHUTDOWN, gate.reason());
        }
        return new Lease() {
            private volatile Runnable end;

            @Override
            public BlockDevice device() {
                return export.volume().device();
            }

            @Override
            public void serving(Runnable ending) {
                end = ending;
                gate.connected(ending);
            }

            @Override
            public void close() {
                if (end != null) {
                    gate.disconnected(end);
                }
                machines.leave(export);
            }
        };
    }

    @Override
    public List<Entry> list() {
        List<Entry> entries = new ArrayList<>();
        for (Export export : machines.exports().all()) {
            entries.add(new Entry(export.name(), export.alias().orElse("")));
        }
        return entries;
    }
}
