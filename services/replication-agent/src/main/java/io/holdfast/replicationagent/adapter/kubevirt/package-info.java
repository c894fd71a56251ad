/** Machines as KubeVirt's VirtualMachine objects, through the Kubernetes API (docs/machines.md). */
package io.holdfast.replicationagent.adapter.kubevirt;
