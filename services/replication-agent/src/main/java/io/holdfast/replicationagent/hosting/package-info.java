/** What this agent serves: attached machines, the rules for their backing, and the agent's whole replication state. */
package io.holdfast.replicationagent.hosting;
