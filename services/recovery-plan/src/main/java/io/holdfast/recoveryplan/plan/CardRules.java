package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.VmId;

/**
 * What one network card of a VM is to be at the recovery site.
 *
 * @param nic its name in the VM's specification
 * @param test in TEST runs
 * @param live in every other run
 */
public record CardRules(VmId vmId, String nic, CardSetting test, CardSetting live) {}
