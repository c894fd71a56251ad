package io.holdfast.protectiongroup.adapter.rest;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Body of POST /protection-groups/{id}/failover/return.
 *
 * @param discardRecovered true: the disks where the VMs were lost are the truth, and what was written since the failover is given up; absent = false
 */
@Schema(name = "ReturnFromFailover")
public record ReturnBody(Boolean discardRecovered) {}
