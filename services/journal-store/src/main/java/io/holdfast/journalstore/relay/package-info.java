/** Feeds a further site from a journal: what is sent, in which order, and how it goes on (docs/extended-replication.md). */
package io.holdfast.journalstore.relay;
