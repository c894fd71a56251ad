package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.hosting.HostedVolume.Served;
import io.holdfast.replicationagent.ownership.VmGate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Names under which disks are served: {@code <vm id>/<volume id>} always, and {@code <vm name>/<volume name>} where exactly one disk has it. Immutable.
 */
public final class Exports {
    public static final Exports NONE = new Exports(List.of());

    /** @param alias the readable name, when it is unique */
    public record Export(VmId vm, String name, Optional<String> alias, Served volume) {
        /** That every request passes. */
        public VmGate gate() {
            return volume.gate();
        }
    }

    private final List<Export> all = new ArrayList<>();
    private final Map<String, Export> byName = new HashMap<>();

    private Exports(List<HostedVm> machines) {
        Set<String> seen = new HashSet<>();
        Set<String> ambiguous = new HashSet<>();
        for (HostedVm vm : machines) {
            for (HostedVolume volume : vm.volumes()) {
                String alias = alias(vm, volume);
                if (!seen.add(alias)) {
                    ambiguous.add(alias);
                }
            }
        }
        for (HostedVm vm : machines) {
            for (HostedVolume volume : vm.volumes()) {
                if (volume instanceof Served served) {
                    String alias = alias(vm, volume);
                    put(new Export(
                            vm.attachment().id(),
                            nameOf(vm, volume),
                            ambiguous.contains(alias) ? Optional.empty() : Optional.of(alias),
                            served));
                }
            }
        }
    }

    public static Exports of(List<HostedVm> machines) {
        return new Exports(machines);
    }

    /** A machine and its disks. */
    public record HostedVm(VmAttachment attachment, List<HostedVolume> volumes) {
        public HostedVm {
            volumes = List.copyOf(volumes);
        }
    }

    private static String alias(HostedVm vm, HostedVolume volume) {
        return vm.attachment().name() + "/" + volume.attachment().name();
    }

    public static String nameOf(HostedVm vm, HostedVolume volume) {
        return vm.attachment().id() + "/" + volume.attachment().id();
    }

    private void put(Export export) {
        all.add(export);
        // Names with ids go first: a machine must not hide another behind a name that looks like an id.
        byName.put(export.name(), export);
        export.alias().ifPresent(alias -> byName.putIfAbsent(alias, export));
    }

    public List<Export> all() {
        return List.copyOf(all);
    }

    public Optional<Export> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
