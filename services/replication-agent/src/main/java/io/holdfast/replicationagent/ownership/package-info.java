/** Which place may run a machine, and what keeps this host from writing when it is another one (docs/ownership.md). */
package io.holdfast.replicationagent.ownership;
