/** The write-intent map: which regions may differ from the replica after a crash (architecture, section 3). */
package io.holdfast.replicationagent.intent;
