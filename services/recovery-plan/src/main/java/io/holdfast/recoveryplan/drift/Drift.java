package io.holdfast.recoveryplan.drift;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How the machines of a plan differ from those that its last good rehearsal started: what was shown to work is not what would be recovered now. Groups of which the
 * newest checkpoint could not be asked are left out, and named.
 *
 * @param machines by group as the plan has them; of a group those of the newest checkpoint before those that are gone
 * @param unknown groups of which nothing can be said now
 */
public record Drift(List<MachineDrift> machines, List<PgId> unknown) {
    public Drift {
        machines = List.copyOf(machines);
        unknown = List.copyOf(unknown);
    }

    public enum Kind {
        /** It is what was rehearsed. */
        SAME,
        /** It was not rehearsed. */
        ADDED,
        /** It was rehearsed, and the newest checkpoint does not know it any more. */
        REMOVED,
        /** It is another machine than the one that was rehearsed. */
        CHANGED
    }

    /** @param changes of a CHANGED one */
    public record MachineDrift(PgId pgId, VmId vmId, String name, Kind kind, List<Change> changes) {
        public MachineDrift {
            changes = List.copyOf(changes);
        }
    }

    /** Only those of which a rehearsal would show something new. */
    public List<MachineDrift> differing() {
        return machines.stream().filter(machine -> machine.kind() != Kind.SAME).toList();
    }

    /**
     * @param groups protection groups whose machines the plan starts, in its order
     * @param rehearsed the machines that the rehearsal placed
     * @param now machines by group, of its newest checkpoint; no entry = it could not be asked
     */
    public static Drift between(
            Collection<PgId> groups, Map<PgId, List<KnownMachine>> rehearsed, Map<PgId, List<KnownMachine>> now) {
        List<MachineDrift> machines = new ArrayList<>();
        List<PgId> unknown = new ArrayList<>();
        for (PgId group : groups) {
            if (now.containsKey(group)) {
                machines.addAll(of(group, rehearsed.getOrDefault(group, List.of()), now.get(group)));
            } else {
                unknown.add(group);
            }
        }
        return new Drift(machines, unknown);
    }

    private static List<MachineDrift> of(PgId group, List<KnownMachine> rehearsed, List<KnownMachine> now) {
        Map<VmId, KnownMachine> before = new HashMap<>();
        rehearsed.forEach(machine -> before.put(machine.vmId(), machine));
        List<MachineDrift> found = new ArrayList<>();
        for (KnownMachine machine : now) {
            KnownMachine was = before.remove(machine.vmId());
            List<Change> changes = was == null ? List.of() : SpecChanges.between(was.spec(), machine.spec());
            Kind kind = was == null ? Kind.ADDED : changes.isEmpty() ? Kind.SAME : Kind.CHANGED;
            found.add(new MachineDrift(group, machine.vmId(), machine.name(), kind, changes));
        }
        rehearsed.stream()
                .map(machine -> before.get(machine.vmId()))
                .filter(Objects::nonNull)
                .map(gone -> new MachineDrift(group, gone.vmId(), gone.name(), Kind.REMOVED, List.of()))
                .forEach(found::add);
        return found;
    }
}
