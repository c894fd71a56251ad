/** What is done inside the guests of machines, through the guest's agent (docs/machines.md). */
package io.holdfast.replicationagent.machine.guest;
