/** Continuity of streams: which batch may follow which, within one session and from one session to the next. */
package io.holdfast.replicationrouter.stream;
