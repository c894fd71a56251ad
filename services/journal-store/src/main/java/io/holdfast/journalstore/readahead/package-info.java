/** When what a client will ask for next is worth fetching before it asks (docs/performance.md, "Reading ahead"). Knows the JDK only. */
package io.holdfast.journalstore.readahead;
