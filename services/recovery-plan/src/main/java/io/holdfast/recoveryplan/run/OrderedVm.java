package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.VmId;

/**
 * A VM of a protection group as it was known when the run was ordered.
 *
 * @param name a label
 */
public record OrderedVm(VmId id, String name) {}
