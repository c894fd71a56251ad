/** Virtual machines that the agent runs for recovery runs: what they are, what is ordered, and what becomes of it (docs/machines.md). */
package io.holdfast.replicationagent.machine;
