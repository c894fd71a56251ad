/** Brings volumes into sync: which regions to read, what to send for them, and when (docs/sync-states.md). */
package io.holdfast.replicationagent.sync;
