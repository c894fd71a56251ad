/** Asks journal-stores over their REST interface. */
package io.holdfast.replicationrouter.adapter.journal;
