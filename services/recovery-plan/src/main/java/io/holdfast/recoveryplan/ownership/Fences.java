package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.id.VmId;
import java.util.Collection;
import java.util.List;

/** What agents report about ownership. Thread-safe. */
@FunctionalInterface
public interface Fences {
    /** Knows nothing. */
    Fences NONE = _ -> List.of();

    /** The newest words about these VMs. */
    List<FenceWord> about(Collection<VmId> vms);
}
